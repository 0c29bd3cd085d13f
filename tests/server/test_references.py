"""Types by whatever names they have, over HTTP."""

from __future__ import annotations

import io

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from PIL import Image

import relevance
from relevance.index.references.types import type_name
from tests.server.conftest import serving

API = "/api/v1"


@pytest.fixture(scope="module")
def fresh(tmp_path_factory):
    """A server without references."""
    folder = tmp_path_factory.mktemp("types")
    store = str(folder / "own.references")
    with serving(store=store, model="compact", state=folder / "state") as client:
        yield client, store


@pytest.fixture(scope="module")
def red():
    stream = io.BytesIO()
    Image.new("RGB", (32, 32), "red").save(stream, "PNG")
    return {"picture": ("red.png", stream.getvalue())}


@settings(
    max_examples=25,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(st.text(min_size=1, max_size=20).filter(str.strip))
@example("mugs/blue")
@example("/")
@example("..")
@example("a/../b/")
@example("%2F?type=x&y#z")
@example("0.3 l + lid; 50 %")
@example("x/thumbnail")
def test_whatever_a_store_calls_a_type_it_is_read_added_to_and_removed(fresh, red, name):
    client, store = fresh
    added = client.post(f"{API}/references", params={"type": name}, files=red)
    known = type_name(name)
    assert (added.status_code, added.json()["added"]) == (200, {known: 1})
    (listed,) = client.get(f"{API}/references", params={"type": name}).json()
    assert (listed["type"], listed["references"], len(listed["ids"])) == (known, 1, 1)
    assert known in relevance.References(store, model="compact").types
    assert client.delete(f"{API}/references", params={"type": name}).json() == {"removed": 1}
    assert client.get(f"{API}/references", params={"type": name}).json() == []


def test_one_type_is_listed_with_all_its_references(client, samples):
    own = sorted((samples / "google_images/lemons").iterdir())
    files = [("picture", (path.name, path.read_bytes())) for path in own]
    for path in sorted((samples / "google_images/oranges").iterdir())[:2]:
        files.append(("picture", (path.name, path.read_bytes())))
    client.post(f"{API}/references", params={"type": "citrus"}, files=files)
    every = {item["type"]: item for item in client.get(f"{API}/references").json()}
    assert len(every) == 4
    assert (every["citrus"]["references"], len(every["citrus"]["ids"])) == (10, 8)
    (one,) = client.get(f"{API}/references", params={"type": "citrus"}).json()
    assert len(set(one["ids"])) == 10
    assert one["thumbnails"] == [f"{API}/references/{id}/thumbnail" for id in one["ids"]]
    assert client.delete(f"{API}/references/{one['ids'][0]}").json() == {"removed": 1}
    (left,) = client.get(f"{API}/references", params={"type": "citrus"}).json()
    assert left["ids"] == one["ids"][1:]
    client.delete(f"{API}/references", params={"type": "citrus"})
