"""``Index``: pictures of folders and tables with their vectors, to be searched, kept up to date."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Self, Unpack

import numpy as np
import numpy.typing as npt

from relevance.embedding.embeddings import Watch
from relevance.embedding.encoding import cache_of, open_model
from relevance.embedding.settings import EncodingOptions, EncodingSettings
from relevance.embedding.watching import watched
from relevance.encoders import Encoder
from relevance.encoders.base import unit_rows
from relevance.errors import UsageError
from relevance.index.centre import keep_centre
from relevance.index.changes import Changes, changes_of
from relevance.index.encoding import RowEncoder
from relevance.index.origin import fitting, origin_of, with_model_of
from relevance.index.search.answering import check_columns, hits_of, training_of
from relevance.index.search.asking import Asker
from relevance.index.search.facts import notes_on, provenance_of
from relevance.index.search.found import Found
from relevance.index.search.query import Among, Query, given
from relevance.index.search.ranking import Match, best
from relevance.index.search.readiness import Readiness
from relevance.index.source import Offer, Source, from_note, noted, offers, sources_of
from relevance.index.stores import create_store, open_store
from relevance.index.stores.base import Batch, Filter, LevelStore, Row, Store, StoreInfo
from relevance.index.updating import Encodes, Update
from relevance.judging.calibration import Calibration
from relevance.judging.directions import Plane
from relevance.judging.prompts import BACKGROUND_CONCEPTS, DEFAULT_TEMPLATES
from relevance.judging.teaching import Lesson
from relevance.pictures.folders import ImageRef
from relevance.pictures.given import Picture, Pictures, several_pictures
from relevance.system.arguments import several
from relevance.system.names import printable

_SOURCES = "sources"


class Index:
    """Pictures with their vectors, ids and columns, in a store that lasts.

    Use it as a context manager. One process at a time may write; others search meanwhile.

    Attributes:
        place: Its folder or address.
        cluster: Address of a Ray cluster that encodes what is added (see ``cluster``), "local" for
            one on this machine; empty to encode here.
    """

    def __init__(self, place: str | Path, store: Store, settings: EncodingSettings) -> None:
        """Take an open store; ``create`` and ``open`` are the ways in."""
        self.cluster = ""
        self.place = str(place)
        self._store = store
        self._settings = settings
        self._encoder: Encoder | None = None
        self._readiness: Readiness | None = None

    @classmethod
    def create(cls, place: str | Path, **options: Unpack[EncodingOptions]) -> Self:
        """Make an empty index.

        Args:
            place: A folder that is not there yet or empty, or a server's address.
            **options: model, max_pixels, precision, device and cache; see ``EncodingSettings``.

        Raises:
            UsageError: Something is there already, or it cannot be made.
            ModelLoadError: The encoder cannot be loaded.
        """
        settings = EncodingSettings(**options)
        encoder, _ = open_model(settings)
        made = cls(place, create_store(place, origin_of(encoder.info)), settings)
        made._encoder = encoder
        return made

    @classmethod
    def open(cls, place: str | Path, **options: Unpack[EncodingOptions]) -> Self:
        """Open an index that is there.

        Args:
            place: Its folder or address.
            **options: As for ``create``; where no model is named, it is the one that made the
                index, and another one is refused.

        Raises:
            NoIndexError: There is none.
            UsageError: It is of another version, or was made with another encoder.
            StoreError: It is damaged or out of reach.
        """
        return cls(place, open_store(place), EncodingSettings(**options))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        info = self.info
        return f"<Index {printable(self.place)}: {info.count} rows, {info.origin.encoder}>"

    def __len__(self) -> int:
        return self.info.count

    def close(self) -> None:
        """Let go of files, connections and the right to write."""
        self._store.close()

    @property
    def info(self) -> StoreInfo:
        """What it holds now, and what made it."""
        return self._store.info

    @property
    def sources(self) -> tuple[Source, ...]:
        """The folders, pictures and tables that it is made from."""
        return from_note(self.info.notes.get(_SOURCES, ""))

    def encoder(self) -> Encoder:
        """Return the encoder that made its vectors, loaded once.

        Raises:
            UsageError: The one that was named, or that has its name here, is another.
            ModelLoadError: It cannot be loaded.
        """
        if self._encoder is None:
            origin = self.info.origin
            self._encoder = fitting(
                self.place, open_model(with_model_of(origin, self._settings))[0], origin
            )
        return self._encoder

    @watched()
    def add(
        self,
        paths: Pictures = (),
        *,
        exclude: str | Sequence[str] = (),
        image_column: str | None = None,
        progress: Watch = None,
    ) -> Changes:
        """Bring the index up to date with folders, pictures and tables, which it remembers.

        Unchanged files are looked at and no more, changed ones are encoded again, and rows leave
        whose file is gone. Rows of other sources stay as they are.

        Args:
            paths: Folders, pictures or tables; all that it is made from if not given. Pictures in
                memory belong to no source: what was added once stays until it is removed.
            exclude: Patterns of what to leave out of folders; see ``leaving_out.Exclusion``.
            image_column: Column of pictures of tables; guessed from the names if not given.
            progress: Called with an ``Advance``.

        Raises:
            UsageError: A path is not there or cannot be used, or another encoder was named.
            NoReadablePictureError: There is no picture.
            StoreError: Another process writes.
        """
        found = several_pictures(paths)
        held = [item for item in found if isinstance(item, ImageRef)]
        files = [item for item in found if not isinstance(item, ImageRef)]
        sources = sources_of(files, several(exclude), image_column) if found else self.sources
        more = [Offer((), len(held), held=tuple(held))] if held else []
        return self.take([*offers(sources), *more], progress=progress)

    def take(self, found: Sequence[Offer], *, progress: Watch = None) -> Changes:
        """Do what ``add`` does, with sources that were looked through."""
        if not isinstance(self._settings.model, str) or self._settings.model != "auto":
            self.encoder()  # another one than the index's is refused before anything is done
        return self._updated(self._store, found, progress)

    def renew(self, found: Sequence[Offer], *, progress: Watch = None) -> Changes:
        """Make the index anew from what sources offer, with another encoder if one is named.

        Until that is done, everyone sees the index as it was.

        Raises:
            ModelLoadError: The encoder cannot be loaded.
            StoreError: Another process writes.
        """
        self._encoder, _ = open_model(with_model_of(self.info.origin, self._settings))
        fresh = self._store.renewed(origin_of(self._encoder.info))
        try:
            changes = self._updated(fresh, found, progress)
            fresh.publish()
        finally:
            fresh.close()
        return changes

    def unchanged(self) -> Changes:
        """Return what taking nothing comes to."""
        return changes_of(self.place, self.info, Update(self._store, self._row_encoder), ())

    def remove(self, ids: Collection[str]) -> None:
        """Take rows out; unknown ids are passed over. A source that holds them brings them back."""
        self._store.remove(ids)

    def compact(self) -> None:
        """Give back the room of what was removed or replaced."""
        self._store.compact()

    def rows(self, ids: Collection[str]) -> dict[str, Row]:
        """Return those of these rows that are there, by id."""
        return self._store.rows(ids)

    def vectors(self, ids: Sequence[str]) -> npt.NDArray[np.float16]:
        """Return ``(n, dim)`` vectors; NaN where there is no such row."""
        return self._store.vectors(ids)

    def batches(self, size: int = 4096) -> Iterator[Batch]:
        """Yield every row with its vector, as of one moment."""
        return self._store.batches(size)

    def search(
        self,
        words: str | Sequence[str] = (),
        *,
        like: Picture | Sequence[Picture] = (),
        unlike: Picture | Sequence[Picture] = (),
        k: int = 10,
        minimum: float | None = None,
        folders: str | Sequence[str] = (),
        where: Mapping[str, str | Sequence[str]] | None = None,
        templates: str | Sequence[str] = DEFAULT_TEMPLATES,
        background: str | Sequence[str] = BACKGROUND_CONCEPTS,
        calibration: str | Path | Calibration | None = None,
        lesson: str | Path | Lesson | None = None,
    ) -> Found:
        """Find the pictures that answer a query, copies as one.

        Words alone are scored as ``relevance.score`` does. Where there are pictures, the score is
        how far a picture lies, from the centre of the index, in the direction of theirs and, to a
        quarter, of the words; the query's own pictures are no answers. A quarter of what speaks
        for ``unlike`` counts off.

        Args:
            words: What pictures are to show; several words or phrases count together.
            like: Pictures that they are to be like: paths, addresses, ids of the index, or pictures
                in memory.
            unlike: Words or pictures that they are not to be like; what is no file, address, id or
                name of a picture counts as words.
            k: How many to find.
            minimum: Their least probability, or score where the query holds pictures.
            folders: Patterns, of which the folder must meet one; see ``FolderPatterns``.
            where: By column the value, or values, that its cell must have.
            templates: Prompts for words.
            background: Concepts that words are held against.
            calibration: What ``relevance.calibrate`` made for these words, or its file.
            lesson: What ``relevance.teach`` learnt for these words, or its file; pictures are then
                ranked by that.

        Raises:
            UsageError: An argument cannot be used as given.
            NoReadablePictureError: A picture of the query cannot be used.
        """
        query = Query(
            several(words), given(like), given(unlike), several(templates), several(background)
        )
        wanted = {name: several(values) for name, values in (where or {}).items()}
        among = Among(k, minimum, several(folders), wanted)
        trained = training_of(calibration, lesson)
        with self.asker() as asker:
            hits = hits_of(asker, query, among, trained)
        info = self.info
        return Found(
            index=self.place,
            query=query,
            among=among,
            hits=tuple(hits),
            count=info.count,
            encoder=asker.encoder.info,
            notes=notes_on(query, asker.encoder),
            provenance=provenance_of(self.place, query, among, info, trained),
        )

    @contextmanager
    def asker(self) -> Iterator[Asker]:
        """Give what turns queries into answers; see ``search.answering.hits_of``."""
        encoder = self.encoder()
        with cache_of(encoder, self._settings) as cache:
            yield Asker(self._store, encoder, cache, self._settings.max_pixels, self._readiness)

    def prepare(self) -> None:
        """Get ready for many searches by words, as a server is asked for.

        The usual background is embedded, and what it takes off is worked out for every row and kept
        in memory, 4 bytes a row; such a search then looks at each row once. It takes as long as a
        few searches, and pays off from then on. Stores on servers only gain from the first half.
        """
        encoder = self.encoder()
        if self._readiness or not encoder.info.has_text:
            return
        self._readiness = Readiness.of(encoder)
        if isinstance(self._store, LevelStore) and encoder.info.logit_bias is None:
            self._store.prepare(self._readiness.level)

    def nearest(
        self,
        vectors: npt.ArrayLike,
        k: int = 10,
        *,
        folders: str | Sequence[str] = (),
        where: Mapping[str, str | Sequence[str]] | None = None,
        without: Collection[str] = (),
    ) -> list[list[Match]]:
        """Find the k pictures whose vectors are nearest to each of ``(n, dim)``, copies as one.

        Args:
            vectors: Queries, of any length but zero.
            k: How many to find for each.
            folders: Patterns, of which the folder must meet one; see ``FolderPatterns``.
            where: By column the value, or values, that its cell must have.
            without: Ids of rows to leave out.

        Returns:
            For each query its matches, whose score is the cosine, the best first, equal ones in the
            order of their ids.
        """
        queries = unit_rows(np.atleast_2d(np.asarray(vectors, np.float32)))
        info = self.info
        if queries.shape[1] != info.origin.dim:
            raise UsageError(
                f"The index holds vectors of {info.origin.dim} numbers, not of "
                f"{queries.shape[1]}; encode the query with {info.origin.encoder}."
            )
        wanted = {name: several(values) for name, values in (where or {}).items()}
        among = Among(k, None, several(folders), wanted)
        check_columns(info, among.where)
        chosen = Filter(among.folders, among.where, frozenset(without))
        return [best(self._store, Plane(query, 0.0), k, chosen) for query in queries]

    def _updated(self, store: Store, found: Sequence[Offer], progress: Watch) -> Changes:
        before = from_note(store.info.notes.get(_SOURCES, ""))
        now = [source for offer in found for source in offer.sources]
        if not found:
            raise UsageError("Give at least one folder, picture or table.")
        if tuple(now) != before:
            every = {source.path: source for source in (*before, *now)}
            store.note({_SOURCES: noted([*every.values()])})
        update = Update(store, self._row_encoder, progress)
        update.run(found)
        keep_centre(store)
        return changes_of(self.place, store.info, update, found)

    @contextmanager
    def _row_encoder(self) -> Iterator[Encodes]:
        """Open what encodes, for ``Update``."""
        if not self.cluster:
            with RowEncoder.of(self.encoder(), self._settings) as encoder:
                yield encoder
            return
        from relevance.index.cluster.encoding import ClusterEncoder

        info = self.encoder().info
        with ClusterEncoder.on(self.cluster, info, self._settings) as workers:
            yield workers
