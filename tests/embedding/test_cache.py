"""The embedding cache: what comes back is what was encoded, whatever happens in between."""

from __future__ import annotations

import csv
import logging
import os
import re
import shutil
import signal
import sqlite3
import stat
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from PIL import Image

import relevance
from relevance.embedding.cache import (
    EncoderView,
    FileFacts,
    Picture,
    clear,
    inspect,
    open_cache,
    prune,
)
from relevance.embedding.embeddings import BATCH_SIZE, embed_images
from relevance.errors import CacheError
from relevance.pictures.folders import find_images
from relevance.pictures.reading import READING, load_image
from relevance.system.threads import cores
from tests.conftest import LONG_AGO
from tests.support.command import run_command
from tests.support.toy import INFO, ToyEncoder

DIM = INFO.dim
FACTS = FileFacts(10, LONG_AGO * 10**9)


@pytest.fixture
def database(tmp_path):
    with_file = open_cache(tmp_path / "own.sqlite")
    yield with_file
    with_file.close()


def view(database, **changes):
    return EncoderView(database, replace(INFO, **changes), READING)


def recalled(cache, *pictures):
    vectors = np.full((len(pictures), DIM), 7, np.float16)
    found = cache.recall(
        [item.path for item in pictures], [item.facts for item in pictures], vectors
    )
    return vectors, found.tolist()


def picture(number, vector):
    return Picture(f"/pictures/{number}.jpg", FACTS, bytes([number]) * 32, vector)


vectors_of = arrays.arrays(
    np.float16,
    st.tuples(st.integers(1, 100), st.just(DIM)),
    elements=st.floats(-1, 1, width=16, allow_subnormal=True),
)


@settings(max_examples=60)
@given(vectors=vectors_of)
def test_every_number_comes_back(tmp_path_factory, vectors):
    """By path, by content and by text, whether few or many are asked for at once."""
    database = open_cache(tmp_path_factory.mktemp("cache") / "x.sqlite")
    cache = view(database)
    pictures = [picture(number, vector) for number, vector in enumerate(vectors)]
    cache.store(pictures)
    texts = [f"text {number}" for number in range(len(vectors))]
    cache.store_texts(texts, vectors.astype(np.float32) / 3)
    found, which = recalled(cache, *pictures)
    np.testing.assert_array_equal(found, vectors)
    assert all(which)
    for item, vector in zip(pictures, vectors, strict=True):
        np.testing.assert_array_equal(cache.by_content(item.digest), vector)
    known = cache.texts(texts)
    np.testing.assert_array_equal([known[text] for text in texts], vectors.astype(np.float32) / 3)
    database.close()


def test_what_is_not_known_is_not_found(database):
    cache = view(database)
    known = picture(1, np.ones(DIM, np.float16))
    cache.store([known])
    other = view(database, fingerprint="1" * 32)
    newer = known._replace(facts=FileFacts(10, FACTS.changed + 1))
    larger = known._replace(facts=FileFacts(11, FACTS.changed))
    gone = known._replace(facts=None)
    elsewhere = known._replace(path="/other/1.jpg")
    for stranger in (newer, larger, gone, elsewhere):
        assert recalled(cache, stranger)[1] == [False]
    assert recalled(other, known)[1] == [False]
    assert other.by_content(known.digest) is None
    assert cache.by_content(b"\0" * 32) is None
    assert cache.texts(["nuts"]) == {}
    assert recalled(cache, known, elsewhere)[1] == [True, False]


def test_a_file_that_was_just_changed_is_not_trusted(database):
    cache = view(database)
    fresh = picture(1, np.ones(DIM, np.float16))._replace(facts=FileFacts(10, time.time_ns()))
    cache.store([fresh])
    assert recalled(cache, fresh)[1] == [False]
    assert cache.by_content(fresh.digest) is not None


@pytest.mark.parametrize("count", [3, 200])
def test_a_vector_that_was_tampered_with_counts_as_unknown(database, count):
    cache = view(database)
    pictures = [picture(number, np.ones(DIM, np.float16)) for number in range(count)]
    cache.store(pictures)
    for number, broken in enumerate((bytes(DIM * 2 + 4), b"short", b"\1" * (DIM * 2 + 4))):
        database.execute("UPDATE vectors SET vector = ? WHERE content = ?", (broken, number + 1))
    assert recalled(cache, *pictures)[1] == [False] * 3 + [True] * (count - 3)
    assert cache.by_content(pictures[0].digest) is None


def test_the_second_keyword_reads_and_encodes_nothing(red_and_blue, toy):
    first = relevance.score("red", red_and_blue, model=toy)
    for path in first.files:
        status = path.stat()
        path.write_bytes(b"x" * status.st_size)  # would be noticed if it were read
        os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    again = ToyEncoder()
    second = relevance.score("red", red_and_blue, model=again)
    assert again.batches == []
    np.testing.assert_array_equal(first.images["score"], second.images["score"])
    assert len(second.skipped) == 0


def test_texts_are_encoded_once(red_and_blue):
    class Counting(ToyEncoder):
        def encode_texts(self, texts):
            asked.append(list(texts))
            return super().encode_texts(texts)

    asked = []
    first = relevance.score("red", red_and_blue, model=Counting())
    second = relevance.score("blue", red_and_blue, model=Counting())
    assert len(asked[0]) == 3 * 41
    assert asked[1] == ["a photo of blue", "a product photo of blue", "a close-up photo of blue"]
    plain = relevance.score("blue", red_and_blue, model=ToyEncoder(), cache=False)
    np.testing.assert_array_equal(second.images["probability"], plain.images["probability"])
    assert not first.images["score"].equals(second.images["score"])


def test_moved_and_copied_pictures_are_not_encoded_again(red_and_blue, toy, tmp_path_factory):
    relevance.score("red", red_and_blue, model=toy)
    moved = tmp_path_factory.mktemp("moved") / "pictures"
    red_and_blue.rename(moved)
    again = ToyEncoder()
    scores = relevance.score("red", moved, model=again)
    assert again.batches == []
    assert len(scores.scored) == 32
    moved.rename(red_and_blue)


def test_a_changed_picture_is_encoded_again(red_and_blue, toy):
    before = relevance.score("red", red_and_blue, model=toy)
    changed = red_and_blue / "Relevant" / "1.png"
    Image.new("RGB", (40, 60), "blue").save(changed)
    again = ToyEncoder()
    after = relevance.score("red", red_and_blue, model=again)
    assert sum(again.batches) == 1
    differs = before.images["score"] != after.images["score"]
    assert after.images["path"][differs].tolist() == [str(changed)]


def test_another_encoder_shares_nothing(red_and_blue, toy):
    relevance.score("red", red_and_blue, model=toy)
    other = ToyEncoder(fingerprint="f" * 32)
    relevance.score("red", red_and_blue, model=other)
    assert sum(other.batches) == 32


def test_the_pixel_limit_holds_for_known_pictures_too(red_and_blue, toy):
    relevance.score("red", red_and_blue, model=toy)
    limit = 41 * 59  # that of the smallest two pictures of each folder
    for _ in range(2):
        scores = relevance.score("red", red_and_blue, model=toy, max_pixels=limit)
        sizes = [load_image(path).size for path in scores.files]
        expected = [width * height > limit for width, height in sizes]
        assert (scores.images["status"] == "skipped").tolist() == expected
        assert 0 < sum(expected) < 32


def test_without_the_cache_nothing_is_kept(red_and_blue, toy):
    relevance.score("red", red_and_blue, model=toy, cache=False)
    assert inspect() is None


def test_a_full_disk_does_not_end_the_run(red_and_blue, toy, database, caplog):
    cache = view(database)
    database.execute("PRAGMA query_only = 1")
    refs = find_images([red_and_blue]).refs
    with caplog.at_level(logging.WARNING):
        embeddings = embed_images(refs, toy, cache=cache)
    assert np.isfinite(embeddings.vectors).all()
    assert caplog.text.count("The embedding cache takes no more") == 1


def test_where_no_cache_can_be_made_the_run_goes_on(red_and_blue, toy, monkeypatch, caplog):
    monkeypatch.setenv("RELEVANCE_CACHE", "/dev/null/cache")
    with caplog.at_level(logging.WARNING):
        scores = relevance.score("red", red_and_blue, model=toy)
    assert len(scores.scored) == 32
    assert "No embedding cache" in caplog.text


def foreign(path):
    with sqlite3.connect(path) as other:
        other.execute("CREATE TABLE theirs (x)")
    other.close()


def other_version(path):
    open_cache(path).close()
    with sqlite3.connect(path) as own:
        own.execute("PRAGMA user_version = 99")
    own.close()


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda path: path.write_bytes(b"no database at all" * 500), "is damaged"),
        (foreign, "belongs to another program"),
        (other_version, "has version 99, this program writes 2"),
    ],
)
def test_a_file_that_is_no_cache_of_ours_is_left_alone(
    spoil, message, red_and_blue, toy, own_folder, caplog
):
    path = own_folder / "embeddings.sqlite"
    spoil(path)
    content = path.read_bytes()
    with caplog.at_level(logging.WARNING):
        assert len(relevance.score("red", red_and_blue, model=toy).scored) == 32
    (warning,) = [record.message for record in caplog.records if "cache" in record.message]
    assert re.search(rf"{message}.*relevance cache clear.*--no-cache", warning)
    assert path.read_bytes() == content
    with pytest.raises(CacheError, match=message):
        inspect()
    clear()
    assert len(relevance.score("red", red_and_blue, model=toy).scored) == 32
    assert inspect().files == 32


def overwrite(data, random):
    start = int(random.integers(0, len(data) // 4096)) * 4096
    data[start : start + 512] = random.bytes(512)


def flip(data, random):
    for place in random.integers(0, len(data), 40):
        data[place] ^= 1 << random.integers(0, 8)


def cut(data, random):
    del data[int(random.integers(0, len(data))) :]


@pytest.mark.parametrize("damage", [overwrite, flip, cut])
def test_a_damaged_cache_never_costs_or_changes_a_result(damage, red_and_blue, own_folder):
    expected = relevance.score("red", red_and_blue, model=ToyEncoder()).images["score"]
    path = own_folder / "embeddings.sqlite"
    good = path.read_bytes()
    random = np.random.default_rng(0)
    for _ in range(60):
        spoilt = bytearray(good)
        damage(spoilt, random)
        clear()
        path.write_bytes(spoilt)
        scores = relevance.score("red", red_and_blue, model=ToyEncoder()).images["score"]
        np.testing.assert_array_equal(scores, expected)


@pytest.mark.parametrize(
    "swap",
    [
        "UPDATE files SET content = content % 32 + 1",
        "UPDATE vectors SET content = -content; UPDATE vectors SET content = -content % 32 + 1",
        "UPDATE contents SET digest = CAST(id AS BLOB) WHERE id > 16",
        "UPDATE proofs SET proof = proof + 1",
        "UPDATE encoders SET fingerprint = fingerprint || 'x';"
        " UPDATE texts SET text = 'a photo of red' WHERE text = 'a photo of blue'",
    ],
)
def test_a_number_that_leads_to_another_picture_is_noticed(swap, red_and_blue, own_folder):
    """Every vector is sound, and none belongs where the damage leads."""
    expected = relevance.score("red", red_and_blue, model=ToyEncoder()).images["score"]
    with closing(sqlite3.connect(own_folder / "embeddings.sqlite")) as damaged:
        damaged.executescript(swap)
    scores = relevance.score("red", red_and_blue, model=ToyEncoder()).images["score"]
    np.testing.assert_array_equal(scores, expected)


def as_folder(path):
    path.mkdir()
    (path / "x").write_text("")


@pytest.mark.parametrize(
    "spoil",
    [
        as_folder,
        lambda path: path.write_bytes(b""),
        lambda path: path.symlink_to(path),
        lambda path: path.with_name(f"{path.name}-wal").write_bytes(b"left over" * 5000),
        lambda path: os.mkfifo(path),
        lambda path: path.symlink_to("/dev/full"),
    ],
    ids=["folder", "empty", "loop", "left over", "pipe", "full disk"],
)
def test_whatever_lies_where_the_cache_should_be(
    spoil, red_and_blue, tmp_path_factory, monkeypatch
):
    folder = tmp_path_factory.mktemp("spoilt")
    monkeypatch.setenv("RELEVANCE_CACHE", str(folder))
    spoil(folder / "embeddings.sqlite")
    for _ in range(2):
        scores = relevance.score("red", red_and_blue, model=ToyEncoder())
        scores.to_html(folder / "r.html")
        assert len(scores.scored) == 32


@pytest.mark.parametrize("year", [-20_000, 1_600, 1_969, 2_300, 30_000])
def test_a_picture_of_any_date_is_scored_and_shown(year, tmp_path_factory, caplog):
    """64 bits of nanoseconds end in 2262; memory file systems go on."""
    try:
        folder = Path(tempfile.mkdtemp(dir="/dev/shm"))
    except OSError:
        folder = tmp_path_factory.mktemp("dated")
    try:
        for number, shade in enumerate(("red", "blue")):
            Image.new("RGB", (30, 30), shade).save(folder / f"{number}.png")
        seconds = int((year - 1970) * 365.2425 * 86400)
        os.utime(folder / "0.png", (seconds, seconds))
        os.utime(folder / "1.png", (LONG_AGO, LONG_AGO))
        with caplog.at_level(logging.WARNING):
            for _ in range(2):
                scores = relevance.score("red", folder, model=ToyEncoder())
                page = scores.to_html(folder / "r.html").read_text()
        assert len(scores.scored) == 2
        assert page.count("data:image/webp") >= 2
        assert "cache" not in caplog.text
        assert scores.provenance["pictures_from_cache"] == 2  # the odd one by its content
    finally:
        shutil.rmtree(folder)


def test_what_is_made_is_for_its_owner_alone(red_and_blue, toy, tmp_path, monkeypatch):
    monkeypatch.setenv("RELEVANCE_CACHE", str(tmp_path / "new" / "cache"))
    before = os.umask(0)
    try:
        relevance.score("red", red_and_blue, model=toy)
        database = open_cache()
        with database.writing():
            database.execute("DELETE FROM texts")
        made = list((tmp_path / "new").rglob("*"))
        modes = {item.name: stat.S_IMODE(item.stat().st_mode) for item in made}
        database.close()
    finally:
        os.umask(before)
    assert modes == {
        "cache": 0o700,
        "embeddings.sqlite": 0o600,
        "embeddings.sqlite-wal": 0o600,
        "embeddings.sqlite-shm": 0o600,
    }


def test_prune_forgets_what_is_gone(red_and_blue, toy):
    relevance.score("red", red_and_blue, model=toy)
    (red_and_blue / "Relevant" / "1.png").unlink()
    os.utime(red_and_blue / "Relevant" / "2.png", (LONG_AGO + 5, LONG_AGO + 5))
    pruned = prune()
    assert (pruned.files, pruned.pictures) == (2, 2)
    contents = inspect()
    assert contents.files == 30
    assert contents.pictures == {"toy (fp32)": 30}
    assert contents.texts == {"toy (fp32)": 123}
    again = ToyEncoder()
    relevance.score("red", red_and_blue, model=again)
    assert sum(again.batches) == 1  # the one that was touched


def test_prune_keeps_what_tables_brought(red_and_blue, toy):
    """Their pictures are known by content, not as files: nothing says that they are gone."""
    table = pd.DataFrame({"image": ["Relevant/1.png", "Relevant/2.png"], "caption": ["red"] * 2})
    relevance.score("red", red_and_blue, model=toy)
    first = relevance.caption_similarity(table, folder=red_and_blue, model=toy)
    shutil.rmtree(red_and_blue / "Irrelevant")
    pruned = prune()
    assert (pruned.files, pruned.pictures) == (20, 20)
    assert inspect().pictures == {"toy (fp32)": 12}
    again = ToyEncoder()
    pd.testing.assert_frame_equal(
        relevance.caption_similarity(table, folder=red_and_blue, model=again), first
    )
    assert again.batches == []


def run(*words, cache, **options):
    return subprocess.Popen(
        [sys.executable, "-m", "relevance", *map(str, words)],
        env=os.environ | {"RELEVANCE_CACHE": str(cache)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        **options,
    )


def finish(process):
    out, err = process.communicate()
    assert process.returncode == 0, err
    return out


def query(path, sql):
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as reader:
        return reader.execute(sql).fetchone()[0]


def rows(path):
    with path.open(newline="") as stream:
        return list(csv.reader(stream))


@pytest.fixture(scope="module")
def folder_of_many(tmp_path_factory):
    """300 pictures that take the compact encoder some seconds, two of them damaged."""
    folder = tmp_path_factory.mktemp("many")
    random = np.random.default_rng(0)
    for number in range(300):
        tiles = random.integers(0, 256, (6, 8, 3), dtype=np.uint8)
        path = folder / f"{number}.jpg"
        Image.fromarray(tiles).resize((320, 240)).save(path)
        if number in (17, 200):
            path.write_bytes(path.read_bytes()[:300])
        os.utime(path, (LONG_AGO, LONG_AGO))
    return folder


@pytest.fixture(scope="module")
def uninterrupted(folder_of_many, tmp_path_factory):
    out = tmp_path_factory.mktemp("whole")
    words = ("score", "nuts", folder_of_many, "--model", "compact", "--no-report", "--no-cache")
    done = run_command(*words, "--output-dir", out, RELEVANCE_CACHE=str(out / "cache"))
    assert done.returncode == 0, done.stderr
    assert not (out / "cache").exists()
    return rows(out / "nuts.csv")


def stored(path):
    if not path.exists():
        return 0
    try:
        return query(path, "SELECT count(*) FROM vectors")
    except sqlite3.OperationalError:
        return 0


def test_a_killed_run_resumes(folder_of_many, uninterrupted, tmp_path):
    words = ("score", "nuts", folder_of_many, "--model", "compact", "--no-report")
    killed = run(*words, "--output-dir", tmp_path / "out", cache=tmp_path)
    while stored(tmp_path / "embeddings.sqlite") < 60:
        assert killed.poll() is None
        time.sleep(0.02)
    killed.send_signal(signal.SIGKILL)
    killed.communicate()
    kept = stored(tmp_path / "embeddings.sqlite")
    assert 60 <= kept < 298
    assert not (tmp_path / "out").exists()
    resumed = run_command(*words, "--output-dir", tmp_path / "out", RELEVANCE_CACHE=str(tmp_path))
    assert resumed.returncode == 0, resumed.stderr
    assert rows(tmp_path / "out" / "nuts.csv") == uninterrupted
    assert stored(tmp_path / "embeddings.sqlite") == 298


def test_a_kill_loses_no_more_than_what_is_in_the_works(red_and_blue, own_folder):
    """Batches are stored as they finish, not at the end: at most one for each core is open."""

    class Mortal(ToyEncoder):
        def encode_images(self, images):
            if sum(self.batches) >= 24:
                raise KeyboardInterrupt
            return super().encode_images(images)

    with pytest.raises(KeyboardInterrupt):
        relevance.score("red", red_and_blue, model=Mortal())
    assert inspect().pictures["toy (fp32)"] >= 24 - cores() * BATCH_SIZE


def test_two_processes_share_one_cache(folder_of_many, uninterrupted, tmp_path):
    words = ("score", "nuts", folder_of_many, "--model", "compact", "--no-report")
    outs = [tmp_path / "one", tmp_path / "two"]
    running = [run(*words, "--output-dir", out, cache=tmp_path) for out in outs]
    for process in running:
        finish(process)
    for out in outs:
        assert rows(out / "nuts.csv") == uninterrupted
    path = tmp_path / "embeddings.sqlite"
    assert query(path, "PRAGMA integrity_check") == "ok"
    assert query(path, "SELECT count(*) FROM files") == 298


def test_the_cache_commands(red_and_blue, tmp_path):
    def relevance_run(*words):
        done = run_command(*words, RELEVANCE_CACHE=str(tmp_path / "cache"))
        assert done.returncode == 0, done.stderr
        return done.stdout

    def cache(*words):
        return relevance_run("cache", *words)

    assert f"Embeddings: none yet; they will be in {tmp_path / 'cache'}" in cache("info")
    assert "0.0 MB freed" in cache("clear")
    relevance_run(
        *("score", "red", red_and_blue, "--model", "compact", "--no-report"),
        *("--output-dir", tmp_path / "out"),
    )
    info = cache("info")
    assert "32 files known by path" in info
    assert "compact (fp32): 32 pictures, 123 texts" in info
    assert "Forgot 0 files that are gone or changed and 0 embeddings" in cache("prune")
    (red_and_blue / "Relevant" / "1.png").unlink()
    assert "Forgot 1 files that are gone or changed and 1 embeddings" in cache("prune")
    assert "Deleted the embeddings" in cache("clear", "--models")
    assert "none yet" in cache("info")
