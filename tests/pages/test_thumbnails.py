"""Thumbnails for reports: what they show, how large they may be, and when they are made again."""

from __future__ import annotations

import base64
import io
import logging
import os
import sqlite3
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import relevance
from relevance.embedding.cache import inspect, open_cache, prune
from relevance.embedding.cache.database import cache_file
from relevance.pages import thumbnails as module
from relevance.pages.thumbnails import BUDGET, SIDE, thumbnails
from tests.conftest import LONG_AGO

LIMIT = 10**9


def opened(uri: str) -> Image.Image:
    assert uri.startswith("data:image/webp;base64,")
    return Image.open(io.BytesIO(base64.b64decode(uri.split(",")[1])))


def colour(uri: str) -> int:
    return int(np.asarray(opened(uri).convert("RGB"))[4, 4].argmax())


@pytest.fixture
def picture(tmp_path):
    def make(shade: str, name: str = "x.png", changed: int = LONG_AGO):
        Image.new("RGB", (400, 300), shade).save(tmp_path / name)
        os.utime(tmp_path / name, (changed, changed))
        return str(tmp_path / name)

    return make


def test_they_fit_and_keep_their_shape(picture):
    (uri,) = thumbnails([picture("red")], LIMIT, cache=False)
    assert opened(uri).size == (SIDE, SIDE * 3 // 4)
    assert colour(uri) == 0


def test_an_unchanged_file_is_not_read_again(picture, tmp_path):
    path = picture("red")
    first = thumbnails([path], LIMIT, cache=True)
    content = (tmp_path / "x.png").read_bytes()
    (tmp_path / "x.png").write_bytes(bytes(len(content)))  # cannot be read any more
    os.utime(path, (LONG_AGO, LONG_AGO))
    assert thumbnails([path], LIMIT, cache=True) == first
    assert thumbnails([path], LIMIT, cache=False) == [""]


def test_a_changed_file_is_read_again(picture):
    assert colour(thumbnails([picture("red")], LIMIT, cache=True)[0]) == 0
    again = thumbnails([picture("blue", changed=LONG_AGO + 1)], LIMIT, cache=True)
    assert colour(again[0]) == 2


def test_a_file_that_changes_while_it_is_read_is_not_kept(picture, monkeypatch):
    path = picture("red")

    def slow(*arguments):
        picture("blue", changed=LONG_AGO + 5)
        return encode(*arguments)

    encode = module._Album._encoded
    monkeypatch.setattr(module._Album, "_encoded", slow)
    thumbnails([path], LIMIT, cache=True)
    assert inspect().thumbnails == 0


def test_a_damaged_cache_does_not_cost_the_page(picture, caplog):
    cache_file().write_bytes(b"no database at all" * 500)
    with caplog.at_level(logging.WARNING):
        assert colour(thumbnails([picture("red")], LIMIT, cache=True)[0]) == 0
    assert "going on without" in caplog.text


def test_a_damaged_thumbnail_is_made_again(picture):
    path = picture("red")
    first = thumbnails([path], LIMIT, cache=True)
    with sqlite3.connect(cache_file()) as damaged:
        damaged.execute("UPDATE thumbnails SET picture = zeroblob(length(picture))")
    damaged.close()
    assert thumbnails([path], LIMIT, cache=True) == first


def test_without_the_cache_nothing_is_stored(picture, red_and_blue, toy, tmp_path):
    thumbnails([picture("red")], LIMIT, cache=False)
    relevance.score("red", red_and_blue, model=toy, cache=False).to_html(tmp_path / "r.html")
    assert not cache_file().exists()


def test_pruning_forgets_those_of_changed_files(picture):
    kept, gone = picture("red"), picture("blue", "y.png")
    thumbnails([kept, gone], LIMIT, cache=True)
    assert inspect().thumbnails == 2
    Path(gone).unlink()
    prune()
    assert inspect().thumbnails == 1


def test_a_cache_of_the_first_version_is_taken_over(picture):
    open_cache().close()
    with sqlite3.connect(cache_file()) as old:
        old.execute("DROP TABLE thumbnails")
        old.execute("PRAGMA user_version = 1")
        old.execute("INSERT INTO texts VALUES (1, 'kept', x'00')")
    old.close()
    thumbnails([picture("red")], LIMIT, cache=True)
    assert inspect().thumbnails == 1
    database = open_cache()
    assert database.execute("SELECT text FROM texts").fetchall() == [("kept",)]
    database.close()


def test_where_no_cache_can_be_opened_the_report_goes_on(picture, monkeypatch, caplog):
    monkeypatch.setenv("RELEVANCE_CACHE", "/dev/null/cache")
    with caplog.at_level(logging.WARNING):
        assert colour(thumbnails([picture("red")], LIMIT, cache=True)[0]) == 0
    assert "No thumbnails in the cache" in caplog.text


def test_many_stay_within_the_budget(tmp_path):
    rng = np.random.default_rng(3)
    paths = []
    for number in range(400):
        path = tmp_path / f"{number}.png"
        noise = Image.fromarray(rng.integers(0, 255, (40, 40, 3), dtype=np.uint8))
        noise.resize((240, 240)).save(path)
        paths.append(str(path))
    made = thumbnails(paths, LIMIT, cache=False)
    assert 0.3 * BUDGET < sum(map(len, made)) * 0.75 < 1.1 * BUDGET
    sides = {opened(uri).size for uri in made}
    assert len(sides) == 1
    assert sides.pop()[0] < SIDE
