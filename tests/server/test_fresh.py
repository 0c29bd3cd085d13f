"""What browsers may keep, for how long, and that they learn cheaply whether it is still so."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from PIL import Image

import relevance
from tests.server.conftest import serving

API = "/api/v1"


@pytest.fixture
def own(samples, compact, tmp_path):
    """An index of pictures that a test may change."""
    shutil.copytree(samples / "google_images/garlic", tmp_path / "garlic")
    with relevance.Index.create(tmp_path / "own.index", model=compact) as index:
        index.add(tmp_path / "garlic")
    with serving(indexes=(tmp_path / "own.index",), state=tmp_path / "state") as client:
        yield client


def first(client):
    return client.get(f"{API}/search", params={"text": "garlic", "k": 1}).json()["results"][0]


@pytest.mark.parametrize(
    ("place", "policy"),
    [
        ("/", "no-cache"),
        ("/static/app.css", "no-cache"),
        ("/static/main.js", "no-cache"),
        ("picture", "private, max-age=300"),
        ("thumbnail", "private, max-age=300"),
        ("reference", "private, max-age=86400, immutable"),
    ],
)
def test_who_has_it_is_told_so(client, place, policy):
    if place == "reference":
        place = client.get(f"{API}/references").json()[0]["thumbnails"][0]
    elif not place.startswith("/"):
        place = first(client)[place]
    whole = client.get(place)
    assert (whole.status_code, whole.headers["cache-control"]) == (200, policy)
    assert len(whole.content) > 100
    tag = whole.headers["etag"]
    for known in (tag, f"W/{tag}", f'"other", {tag}'):
        again = client.get(place, headers={"If-None-Match": known})
        assert (again.status_code, again.content) == (304, b"")
        assert (again.headers["etag"], again.headers["cache-control"]) == (tag, policy)
    other = client.get(place, headers={"If-None-Match": '"other"'})
    assert (other.status_code, other.content) == (200, whole.content)


def test_what_may_be_private_is_not_kept(client):
    places = ("indexes", "models", "server", "jobs", "references", "metrics", "search?text=x")
    for place in (*(f"{API}/{end}" for end in places), "/docs", "/openapi.json", "/static/no"):
        assert client.get(place).headers["cache-control"] == "no-store", place


def test_a_picture_that_changed_is_sent_anew(own):
    item = first(own)
    tags = {kind: own.get(item[kind]).headers["etag"] for kind in ("picture", "thumbnail")}
    Image.new("RGB", (50, 40), "red").save(item["path"])
    for kind, tag in tags.items():
        answer = own.get(item[kind], headers={"If-None-Match": tag})
        assert answer.status_code == 200
        assert answer.headers["etag"] != tag


def test_a_thumbnail_that_is_remembered_opens_no_file(own, monkeypatch):
    item = first(own)
    made = own.get(item["thumbnail"]).content
    opened = []
    real = Path.open
    monkeypatch.setattr("relevance.pictures.reading.load_image", opened.append)
    monkeypatch.setattr(
        Path, "open", lambda path, *args, **how: opened.append(path) or real(path, *args, **how)
    )
    monkeypatch.setattr("relevance.server.api.pictures.is_picture", opened.append)
    assert own.get(item["thumbnail"]).content == made
    assert opened == []
    Path(item["path"]).unlink()
    assert own.get(item["thumbnail"]).status_code == 404


def test_a_reference_that_was_removed_is_not_sent_though_it_is_remembered(
    samples, compact, tmp_path
):
    relevance.References(tmp_path / "r", model=compact).add(
        [samples / "google_images/garlic"], type="garlic"
    )
    with serving(store=str(tmp_path / "r"), model="compact", state=tmp_path / "s") as client:
        place = client.get(f"{API}/references").json()[0]["thumbnails"][0]
        assert client.get(place).status_code == 200
        client.delete(f"{API}/references", params={"type": "garlic"})
        assert client.get(place).status_code == 404
        client.post(f"{API}/undo")
        assert client.get(place).status_code == 200
