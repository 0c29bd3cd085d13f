"""Servers in this process, with the real encoder and the sample pictures."""

from __future__ import annotations

from contextlib import contextmanager

import pytest
from fastapi.testclient import TestClient

import relevance
from relevance.server import create_app


@contextmanager
def serving(**options):
    """Yield a client of a server."""
    with TestClient(create_app(**options), base_url="http://127.0.0.1") as client:
        yield client


@pytest.fixture(scope="session")
def shop(tmp_path_factory, samples, compact):
    """An index of the sample pictures."""
    place = tmp_path_factory.mktemp("served") / "shop.index"
    with relevance.Index.create(place, model=compact) as index:
        index.add(samples / "google_images")
    return place


@pytest.fixture(scope="session")
def parts(tmp_path_factory, samples, compact):
    """References of three types."""
    place = tmp_path_factory.mktemp("parts") / "parts.references"
    references = relevance.References(place, model=compact)
    for kind in ("garlic", "strawberries", "broccoli"):
        own = sorted((samples / "google_images" / kind).iterdir())
        references.add(own[:4], type=kind)
    return place


@pytest.fixture
def client(shop, parts, samples, tmp_path):
    """A server over an index, references and a root."""
    with serving(
        indexes=(shop,), store=str(parts), roots=(samples,), state=tmp_path / "state"
    ) as made:
        yield made


@pytest.fixture
def garlic(samples):
    return (samples / "google_images/garlic/garlic-01.jpg").read_bytes()
