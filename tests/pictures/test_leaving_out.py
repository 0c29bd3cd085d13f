"""What a search for pictures leaves out, and how that is counted and said; on real files."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import threading
import unicodedata
from pathlib import Path

import pytest

from relevance.embedding.encoding import find_pictures
from relevance.errors import NoReadablePictureError, UsageError
from relevance.pictures.folders import find_images
from relevance.pictures.leaving_out import Exclusion, kinds_words, left_out_words
from tests.support.picture_files import PIXEL, make


def found(root: Path, *exclude: str) -> list[str]:
    return [ref.path.relative_to(root).as_posix() for ref in find_images([root], exclude).refs]


@pytest.mark.parametrize(
    "folder",
    [
        "@eaDir",
        "#recycle",
        "$RECYCLE.BIN",
        "$Recycle.Bin",
        "__MACOSX",
        "System Volume Information",
        "lost+found",
        "@Recycle",
        "@Recently-Snapshot",
        "#snapshot",
        "@tmp",
        "~snapshot",
        "_vti_cnf",
        "Network Trash Folder",
    ],
)
def test_folders_of_systems_are_left_out_and_counted(tmp_path, folder):
    make(tmp_path, "a.png", f"{folder}/a.png", f"shop/{folder}/deep/b.png")
    sources = find_images([tmp_path])
    assert [ref.path.name for ref in sources.refs] == ["a.png"]
    assert sources.left_out == {"system folder": 2}
    assert len(find_images([tmp_path / folder]).refs) == 1  # if it is asked for itself


@pytest.mark.parametrize(
    "folder", [".Trash-1000", ".Trashes", ".Spotlight-V100", ".thumbnails", ".git", ".@__thumb"]
)
def test_hidden_folders_of_systems_are_hidden(tmp_path, folder):
    make(tmp_path, "a.png", f"{folder}/a.png")
    assert find_images([tmp_path]).left_out == {"hidden": 1}


@pytest.mark.parametrize("folder", ["eaDir", "recycle", "MACOSX", "lost and found", "Recycled"])
def test_folders_of_people_are_searched(tmp_path, folder):
    make(tmp_path, f"{folder}/a.png")
    assert len(find_images([tmp_path]).refs) == 1


def test_resource_forks_are_no_pictures(tmp_path):
    make(tmp_path, "a.jpg")
    (tmp_path / "._a.jpg").write_bytes(b"\x00\x05\x16\x07" + bytes(60))
    sources = find_images([tmp_path])
    assert len(sources.refs) == 1
    assert sources.left_out == {"system file": 1}


def test_files_in_no_supported_format_are_listed_by_kind(tmp_path):
    make(tmp_path, "a.png")
    for name in (
        "1.svg",
        "2.SVG",
        "3.svg",
        "a.psd",
        "b.psd",
        "README",
        "x.\u202egnp",
        "y." + "z" * 99,
    ):
        (tmp_path / name).write_text("no picture")
    sources = find_images([tmp_path])
    assert sources.left_out == {"not in a supported picture format": 8}
    assert sources.kinds == {".svg": 3, ".psd": 2, "without an ending": 2, ".\\u202egnp": 1}
    words = kinds_words(sources.kinds)
    assert words == "3 .svg, 2 .psd, 2 without an ending, 1 .\\u202egnp"


def test_of_many_kinds_the_most_frequent_are_named():
    kinds = {f".{letter}": 1 for letter in "gfedcba"} | {".z": 4}
    assert kinds_words(kinds) == "4 .z, 1 .a, 1 .b, 1 .c, 1 .d, 3 others"
    assert left_out_words({"hidden": 1, "system file": 2}) == "1 hidden, 2 system file"


TREE = ("a.png", "a_thumb.png", "old/b.png", "old/deep/c.png", "new/old/d.png", "new/E.PNG")


@pytest.mark.parametrize(
    ("pattern", "left"),
    [
        ("*_thumb.png", ["a.png", "new/E.PNG", "new/old/d.png", "old/b.png", "old/deep/c.png"]),
        ("old", ["a.png", "a_thumb.png", "new/E.PNG"]),
        ("OLD/", ["a.png", "a_thumb.png", "new/E.PNG"]),
        ("/old", ["a.png", "a_thumb.png", "new/E.PNG", "new/old/d.png"]),
        ("./old/*", ["a.png", "a_thumb.png", "new/E.PNG", "new/old/d.png"]),
        ("**/old", ["a.png", "a_thumb.png", "new/E.PNG"]),
        ("**/a.png", ["a_thumb.png", "new/E.PNG", "new/old/d.png", "old/b.png", "old/deep/c.png"]),
        ("new/old/d.png", ["a.png", "a_thumb.png", "new/E.PNG", "old/b.png", "old/deep/c.png"]),
        ("[ab]*.png", ["new/E.PNG", "new/old/d.png", "old/deep/c.png"]),
        ("?.png", ["a_thumb.png"]),
    ],
)
def test_a_pattern_holds_for_names_and_for_paths(tmp_path, pattern, left):
    make(tmp_path, *TREE)
    assert sorted(found(tmp_path, pattern)) == left
    assert sum(find_images([tmp_path], [pattern]).left_out.values()) > 0
    assert find_images([tmp_path], [pattern]).notes == ()


def test_several_patterns_are_counted_together(tmp_path):
    make(tmp_path, *TREE)
    sources = find_images([tmp_path], ["old", "*_thumb.*", "nothing*"])
    assert sources.left_out == {"excluded": 3}
    assert sources.notes == ("Nothing here is called nothing*, so nothing was excluded by it.",)


def test_a_pattern_is_blind_to_the_form_of_unicode(tmp_path):
    make(tmp_path, unicodedata.normalize("NFD", "Äpfel/é.png"), "b.png")
    assert found(tmp_path, unicodedata.normalize("NFC", "äpfel")) == ["b.png"]
    assert found(tmp_path, unicodedata.normalize("NFC", "*/É.png")) == ["b.png"]


def test_a_file_that_was_named_can_be_excluded_and_a_folder_is_searched(tmp_path):
    make(tmp_path, "thumbs/a.png", "thumbs/b.png")
    folder = tmp_path / "thumbs"
    assert [r.path.name for r in find_images([folder, folder / "b.png"], ["thumbs"]).refs] == [
        "a.png",
        "b.png",
    ]
    files = [folder / "a.png", folder / "b.png"]
    assert [ref.path.name for ref in find_images(files, ["a.*"]).refs] == ["b.png"]


def test_what_excludes_everything_says_so(tmp_path):
    make(tmp_path, "a/x.png")
    with pytest.raises(NoReadablePictureError, match=r"but what --exclude leaves out \(left"):
        find_pictures([tmp_path], ["*"])
    with pytest.raises(UsageError, match="pattern to exclude is empty"):
        find_pictures([tmp_path], [" "])


def test_odd_patterns_meet_themselves():
    for pattern in ("[", "a[b", "\\", "(", "x{1}", "!", "[!"):
        assert Exclusion([pattern]).meets(f"folder/{pattern}")


def test_nothing_to_be_found_says_what_there_is(tmp_path):
    (tmp_path / "empty").mkdir()
    with pytest.raises(NoReadablePictureError, match=r"in .*empty, nor any other file\."):
        find_pictures([tmp_path / "empty"])
    make(tmp_path / "hidden", ".photos/2024/a.png")
    with pytest.raises(NoReadablePictureError, match=r"some in .*/hidden/\.photos, which"):
        find_pictures([tmp_path / "hidden"])
    (tmp_path / "empty" / "a.psd").write_bytes(b"8BPS")
    with pytest.raises(NoReadablePictureError, match=r"picture format; not supported: 1 \.psd\)\."):
        find_pictures([tmp_path / "empty"])


def test_a_folder_that_goes_while_it_is_searched_ends_nothing(tmp_path):
    """Folders are taken away by another thread: whatever is still there is found."""
    make(tmp_path, "stays/a.png", *(f"goes/{n}/x.png" for n in range(300)))
    goes = threading.Thread(target=shutil.rmtree, args=(tmp_path / "goes",))
    goes.start()
    names = {ref.folder for ref in find_images([tmp_path]).refs}
    goes.join()
    assert "stays" in names
    assert find_images([tmp_path]).left_out == {}


def test_a_folder_that_may_not_be_opened_is_counted(tmp_path):
    """In a process of somebody who is not root, for whom no door is shut."""
    make(tmp_path, "a.png", "shut/b.png")
    (tmp_path / "shut").chmod(0)
    code = (
        "import os, sys; os.chdir(sys.argv[1])\n"
        "from relevance.pictures.folders import find_images\n"
        "os.getuid() or os.setuid(65534); print(find_images(['.']).left_out)"
    )
    tmp_path.chmod(0o755)
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True, check=False
    )
    (tmp_path / "shut").chmod(0o755)
    assert done.stdout.strip() == "{'folder that cannot be opened': 1}", done.stderr


def descend(root: Path, name: str, depth: int, *, with_pictures: bool) -> None:
    """Make folders below each other, deeper than one path can say."""
    here = Path.cwd()
    try:
        os.chdir(root)
        for number in range(depth):
            Path(name).mkdir()
            os.chdir(name)
            if with_pictures or number == depth - 1:
                PIXEL.save("a.png", "PNG")
    finally:
        os.chdir(here)


def test_paths_as_long_as_the_system_allows_and_longer(tmp_path):
    make(tmp_path, "a.png")
    descend(tmp_path, "x" * 200, 25, with_pictures=True)  # Linux takes 4,096 letters
    sources = find_images([tmp_path])
    assert 15 <= len(sources.refs) < 26
    assert sources.left_out == {"folder that cannot be opened": 1}
    subprocess.run(["rm", "-r", tmp_path / ("x" * 200)], check=True)


def test_folders_are_searched_deeper_than_python_calls_itself(tmp_path):
    descend(tmp_path, "d", sys.getrecursionlimit() + 100, with_pictures=False)
    assert len(find_images([tmp_path]).refs) == 1
    subprocess.run(["rm", "-r", tmp_path / "d"], check=True)
