"""What a server must not fetch, whatever requests name."""

from __future__ import annotations

import itertools
import socket

import pandas as pd
import pytest

import relevance
from relevance.pictures.fetching import public
from relevance.pictures.fetching.public import is_public
from tests.server.attacks.common import API, KEY
from tests.support.picture_server import serving as serving_pictures


@pytest.fixture(scope="module")
def pictures():
    with serving_pictures() as running:
        yield running


def asked_to_fetch(client, address):
    pairs = [{"picture": address, "caption": "garlic"}]
    return client.post(f"{API}/captions/similarity", json={"pairs": pairs})


def test_nothing_is_fetched_unless_that_is_allowed(server, pictures):
    with server.client() as client:
        for start in (pictures.url, pictures.url.replace("http", "HTTP"), "https://example.com"):
            answer = asked_to_fetch(client, f"{start}/colour/red.png")
            assert answer.status_code == 400
        for other in ("file:///etc/passwd", "s3://bucket/x.png", "/etc/passwd", "memory://x"):
            answer = asked_to_fetch(client, other)
            assert answer.status_code == 400
            assert "data: address, or by its id" in answer.json()["detail"]
        assert not pictures.hits


PRIVATE = [
    *("127.0.0.1", "localhost", "127.1", "2130706433", "0x7f.1", "0.0.0.0", "[::1]"),
    *("[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[64:ff9b::7f00:1]", "[2002:7f00:1::]", "[::]"),
    *("10.0.0.1", "192.168.0.1", "172.16.0.1", "169.254.169.254", "[fe80::1]", "[fc00::1]"),
    *("127.0.0.1.", "user:pw@127.0.0.1", "\uff11\uff12\uff17.0.0.1", "100.64.0.1"),
]


@pytest.mark.parametrize("host", [*PRIVATE, socket.gethostname()])
def test_what_is_not_public_is_not_fetched(locked, pictures, host):
    with locked.client(headers={"X-API-Key": KEY}) as client:
        answer = asked_to_fetch(client, f"http://{host}:{pictures.server_port}/colour/red.png")
        assert answer.status_code == 200
        (row,) = answer.json()
        assert row["status"] == "skipped"
        assert row["similarity"] is None
        assert not pictures.hits


def test_a_redirect_leads_to_nothing_that_is_not_public(pictures, monkeypatch, compact):
    """The first address counts as public here; where it leads is looked at anew."""
    for target in ("127.0.0.2", "localhost", "0.0.0.0", "10.0.0.1"):
        first = itertools.count()
        monkeypatch.setattr(
            public, "is_public", lambda text, first=first: not next(first) or is_public(text)
        )
        frame = pd.DataFrame({"image": [f"{pictures.url}/to_here/{target}"], "caption": ["red"]})
        found = relevance.caption_similarity(
            frame, "image", "caption", model=compact, public_only=True
        )
        assert found["status"].tolist() == ["skipped"]
        assert "is no public address" in found["reason"][0]
        assert pictures.hits == {f"/to_here/{target}": 1}
        pictures.hits.clear()
