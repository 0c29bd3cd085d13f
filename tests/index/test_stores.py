"""What every store must do, each for real; a new store adds itself to ``address``."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time

import numpy as np
import pytest

from relevance.encoders.base import unit_rows
from relevance.errors import NoIndexError, RelevanceError, StoreError, UsageError
from relevance.index.stores import create_store, open_store
from relevance.index.stores.base import Filter, Origin
from tests.support.store_writer import BATCH
from tests.support.stores import DIM, expected, row, vectors

ORIGIN = Origin("toy", "1", "fp32", "0" * 32, "reading 3", DIM)
COUNT = 60


@pytest.fixture(params=["embedded", "postgres", "qdrant"])
def address(request, tmp_path):
    """Where a store can be made that nobody else has."""
    if request.param == "embedded":
        return str(tmp_path / "index")
    return request.getfixturevalue(f"{request.param}_address")


@pytest.fixture
def store(address):
    made = create_store(address, ORIGIN)
    yield made
    made.close()


@pytest.fixture
def filled(store):
    store.add(ROWS, VECTORS)
    return store


ROWS = [row(number) for number in range(COUNT)]
VECTORS = vectors(COUNT)
QUERIES = unit_rows(vectors(5, seed=1))


def found(store, query, k, chosen=None):
    hits = store.search(query[None], k, *([chosen] if chosen else []))[0]
    return list(zip(hits.ids, hits.cosines.tolist(), strict=True))


def check(store, rows, known, query, k, chosen=None):
    """Compare a search with the plainest one."""
    wanted = expected(rows, known, query, k, *([chosen] if chosen else []))
    answer = found(store, query, k, chosen)
    assert [name for name, _ in answer] == [name for name, _ in wanted]
    assert [cosine for _, cosine in answer] == pytest.approx([c for _, c in wanted], abs=1e-5)


def everything(store):
    batches = list(store.batches(7))
    rows = [item for batch in batches for item in batch.rows]
    return rows, np.concatenate([np.empty((0, DIM), np.float16), *[b.vectors for b in batches]])


def test_a_new_store_is_empty_and_says_what_it_is(store):
    info = store.info
    assert (info.origin, info.count, info.columns, info.notes) == (ORIGIN, 0, (), {})
    assert info.version == 1
    assert found(store, QUERIES[0], 3) == []
    assert found(store, QUERIES[0], 3, Filter(folders=("nuts",))) == []
    assert everything(store)[0] == []
    assert store.rows(["id00001"]) == {}


def test_what_was_added_comes_back_as_it_was(filled):
    rows, known = everything(filled)
    order = np.argsort([item.id for item in rows])
    assert [rows[number] for number in order] == ROWS
    assert np.array_equal(known[order], VECTORS)
    assert filled.rows(["id00004", "nobody", "id00002"]) == {
        "id00004": ROWS[4],
        "id00002": ROWS[2],
    }
    assert filled.info.count == COUNT
    assert filled.info.columns == ("brand", "price")


def test_vectors_by_id_are_aligned_with_what_was_asked(filled):
    rows = filled.vectors(["id00007", "nobody", "id00003", "id00007"])
    assert rows.dtype == np.float16
    assert np.array_equal(rows[[0, 2, 3]], VECTORS[[7, 3, 7]])
    assert np.isnan(rows[1]).all()


def test_names_columns_and_folders_of_any_kind_come_back(store):
    odd = [
        row(1, path="/x/\udcff\udce4.jpg", columns={}),
        row(
            2, path="https://x.example/ä b.jpg?a='1'&b=\"2\"", folder="Nüsse/50 % \\ _", columns={}
        ),
        row(3, columns={"title": "Ünïcode 'quoted' 🌰", "n": 3, "real": 0.1, "no": None}),
        row(4, columns={"yes": True, "empty": "", "50 %; DROP TABLE rows": "x"}, folder="a:b"),
    ]
    store.add(odd, vectors(4))
    assert store.rows([item.id for item in odd]) == {item.id: item for item in odd}
    columns = ("title", "n", "real", "no", "yes", "empty", "50 %; DROP TABLE rows")
    assert store.info.columns == columns


@pytest.mark.parametrize("k", [1, 10, COUNT, COUNT + 5])
def test_a_search_finds_the_nearest_in_order(filled, k):
    for query in QUERIES:
        check(filled, ROWS, VECTORS, query, k)


def test_several_queries_are_answered_in_their_order(filled):
    together = filled.search(QUERIES, 4)
    alone = [filled.search(query[None], 4)[0] for query in QUERIES]
    assert [hits.ids for hits in together] == [hits.ids for hits in alone]


def test_equal_cosines_come_in_the_order_of_ids(store):
    names = ["zz", "aa", "mm", "bb", "yy", "cc"]
    rows = [row(number, id=name) for number, name in enumerate(names)]
    store.add(rows, np.repeat(vectors(1), len(rows), axis=0))
    for k in range(1, len(rows) + 1):
        assert [name for name, _ in found(store, QUERIES[0], k)] == sorted(names)[:k]


def test_copies_are_rows_of_their_own_with_one_vector(store):
    digest = ROWS[0].digest
    rows = [row(number, digest=digest) for number in range(4)]
    store.add(rows[:2], np.repeat(VECTORS[:1], 2, axis=0))
    store.add(rows[2:], np.repeat(VECTORS[:1], 2, axis=0))
    assert np.array_equal(store.vectors(["id00000", "id00003"]), VECTORS[[0, 0]])
    store.remove(["id00000"])
    assert [name for name, _ in found(store, QUERIES[0], 9)] == ["id00001", "id00002", "id00003"]
    store.remove([item.id for item in rows])
    assert found(store, QUERIES[0], 9) == []
    store.add(rows[:1], VECTORS[:1])
    assert [name for name, _ in found(store, QUERIES[0], 9)] == ["id00000"]


FILTERS = {
    "folder": Filter(folders=("nuts",)),
    "pattern": Filter(folders=("NUTS/*",)),
    "two folders": Filter(folders=("fr*", "nuts/old")),
    "no such folder": Filter(folders=("nowhere",)),
    "column": Filter(where={"brand": ("a",)}),
    "numbers": Filter(where={"price": ("3", "4.5", "7")}),
    "two columns": Filter(where={"brand": ("a",), "price": ("3", "4.5")}),
    "no such cell": Filter(where={"colour": ("red",)}),
    "left out": Filter(without=frozenset({"id00003", "id00010", "nobody"})),
    "all of it": Filter(folders=("nuts",), where={"brand": ("b",)}, without=frozenset({"id00003"})),
}


@pytest.mark.parametrize("chosen", FILTERS.values(), ids=FILTERS)
def test_a_filter_loses_nothing(filled, chosen):
    for query in QUERIES:
        check(filled, ROWS, VECTORS, query, 5, chosen)
        check(filled, ROWS, VECTORS, query, COUNT, chosen)


def test_the_nearest_may_all_be_left_out(filled):
    nearest = [name for name, _ in found(filled, QUERIES[0], 20)]
    check(filled, ROWS, VECTORS, QUERIES[0], 5, Filter(without=frozenset(nearest)))


def test_a_copy_in_a_folder_that_is_not_chosen_does_not_come_along(store):
    rows = [row(0, folder="nuts"), row(1, folder="fruit", digest=ROWS[0].digest)]
    store.add(rows, np.repeat(VECTORS[:1], 2, axis=0))
    assert [n for n, _ in found(store, QUERIES[0], 5, Filter(folders=("fruit",)))] == ["id00001"]
    assert [n for n, _ in found(store, QUERIES[0], 5, Filter(without=frozenset({"id00001"})))] == [
        "id00000"
    ]


def test_a_known_id_is_replaced_with_all_that_it_had(filled):
    changed = row(7, digest=b"\7" * 32, folder="fruit", columns={"brand": "c"})
    filled.add([changed], -VECTORS[7:8])
    rows, known = [*ROWS], VECTORS.copy()
    rows[7], known[7] = changed, -VECTORS[7]
    assert filled.info.count == COUNT
    assert filled.rows(["id00007"]) == {"id00007": changed}
    assert np.array_equal(filled.vectors(["id00007"])[0], known[7])
    for chosen in (None, Filter(where={"brand": ("b",)}), Filter(where={"brand": ("c",)})):
        check(filled, rows, known, QUERIES[0], COUNT, chosen)


def test_an_id_twice_in_one_add_is_the_last_of_them(store):
    store.add([row(1), row(1, folder="last", digest=b"\1" * 32)], VECTORS[:2])
    assert store.info.count == 1
    assert store.rows(["id00001"])["id00001"].folder == "last"
    assert np.array_equal(store.vectors(["id00001"])[0], VECTORS[1])


def test_what_was_removed_is_gone(filled):
    gone = {item.id for item in ROWS[::4]}
    filled.remove([*gone, "nobody"])
    left = [number for number, item in enumerate(ROWS) if item.id not in gone]
    assert filled.info.count == len(left)
    assert {item.id for item in everything(filled)[0]} == {ROWS[n].id for n in left}
    for chosen in (None, Filter(folders=("nuts",)), Filter(where={"brand": ("a",)})):
        check(filled, [ROWS[n] for n in left], VECTORS[left], QUERIES[0], COUNT, chosen)


def test_compacting_changes_nothing_that_shows(filled):
    filled.note({"x": "y"})
    filled.remove([item.id for item in ROWS[:20]])
    before = filled.info
    time.sleep(1)  # so that another date would show
    filled.compact()
    assert filled.info == before
    check(filled, ROWS[20:], VECTORS[20:], QUERIES[0], COUNT)
    filled.add(ROWS[:3], VECTORS[:3])
    assert filled.info.count == COUNT - 17


def test_notes_are_kept_until_they_are_empty(filled, address):
    filled.note({"sources": "[1]", "x": "ä"})
    filled.note({"x": "", "y": "2"})
    assert filled.info.notes == {"sources": "[1]", "y": "2"}
    other = open_store(address)
    assert other.info.notes == {"sources": "[1]", "y": "2"}
    other.close()


def test_a_store_that_was_closed_is_the_same_when_opened_again(address):
    made = create_store(address, ORIGIN)
    made.add(ROWS, VECTORS)
    made.remove(["id00005"])
    info = made.info
    made.close()
    again = open_store(address)
    assert again.info == info
    check(again, ROWS[:5] + ROWS[6:], np.delete(VECTORS, 5, axis=0), QUERIES[0], COUNT)
    again.add([row(5)], VECTORS[5:6])
    again.close()


def test_what_is_open_sees_what_another_one_writes(filled, address):
    reader = open_store(address)
    assert reader.info.count == COUNT
    filled.add([row(100)], QUERIES[:1].astype(np.float16))
    assert found(reader, QUERIES[0], 1)[0][0] == "id00100"
    filled.compact()
    filled.remove(["id00100"])
    check(reader, ROWS, VECTORS, QUERIES[0], 5)
    reader.close()


def test_batches_show_the_store_as_it_was_at_the_first(filled, address):
    reader = open_store(address)
    batches = reader.batches(10)
    rows = list(next(batches).rows)
    filled.add([row(200)], VECTORS[:1])
    filled.remove([ROWS[-1].id])
    rows += [item for batch in batches for item in batch.rows]
    assert sorted(item.id for item in rows) == [item.id for item in ROWS]
    reader.close()


def test_one_that_renews_shows_when_it_is_published(filled, address):
    reader = open_store(address)
    origin = Origin("other", "2", "int8", "1" * 32, "reading 4", 4)
    successor = filled.renewed(origin)
    successor.add([row(1)], vectors(1, dim=4))
    assert (reader.info.count, filled.info.origin) == (COUNT, ORIGIN)
    successor.publish()
    assert (reader.info.count, reader.info.origin) == (1, origin)
    assert filled.info.origin == origin
    assert [n for n, _ in found(reader, vectors(1, dim=4)[0].astype(np.float32), 3)] == ["id00001"]
    successor.close()
    reader.close()


def test_one_that_never_comes_to_renew_leaves_no_trace(filled, address):
    filled.renewed(ORIGIN).close()
    second = filled.renewed(ORIGIN)
    second.add(ROWS[:2], VECTORS[:2])
    second.publish()
    second.close()
    assert filled.info.count == 2


def test_a_second_writer_is_told(filled, address):
    other = open_store(address)
    with pytest.raises(StoreError, match=r"Another run is writing the index .*; wait until"):
        other.add([row(99)], VECTORS[:1])
    assert other.info.count == COUNT
    filled.close()
    other.add([row(99)], VECTORS[:1])
    assert other.info.count == COUNT + 1
    other.close()


def test_there_is_no_store_where_there_is_none(address):
    with pytest.raises(NoIndexError, match="There is no index"):
        open_store(address)


def test_a_store_is_not_made_over_another(filled, address):
    with pytest.raises(UsageError, match="already"):
        create_store(address, ORIGIN)
    assert filled.info.count == COUNT


def writer(address, count, first=1000):
    words = [sys.executable, "-m", "tests.support.store_writer", address, str(count), str(first)]
    return subprocess.Popen(words, stdout=subprocess.PIPE, text=True)


def _kills(address):
    """How often a writer is killed: a Qdrant's silent writer keeps its right for four seconds."""
    return 2 if address.startswith("qdrant") and "QDRANT_URL" not in os.environ else 10


def _added(address):
    """How many rows are added before eyes: the stand-in for Qdrant filters in Python."""
    return 200 if address.startswith("qdrant") and "QDRANT_URL" not in os.environ else 600


def test_a_kill_at_any_moment_leaves_whole_batches(filled, address):
    filled.close()
    random = np.random.default_rng(os.getpid())
    for attempt in range(_kills(address)):
        first = 1000 * (attempt + 1)
        process = writer(address, 1000, first)
        said = process.stdout.readline()
        assert said.strip() == str(first)
        time.sleep(random.uniform(0, 0.05))
        process.send_signal(signal.SIGKILL)
        done = [int(said), *map(int, process.stdout.read().split())]
        process.wait()
        process.stdout.close()
        store = open_store(address)
        rows, known = everything(store)
        there = {item.id for item in rows}
        assert store.info.count == len(rows) == len(there)
        assert not len(rows) % BATCH
        assert {row(n + more).id for n in done for more in range(BATCH)} <= there
        check(store, rows, known, QUERIES[0], 10)
        assert np.array_equal(
            store.vectors([row(done[-1]).id])[0], vectors(BATCH, seed=done[-1])[0]
        )
        store.close()


def test_readers_never_see_half_of_an_add(filled, address):
    filled.close()
    added = _added(address)
    process = writer(address, added)
    faults: list[str] = []
    looks = []

    def look():
        store = open_store(address)
        while process.poll() is None:
            hits = store.search(QUERIES, 10_000)
            counts = {len(item.ids) for item in hits}
            if len(counts) != 1 or counts.pop() % BATCH:
                faults.append(str([len(item.ids) for item in hits]))
            looks.append(len(hits[0].ids))
        store.close()

    threads = [threading.Thread(target=look) for _ in range(2)]
    for thread in threads:
        thread.start()
    process.stdout.read()
    process.stdout.close()
    assert process.wait() == 0
    for thread in threads:
        thread.join()
    assert not faults
    assert len(set(looks)) > 2, "nobody looked while it was written"
    store = open_store(address)
    assert store.info.count == COUNT + added
    store.close()


def test_threads_may_share_a_store(filled):
    wanted = [filled.search(query[None], 5)[0].ids for query in QUERIES]
    answers: list[object] = []

    def ask():
        answers.append([filled.search(query[None], 5)[0].ids for query in QUERIES])

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [wanted] * 8


@pytest.mark.parametrize(
    ("place", "extra", "package"),
    [
        ("qdrant://host:6333/x", "qdrant", "qdrant_client"),
        ("postgresql://host/x", "postgres", "psycopg"),
    ],
)
def test_a_server_names_the_extra_that_it_needs(place, extra, package, monkeypatch):
    monkeypatch.setitem(sys.modules, package, None)  # as if it were not installed
    for name in [
        name for name in sys.modules if name.startswith(f"relevance.index.stores.{extra}")
    ]:
        monkeypatch.delitem(sys.modules, name)
    with pytest.raises(RelevanceError, match=rf"\[{extra}\]"):
        open_store(place)


def test_an_address_of_no_known_kind_is_refused():
    with pytest.raises(UsageError, match="An index is a folder"):
        open_store("mongodb://host/x")


def test_a_block_has_every_row_with_its_vector_and_copies_share_a_number(filled):
    copy = ROWS[4]._replace(id="zz", path="/pictures/copy.jpg", folder="copies")
    filled.add([copy], VECTORS[4:5])
    filled.remove([ROWS[7].id])
    block = filled.block()
    kept = {item.path: item for item in (*ROWS, copy) if item.id != ROWS[7].id}
    assert sorted(block.paths) == sorted(kept)
    assert block.folders == [kept[path].folder for path in block.paths]
    assert block.sources == [kept[path].source for path in block.paths]
    numbers = dict(zip(block.paths, block.contents.tolist(), strict=True))
    assert numbers["/pictures/copy.jpg"] == numbers[ROWS[4].path]
    assert len(set(numbers.values())) == len(kept) - 1
    by_path = {item.path: vector for item, vector in zip(ROWS, VECTORS, strict=True)}
    by_path["/pictures/copy.jpg"] = VECTORS[4]
    np.testing.assert_array_equal(block.vectors, np.stack([by_path[p] for p in block.paths]))
