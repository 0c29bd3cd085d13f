"""``References``: types known by pictures, to be added to, removed, and recognised."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Unpack

from relevance.embedding.embeddings import Watch
from relevance.embedding.encoding import find_pictures, open_model
from relevance.embedding.settings import EncodingOptions, EncodingSettings
from relevance.embedding.watching import watched
from relevance.encoders import Encoder
from relevance.errors import NoReferencesError, UsageError
from relevance.index.references import archive
from relevance.index.references.adding import Added, Adder
from relevance.index.references.album import Album
from relevance.index.references.asked import Asked, left_out_notes, read_asked
from relevance.index.references.changes import (
    REMOVE,
    Change,
    Reference,
    by_type,
    distinct,
    new_id,
    now,
)
from relevance.index.references.deciding import decide
from relevance.index.references.growing import Confirm, Grower
from relevance.index.references.known import Known, complete, reading
from relevance.index.references.places import place_at
from relevance.index.references.recognitions import Recognition, Recognitions
from relevance.index.references.store import ReferenceStore
from relevance.index.references.types import known_types, no_type, notes_on, type_name
from relevance.index.references.undoing import Undone, undo
from relevance.index.references.vectors import VectorStore
from relevance.judging.provenance import versions
from relevance.judging.recognising.thresholds import (
    AUTO,
    RATE,
    Threshold,
    find_threshold,
    given_threshold,
)
from relevance.pictures.given import Found, Pictures, place_of, several_pictures
from relevance.system.command_line import command_line, option
from relevance.system.names import printable

DEFAULT_PLACE = "types.references"


class References:
    """Types known by reference pictures, in a place that several processes may share.

    Attributes:
        place: A folder, or the address of a store of objects such as ``s3://bucket/prefix``.
    """

    def __init__(
        self, place: str | Path = DEFAULT_PLACE, **options: Unpack[EncodingOptions]
    ) -> None:
        """Name the place; it is made when something is added.

        Args:
            place: A folder, or an address that fsspec knows.
            **options: model, max_pixels, precision, device and cache; see ``EncodingSettings``.
                The encoder may be another one each time: what it has not encoded yet, it encodes
                at first use.

        Raises:
            UsageError: The place is empty or of an unknown kind, or an option cannot be used.
            MissingExtraError: A driver is not installed.
        """
        self.place = str(place)
        self._store = ReferenceStore(place_at(place))
        self._settings = EncodingSettings(**options)
        self._opened: tuple[Encoder, str] | None = None
        self._vectors: VectorStore | None = None
        self._known: tuple[list[Reference], Known] | None = None
        self._missing: list[Reference] = []

    def __repr__(self) -> str:
        types = self.types
        return f"<References {self._store.name}: {sum(types.values())} of {len(types)} types>"

    @property
    def types(self) -> dict[str, int]:
        """How many references each type has; none where there is no store yet."""
        return {name: len(own) for name, own in by_type(self.references).items()}

    @property
    def references(self) -> tuple[Reference, ...]:
        """All references whose pictures are there, by type and time."""
        return tuple(self._store.references()) if self._store.is_there else ()

    @property
    def history(self) -> tuple[Change, ...]:
        """All that was done, the earliest first."""
        every = distinct(self._store.changes())
        return tuple(sorted(every, key=lambda change: change.when))

    @watched()
    def add(
        self,
        paths: Pictures,
        *,
        type: str = "",
        exclude: Sequence[str] = (),
        progress: Watch = None,
    ) -> Added:
        """Take pictures in as references.

        Args:
            paths: Folders with one folder a type, or pictures; a mapping names types.
            type: The type that all of them show; empty to name each after its folder.
            exclude: Patterns of files and folders to leave out.
            progress: Called with an ``Advance`` before each batch.

        Returns:
            What was added; pictures that cannot be read, or stand for another type already, are
            listed there with the reason.

        Raises:
            UsageError: A path is not there, holds no picture, or the place cannot be written.
            ModelLoadError: The encoder cannot be loaded.
            StoreError: The place is out of reach, damaged or of another version.
        """
        sources = find_pictures(several_pictures(paths), exclude)
        refs = [item._replace(folder=type_name(type or item.folder)) for item in sources.refs]
        encoder = self._encoder()
        self._store.make()
        added = Added(self.place, new_id(), notes=left_out_notes(sources))
        with reading(encoder, self._settings) as reader:
            Adder(self._store, self._vector_store(), reader, added).add(refs, progress)
        added.notes += self._notes(progress)
        return added

    def remove(self, *ids: str, type: str = "") -> tuple[Reference, ...]:
        """Remove references, by their ids or all of a type; ``undo`` brings them back.

        Raises:
            UsageError: There is none of that id or type.
        """
        self._store.check_there()
        there, gone = self._store.contents()
        every = there + gone
        wanted = type_name(type) if type else ""
        leaving = [item for item in every if item.type == wanted or item.id in ids]
        unknown = [name for name in ids if name not in {item.id for item in leaving}]
        if wanted and not any(item.type == wanted for item in leaving):
            raise no_type(wanted, self.types, self._store.name)
        if unknown or not leaving:
            raise UsageError(
                f"There is no reference {', '.join(map(printable, unknown)) or 'to remove'} in "
                f"{self._store.name}; `relevance references list` shows their ids."
            )
        entries = tuple([entry for item in leaving for entry in item.entries])
        self._store.record(Change(new_id(), new_id(), now(), REMOVE, removed=entries))
        return tuple(leaving)

    def undo(self, run: str = "") -> Undone:
        """Take back what one run did: added, grew, removed, or undid itself.

        Args:
            run: Its id, from ``history``; the last that was not undone, and undid nothing, if
                empty.

        Returns:
            Which references are gone by that, and which are back.

        Raises:
            UsageError: There is no such run, or it is undone already.
        """
        self._store.check_there()
        return undo(self._store, run)

    @watched()
    def recognise(
        self,
        pictures: Pictures,
        *,
        type: str = "",
        threshold: float | str = AUTO,
        false_matches: float = RATE,
        grow: bool | Confirm = False,
        exclude: Sequence[str] = (),
        progress: Watch = None,
    ) -> Recognitions:
        """Say which known type each picture shows, or that it shows none.

        Args:
            pictures: Paths of pictures or folders, addresses, or pictures in memory.
            type: The one type to look for; empty for all.
            threshold: Similarity from which a picture counts as of a type, or "auto": set by the
                references; see ``judging.recognising.thresholds``.
            false_matches: With "auto": wanted share of pictures of nothing known that are taken
                for a type.
            grow: Whether sure matches that add something become references; a function is asked
                before each, given the ``Recognition``.
            exclude: Patterns of files and folders to leave out.
            progress: Called with an ``Advance`` when the cache was asked and after each batch.

        Returns:
            One ``Recognition`` for each picture; those that cannot be read are skipped with the
            reason.

        Raises:
            NoReferencesError: There are none.
            UsageError: An argument cannot be used, or there is no such type.
            NoReadablePictureError: Not one picture could be read.
            ModelLoadError: The encoder cannot be loaded.
            StoreError: The place is out of reach, damaged or of another version.
        """
        known = self._all_known(progress)
        wanted = type_name(type) if type else ""
        if wanted and wanted not in known.types.names:
            raise no_type(wanted, known.types.names, self._store.name)
        given = several_pictures(pictures)
        limit = _limit(known, threshold, false_matches)
        encoder, sizes = self._encoder(), known.types.sizes
        asked, left_out = read_asked(given, encoder, self._settings, progress, exclude)
        if grow:
            rows, known = self._grow(asked, known, limit.value, wanted, grow)
        else:
            rows = list(decide(asked, known, limit.value, wanted))
        is_auto = threshold == AUTO
        return Recognitions(
            store=self.place,
            rows=tuple(rows),
            types=known_types(known, limit, sizes),
            asked_type=wanted,
            threshold=limit.value,
            false_matches=false_matches if is_auto and not limit.note else None,
            note=limit.note,
            encoder=encoder.info,
            notes=(*notes_on(known.types, self._missing, is_auto=is_auto), *left_out),
            provenance=self._provenance(
                given, [*_words(wanted, threshold, false_matches, grow), *_exclusions(exclude)]
            ),
            album=Album(self._store, {item.place: item.content for item in asked if item.content}),
        )

    def check(self) -> None:
        """Raise ``NoReferencesError`` or ``StoreError`` unless there is a store to work with."""
        self._store.check_there()

    def picture(self, name: str) -> bytes | None:
        """Return the picture of a reference by its id; None where there is none, or it is gone."""
        digest = next((item.digest for item in self.references if item.id == name), "")
        return self._store.picture(digest) if digest else None

    def export_to(self, file: str | Path) -> int:
        """Write all references as one ZIP file; return how many pictures it holds."""
        self._store.check_there()
        return archive.export_to(self._store, Path(file))

    def import_from(self, file: str | Path) -> int:
        """Take in such a file beside what is there; return how many pictures were not there.

        Raises:
            UsageError: It is no such file, is damaged, or of another version.
        """
        return archive.import_from(self._store, Path(file))

    def _grow(
        self,
        asked: Sequence[Asked],
        known: Known,
        threshold: float,
        wanted: str,
        grow: bool | Confirm,
    ) -> tuple[list[Recognition], Known]:
        confirm = grow if callable(grow) else None
        with reading(self._encoder(), self._settings) as reader:
            grower = Grower(
                *(self._store, self._vector_store(), reader, threshold, known),
                wanted=wanted,
                confirm=confirm,
            )
            rows = list(grower.decide(asked))
        return rows, grower.known

    def _encoder(self) -> Encoder:
        if not self._opened:
            self._opened = open_model(self._settings)
            # what one run chose by itself stays for the next of this object
            self._settings = replace(self._settings, model=self._opened[0])
        return self._opened[0]

    def _vector_store(self) -> VectorStore:
        if not self._vectors:
            self._vectors = VectorStore(self._store.place, self._encoder().info)
        return self._vectors

    def _all_known(self, progress: Watch) -> Known:
        """Return what there is now; only what has changed since is read again."""
        self._store.check_there()
        references, gone = self._store.contents()
        if self._known and self._known[0] is references:
            return self._known[1]
        vectors = complete(
            self._store, self._vector_store(), self._encoder(), self._settings, progress
        )
        sound = [item for item in references if item.digest in vectors]
        self._missing = gone + [item for item in references if item.digest not in vectors]
        if not sound:
            raise NoReferencesError(
                f"No reference picture is left in {self._store.name}; `relevance references add "
                f"FOLDER --store {self._store.name}` takes some in."
            )
        known = Known.of(sound, [vectors[item.digest] for item in sound])
        self._known = references, known
        return known

    def _notes(self, progress: Watch) -> list[str]:
        """Say what is odd about the references as they are now."""
        if not self._store.references():
            return []
        types = self._all_known(progress).types
        return list(notes_on(types, self._missing, is_auto=False))

    def _provenance(self, given: Sequence[Found], words: list[str]) -> dict[str, Any]:
        places = [*map(place_of, given)]
        words = [*option("--store", self.place), *words, "--model", self._encoder().info.name]
        return {
            "command": command_line("recognise", places, words + self._settings.machine_words()),
            "date": datetime.now(UTC).isoformat(timespec="seconds"),
            "encoder_choice": self._opened[1] if self._opened else "",
            "versions": versions(),
        }


def _words(wanted: str, threshold: float | str, rate: float, grow: bool | Confirm) -> list[str]:
    """Return the options that ask the same."""
    words = option("--type", wanted) if wanted else []
    words += option("--threshold", str(threshold)) if threshold != AUTO else []
    words += ["--false-matches", str(rate)] if rate != RATE else []
    return words + (["--grow=ask" if callable(grow) else "--grow=yes"] if grow else [])


def _exclusions(patterns: Sequence[str]) -> list[str]:
    return [word for pattern in patterns for word in option("--exclude", pattern)]


def _limit(known: Known, threshold: float | str, rate: float) -> Threshold:
    if threshold == AUTO:
        return find_threshold(known.types, rate)
    if isinstance(threshold, str):
        raise UsageError(f'The threshold is a similarity or "{AUTO}", not {printable(threshold)}.')
    return given_threshold(known.types, threshold)
