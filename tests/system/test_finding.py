"""Names as users and tables write them, held against what a real disk has."""

from __future__ import annotations

import os
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from relevance.system.finding import did_you_mean, find_path, like_name, near_miss, same_name

COMPOSED, DECOMPOSED = "Äpfel é", unicodedata.normalize("NFD", "Äpfel é")


def put(*parts: str | Path) -> Path:
    path = Path(*parts)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"x")
    return path


@pytest.mark.parametrize(("written", "there"), [(COMPOSED, DECOMPOSED), (DECOMPOSED, COMPOSED)])
def test_each_part_is_found_in_its_other_form(tmp_path, written, there):
    file = put(tmp_path, there, "plain", f"{there}.jpg")
    assert find_path(tmp_path / written / "plain" / f"{written}.jpg") == file
    assert find_path(str(tmp_path / there / "plain" / f"{written}.jpg")) == file
    assert find_path(tmp_path / written / "plain" / "other.jpg") is None


def test_a_relative_path_is_found_from_where_one_is_now(tmp_path, monkeypatch):
    for place in ("one", "two"):
        put(tmp_path, place, DECOMPOSED if place == "one" else "else")
    monkeypatch.chdir(tmp_path / "one")
    assert find_path(COMPOSED) == Path(DECOMPOSED)
    monkeypatch.chdir(tmp_path / "two")
    assert find_path(COMPOSED) is None


def test_what_is_written_exactly_comes_first(tmp_path):
    for name in (COMPOSED, DECOMPOSED):
        put(tmp_path, name)
        assert find_path(tmp_path / name) == tmp_path / name
    both = unicodedata.normalize("NFC", "Äpfel ") + unicodedata.normalize("NFD", "é")
    assert find_path(tmp_path / both) is None  # one of two: not for us to choose
    assert near_miss(tmp_path / both) in {tmp_path / COMPOSED, tmp_path / DECOMPOSED}


def test_two_folders_of_one_look_are_both_searched(tmp_path):
    put(tmp_path, COMPOSED, "a.jpg")
    file = put(tmp_path, DECOMPOSED, "b.jpg")
    assert find_path(tmp_path / COMPOSED / "b.jpg") == file


def test_a_file_that_came_just_now_is_seen(tmp_path):
    assert find_path(tmp_path / COMPOSED) is None
    file = put(tmp_path, DECOMPOSED)
    assert find_path(tmp_path / COMPOSED) == file


@pytest.mark.parametrize(
    ("written", "there"),
    [
        ("Relevant/A.JPG", "relevant/a.jpg"),
        ("two  words.jpg", "two words.jpg"),
        ("two\u00a0words.jpg", "two words.jpg"),
        ("a.jpg\u200b", "a.jpg"),
        ("\ufeffa.jpg", "a.jpg"),
        ("ａ.jpg", "a.jpg"),
        ("STRASSE.jpg", "straße.jpg"),
        ("ÉTÉ/a.jpg", unicodedata.normalize("NFD", "été/a.jpg")),
        ("almnods/a.jpg", "almonds/a.jpg"),
        ("lables.csv", "labels.csv"),
    ],
)
def test_a_near_miss_is_named_and_not_taken(tmp_path, written, there):
    file = put(tmp_path, there)
    assert find_path(tmp_path / written) is None
    assert near_miss(tmp_path / written) == file
    assert did_you_mean(tmp_path / written) == f"; did you mean {file}?"


def test_what_is_like_nothing_gets_no_advice(tmp_path):
    put(tmp_path, "almonds/a.jpg")
    assert did_you_mean(tmp_path / "zzz" / "a.jpg") == "."
    assert did_you_mean("\0") == did_you_mean("") == "."
    assert near_miss(tmp_path / "almnods" / "a.jpg", thorough=False) is None


def test_a_home_folder_that_no_shell_has_put_in(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    put(tmp_path, "labels.csv")
    assert did_you_mean("~/labels.csv") == f"; did you mean {tmp_path / 'labels.csv'}?"


def test_a_broken_link_is_there_and_names_of_other_encodings_do_not_disturb(tmp_path):
    (tmp_path / DECOMPOSED).symlink_to("nowhere")
    (tmp_path / os.fsdecode(b"caf\xe9")).write_bytes(b"")
    assert find_path(tmp_path / COMPOSED) == tmp_path / DECOMPOSED
    assert find_path(tmp_path / "café") is None


@settings(max_examples=200)
@given(st.text())
def test_forms_of_one_name_are_one(name):
    forms = [unicodedata.normalize(form, name) for form in ("NFC", "NFD")]
    assert len({same_name(form) for form in forms}) == 1
    assert (
        len({like_name(form) for form in [*forms, name.upper() if name.isascii() else name]}) == 1
    )
