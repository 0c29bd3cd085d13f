from __future__ import annotations

import io
import os
import random
import threading
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from relevance.errors import UsageError
from relevance.pictures.folders import find_images
from relevance.system.names import natural_key, printable
from tests.support.picture_files import make


def listing(*paths: Path) -> list[tuple[str, str]]:
    return [(ref.folder, ref.path.name) for ref in find_images(paths).refs]


def test_a_folder_with_pictures_is_a_category(tmp_path):
    make(tmp_path, "almonds/10.png", "almonds/2.png", "almonds/1.png")
    assert listing(tmp_path / "almonds") == [
        ("almonds", "1.png"),
        ("almonds", "2.png"),
        ("almonds", "10.png"),
    ]


def test_subfolders_at_any_depth_are_categories(tmp_path):
    make(tmp_path, "Relevant/a.png", "Relevant/batch 2/b.png", "deep/er/still/c.png")
    assert listing(tmp_path) == [
        ("deep/er/still", "c.png"),
        ("Relevant", "a.png"),
        ("Relevant/batch 2", "b.png"),
    ]


def test_two_folders_of_one_name_are_kept_apart(tmp_path):
    make(tmp_path, "north/Relevant/a.png", "south/Relevant/b.png", "south/other/c.png")
    assert listing(tmp_path / "north", tmp_path / "south") == [
        ("north/Relevant", "a.png"),
        ("other", "c.png"),
        ("south/Relevant", "b.png"),
    ]
    assert listing(tmp_path / "north" / "Relevant", tmp_path / "south" / "Relevant") == [
        ("north/Relevant", "a.png"),
        ("south/Relevant", "b.png"),
    ]


def test_folders_of_one_name_and_parent_name_fall_back_to_their_place(tmp_path):
    make(tmp_path, "1/x/Relevant/a.png", "2/x/Relevant/b.png")
    folders = [
        ref.folder for ref in find_images([tmp_path / n / "x" / "Relevant" for n in "12"]).refs
    ]
    assert folders == [(tmp_path / n / "x" / "Relevant").resolve().as_posix() for n in "12"]


def test_the_order_does_not_depend_on_the_disk(tmp_path):
    names = [f"{folder}/{n}.png" for folder in ("b", "A", "a10", "a9") for n in range(12)]
    for seed in (0, 1):
        shuffled = names.copy()
        random.Random(seed).shuffle(shuffled)
        make(tmp_path / str(seed), *shuffled)
    assert listing(tmp_path / "0") == listing(tmp_path / "1")
    assert [folder for folder, _ in listing(tmp_path / "0")][::12] == ["A", "a9", "a10", "b"]


def test_what_is_no_picture_is_left_out_and_counted(tmp_path):
    make(tmp_path, "a.png", ".hidden.png", ".cache/b.png")
    (tmp_path / "Thumbs.db").write_bytes(b"x")
    (tmp_path / "notes.txt").write_text("not a picture")
    (tmp_path / "list.pdf").write_bytes(b"%PDF-1.4")
    sources = find_images([tmp_path])
    assert [ref.path.name for ref in sources.refs] == ["a.png"]
    assert sources.left_out == {
        "hidden": 2,
        "system file": 1,
        "not in a supported picture format": 2,
    }


def test_content_decides_over_the_name(tmp_path):
    make(tmp_path, "no_extension", "picture.dat")
    (tmp_path / "page.jpg").write_text("<html>")
    assert [name for _, name in listing(tmp_path)] == ["no_extension", "page.jpg", "picture.dat"]


def test_loops_of_symbolic_links_end(tmp_path):
    make(tmp_path, "a/x.png", "a/b/y.png")
    (tmp_path / "a" / "b" / "back").symlink_to(tmp_path / "a")
    (tmp_path / "a" / "self").symlink_to(tmp_path / "a")
    sources = find_images([tmp_path])
    assert sorted(ref.path.name for ref in sources.refs) == ["x.png", "y.png"]
    assert sources.left_out["folder reached a second time"] == 2


def test_a_linked_folder_is_followed_and_a_broken_link_is_kept(tmp_path):
    make(tmp_path / "elsewhere", "x.png")
    (tmp_path / "here").mkdir()
    (tmp_path / "here" / "linked").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "here" / "gone.png").symlink_to(tmp_path / "nowhere.png")
    assert listing(tmp_path / "here") == [("here", "gone.png"), ("linked", "x.png")]


def test_a_named_pipe_does_not_block(tmp_path):
    make(tmp_path, "a.png")
    os.mkfifo(tmp_path / "pipe.png")
    found = []
    thread = threading.Thread(target=lambda: found.append(find_images([tmp_path])), daemon=True)
    thread.start()
    thread.join(10)
    assert found[0].left_out == {"not a regular file": 1}


def test_names_that_are_not_utf8(tmp_path):
    name = os.fsdecode(b"caf\xe9.png")
    make(tmp_path, name)
    refs = find_images([tmp_path]).refs
    assert refs[0].path.exists()
    assert printable(refs[0].path).endswith("caf\\udce9.png")


def test_a_file_counts_once(tmp_path):
    make(tmp_path, "a/x.png")
    sources = find_images([tmp_path, tmp_path / "a", tmp_path / "a" / "x.png"])
    assert [(ref.folder, ref.path.name) for ref in sources.refs] == [("a", "x.png")]
    assert sum(sources.left_out.values()) == 2


def test_damaged_files_of_any_name_do_not_stop_the_search(tmp_path):
    """AVIF raises on opening what others raise on decoding."""
    buffer = io.BytesIO()
    Image.linear_gradient("L").convert("RGB").save(buffer, "AVIF")
    content = buffer.getvalue()
    for number in range(0, len(content), 7):
        damaged = bytearray(content)
        damaged[number] ^= 0xFF
        (tmp_path / f"download{number}").write_bytes(damaged)
    make(tmp_path, "good.png")
    sources = find_images([tmp_path])
    assert "good.png" in {ref.path.name for ref in sources.refs}
    assert len(sources.refs) + sources.left_out.get("not in a supported picture format", 0) == len(
        list(tmp_path.iterdir())
    )


def test_control_characters_are_shown_as_escapes():
    assert printable("a\x1b[31mb\nc\x85") == "a\\x1b[31mb\\nc\\x85"


def test_a_single_file_belongs_to_its_folder(tmp_path):
    make(tmp_path, "nuts/x.png", "nuts/y.png")
    assert listing(tmp_path / "nuts" / "y.png") == [("nuts", "y.png")]


def test_the_current_folder_has_a_name(tmp_path, monkeypatch):
    make(tmp_path, "almonds/x.png")
    monkeypatch.chdir(tmp_path / "almonds")
    assert listing(Path()) == [("almonds", "x.png")]


def test_a_path_that_is_not_there(tmp_path):
    with pytest.raises(UsageError, match="There is no folder or file"):
        find_images([tmp_path / "nope"])


@given(st.lists(st.text(min_size=1), unique=True))
def test_the_order_is_total(names):
    ordered = sorted(names, key=natural_key)
    assert sorted(reversed(ordered), key=natural_key) == ordered


@pytest.mark.parametrize("folder_first", [True, False])
def test_a_file_named_beside_its_folder_counts_once(tmp_path, folder_first):
    make(tmp_path, "a/1.png", "a/2.png")
    (tmp_path / "a" / "notes.txt").write_text("no picture, but asked for by name")
    arguments = [tmp_path / "a", tmp_path / "a" / "1.png", tmp_path / "a" / "notes.txt"]
    sources = find_images(arguments if folder_first else arguments[::-1])
    assert sorted(ref.path.name for ref in sources.refs) == ["1.png", "2.png", "notes.txt"]
    assert sources.left_out["named twice"] == 1
