"""Stores behind one protocol, chosen by address: a folder, or a server's ``scheme://…``."""

from __future__ import annotations

import re
from contextlib import suppress
from pathlib import Path

from relevance.errors import MissingExtraError, UsageError
from relevance.index.stores.base import Origin, Store, StoreKind
from relevance.system.names import printable

_SCHEME = re.compile(r"([a-z][a-z0-9+.-]+)://", re.IGNORECASE)
"""Two letters at least: one is a drive of Windows."""
_EXTRAS = {"qdrant": "qdrant", "postgresql": "postgres", "postgres": "postgres"}


def open_store(address: str | Path) -> Store:
    """Open the store at an address; raises what ``StoreKind.open`` raises."""
    return _kind(address).open(str(address))


def create_store(address: str | Path, origin: Origin) -> Store:
    """Make a store at an address; raises what ``StoreKind.create`` raises."""
    return _kind(address).create(str(address), origin)


def is_store(address: str | Path) -> bool:
    """Say whether something is a store by what it looks like; a server is not asked."""
    if found := _SCHEME.match(str(address)):
        return found[1].lower() in _EXTRAS
    from relevance.index.stores.embedded import EmbeddedStore

    return EmbeddedStore.is_at(str(address))


def _kind(address: str | Path) -> StoreKind:
    """Import the kind of store that an address is one of."""
    found = _SCHEME.match(str(address))
    scheme = found[1].lower() if found else ""
    if not scheme:
        from relevance.index.stores.embedded import EmbeddedStore

        return EmbeddedStore
    if scheme in {"postgresql", "postgres"}:
        with suppress(ImportError):  # of packages; what to do about it is said below
            from relevance.index.stores.postgres import PostgresStore

            return PostgresStore
    if scheme == "qdrant":
        with suppress(ImportError):
            from relevance.index.stores.qdrant import QdrantStore

            return QdrantStore
    if scheme in _EXTRAS:
        raise MissingExtraError(f"An index at {scheme}://", _EXTRAS[scheme])
    raise UsageError(
        f"An index is a folder, or {' or '.join(f'{name}://…' for name in _EXTRAS)}, not "
        f"{printable(address)}."
    )
