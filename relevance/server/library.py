"""What the server holds open: encoders, indexes, references, and where requests may look."""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from threading import Lock

from relevance.embedding.encoding import open_model
from relevance.embedding.settings import EncodingSettings
from relevance.encoders.base import Encoder
from relevance.errors import NoReferencesError, UsageError
from relevance.exports.slugs import slug
from relevance.index.index import Index
from relevance.index.references.references import DEFAULT_PLACE, References
from relevance.index.stores.base import Row
from relevance.server.batching import SharedEncoder
from relevance.server.naming import Naming
from relevance.server.problems import NotHereError
from relevance.server.settings import ServerSettings
from relevance.system.names import naturally_sorted, printable

_ID = re.compile(r"[0-9a-z]{1,16}")


@dataclass(frozen=True, slots=True, eq=False)
class Shelf:
    """An index that is open.

    Attributes:
        name: By which requests know it.
        place: Its folder or address.
        index: Open for reading, with an encoder that requests share.
    """

    name: str
    place: str
    index: Index

    def row(self, name: str) -> Row | None:
        """Return the row of a picture by its id; None for what is no id, or not of this index."""
        return self.index.rows([name]).get(name) if _ID.fullmatch(name) else None

    def folders(self, most: int = 200) -> list[str]:
        """Return some of the categories, sorted; looked for once for each state of the index."""
        info = self.index.info
        return _folders(self, info.count, most)


@lru_cache(64)
def _folders(shelf: Shelf, count: int, most: int) -> list[str]:
    """Look through an index of so many rows."""
    found = {row.folder for batch in shelf.index.batches() for row in batch.rows}
    return naturally_sorted([printable(name) for name in found])[:most]


class Library:
    """Everything that requests ask."""

    def __init__(self, settings: ServerSettings) -> None:
        """Open nothing yet; see ``open``."""
        self.settings = settings
        self.naming = Naming(settings)
        self.is_open = False
        self._encoders: dict[str, SharedEncoder] = {}
        self._shelves: dict[str, Shelf] = {}
        self._references: References | None = None
        self._default: SharedEncoder | None = None
        self._opening = Lock()

    def open(self) -> None:
        """Load the encoders and open the indexes.

        Raises:
            NoIndexError, StoreError, UsageError, ModelLoadError: As ``Index.open``.
        """
        if self.is_open:
            return
        for place in self.settings.indexes:
            with Index.open(place) as found:
                encoder = self._shared(found.encoder())
            # without the cache: to open and fill it takes longer than to encode a few words
            index = Index.open(
                place, model=encoder, max_pixels=self.settings.max_pixels, cache=False
            )
            index.prepare()
            name = self._free_name(place)
            self._shelves[name] = Shelf(name, place, index)
        first = next(iter(self._encoders.values()), None)
        self._default = first if first and self.settings.model == "auto" else self._named()
        self.is_open = True

    def close(self) -> None:
        """Let what waits be finished, and close everything."""
        self.is_open = False
        for encoder in self._encoders.values():
            encoder.close()
        for shelf in self._shelves.values():
            shelf.index.close()

    @property
    def shelves(self) -> Mapping[str, Shelf]:
        """The indexes by name."""
        return self._shelves

    def encoder(self) -> SharedEncoder:
        """Return the encoder for what no index decides."""
        if not self._default:
            raise UsageError("The server is still starting.")
        return self._default

    @property
    def encoders(self) -> tuple[SharedEncoder, ...]:
        """All that are loaded."""
        return tuple(self._encoders.values())

    def index(self, name: str = "") -> Shelf:
        """Return an index by name, or the first where none is named; raises ``NotHereError``."""
        if not self._shelves:
            raise NotHereError("This server has no index; name one when it is started.")
        if not name:
            return next(iter(self._shelves.values()))
        if name not in self._shelves:
            listed = ", ".join(self._shelves)
            raise NotHereError(f"There is no index {printable(name)}; there are: {listed}.")
        return self._shelves[name]

    def references(self) -> References:
        """Return the references, with the encoder that all share."""
        with self._opening:
            if not self._references:
                place = self.settings.store or DEFAULT_PLACE
                self._references = References(
                    place, model=self.encoder(), max_pixels=self.settings.max_pixels
                )
            return self._references

    def has_references(self) -> bool:
        """Say whether there are any."""
        with suppress(NoReferencesError):
            self.references().check()
            return True
        return False

    def folder(self, named: str) -> Path:
        """Return the folder that a request means: a path below one of the roots.

        Links are followed, and where they lead counts.

        Raises:
            NotHereError: It lies below no root, or is no folder; which of the two is not said.
        """
        for root in self.settings.roots:
            whole = root.resolve()
            candidates = [whole / named]
            if named.partition("/")[0] == whole.name:
                candidates.insert(0, whole / named.partition("/")[2])
            for candidate in candidates:
                with suppress(OSError, ValueError):
                    real = candidate.resolve(strict=True)
                    if real.is_relative_to(whole) and real.is_dir():
                        return real
        raise NotHereError(
            f"There is no folder {printable(named)} below what this server may read."
        )

    def _shared(self, encoder: Encoder) -> SharedEncoder:
        key = encoder.info.fingerprint
        if key not in self._encoders:
            self._encoders[key] = SharedEncoder(encoder, self.settings.waiting)
        return self._encoders[key]

    def _named(self) -> SharedEncoder:
        encoder, _ = open_model(EncodingSettings(model=self.settings.model))
        return self._shared(encoder)

    def _free_name(self, place: str) -> str:
        """Name an index after its folder, or the end of its address."""
        stem = slug(Path(place.rstrip("/")).name.removesuffix(".index"))
        name, number = stem, 2
        while name in self._shelves:
            name, number = f"{stem}-{number}", number + 1
        return name
