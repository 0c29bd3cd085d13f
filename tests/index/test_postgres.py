"""What only the PostgreSQL store does, on a real server; what all stores do is in test_stores."""

from __future__ import annotations

import re
import subprocess
import sys
import threading
import time

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from relevance.embedding.cosines import cosine
from relevance.errors import NoIndexError, StoreError, UsageError
from relevance.index.stores import create_store, open_store
from relevance.index.stores.base import Filter, Origin, Row

psycopg = pytest.importorskip("psycopg", reason="the extra postgres is not installed")

from relevance.index.stores.postgres import searching, session  # noqa: E402
from relevance.index.stores.postgres.address import Address  # noqa: E402

DIM = 16
ORIGIN = Origin("toy", "1", "fp32", "0" * 32, "reading", DIM)


@pytest.fixture
def server(postgres):
    return postgres


@pytest.fixture
def address(postgres_address):
    return postgres_address


@pytest.fixture
def store(address):
    made = create_store(address, ORIGIN)
    yield made
    made.close()


def unit(n, seed=0):
    rows = np.random.default_rng(seed).normal(size=(n, DIM)).astype(np.float32)
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def row(number, folder="nuts", **columns):
    return Row(f"p{number:06}", f"/p/{folder}/{number}.jpg", folder, bytes(32), 1, 2, "/p", columns)


def nearest(rows, vectors, query, k, chosen):
    """Brute force over the stored halves, in the order of the contract."""
    cosines = cosine(vectors.astype(np.float16), query[None])[:, 0]
    admitted = [n for n, one in enumerate(rows) if chosen.admits(one)]
    return [rows[n].id for n in sorted(admitted, key=lambda n: (-cosines[n], rows[n].id))[:k]]


names = st.text(st.sampled_from("aB/ é*[]?\udce9\x00\ufdd0"), min_size=1, max_size=4)
cells = st.none() | st.booleans() | st.integers() | st.floats() | names
rows_of_any_kind = st.lists(
    st.tuples(names, st.dictionaries(names, cells, max_size=2)), min_size=1, max_size=12
)


@settings(
    max_examples=60,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(rows_of_any_kind, st.data())
def test_any_row_comes_back_and_filters_mean_what_the_contract_says(store, found, data):
    rows = [row(n, folder, **columns) for n, (folder, columns) in enumerate(found)]
    vectors = unit(len(rows))
    store.remove([f"p{n:06}" for n in range(12)])
    store.add(rows, vectors)
    back = store.rows([one.id for one in rows])
    assert repr([back[one.id] for one in rows]) == repr(rows)  # NaN is NaN there
    columns = sorted({name for one in rows for name in one.columns})
    chosen = Filter(
        folders=tuple(data.draw(st.lists(names, max_size=2))),
        where={
            name: tuple(data.draw(st.lists(names | st.sampled_from(["true", "1", "", "nan"]))))
            for name in data.draw(
                st.lists(st.sampled_from(columns), max_size=1) if columns else st.just([])
            )
        },
        without=frozenset(data.draw(st.lists(st.sampled_from([one.id for one in rows])))),
    )
    (hits,) = store.search(unit(1, 9), 5, chosen)
    assert list(hits.ids) == nearest(rows, vectors, unit(1, 9)[0], 5, chosen)


def test_numbers_stay_what_they_were(store):
    columns = {"a": 1e300, "b": 3.0, "c": 3, "d": True, "e": None, "f": 10**30, "g": -0.0}
    store.add([row(1, **columns)], unit(1))
    back = store.rows(["p000001"])["p000001"].columns
    assert repr(back) == repr(columns)
    for name, text in (("b", "3"), ("c", "3"), ("d", "true"), ("e", ""), ("f", str(10**30))):
        (hits,) = store.search(unit(1), 1, Filter(where={name: (text,)}))
        assert hits.ids == ("p000001",)
    assert store.info.columns == tuple("abcdefg")


def test_the_graph_finds_what_one_by_one_finds(store, monkeypatch):
    monkeypatch.setattr(searching, "EXACT_ROWS", 2000)
    rows = [row(n, f"folder {n % 300}", price=n % 7) for n in range(6000)]
    vectors = unit(6000)
    store.add(rows[:2000], vectors[:2000])
    store.compact()
    assert not has_graph(store)
    store.add(rows[2000:4000], vectors[2000:4000])
    queries = unit(20, 1)
    without = store.search(queries, 10)
    store.close()
    assert has_graph(store)
    store.add(rows[4000:], vectors[4000:])
    for query, hits in zip(queries, without, strict=True):
        assert list(hits.ids) == nearest(rows[:4000], vectors[:4000], query, 10, Filter())
    found = store.search(queries, 10)
    right = [nearest(rows, vectors, query, 10, Filter()) for query in queries]
    share = [len({*hits.ids} & {*own}) / 10 for hits, own in zip(found, right, strict=True)]
    assert np.mean(share) >= 0.99
    for chosen in (Filter(folders=("folder 7",)), Filter(where={"price": ("3",)})):
        for query, hits in zip(queries, store.search(queries, 10, chosen), strict=True):
            assert list(hits.ids) == nearest(rows, vectors, query, 10, chosen)


def test_what_the_graph_does_not_find_is_looked_for_one_by_one(store, monkeypatch):
    """A filter that admits many, far from the query: the graph gives up on its way to them."""
    monkeypatch.setattr(searching, "EXACT_ROWS", 500)
    near, far = unit(1)[0], -unit(1)[0]
    noise = unit(6000, 2) / 20
    vectors = np.where(np.arange(6000)[:, None] < 5000, near, far) + noise
    vectors = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
    rows = [row(n, "near" if n < 5000 else "far") for n in range(6000)]
    store.add(rows, vectors)
    store.compact()
    assert has_graph(store)
    store._session._live().execute("SET hnsw.max_scan_tuples = 100")
    chosen = Filter(folders=("far",))
    (hits,) = store.search(near[None], 10, chosen)
    assert list(hits.ids) == nearest(rows, vectors, near, 10, chosen)


def has_graph(store):
    with store._session.reading() as cursor:
        cursor.execute("SELECT to_regclass(%s) IS NOT NULL", [f"{store._schema}.near"])
        return cursor.fetchone()[0]


def test_a_killed_writer_leaves_nothing_and_no_lock(address, store):
    store.add([row(1)], unit(1))
    store.close()
    code = (
        "import sys, os, numpy as np\n"
        "from tests.index.test_postgres import *\n"
        f"other = open_store({address!r})\n"
        "with other._session.writing() as cursor:\n"
        "    from relevance.index.stores.postgres import tables\n"
        "    tables.enter(cursor, other._pictures, [row(2), row(3)], unit(2).astype(np.float16))\n"
        "    print('half way', flush=True)\n"
        "    sys.stdin.read()\n"
    )
    child = subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert child.stdout.readline() == "half way\n"
    with pytest.raises(StoreError, match="Another run is writing the index"):
        store.add([row(4)], unit(1))
    assert store.info.count == 1
    child.kill()
    child.communicate()
    until = time.monotonic() + 10
    while True:  # the server needs a moment to see that nobody is there
        try:
            store.add([row(4)], unit(1))
            break
        except StoreError:
            assert time.monotonic() < until
            time.sleep(0.05)
    assert sorted(store.rows(["p000001", "p000002", "p000003", "p000004"])) == [
        "p000001",
        "p000004",
    ]


def test_renewing_shows_either_the_old_or_the_new(address, store):
    """Readers go on through twenty publishings, and each sees one whole state."""
    store.add([row(n) for n in range(3)], unit(3))
    seen, stop = set(), threading.Event()

    def read():
        reader = open_store(address)
        while not stop.is_set():
            (hits,) = reader.search(unit(1), 100)
            seen.add((len(hits.ids), reader.info.count in {3, 5}))
        reader.close()

    threads = [threading.Thread(target=read) for _ in range(2)]
    for thread in threads:
        thread.start()
    current = store
    for turn in range(20):
        count = 5 if turn % 2 == 0 else 3
        following = current.renewed(ORIGIN)
        following.add([row(n) for n in range(count)], unit(count))
        assert current.info.count == 8 - count
        following.publish()
        assert following.info.count == count
        current.close()
        current = following
    stop.set()
    for thread in threads:
        thread.join()
    current.close()
    assert seen == {(3, True), (5, True)}
    with psycopg.connect(Address.of(address).server) as plain:
        left = plain.execute(
            "SELECT nspname FROM pg_namespace WHERE nspname LIKE %s",
            [Address.of(address).name + "%"],
        ).fetchall()
    assert left == [(Address.of(address).name,)]


def test_a_renewal_that_never_came_is_cleared_away(address, store):
    store.add([row(1)], unit(1))
    given_up = store.renewed(ORIGIN)
    given_up.add([row(2), row(3)], unit(2))
    given_up.close()
    assert store.info.count == 1
    again = store.renewed(ORIGIN)
    assert again.info.count == 0
    again.publish()
    again.close()
    assert store.info.count == 0


def test_who_reads_on_and_on_stops_a_publishing_for_a_while_only(store, monkeypatch):
    store.add([row(n) for n in range(3)], unit(3))
    reading = store.batches(1)
    next(reading)
    following = store.renewed(ORIGIN)
    following._session._live().execute("SET lock_timeout = '200ms'")
    with pytest.raises(StoreError, match="in use by others for too long"):
        following.publish()
    assert sum(len(batch.rows) for batch in reading) == 2
    following.publish()
    assert following.info.count == 0
    following.close()


def test_a_connection_that_broke_is_made_again(store, server):
    store.add([row(1)], unit(1))
    with psycopg.connect(server, autocommit=True) as other:
        other.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid = %s",
            [store._session._live().info.backend_pid],
        )
    with pytest.raises(StoreError, match="cannot be reached"):
        _ = store.info
    assert store.info.count == 1
    store.add([row(2)], unit(1))
    assert store.info.count == 2


def test_what_is_there_is_told_apart(address, server):
    with pytest.raises(NoIndexError, match=r"no index at postgresql://.*relevance index"):
        open_store(address)
    made = create_store(address, ORIGIN)
    with pytest.raises(UsageError, match=r"something at postgresql://.* already"):
        create_store(address, ORIGIN)
    name = Address.of(address).name
    with psycopg.connect(server, autocommit=True) as plain:
        plain.execute(f"UPDATE {name}.facts SET value = '99' WHERE name = 'version'")
        with pytest.raises(UsageError, match="is of version 99, and this program reads 1"):
            open_store(address)
        plain.execute(f"CREATE SCHEMA {name}x")
        with pytest.raises(UsageError, match="is no index; name another one"):
            open_store(address + "x")
        plain.execute(f"UPDATE {name}.facts SET value = '[' WHERE name = 'columns'")
    with pytest.raises(StoreError, match=r"is damaged .*--again"):
        _ = made.info
    made.close()


def test_an_older_pgvector_is_refused(address, monkeypatch):
    monkeypatch.setattr(session, "LEAST_PGVECTOR", (0, 99))
    with pytest.raises(UsageError, match=r"has pgvector 0\.\d+\.\d+, whose filters lose rows"):
        open_store(address)


def test_a_user_without_rights_is_told(address, server):
    with psycopg.connect(server, autocommit=True) as plain:
        plain.execute("DROP ROLE IF EXISTS guest")
        plain.execute("CREATE ROLE guest LOGIN PASSWORD 'secret'")
    as_guest = re.sub("//[^@]*@", "//guest:secret@", address)
    with pytest.raises(UsageError, match="may not do that") as raised:
        create_store(as_guest, ORIGIN)
    assert "secret" not in str(raised.value)


def test_no_server_is_one_sentence_without_the_password():
    with pytest.raises(
        StoreError, match=r"postgresql://me@127\.0\.0\.1:1/db#nuts cannot be"
    ) as raised:
        open_store("postgresql://me:secret@127.0.0.1:1/db?connect_timeout=2#nuts")
    assert "secret" not in str(raised.value)


def test_addresses():
    plain = Address.of("postgresql://host/db")
    assert (plain.server, plain.name) == ("postgresql://host/db", "relevance")
    full = Address.of("postgres://me:p%40ss@a:1,b:2/db?sslmode=require#my_index")
    assert full.server == "postgres://me:p%40ss@a:1,b:2/db?sslmode=require"
    assert full.shown == "postgres://me@a:1,b:2/db#my_index"
    for name in ("Nuts", "1st", "a-b", "a" * 41, "x;DROP"):
        with pytest.raises(UsageError, match="cannot name an index"):
            Address.of(f"postgresql://host/db#{name}")
