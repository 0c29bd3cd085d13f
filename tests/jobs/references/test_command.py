"""``relevance references`` as it is typed, with the real encoder."""

from __future__ import annotations

import json

import pytest

from relevance.cli import main


def run(*words):
    return main(list(map(str, words)))


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
    assert run("references", "list", *place, "--type", "Garlic") == 2
    assert "There is no type Garlic in" in capsys.readouterr().err
    assert run("references", "log", *place, "--json") == 0
    runs = json.loads(capsys.readouterr().out)["runs"]
    assert [row["kind"] for row in runs] == ["add", "remove", "undo"]
    assert [row["undone"] for row in runs] == [False, True, False]
    assert run("references", "undo", *place, "--run", runs[1]["run"]) == 2
    assert "is undone already; undo what undid it instead" in capsys.readouterr().err
    assert run("references", "undo", *place, "--run", runs[2]["run"]) == 0
    assert capsys.readouterr().out == "Undone (undo): 4 references taken out again.\n"


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


def test_what_was_left_out_or_has_an_empty_type_is_said(store, kinds, tmp_path, capsys):
    (tmp_path / "new").mkdir()
    (tmp_path / "new" / "a.docx").write_bytes(b"-")
    (tmp_path / "new" / "b.png").write_bytes(
        (next((kinds / "asked/garlic").iterdir())).read_bytes()
    )
    words = ["references", "add", tmp_path / "new", "--store", store, "--model", "compact"]
    with pytest.raises(SystemExit, match="2"):
        run(*words, "--type", "")
    assert "argument --type: it is empty; is a shell variable not set?" in capsys.readouterr().err
    assert run(*words, "--type", "garlic") == 0
    assert "Note: Left out: 1 not in a supported picture format." in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["list", "--store", "nowhere"], "There are no references in nowhere"),
        (["undo", "--store", "nowhere"], "There are no references in nowhere"),
        (["add", "nothing", "--store", "s"], "nothing"),
        (["import", "nothing.zip", "--store", "s"], "There is no file nothing.zip"),
    ],
)
def test_wrong_use_is_said(words, message, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert run("references", *words) == 2
    assert message in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []
