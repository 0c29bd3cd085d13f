"""What a store asks of Qdrant, over HTTP, and what it makes of the answers."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from relevance.encoders.base import unit_rows
from relevance.errors import NoIndexError, OutputError, StoreError, UsageError
from relevance.index.stores import create_store, open_store
from relevance.index.stores.base import Filter, Origin, Row
from relevance.index.stores.qdrant import server as requests_module
from relevance.index.stores.qdrant.address import Address
from relevance.index.stores.qdrant.pieces import pieces
from relevance.index.stores.qdrant.server import connect
from tests.support.qdrant_server import serving

DIM = 4
ORIGIN = Origin("toy", "1", "fp32", "0" * 32, "reading 3", DIM)


def row(number, **changes):
    plain = Row(f"id{number:05d}", f"/p/{number}.jpg", "nuts", bytes(32), 9, 1, "/p", {"sku": "a"})
    return plain._replace(**changes)


def vectors(count):
    random = np.random.default_rng(0)
    return unit_rows(random.normal(size=(count, DIM))).astype(np.float16)


@pytest.fixture
def standing():
    with serving() as found:
        yield found


@pytest.fixture
def store(standing):
    made = create_store(f"{standing.address}/shop", ORIGIN)
    made.add([row(number) for number in range(3)], vectors(3))
    standing.requests.clear()
    yield made
    standing.faults.clear()
    made.close()


@pytest.fixture
def pauses(monkeypatch):
    """How long it paused between attempts, without doing so."""
    found = []
    monkeypatch.setattr(requests_module.tenacity.nap.time, "sleep", found.append)
    return found


@pytest.mark.parametrize(
    ("words", "codes", "is_on_disk"),
    [
        ("", {"scalar": {"type": "int8", "quantile": 0.99, "always_ram": True}}, True),
        ("?quantisation=binary", {"binary": {"always_ram": True}}, True),
        ("?quantisation=none", None, False),
    ],
)
def test_a_collection_is_made_with_codes_in_memory_and_its_fields_indexed(
    words, codes, is_on_disk, standing
):
    create_store(f"{standing.address}/shop{words}", ORIGIN).close()
    (made,) = standing.asked("PUT", "")[:1]
    assert made.path.startswith("/collections/shop-")
    assert made.body["vectors"] == {
        "size": DIM,
        "distance": "Dot",
        "datatype": "float16",
        "on_disk": is_on_disk,
    }
    assert made.body.get("quantization_config") == codes
    state = json.loads(made.body["metadata"]["relevance"])
    assert state["origin"]["fingerprint"] == ORIGIN.fingerprint
    fields = {r.body["field_name"]: r.body["field_schema"] for r in standing.asked("PUT", "/index")}
    assert fields == {
        **dict.fromkeys(("id", "folder", "cells"), "keyword"),
        **dict.fromkeys(("since", "until"), "integer"),
    }
    (alias,) = standing.asked("POST", "/aliases")
    collection = made.path.rpartition("/")[2]
    step = {"create_alias": {"collection_name": collection, "alias_name": "shop"}}
    assert alias.body == {"actions": [step]}


def test_rows_travel_as_points_with_payloads(store, standing):
    columns = {"price": 3.0, "title": "Nüsse"}
    odd = row(7, path="/p/\udcff.jpg", folder="Nüsse/alt", columns=columns)
    store.add([odd], vectors(1))
    (sent,) = standing.asked("PUT", "/points")
    assert sent.query == "wait=true"
    (point,) = sent.body["points"]
    assert point["vector"] == vectors(1)[0].astype(float).tolist()
    assert point["payload"] == {
        "id": "id00007",
        "path": "/p/\ufdd0dcff.jpg",
        "folder": "Nüsse/alt",
        "digest": "00" * 32,
        "size": 9,
        "changed": 1,
        "source": "/p",
        "columns": '{"price": 3.0, "title": "N\\u00fcsse"}',
        "cells": ['["price", "3"]', '["title", "N\\u00fcsse"]'],
        "since": 2,
    }
    assert store.rows(["id00007"]) == {"id00007": odd}


def test_a_search_is_one_request_with_its_filter(store, standing):
    chosen = Filter(where={"sku": ("a", "b")}, without=frozenset({"id00001"}))
    store.search(np.eye(DIM, dtype=np.float32)[:2], 1, chosen)
    (sent,) = standing.asked("POST", "/query/batch")
    first, second = sent.body["searches"]
    assert first["query"] == {"nearest": [1, 0, 0, 0]}
    assert second["query"] == {"nearest": [0, 1, 0, 0]}
    assert first["limit"] == 18
    assert first["params"]["quantization"] == {"rescore": True, "oversampling": 3.0}
    wanted = [
        {"key": "since", "range": {"lte": 1.0}},
        {"key": "cells", "match": {"any": ['["sku", "a"]', '["sku", "b"]']}},
    ]
    left_out = [
        {"key": "until", "range": {"lte": 1.0}},
        {"key": "id", "match": {"any": ["id00001"]}},
    ]
    assert first["filter"] == {"must": wanted, "must_not": left_out}


def test_large_adds_go_in_batches_and_show_at_the_end(store, standing):
    reader = open_store(f"{standing.address}/shop")
    standing.fail("/points", 400, skip=2, words="the third batch is bad")
    rows = [row(number) for number in range(100, 700)]
    with pytest.raises(StoreError, match="the third batch is bad"):
        store.add(rows, vectors(600))
    assert reader.info.count == 3
    assert standing.client.count("shop").count == 515
    standing.requests.clear()
    store.add(rows, vectors(600))
    sizes = [len(sent.body["points"]) for sent in standing.asked("PUT", "/points")]
    assert sizes == [256, 256, 88]
    assert reader.info.count == 603
    reader.close()


def test_what_a_write_that_failed_left_behind_never_shows(store, standing):
    collection = standing.client.get_aliases().aliases[0].collection_name
    for write in (
        lambda: store.add([row(0, folder="other"), row(9)], -vectors(2)),
        lambda: store.remove(["id00001"]),
    ):
        standing.requests.clear()
        standing.fail(f"/{collection}", 400)  # where the state is to be written
        with pytest.raises(StoreError):
            write()
        assert standing.requests[-1].method == "PATCH"
        assert store.info.count == 3
    assert store.rows(["id00000"])["id00000"].folder == "nuts"
    store.add([row(5)], vectors(1))
    left = [item.id for batch in store.batches(10) for item in batch.rows]
    assert sorted(left) == ["id00000", "id00001", "id00002", "id00005"]
    assert standing.client.count("shop").count == 4


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504, 0])
def test_what_may_pass_is_tried_again(status, store, standing, pauses):
    standing.fail("/points", status, times=3)
    store.add([row(8)], vectors(1))
    assert len(standing.asked("PUT", "/points")) == 4
    points = [sent.body["points"][0]["id"] for sent in standing.asked("PUT", "/points")]
    assert len(set(points)) == 1
    assert len(pauses) == 3
    assert store.info.count == 4


def test_the_server_says_how_long_to_wait(store, standing, pauses):
    standing.fail("/points/count", 429, Retry_After="3")
    assert store.info.count == 3
    assert pauses == [3.0]


@pytest.mark.parametrize(
    ("status", "words", "kind", "message"),
    [
        (401, "Must provide an API key", StoreError, "refuses the request; set QDRANT_API_KEY"),
        (403, "Forbidden", StoreError, "refuses the request; set QDRANT_API_KEY"),
        (400, "Wrong input: bad", StoreError, r"answers: 400 Wrong input: bad\. See the server's"),
        (500, "No space left on device", OutputError, r"has no room .* run it again"),
        (507, "Disk full", OutputError, "has no room"),
    ],
)
def test_other_errors_are_told_at_once(status, words, kind, message, store, standing, pauses):
    standing.fail("/points", status, words=words)
    with pytest.raises(kind, match=message) as caught:
        store.add([row(8)], vectors(1))
    assert "\n" not in str(caught.value)
    assert len(standing.asked("PUT", "/points")) == 1
    assert store.info.count == 3


def test_a_server_that_is_not_there_is_named(pauses):
    with pytest.raises(StoreError, match=r"qdrant://127.0.0.1:1/shop cannot be reached .*host"):
        open_store("qdrant://127.0.0.1:1/shop")
    assert len(pauses) == 4


def test_an_index_made_anew_takes_over_in_one_request(store, standing):
    before = standing.client.get_aliases().aliases[0].collection_name
    successor = store.renewed(ORIGIN)
    successor.add([row(1)], vectors(1))
    standing.requests.clear()
    successor.publish()
    (swap,) = standing.asked("POST", "/aliases")
    forget, point = swap.body["actions"]
    assert forget == {"delete_alias": {"alias_name": "shop"}}
    assert point["create_alias"]["alias_name"] == "shop"
    left = {found.name for found in standing.client.get_collections().collections}
    assert left == {point["create_alias"]["collection_name"], "shop-writing"}
    assert before not in left
    assert store.info.count == 1


def test_collections_that_never_took_over_are_deleted_by_the_next(store, standing):
    store.renewed(ORIGIN)  # and then it was killed
    assert len(standing.client.get_collections().collections) == 3
    store.renewed(ORIGIN).close()
    assert len(standing.client.get_collections().collections) == 2


def test_compacting_deletes_the_points_of_what_is_gone(store, standing):
    store.add([row(0, folder="new")], vectors(1))
    store.remove(["id00001"])
    assert standing.client.count("shop").count == 4
    store.compact()
    assert standing.client.count("shop").count == 2
    assert store.info.count == 2


def test_a_tie_behind_the_last_asked_for_is_found(store):
    names = [f"z{99 - number:03d}" for number in range(90)]
    rows = [row(number, id=name) for number, name in enumerate(names)]
    query = unit_rows(np.ones((1, DIM)))
    store.add(rows, np.repeat(query.astype(np.float16), len(rows), axis=0))
    assert list(store.search(query, 3)[0].ids) == sorted(names)[:3]


def test_a_killed_writer_is_in_nobodys_way_for_long(standing, store):
    store._right._stop()  # no sign of life any more
    other = open_store(f"{standing.address}/shop")
    other.add([row(8)], vectors(1))
    assert other.info.count == 4
    with pytest.raises(StoreError, match="Another run is writing the index"):
        store._right.check()
    other.close()


def test_a_collection_of_others_is_left_alone(standing):
    standing.client.create_collection("theirs")
    with pytest.raises(UsageError, match="a collection that relevance did not make"):
        open_store(f"{standing.address}/theirs")
    with pytest.raises(UsageError, match=r"something at .*theirs already"):
        create_store(f"{standing.address}/theirs", ORIGIN)
    with pytest.raises(NoIndexError, match=r"There is no index at .*/nothing"):
        open_store(f"{standing.address}/nothing")


@pytest.mark.parametrize(
    ("kept", "kind", "message"),
    [
        ('{"version": 2}', UsageError, "is of version 2, and this is made for 1"),
        ('{"version": 1}', StoreError, "is damaged: collection is missing"),
        ("{", StoreError, "is damaged: it is not JSON"),
    ],
)
def test_another_version_and_damage_are_told(kept, kind, message, store, standing):
    collection = standing.client.get_aliases().aliases[0].collection_name
    standing.client.update_collection(collection, metadata={"relevance": kept})
    with pytest.raises(kind, match=message):
        open_store(f"{standing.address}/shop")


def test_a_server_that_keeps_no_metadata_is_too_old(standing, monkeypatch):
    make = standing.client.create_collection
    without = lambda *args, metadata, **options: make(*args, **options)  # noqa: E731
    monkeypatch.setattr(standing.client, "create_collection", without)
    with pytest.raises(StoreError, match=r"older than Qdrant 1\.16"):
        create_store(f"{standing.address}/shop", ORIGIN)
    assert standing.client.get_collections().collections == []


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("qdrant://host/shop", ("host", 6333, "shop", "")),
        ("qdrant://host:1234/a.b-c_1?quantisation=binary", ("host", 1234, "a.b-c_1", "binary")),
        ("QDRANT://[::1]:6333/shop/", ("::1", 6333, "shop", "")),
    ],
)
def test_addresses_are_taken_apart(text, parts):
    found = Address.of(text)
    assert (found.host, found.port, found.name, found.quantisation) == parts


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("qdrant://host:6333", "is no address of an index"),
        ("qdrant:///shop", "is no address of an index"),
        ("qdrant://host:x/shop", "is no address of an index"),
        ("qdrant://host/a/b", "is no address of an index"),
        ("qdrant://host/shop?speed=high", "is no address of an index"),
        ("qdrant://host/shop?quantisation=4", 'There is no quantisation "4"; choose one of int8'),
        ("qdrant://:secret@host/shop", "QDRANT_API_KEY"),
    ],
)
def test_addresses_that_are_none_are_refused(text, message):
    with pytest.raises(UsageError, match=message) as caught:
        open_store(text)
    assert "secret" not in str(caught.value)


def test_a_key_is_sent_over_tls_alone_but_to_this_machine(monkeypatch, standing):
    places = [Address.of(f"qdrant://{host}:99/x") for host in ("far.example", "localhost")]
    schemes = lambda: [connect(p)._client.rest_uri.partition(":")[0] for p in places]  # noqa: E731
    assert schemes() == ["http", "http"]
    monkeypatch.setenv("QDRANT_API_KEY", "sesame")
    assert schemes() == ["https", "http"]
    create_store(f"{standing.address}/shop", ORIGIN).close()
    assert {sent.headers["api-key"] for sent in standing.requests} == {"sesame"}


@given(st.lists(st.integers()), st.integers(1, 9))
def test_pieces_are_the_whole(items, size):
    found = list(pieces(items, size))
    assert [item for piece in found for item in piece] == items
    assert all(len(piece) == size for piece in found[:-1])
    assert all(0 < len(piece) <= size for piece in found)
