"""Each PATH that holds no pictures in a way that can be searched says what to do instead."""

from __future__ import annotations

import os
import tarfile
import unicodedata
import zipfile
from pathlib import Path

import pytest
from PIL import Image

from relevance.embedding.encoding import find_pictures
from relevance.errors import NoReadablePictureError, UsageError
from relevance.pictures.folders import find_images
from relevance.pictures.wrong_paths import TABLE_ENDINGS
from relevance.tables.files import SUFFIXES


def picture(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", (1, 1)).save(path, "PNG")
    return path


def said(*paths: str | Path) -> str:
    with pytest.raises(UsageError) as caught:
        find_pictures(paths)
    return str(caught.value)


@pytest.mark.parametrize(
    "name",
    ["a.zip", "a.cbz", "noend", "a.tar", "a.tar.gz", "a.7z", "a.rar", "a.tar.bz2", "a.tar.xz"],
)
def test_an_archive_is_to_be_unpacked(tmp_path, name):
    path, content = tmp_path / name, picture(tmp_path / "x.png")
    if name.endswith((".7z", ".rar")):
        path.write_bytes(b"7z\xbc\xaf\x27\x1c" if name.endswith("7z") else b"Rar!\x1a\x07\x01\x00")
    elif ".tar" in name:
        mode = "w:" + name.rpartition(".tar")[2].lstrip(".")
        with tarfile.open(path, mode) as tar:
            tar.add(content)
    else:
        with zipfile.ZipFile(path, "w") as archive:
            archive.write(content)
    assert said(path) == (f"{path} is an archive; unpack it, and give the folder that it becomes.")


@pytest.mark.parametrize("ending", sorted({*TABLE_ENDINGS, *SUFFIXES} - {".txt"}))
def test_a_table_is_for_captions(tmp_path, ending):
    path = tmp_path / f"products{ending}"
    path.write_text("image,caption\n")
    assert "is a table" in said(path)
    assert "`relevance captions`" in said(path)


def test_a_table_beside_pictures_is_skipped_rather_than_ending_the_run(tmp_path):
    files = [picture(tmp_path / "a.png"), tmp_path / "list.csv", tmp_path / "a.zip"]
    files[1].write_text("a,b\n")
    files[2].write_bytes(b"PK\x03\x04")
    assert len(find_pictures(files).refs) == 3
    assert "is a table" in said(*files[1:])


def test_a_picture_with_the_name_of_a_table_is_a_picture(tmp_path):
    assert len(find_pictures([picture(tmp_path / "a.csv")]).refs) == 1


@pytest.mark.parametrize(
    "given",
    [
        "https://shop.example/a.jpg",
        "HTTP://shop.example",
        "s3://bucket/x",
        "gs://b",
        "www.shop.example/a",
        "data:image/png;base64,AAAA",
        "ftp://x/y.jpg",
    ],
)
def test_an_address_is_to_be_downloaded_or_listed(given):
    for path in (given, Path(given)) if "://" in given else (given,):
        assert "is an address, and PATH takes what is on this machine" in said(path)
        assert "`relevance captions`" in said(path)


def test_an_address_of_a_file_is_given_as_a_path(tmp_path):
    folder = tmp_path / "two words"
    for address in (folder.as_uri(), f"file://localhost{folder.as_posix()}", f"file:{folder}"):
        assert said(address).endswith(f"is an address; give it as a path, {folder}.")


def test_a_pattern_that_no_shell_has_expanded(tmp_path):
    picture(tmp_path / "a.png")
    assert "is a pattern that no shell has expanded; give it without quotes" in said(
        f"{tmp_path}/*.png"
    )
    assert "is a pattern that meets nothing; give a folder, such as" in said(f"{tmp_path}/*.jpg")
    for pattern in (f"{tmp_path}/*/*.jpg", f"{tmp_path}/[ab]/x.jpg"):
        assert f"give a folder, such as {tmp_path}, or another pattern" in said(pattern)
    odd = picture(tmp_path / "really [1]*" / "a.png").parent
    assert len(find_pictures([odd]).refs) == 1


@pytest.mark.parametrize("sign", [" ", ", ", ",", ";", "\n"])
def test_several_paths_in_one(tmp_path, monkeypatch, sign):
    for name in ("a", "b"):
        picture(tmp_path / name / "x.png")
    monkeypatch.chdir(tmp_path)
    assert said(f"a{sign}b").endswith(
        "is 2 paths in one; give them one by one, each in its own quotes."
    )
    assert "There is no folder or file" in said(f"a{sign}c")


def test_a_broken_link_says_where_it_leads(tmp_path):
    link = tmp_path / "photos"
    link.symlink_to("/mnt/share/photos")
    assert said(link) == f"{link} is a link to /mnt/share/photos, which is not there."
    link.unlink()
    link.symlink_to(link)
    assert said(link) == f"{link} is a link to {link}, which is not there."


def test_a_home_folder_and_near_misses(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    folder = picture(tmp_path / "Photos" / "a.png").parent
    assert said("~/Photos") == f"There is no folder or file ~/Photos; did you mean {folder}?"
    assert said(tmp_path / "photos").endswith(f"; did you mean {folder}?")
    assert said(tmp_path / "Phtos").endswith(f"; did you mean {folder}?")
    assert said("almonds").endswith("check the path (`score` takes the keyword first).")


def test_a_path_in_the_other_form_of_unicode_is_found(tmp_path):
    picture(tmp_path / unicodedata.normalize("NFD", "Äpfel") / "a.png")
    (ref,) = find_images([tmp_path / unicodedata.normalize("NFC", "Äpfel")]).refs
    assert ref.path.exists()


def test_a_named_pipe_that_was_named_does_not_block(tmp_path):
    os.mkfifo(tmp_path / "pipe.png")
    with pytest.raises(NoReadablePictureError, match="left out: 1 not a regular file"):
        find_pictures([tmp_path / "pipe.png"])


@pytest.mark.parametrize("given", ["\0", "x" * 5000, "a/" * 3000, "\ud800", "[" * 300, "'"])
def test_what_is_no_path_at_all_is_an_error_in_words(given):
    assert said(given).endswith(".")
    assert len(said(given)) < 700
