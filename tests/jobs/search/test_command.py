"""``relevance search`` as it is typed."""

from __future__ import annotations

import json

import pytest

from relevance.cli import main
from tests.support.command import run_command


@pytest.fixture(scope="module")
def place(tmp_path_factory, samples):
    place = tmp_path_factory.mktemp("search") / "shop.index"
    made = ["index", str(samples / "google_images"), "-o", str(place), "--model", "compact"]
    assert main([*made, "--quiet"]) == 0
    return place


def run(place, *words, code=0):
    assert main(["search", str(place), *map(str, words)]) == code


def test_words_find_what_they_say(place, capsys):
    run(place, "almonds", "-k", "3")
    out = capsys.readouterr().out
    assert out.startswith("The 3 nearest pictures: “almonds”.\nAmong 80 pictures of ")
    assert out.count("almonds-0") == 3


def test_json_and_folders(place, capsys):
    run(place, "almonds", "--folder", "wal*", "--folder", "pecans", "-k", "100", "--json")
    found = json.loads(capsys.readouterr().out)
    assert {hit["folder"] for hit in found["hits"]} == {"walnuts", "pecans"}
    assert len(found["hits"]) == 16
    assert found["provenance"]["command"] == (
        f"relevance search {place} almonds -k 100 --folder 'wal*' --folder pecans"
    )


def test_paths_go_to_other_programs(place, samples):
    picture = samples / "google_images/almonds/almonds-02.jpg"
    lines = run_command("search", place, "--like", picture, "--paths")
    zeros = run_command("search", place, "--like", picture, "--print0")
    assert lines.returncode == zeros.returncode == 0
    assert lines.stderr == zeros.stderr == ""
    paths = lines.stdout.splitlines()
    assert len(paths) == 10
    assert paths[0] == str(samples / "google_images/almonds/almonds-01.jpg")
    assert str(picture) not in paths
    assert zeros.stdout.split("\0") == [*paths, ""]


def test_a_report_is_written(place, tmp_path, capsys):
    run(place, "green apples", "--unlike", "lemons", "--report", "--output-dir", tmp_path / "r")
    page = tmp_path / "r" / "search-green-apples.html"
    assert page.is_file()
    assert str(page) in capsys.readouterr().out


def test_what_is_wrong_is_said_in_a_sentence(place, tmp_path, capsys):
    for words, code, said in (
        (["search", str(place)], 2, "Say what to look for"),
        (["search", str(tmp_path / "none"), "almonds"], 2, "relevance index"),
        (["search", str(place), "almonds", "--where", "brand"], 2, "COLUMN=VALUE"),
        (["search", str(place), "almonds", "--where", "brand=x"], 2, "no column"),
        (["search", str(place), "--like", "nowhere.jpg"], 3, "cannot be used"),
        (["search", str(place), "almonds", "-k", "0"], 2, "at least 1"),
    ):
        assert main(words) == code, words
        assert said in capsys.readouterr().err


def test_nothing_found_is_said(place, capsys):
    run(place, "almonds", "--folder", "nowhere")
    assert capsys.readouterr().out.startswith("Nothing found: “almonds”.")
