"""``relevance index`` as it is typed."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time

import pytest
from PIL import Image

import relevance
from relevance.cli import main
from tests.conftest import LONG_AGO


@pytest.fixture
def shop(tmp_path):
    for number, colour in enumerate(("red", "green", "blue")):
        path = tmp_path / "shop" / f"{number}.png"
        path.parent.mkdir(exist_ok=True)
        Image.new("RGB", (20, 20), colour).save(path)
        os.utime(path, (LONG_AGO, LONG_AGO))
    return tmp_path / "shop"


def run(*words, code=0):
    assert main(["index", *map(str, words)]) == code


def counts(text):
    found = json.loads(text)
    return tuple(found[name] for name in ("added", "changed", "kept", "gone", "count"))


def test_an_index_is_made_added_to_made_anew_and_compacted(tmp_path, shop, capsys):
    place = tmp_path / "i"
    run(shop, "-o", place, "--model", "compact", "--json")
    assert counts(capsys.readouterr().out) == (3, 0, 0, 0, 3)
    run(shop, "-o", place, code=2)
    assert "already" in capsys.readouterr().err
    (shop / "0.png").unlink()
    run("-o", place, "--add", "--json")
    assert counts(capsys.readouterr().out) == (0, 0, 2, 1, 2)
    run("-o", place, "--compact", "--json")
    assert counts(capsys.readouterr().out) == (0, 0, 0, 0, 2)
    run("-o", place, "--again")
    out = capsys.readouterr().out
    assert out.startswith("2 added, 0 changed, 0 kept, 0 gone\n2 of 2 pictures were known")
    assert "2 pictures, encoder compact" in out


def test_what_cannot_be_used_is_said_in_a_sentence(tmp_path, shop, capsys):
    for words, code, what in (
        (("-o", tmp_path / "i"), 2, "Give at least one folder"),
        (("-o", tmp_path / "i", "--add"), 2, "no index"),
        ((tmp_path / "nothing", "-o", tmp_path / "i"), 2, "nothing"),
        ((shop, "-o", shop), 2, "shop"),
        ((shop, "-o", tmp_path / "i", "--watch", "0"), 2, "more than 0"),
        ((shop, "-o", tmp_path / "i", "--model", "no-such"), 4, "no-such"),
    ):
        run(*words, code=code)
        assert what in capsys.readouterr().err
        assert not (tmp_path / "i").exists()


def test_skipped_pictures_are_listed(tmp_path, shop, capsys):
    (shop / "x.jpg").write_bytes(b"nonsense")
    run(shop, "-o", tmp_path / "i", "--model", "compact")
    out = capsys.readouterr().out
    assert "Skipped 1 of 4 pictures:" in out
    assert "x.jpg" in out


def test_the_second_writer_is_told(tmp_path, shop, capsys):
    run(shop, "-o", tmp_path / "i", "--model", "compact", "--quiet")
    with relevance.Index.open(tmp_path / "i") as first:
        first.remove(["nothing"])
        Image.new("RGB", (20, 20), "white").save(shop / "new.png")
        run("-o", tmp_path / "i", "--add", code=1)
    *_, error = capsys.readouterr().err.splitlines()
    assert error.startswith("relevance: Another run is writing the index")
    run("-o", tmp_path / "i", "--add", "--json")
    assert counts(capsys.readouterr().out) == (1, 0, 3, 0, 4)


def test_watching_follows_a_folder_in_another_process(tmp_path, shop):
    words = ["index", shop, "-o", tmp_path / "i", "--model", "compact", "--watch", "0.2"]
    process = subprocess.Popen(
        [sys.executable, "-m", "relevance", *map(str, words)], stdout=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout
        assert process.stdout.readline().startswith("3 added")
        assert "3 pictures" in process.stdout.readline()
        Image.new("RGB", (20, 20), "white").save(shop / "new.png")
        (shop / "0.png").unlink()
        seen = ""
        until = time.monotonic() + 60
        while not ("1 added" in seen and "1 gone" in seen) and time.monotonic() < until:
            seen += process.stdout.readline()
        assert "1 added" in seen
        assert "1 gone" in seen
    finally:
        process.send_signal(signal.SIGINT)
        assert process.wait(30) == 130
        process.stdout.close()
