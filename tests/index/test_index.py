"""An index kept up to date: what is new, changed or gone, and nothing done twice."""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

import relevance
from relevance.errors import NoIndexError, NoReadablePictureError, UsageError
from relevance.index.ids import id_of
from tests.conftest import LONG_AGO
from tests.support.toy import ToyEncoder


def paint(path: Path, colour, age=LONG_AGO):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", (20, 20), colour).save(path)
    os.utime(path, (age, age))
    return path


@pytest.fixture
def shop(tmp_path):
    """Two folders: reds (three shades), blues (two), and a copy of a red among the blues."""
    for name, colour in (("red/1", (250, 0, 0)), ("red/2", (250, 60, 0)), ("red/3", (250, 0, 90)),
                         ("blue/1", (0, 0, 250)), ("blue/2", (0, 60, 250))):  # fmt: skip
        paint(tmp_path / "shop" / f"{name}.png", colour)
    shutil.copy2(tmp_path / "shop/red/1.png", tmp_path / "shop/blue/copy.png")
    return tmp_path / "shop"


@pytest.fixture
def index(tmp_path, toy):
    with relevance.Index.create(tmp_path / "index", model=toy) as made:
        yield made


def counts(changes):
    return (
        *(changes.added, changes.changed, changes.kept, changes.gone),
        *(len(changes.skipped), changes.count),
    )


def query(word):
    return ToyEncoder().encode_texts([word])


def test_an_index_finds_by_meaning_and_brings_copies_together(index, shop):
    changes = index.add(shop)
    assert counts(changes) == (6, 0, 0, 0, 0, 6)
    ((best, second, third, *rest),) = index.nearest(query("red"), 10)
    assert [row.path for row in best.rows] == sorted(
        [str(shop / "red/1.png"), str(shop / "blue/copy.png")], key=id_of
    )
    assert {second.row.folder, third.row.folder} == {"red"}
    assert len(rest) == 2
    assert len(index) == 6
    assert index.sources[0].path == str(shop)


def test_k_counts_pictures_and_all_places_of_each_come_along(index, shop):
    for number in range(30):
        shutil.copy2(shop / "red/1.png", paint(shop / f"more/{number}.png", "red"))
    index.add(shop)
    ((first, second),) = index.nearest(query("red"), 2)
    assert len(first.rows) == 32
    assert [row.id for row in first.rows] == sorted(row.id for row in first.rows)
    assert len(second.rows) == 1


def test_an_unchanged_file_is_looked_at_and_not_read(index, shop, toy, monkeypatch):
    index.add(shop)
    batches = len(toy.batches)
    for name in ("index.encoding.digest_of", "embedding.embeddings.content_digest"):
        monkeypatch.setattr(f"relevance.{name}", lambda path: pytest.fail(f"{path} was read"))
    assert counts(index.add()) == (0, 0, 6, 0, 0, 6)
    assert len(toy.batches) == batches


def test_what_changed_is_encoded_again_and_what_vanished_leaves(index, shop):
    index.add(shop)
    ids = {row.path: row.id for batch in index.batches() for row in batch.rows}
    paint(shop / "red/1.png", "blue", LONG_AGO + 5)
    (shop / "red/2.png").unlink()
    os.utime(shop / "red/3.png", (LONG_AGO + 9, LONG_AGO + 9))  # touched, and no more
    paint(shop / "new/1.png", "green")
    changes = index.add()
    assert counts(changes) == (1, 1, 4, 1, 0, 6)
    now = {row.path: row.id for batch in index.batches() for row in batch.rows}
    assert {path: ids[path] for path in now if path in ids} == {
        path: name for path, name in now.items() if path in ids
    }
    ((best, *_),) = index.nearest(query("green"), 3)
    assert best.row.path == str(shop / "new/1.png")
    ((best, *_),) = index.nearest(query("blue"), 3)
    assert best.row.path in {str(shop / "red/1.png"), str(shop / "blue/1.png")}
    nearest = [match.row.path for match in index.nearest(query("blue"), 3)[0]]
    assert str(shop / "red/1.png") in nearest
    assert counts(index.add()) == (0, 0, 6, 0, 0, 6)


def test_a_file_of_just_now_is_read_again_since_its_clock_may_not_tick(index, tmp_path):
    path = paint(tmp_path / "shop/1.png", "red")
    os.utime(path)
    status = path.stat()
    index.add(tmp_path / "shop")
    Image.new("RGB", (20, 20), "blue").save(path)
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert index.add().changed == 1
    assert index.nearest(query("blue"), 1)[0][0].score > 0.9


def test_a_picture_that_cannot_be_read_is_named_and_the_rest_is_there(index, shop):
    (shop / "red/broken.jpg").write_bytes(b"no picture")
    changes = index.add(shop)
    assert counts(changes) == (6, 0, 0, 0, 1, 6)
    ((path, folder, reason),) = changes.skipped
    assert (path, folder) == (str(shop / "red/broken.jpg"), "red")
    assert reason
    assert changes.to_dict()["skipped"][0]["reason"] == reason


def test_other_sources_stay_when_one_is_brought_up_to_date(index, shop):
    index.add([shop / "red", shop / "blue"])
    (shop / "blue/1.png").unlink()
    (shop / "red/1.png").unlink()
    assert counts(index.add(shop / "red")) == (0, 0, 2, 1, 0, 5)
    assert counts(index.add()) == (0, 0, 4, 1, 0, 4)


@pytest.mark.parametrize("again", [False, True])
def test_a_drive_that_is_away_takes_nothing_with_it(index, shop, again):
    index.add(shop)
    shop.rename(shop.with_name("away"))
    if again:
        shop.mkdir()
    with pytest.raises((UsageError, NoReadablePictureError)):
        index.add()
    assert len(index) == 6


def test_rows_of_a_table_bring_their_columns(index, shop):
    table = shop / "offers.csv"
    table.write_text(
        "sku,image,title,price\n"
        "7,red/1.png,Apple,1.50\n8,red/2.png,Pepper,2\n9,red/1.png,Again,3\n"
        "10,gone.png,Gone,4\n11,,None,5\n"
    )
    changes = index.add(table)
    assert counts(changes) == (3, 0, 0, 0, 2, 3)
    assert [reason for _, _, reason in changes.skipped] == [
        "the file does not exist",
        "no picture is named",
    ]
    assert index.info.columns == ("sku", "title", "price")
    ((apple,),) = index.nearest(query("red"), 5, where={"price": "1.50"})
    assert apple.row.columns == {"sku": "7", "title": "Apple", "price": "1.50"}
    assert apple.row.folder == "red"
    ((both, pepper),) = index.nearest(query("red"), 5, where={"sku": ["7", "8", "9"]})
    assert len(both.rows) == 2
    assert pepper.row.columns["title"] == "Pepper"
    assert counts(index.add()) == (0, 0, 3, 0, 2, 3)
    table.write_text("sku,image,title,price\n7,red/1.png,Apple,1.99\n")
    assert counts(index.add()) == (0, 1, 0, 2, 0, 1)
    with pytest.raises(UsageError, match='no column "colour"; there are: sku, title, price'):
        index.nearest(query("red"), where={"colour": "x"})


def test_a_folder_leaves_the_columns_of_a_table_alone(index, shop):
    (shop / "offers.csv").write_text("image,title\nred/1.png,Apple\n")
    index.add(shop / "offers.csv")
    assert counts(index.add(shop)) == (5, 0, 1, 0, 0, 6)
    ((apple,),) = index.nearest(query("red"), 5, where={"title": "Apple"})
    assert apple.row.path == str(shop / "red/1.png")


def test_pictures_in_cells_and_addresses_are_rows_too(index, shop):
    import pandas as pd

    data = (shop / "blue/1.png").read_bytes()
    table = shop / "inside.parquet"
    pd.DataFrame({"image": [{"bytes": data, "path": "x/blue.png"}], "n": [3]}).to_parquet(table)
    assert counts(index.add(table)) == (1, 0, 0, 0, 0, 1)
    ((match,),) = index.nearest(query("blue"), 1)
    assert match.row.path == f"{table}#1/blue.png"
    assert match.row.columns == {"n": 3}
    assert counts(index.add()) == (0, 0, 1, 0, 0, 1)


def test_a_filter_is_by_folder_and_leaves_out_ids(index, shop):
    index.add(shop)
    ((*blues,),) = index.nearest(query("red"), 10, folders="BLUE")
    assert {row.folder for match in blues for row in match.rows} == {"blue"}
    assert len(blues) == 3
    left = index.nearest(query("red"), 10, folders="blue", without=[blues[0].row.id])
    assert [match.row.id for match in left[0]] == [match.row.id for match in blues[1:]]


def test_one_encoder_an_index(tmp_path, shop, toy):
    with relevance.Index.create(tmp_path / "i", model=toy) as index:
        index.add(shop)
    other = ToyEncoder(name="other", fingerprint="1" * 32)
    with relevance.Index.open(tmp_path / "i", model=other) as index:
        with pytest.raises(UsageError, match=r"made with toy \(fp32\), .* not those of other"):
            index.add(shop)
        assert len(index.nearest(query("red"), 2)[0]) == 2
        from relevance.index.source import offers

        changes = index.renew(offers(index.sources))
        assert counts(changes) == (6, 0, 0, 0, 0, 6)
        assert index.info.origin.encoder == "other"
        assert index.sources[0].path == str(shop)
    assert other.batches


def test_a_moved_index_works_and_none_is_said_so(tmp_path, shop, toy, index):
    index.add(shop)
    index.close()
    (tmp_path / "index").rename(tmp_path / "moved")
    with relevance.Index.open(tmp_path / "moved", model=toy) as moved:
        assert counts(moved.add()) == (0, 0, 6, 0, 0, 6)
    with pytest.raises(NoIndexError):
        relevance.Index.open(tmp_path / "index")


def test_a_query_of_another_length_is_refused(index, shop):
    index.add(shop)
    with pytest.raises(UsageError, match="vectors of 8 numbers, not of 3"):
        index.nearest([[1, 0, 0]])
    with pytest.raises(UsageError, match="at least 1"):
        index.nearest(query("red"), 0)


@given(path=st.text(min_size=1), number=st.integers(0, 5))
def test_ids_are_clean_and_always_the_same(path, number):
    made = id_of(path, number)
    assert made == id_of(path, number)
    assert len(made) == 16
    assert set(made) <= set("0123456789abcdefghijklmnopqrstuv")
    assert made != id_of(path, number + 1)


def test_the_encoder_in_the_package_finds_almonds(tmp_path, samples, compact):
    """The order is that of ``score``, whose cosines these are."""
    with relevance.Index.create(tmp_path / "i", model=compact) as index:
        index.add(samples / "google_images")
        scores = relevance.score("almonds", samples / "google_images", model=compact)
        from relevance.embedding.embeddings import embed_concepts
        from relevance.judging.prompts import DEFAULT_TEMPLATES, fill

        words = embed_concepts([fill(DEFAULT_TEMPLATES, "almonds")], compact)
        (matches,) = index.nearest(words, 100)
    by_path = dict(
        zip(map(os.path.abspath, scores.places), scores.pictures.similarity, strict=True)
    )
    found = {row.path: match.score for match in matches for row in match.rows}
    assert found.keys() == by_path.keys()
    assert all(found[path] == pytest.approx(by_path[path], abs=1e-6) for path in found)
    assert matches[0].row.folder == "almonds"
    order = [match.score for match in matches]
    assert order == sorted(order, reverse=True)
    assert np.isfinite(order).all()


CHANGING = """
import random, sys, time
from pathlib import Path
from PIL import Image
import relevance
from tests.support.toy import ToyEncoder
shop, place, chance = Path(sys.argv[1]), sys.argv[2], random.Random(int(sys.argv[3]))
with relevance.Index.open(place, model=ToyEncoder(), cache=False) as index:
    while True:
        for number in chance.sample(range(1100), 60):
            colour = tuple(chance.randrange(256) for _ in range(3))
            Image.new("RGB", (4, 4), colour).save(shop / f"{number}.png")
        print("ready", flush=True)
        index.add()
"""


def test_ten_kills_while_adding_leave_an_index_that_comes_right(tmp_path, toy):
    shop, place, chance = tmp_path / "shop", tmp_path / "i", random.Random(4)
    shop.mkdir()
    for number in range(1100):
        Image.new("RGB", (4, 4), (number % 256, number // 5, 99)).save(shop / f"{number}.png")
    with relevance.Index.create(place, model=toy, cache=False) as index:
        index.add(shop)
    for kill in range(10):
        words = [sys.executable, "-c", CHANGING, str(shop), str(place), str(kill)]
        process = subprocess.Popen(words, stdout=subprocess.PIPE, text=True)
        assert process.stdout
        assert process.stdout.readline() == "ready\n"
        time.sleep(chance.uniform(0, 0.8))
        process.kill()
        process.wait()
        process.stdout.close()
        with relevance.Index.open(place) as left:
            assert len(left) == sum(len(batch.rows) for batch in left.batches()) > 1000
    for path in shop.iterdir():
        try:
            with Image.open(path) as picture:
                picture.load()
        except OSError:  # killed while it was painted
            Image.new("RGB", (4, 4), "red").save(path)
    with relevance.Index.open(place, model=toy, cache=False) as index:
        changes = index.add()
        assert (changes.count, changes.skipped) == (1100, ())
        rows = [(row, v) for b in index.batches() for row, v in zip(b.rows, b.vectors, strict=True)]
    pictures = [Image.open(row.path).convert("RGB") for row, _ in rows]
    np.testing.assert_array_equal(
        np.stack([vector for _, vector in rows]), toy.encode_images(pictures).astype(np.float16)
    )
