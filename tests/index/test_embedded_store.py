"""What only the store in a folder has: files, sifting, and what may befall a folder."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from relevance.encoders.base import unit_rows
from relevance.errors import NoIndexError, OutputError, StoreError, UsageError
from relevance.index.stores import create_store, open_store
from relevance.index.stores.base import ALL, Filter, Origin
from relevance.index.stores.embedded.codes import (
    BLOCK,
    blocks_of,
    centre_of,
    codes_of,
    differences,
    reaches,
)
from relevance.index.stores.embedded.ranking import rough_cosines
from relevance.index.stores.embedded.sifting import EXACT_ROWS, Sieve, measured
from tests.support.stores import expected, row, vectors

DIM = 64
ORIGIN = Origin("toy", "1", "fp32", "0" * 32, "reading 3", DIM)
MANY = EXACT_ROWS + BLOCK + 100


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "index"


def made(folder, count=30):
    store = create_store(folder, ORIGIN)
    store.add([row(number) for number in range(count)], vectors(count, dim=DIM))
    return store


@pytest.fixture(scope="module")
def large(tmp_path_factory):
    """A store large enough to be sifted, with what it holds."""
    folder = tmp_path_factory.mktemp("large") / "index"
    rows, known = [row(number) for number in range(MANY)], vectors(MANY, dim=DIM)
    store = create_store(folder, ORIGIN)
    for start in range(0, MANY, 5000):
        store.add(rows[start : start + 5000], known[start : start + 5000])
    yield store, rows, known
    store.close()


def generation(folder):
    return folder / (folder / "current").read_text().strip()


@given(st.integers(1, 200), st.integers(0, 2**32 - 1))
@settings(max_examples=30)
def test_differences_are_those_of_the_signs(dim, seed):
    rng = np.random.default_rng(seed)
    rows = rng.normal(size=(2 * BLOCK, dim)).astype(np.float16)
    centre, query, nought = rng.normal(size=(3, dim)).astype(np.float32) / 10
    is_heavy = rng.random(dim) < 0.3
    blocks = np.stack(list(blocks_of(rows, centre, 0, 2)))
    heavy = codes_of(is_heavy[None].astype(np.float32), np.zeros(dim, np.float32))[0]
    counted = differences(blocks, codes_of(query[None], nought)[0], heavy)
    differing = (rows > centre) != (query > nought)
    assert np.array_equal(counted, (differing * np.where(is_heavy, 3, 1)).sum(axis=1))


def sieve_of(rows, margin=0.0):
    centre, full = centre_of(rows), len(rows) // BLOCK
    blocks = np.stack(list(blocks_of(rows, centre, 0, full)))
    return Sieve(blocks, reaches(rows, centre, 0, full), centre, margin)


def test_estimates_are_about_the_cosines():
    """The error of a sign's estimate falls with the root of the dimension."""
    rows = vectors(BLOCK, dim=512)
    for query in unit_rows(vectors(5, seed=2, dim=512)):
        error = sieve_of(rows).estimates(query) - rows.astype(np.float32) @ query
        assert abs(error.mean()) < 0.01
        assert error.std() < 1 / np.sqrt(512)


def test_every_half_becomes_the_same_single():
    """All finite float16, subnormal ones and zeros of either sign among them."""
    halves = np.arange(2**16, dtype=np.uint16).view(np.float16)
    finite = halves[np.isfinite(halves)]
    rows = np.zeros((len(finite), 3), np.float16)
    rows[:, 1] = finite
    query = np.array([[0, 1, 0]], np.float32)
    assert np.array_equal(
        rough_cosines(rows, np.arange(len(rows)), query)[0], finite.astype(np.float32)
    )


def test_a_thousand_rows_are_looked_at_however_small_the_margin():
    """The nearest of them pass, and the k-th of these decides which others do."""
    known = vectors(EXACT_ROWS, dim=256)
    sieve = sieve_of(known, margin=-1.0)
    every = np.ones(EXACT_ROWS, bool)
    for query in unit_rows(known[:5]):
        best = np.argsort(-sieve.estimates(query), kind="stable")[:1000]
        nearest = best[np.argsort(-(known[best].astype(np.float32) @ query))[:10]]
        assert set(nearest) <= set(sieve.passed(known, query, 10, every).tolist())
        narrow = np.arange(EXACT_ROWS) % 2 == 0
        assert narrow[sieve.passed(known, query, 10, narrow)].all()


def share_found(store, rows, known, queries, chosen=ALL):
    answers = zip(queries, store.search(queries, 10, chosen), strict=True)
    return np.mean(
        [
            len({name for name, _ in expected(rows, known, query, 10, chosen)} & set(hits.ids)) / 10
            for query, hits in answers
        ]
    )


def queries_like(known, kind):
    """Near rows, as pictures are; or in directions of their own, as texts are."""
    rng = np.random.default_rng(6)
    noise = rng.normal(size=(30, DIM)) / np.sqrt(DIM)
    return unit_rows(known[:30] + 0.3 * noise if kind == "rows" else noise)


@pytest.mark.parametrize("kind", ["rows", "nothing"])
def test_a_large_store_sifts_whatever_the_query(large, kind):
    store, rows, known = large
    assert store.info.remark.startswith("Sign bits choose which of the 20,")
    assert share_found(store, rows, known, queries_like(known, kind)) >= 0.99


@pytest.mark.parametrize("chosen", [Filter(folders=("nuts/old",)), Filter(where={"price": ("7",)})])
def test_a_filter_on_a_large_store_loses_nothing(large, chosen):
    store, rows, known = large
    for query in unit_rows(vectors(5, seed=4, dim=DIM)):
        wanted = expected(rows, known, query, 10, chosen)
        assert list(store.search(query[None], 10, chosen)[0].ids) == [name for name, _ in wanted]


@pytest.mark.parametrize("kind", ["rows", "nothing"])
def test_a_wide_filter_on_a_large_store_is_sifted_too(large, kind):
    store, rows, known = large
    chosen = Filter(without=frozenset(item.id for item in rows[:50]), where={"brand": ("a", "b")})
    assert share_found(store, rows, known, queries_like(known, kind), chosen) >= 0.99


def test_the_rows_behind_the_last_block_are_found(large):
    store, rows, known = large
    query = unit_rows(known[-1:])
    assert store.search(query, 1)[0].ids == (rows[-1].id,)


def test_removed_rows_of_a_large_store_do_not_come_back(folder):
    known = vectors(MANY, dim=DIM)
    store = create_store(folder, ORIGIN)
    store.add([row(number) for number in range(MANY)], known)
    query = unit_rows(known[5:6])
    nearest = store.search(query, 3000)[0].ids
    store.remove(nearest[:2999])
    assert store.search(query, 1)[0].ids == nearest[2999:]
    store.close()


def test_vectors_that_signs_tell_nothing_of_are_found_all_the_same(folder):
    """They differ from each other in one number alone."""
    known = np.zeros((EXACT_ROWS, DIM), np.float16)
    angles = np.random.default_rng(0).uniform(0, 1, EXACT_ROWS)
    known[:, 0], known[:, 1] = np.cos(angles), np.sin(angles)
    store = create_store(folder, ORIGIN)
    rows = [row(number) for number in range(EXACT_ROWS)]
    store.add(rows, known)
    for query in unit_rows(known[:5]):  # by cosines: which of those that are equal is all one
        wanted = [cosine for _, cosine in expected(rows, known, query, 10)]
        assert store.search(query[None], 10)[0].cosines == pytest.approx(wanted, abs=2e-6)
    store.close()


def test_a_margin_is_wide_enough_and_stops_growing():
    rng = np.random.default_rng(0)
    for rows in (unit_rows(rng.normal(size=(EXACT_ROWS, 256))), np.ones((EXACT_ROWS, 256)) / 16):
        half = rows.astype(np.float16)
        margin, recall = measured(half, sieve_of(half))
        assert 0 < margin < 2
        assert recall >= 0.99


def test_what_a_killed_run_left_behind_the_vectors_is_written_over(folder):
    store = made(folder)
    file = generation(folder) / "vectors.f16"
    with file.open("ab") as stream:
        stream.write(b"\xff" * 1000)
    before = file.read_bytes()[: 30 * DIM * 2]
    store.add([row(99)], vectors(1, seed=9, dim=DIM))
    assert file.stat().st_size == 31 * DIM * 2
    assert file.read_bytes().startswith(before)
    assert np.array_equal(store.vectors(["id00099"]), vectors(1, seed=9, dim=DIM))
    store.close()


def test_a_generation_that_a_killed_run_left_is_in_nobodys_way(folder):
    store = made(folder)
    shutil.copytree(generation(folder), folder / "2")
    store.compact()
    assert sorted(entry.name for entry in folder.iterdir() if entry.name.isdecimal()) == ["2"]
    assert store.info.count == 30
    store.close()


def test_a_store_that_a_killed_run_began_can_be_made(folder):
    (folder / "1").mkdir(parents=True)
    (folder / "1" / "rows.sqlite").write_bytes(b"half")
    (folder / "writing.lock").touch()
    with pytest.raises(NoIndexError, match="is no index"):
        open_store(folder)
    made(folder).close()
    store = open_store(folder)
    assert store.info.count == 30
    store.close()


def test_copies_share_a_vector_in_the_file(folder):
    store = create_store(folder, ORIGIN)
    rows = [row(number, digest=b"\1" * 32) for number in range(5)]
    store.add(rows, np.repeat(vectors(1, dim=DIM), 5, axis=0))
    assert (generation(folder) / "vectors.f16").stat().st_size == DIM * 2
    store.close()


def test_compacting_gives_room_back(folder):
    store = made(folder)
    store.remove([row(number).id for number in range(20)])
    store.compact()
    assert (generation(folder) / "vectors.f16").stat().st_size == 10 * DIM * 2
    store.close()


def test_an_index_can_be_moved_and_copied(folder, tmp_path):
    made(folder).close()
    folder.rename(tmp_path / "elsewhere")
    shutil.copytree(tmp_path / "elsewhere", tmp_path / "copy")
    for place in ("elsewhere", "copy"):
        store = open_store(tmp_path / place)
        assert store.info.count == 30
        store.add([row(77)], vectors(1, dim=DIM))
        store.close()


def test_a_store_that_is_moved_while_it_is_open_says_so(folder, tmp_path):
    store = made(folder)
    folder.rename(tmp_path / "elsewhere")
    with pytest.raises(StoreError, match=r"is not there any more .*; open it where it is now"):
        store.search(unit_rows(vectors(1, dim=DIM)), 1)
    store.close()


def test_another_version_is_named(folder):
    made(folder).close()
    connection = sqlite3.connect(generation(folder) / "rows.sqlite")
    connection.execute("PRAGMA user_version = 7")
    connection.close()
    with pytest.raises(
        UsageError, match="has version 7, this program knows 1; install the release"
    ):
        open_store(folder)


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda at: (at / "vectors.f16").unlink(), "cannot be read .*; copy the whole folder"),
        (lambda at: (at / "vectors.f16").write_bytes(b"x"), "shorter than it was; copy"),
        (lambda at: (at / "rows.sqlite").unlink(), "rows.sqlite is missing; copy the whole"),
        (lambda at: (at / "rows.sqlite").write_bytes(b"x" * 5000), "damaged .* --again"),
        (lambda at: (at.parent / "current").write_text("x"), "damaged .current names no gen"),
    ],
)
def test_damage_is_told_in_a_sentence(folder, spoil, message):
    made(folder).close()
    spoil(generation(folder))
    with pytest.raises(StoreError, match=message) as caught:
        open_store(folder).search(unit_rows(vectors(1, dim=DIM)), 1)
    assert "\n" not in str(caught.value)


def test_a_database_of_another_program_is_refused(folder):
    made(folder).close()
    file = generation(folder) / "rows.sqlite"
    file.unlink()
    connection = sqlite3.connect(file)
    connection.execute("CREATE TABLE x (y)")
    connection.close()
    with pytest.raises(UsageError, match="another program"):
        open_store(folder)


def test_a_folder_with_other_files_is_left_alone(folder):
    folder.mkdir()
    (folder / "holiday.jpg").touch()
    with pytest.raises(UsageError, match="holds other files; name an empty or new folder"):
        create_store(folder, ORIGIN)
    assert [entry.name for entry in folder.iterdir()] == ["holiday.jpg"]


def test_a_misspelt_index_is_named(folder):
    made(folder).close()
    with pytest.raises(NoIndexError, match=r"did you mean .*index\?"):
        open_store(folder.with_name("indx"))


@pytest.fixture
def small_disk(tmp_path):
    """A disk of two megabytes."""
    disk = tmp_path / "disk"
    disk.mkdir()
    words = ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(disk)]
    if subprocess.run(words, check=False, capture_output=True).returncode:
        pytest.skip("needs the right to mount")
    yield disk
    subprocess.run(["umount", "-l", str(disk)], check=True)


def test_a_full_disk_leaves_the_last_good_state(small_disk: Path):
    store = made(small_disk / "index", 100)
    counts = []

    def fill():
        for start in range(1000, 50_000, 500):
            counts.append(store.info.count)
            numbers = range(start, start + 500)
            store.add([row(number) for number in numbers], vectors(500, seed=start, dim=DIM))

    with pytest.raises(OutputError, match=r"cannot be written .*; make room there"):
        fill()
    count = counts[-1]
    assert store.info.count == count > 100
    known = vectors(100, dim=DIM)
    assert np.array_equal(store.vectors([row(number).id for number in range(100)]), known)
    assert len(store.search(unit_rows(known[:1]), 10_000)[0].ids) == count
    store.close()
    again = open_store(small_disk / "index")
    assert again.info.count == count
    again.close()
