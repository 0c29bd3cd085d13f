"""``relevance recognise`` as it is typed, with the real encoder."""

from __future__ import annotations

import json

import pytest

from relevance.cli import main
from tests.support.command import run_command


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
        *("index.html", "recognised-parts.csv", "recognised-parts.html")
    }
    assert str(tmp_path / "r" / "recognised-parts.html") in capsys.readouterr().out


def test_growing_by_answers_to_questions(store, kinds):
    words = ["recognise", kinds / "asked" / "strawberries"]
    words += ["--store", store, "--model", "compact", "--threshold", "0.5", "--grow", "ask"]
    done = run_command(*words, "--json", given="y\n" + 9 * "n\n")
    assert done.returncode == 0, done.stderr
    rows = json.loads(done.stdout)["rows"]
    assert [row["grew"] for row in rows].count(True) == 1
    assert done.stderr.count("A reference from now on? [y/N]") == 1 + [
        row["reason"] for row in rows
    ].count("not confirmed")
    silent = run_command(*words)
    assert silent.returncode == 2
    assert "Nobody answers" in silent.stderr


def test_a_missing_store_is_said(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert run("recognise", "x.png", "--store", "nowhere") == 2
    assert "There are no references in nowhere" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_an_empty_type_is_no_type(store, kinds, capsys):
    with pytest.raises(SystemExit, match="2"):
        run("recognise", kinds / "asked", "--store", store, "--type", "")
    assert "argument --type: it is empty; is a shell variable not set?" in capsys.readouterr().err


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
