"""Servers that stores of indices need, for real."""

from __future__ import annotations

import uuid

import pytest

from tests.support.postgres_server import postgres_server
from tests.support.qdrant_server import qdrant_server


@pytest.fixture(scope="session")
def postgres():
    """Address of a PostgreSQL with pgvector."""
    with postgres_server() as address:
        yield address


@pytest.fixture
def postgres_address(postgres):
    """Where no index is yet; what is made there is dropped."""
    import psycopg

    name = f"test_{uuid.uuid4().hex[:12]}"
    yield f"{postgres}#{name}"
    with psycopg.connect(postgres, autocommit=True) as plain:
        for schema in (name, f"{name}_next", f"{name}x"):
            plain.execute(f"DROP SCHEMA IF EXISTS {schema} CASCADE")


@pytest.fixture(scope="session")
def qdrant():
    """Address of a Qdrant: of the real one at QDRANT_URL, or of one that only speaks like it."""
    with qdrant_server() as address:
        yield address


@pytest.fixture
def qdrant_address(qdrant):
    """Where no index is yet; what is made there is deleted."""
    from relevance.index.stores.qdrant.address import Address
    from relevance.index.stores.qdrant.server import connect

    name = f"test-{uuid.uuid4().hex[:12]}"
    yield f"{qdrant}/{name}"
    client = connect(Address.of(f"{qdrant}/{name}"))
    for found in client.get_collections().collections:
        if found.name.startswith(name):
            client.delete_collection(found.name)
    client.close()
