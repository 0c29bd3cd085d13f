"""``relevance sort`` as a user runs it, with the encoder in the package."""

from __future__ import annotations

import json
import shutil
import subprocess

import pandas as pd
import pytest

from tests.support.command import run_command


def run(*words: object, cwd) -> subprocess.CompletedProcess[str]:
    return run_command(*words, cwd=cwd, COLUMNS="80")


@pytest.fixture
def shop(tmp_path, samples):
    """Four pictures each of almonds and lemons."""
    for folder in ("almonds", "lemons"):
        (tmp_path / "shop" / folder).mkdir(parents=True)
        for path in sorted((samples / "google_images" / folder).iterdir())[:4]:
            shutil.copy(path, tmp_path / "shop" / folder)
    return tmp_path


def test_from_a_dry_run_to_the_undoing(shop):
    words = ("sort", "almonds", "shop", "--to", "sorted", "--model", "compact", "--move")
    before = sorted(str(path) for path in shop.rglob("*.*"))
    dry = run(*words, "--dry-run", cwd=shop)
    assert dry.returncode == 0, dry.stderr
    lines = dry.stdout.splitlines()
    assert len(lines) == 9
    assert " -> sorted/" in lines[0]
    assert lines[-1].startswith("8 of 8 pictures would be moved below sorted: ")
    assert not (shop / "sorted").exists()

    scored = run("score", "almonds", "shop", "--model", "compact", "--no-report", cwd=shop)
    assert scored.returncode == 0
    table = pd.read_csv(shop / "reports" / "almonds.csv")
    done = run(*words, cwd=shop)
    assert done.returncode == 0, done.stderr
    moved = len(list((shop / "sorted" / "relevant").rglob("*.*")))
    assert moved == table["relevant"].sum() > 0
    assert f"{moved} into relevant" in done.stdout
    assert not list((shop / "shop").rglob("*.*"))

    (log,) = (shop / "sorted").glob("*.jsonl")
    assert f"--undo sorted/{log.name}" in done.stderr
    undone = run("sort", "--undo", log, cwd=shop)
    assert (undone.returncode, undone.stderr) == (0, "")
    assert undone.stdout == "8 of 8 pictures are as before the sort.\n"
    kept = (str(shop / "sorted"), str(shop / "reports"))
    after = [str(path) for path in shop.rglob("*.*") if not str(path).startswith(kept)]
    assert sorted(after) == before


def test_json_and_a_picture_that_cannot_be_moved(shop):
    (shop / "shop" / "almonds" / "broken.jpg").symlink_to(shop / "gone.jpg")
    inside = next((shop / "shop" / "lemons").iterdir())
    inside.rename(shop / "aside.jpg")
    (shop / "shop" / "almonds" / "link.jpg").symlink_to(shop / "aside.jpg")
    words = ("sort", "almonds", "shop", "--to", "sorted", "--model", "compact", "--move", "--json")
    done = run(*words, cwd=shop)
    assert done.returncode == 1
    result = json.loads(done.stdout)
    assert result["counts"] == {"done": 7, "failed": 1, "skipped": 1}
    assert "1 picture could not be put into sorted. The first: " in done.stderr


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("almonds", "shop"), "the folder to sort into"),
        (("--to", "sorted"), "Give a keyword"),
        (("almonds", "--undo", "x.jsonl"), "--undo takes a log alone"),
        (("--undo", "x.jsonl"), "x.jsonl cannot be read"),
        (("almonds", "shop", "--to", "shop/", "--model", "compact"), "is what is to be sorted"),
        (("almonds", "shop", "--to", "sorted", "--copy", "--move"), "not allowed with"),
        (("almonds", "shop", "--to", "shop/almonds/x.jpg/y"), "cannot be written"),
    ],
)
def test_wrong_use_is_said_and_does_nothing(shop, words, message):
    (shop / "shop" / "almonds" / "x.jpg").write_bytes(b"x")
    before = sorted(shop.rglob("*"))
    done = run("sort", *words, cwd=shop)
    assert done.returncode == 2
    assert message in done.stderr
    assert sorted(shop.rglob("*")) == before
