"""``relevance references`` and ``relevance recognise`` as they are typed, with the real encoder."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys

import pytest

from relevance.cli import main


@pytest.fixture(scope="module")
def kinds(tmp_path_factory, samples):
    """Five categories of sample pictures: half of each to learn from, half to ask about."""
    home = tmp_path_factory.mktemp("kinds")
    for kind in ("apples", "broccoli", "garlic", "oranges", "strawberries"):
        for number, path in enumerate(sorted((samples / "google_images" / kind).iterdir())):
            folder = home / ("known" if number % 2 else "asked") / kind
            folder.mkdir(parents=True, exist_ok=True)
            shutil.copy(path, folder)
    return home


@pytest.fixture
def store(kinds, tmp_path):
    place = str(tmp_path / "parts.references")
    assert run("references", "add", kinds / "known", "--store", place, "--model", "compact") == 0
    return place


def run(*words):
    return main(list(map(str, words)))


def asked(store, *words, capsys):
    capsys.readouterr()
    assert run("recognise", *words, "--store", store, "--model", "compact", "--json") == 0
    return json.loads(capsys.readouterr().out)


def test_most_pictures_are_recognised_and_others_are_none(store, kinds, samples, capsys):
    found = asked(store, kinds / "asked", "--false-matches", "0.1", capsys=capsys)
    right = [row["type"] == row["path"].split("/")[-2] for row in found["rows"] if row["type"]]
    assert len(found["rows"]) == 20
    assert len(right) >= 10
    assert all(right)
    assert [row["candidate"] == row["path"].split("/")[-2] for row in found["rows"]].count(
        True
    ) >= 19
    others = samples / "google_images/pecans"
    none = asked(store, others, "--false-matches", "0.1", capsys=capsys)
    assert [row["status"] for row in none["rows"]].count("none") >= 7


def test_what_is_printed(store, kinds, capsys):
    capsys.readouterr()
    picture = next((kinds / "asked" / "broccoli").iterdir())
    assert (
        run("recognise", picture, "--store", store, "--model", "compact", "--threshold", 0.5) == 0
    )
    out = capsys.readouterr().out
    assert out.startswith("It shows broccoli.\nHeld against 20 references of 5 types; a type is")
    assert "from a similarity of 0.500 on, as asked for." in out
    assert "What to expect: of the 20 references themselves" in out


def test_the_report_lies_beside_its_table(store, kinds, tmp_path, capsys):
    words = ["recognise", kinds / "asked", "--store", store, "--model", "compact", "--report"]
    assert run(*words, "--output-dir", tmp_path / "r") == 0
    assert {path.name for path in (tmp_path / "r").iterdir()} == {
        *("recognised-parts.csv", "recognised-parts.html")
    }
    assert str(tmp_path / "r" / "recognised-parts.html") in capsys.readouterr().out


def test_list_log_remove_and_undo(store, capsys):
    place = ["--store", store]
    capsys.readouterr()
    assert run("references", "list", *place, "--json") == 0
    listed = json.loads(capsys.readouterr().out)
    assert [(row["type"], row["references"]) for row in listed["types"]] == [
        (kind, 4) for kind in ("apples", "broccoli", "garlic", "oranges", "strawberries")
    ]
    assert run("references", "list", *place, "--type", "garlic") == 0
    out = capsys.readouterr().out
    assert out.startswith("20 references of 5 types in ")
    assert out.count("2026-") >= 4 or out.count("20") >= 4
    assert run("references", "remove", "--type", "garlic", *place) == 0
    assert capsys.readouterr().out == (
        "4 reference pictures removed; `relevance references undo` brings back what was.\n"
    )
    assert run("references", "undo", *place) == 0
    assert capsys.readouterr().out == "Undone (remove): 4 references back.\n"
    assert run("references", "log", *place, "--json") == 0
    runs = json.loads(capsys.readouterr().out)["runs"]
    assert [row["kind"] for row in runs] == ["add", "remove", "undo"]
    assert [row["undone"] for row in runs] == [False, True, False]


def test_export_and_import(store, tmp_path, capsys):
    file = tmp_path / "all.zip"
    capsys.readouterr()
    assert run("references", "export", file, "--store", store) == 0
    assert capsys.readouterr().out == f"20 reference pictures in {file}.\n"
    other = tmp_path / "other"
    assert run("references", "import", file, "--store", other) == 0
    assert capsys.readouterr().out == "20 reference pictures new.\n"
    assert run("references", "list", "--store", other) == 0
    assert "garlic" in capsys.readouterr().out


def test_growing_by_answers_to_questions(store, kinds):
    words = [sys.executable, "-m", "relevance", "recognise", str(kinds / "asked" / "strawberries")]
    words += ["--store", store, "--model", "compact", "--threshold", "0.5", "--grow", "ask"]
    done = subprocess.run(
        [*words, "--json"], input="y\n" + 9 * "n\n", capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    rows = json.loads(done.stdout)["rows"]
    assert [row["grew"] for row in rows].count(True) == 1
    assert done.stderr.count("A reference from now on? [y/N]") == 1 + [
        row["reason"] for row in rows
    ].count("not confirmed")
    silent = subprocess.run(words, input="", capture_output=True, text=True)
    assert silent.returncode == 2
    assert "Nobody answers" in silent.stderr


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (["recognise", "x.png", "--store", "nowhere"], 2, "There are no references in nowhere"),
        (["references", "list", "--store", "nowhere"], 2, "There are no references in nowhere"),
        (["references", "undo", "--store", "nowhere"], 2, "There are no references in nowhere"),
        (["references", "add", "nothing", "--store", "s"], 2, "nothing"),
        (
            ["references", "import", "nothing.zip", "--store", "s"],
            2,
            "There is no file nothing.zip",
        ),
    ],
)
def test_wrong_use_is_said(words, code, message, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert run(*words) == code
    assert message in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_wrong_thresholds_are_said(store, kinds, capsys):
    ask = ["recognise", kinds / "asked", "--store", store, "--model", "compact"]
    for words, message in (
        (["--threshold", "7"], "from -1 to 1, not 7"),
        (["--threshold", "much"], 'a similarity or "auto", not much'),
        (["--false-matches", "5"], "between 0 and 1, not 5"),
        (["--type", "plums"], "There is no type plums in"),
    ):
        assert run(*ask, *words) == 2
        assert message in capsys.readouterr().err
