"""Pictures of what a keyword means, and of what it does not, found and encoded like all others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from relevance.embedding.embeddings import Embeddings
from relevance.embedding.encoding import Encoded
from relevance.embedding.settings import EncodingSettings
from relevance.encoders import Encoder
from relevance.encoders.base import unit_rows
from relevance.errors import NoReadablePictureError, UsageError
from relevance.index.standing import encode, find_pictures
from relevance.judging.directions import Floats
from relevance.judging.examples import CENTRE, Judge, Wanted
from relevance.judging.metrics import ranking_figures
from relevance.judging.scoring import PictureColumns
from relevance.pictures.folders import Sources
from relevance.pictures.given import Found, held_among
from relevance.pictures.held import Held
from relevance.system.names import printable


@dataclass(frozen=True, slots=True, eq=False)
class Shown:
    """Examples of one kind that could be read.

    Attributes:
        places: Where each is, n of them.
        vectors: ``(n, dim)`` float16, without NaN.
        notes: What could not be read, or only in part, in sentences.
        held: Those that lie in memory, by place.
    """

    places: tuple[str, ...]
    vectors: npt.NDArray[np.floating]
    notes: tuple[str, ...]
    held: Mapping[str, Held]


@dataclass(frozen=True, slots=True, eq=False)
class Examples:
    """Examples of a question.

    Attributes:
        like: Of what is wanted; at least one.
        unlike: Of what is not; None without any.
    """

    like: Shown
    unlike: Shown | None

    @property
    def notes(self) -> tuple[str, ...]:
        """What could not be read, in sentences."""
        return self.like.notes + (self.unlike.notes if self.unlike else ())

    @property
    def held(self) -> dict[str, Held]:
        """Those that lie in memory, by place."""
        return {**self.like.held, **(self.unlike.held if self.unlike else {})}

    def facts(self, pictures: Embeddings, by_words: PictureColumns) -> dict[str, Any]:
        """What the provenance of scores says of the examples, and of words alone."""
        unlike = self.unlike.places if self.unlike else ()
        return {
            "like": list(map(printable, self.like.places)),
            "unlike": list(map(printable, unlike)),
            "among_pictures": self._among(pictures.vectors),
            "centre": CENTRE,
            "words_here": words_here(by_words),
        }

    def _among(self, vectors: npt.NDArray[np.floating]) -> int:
        """Count the pictures, ``(n, dim)``, that are examples themselves; copies count."""
        shown = [self.like, self.unlike] if self.unlike else [self.like]
        known = {row.tobytes() for part in shown for row in part.vectors}
        return sum(row.tobytes() in known for row in vectors)


def by_examples(examples: Examples, chances: Floats, encoded: Encoded) -> Floats:
    """Score the pictures of a run, n of them, by the word and examples.

    Args:
        examples: What the word means, and what it does not.
        chances: ``(n,)`` probability of each by the word alone; NaN where skipped.
        encoded: The keyword, the background, and the pictures.

    Returns:
        ``(n,)`` log odds.
    """
    vectors, dim = encoded.pictures.vectors, encoded.concepts.shape[1]
    unlike = examples.unlike.vectors if examples.unlike else np.empty((0, dim))
    wanted = Wanted(
        encoded.concepts[0],
        encoded.concepts[1:],
        unit_rows(examples.like.vectors),
        unit_rows(unlike),
    )
    once = np.unique(encoded.pictures.first_copy[~np.isnan(chances)])
    return Judge.of(wanted, vectors[once], chances[once]).log_odds(vectors)


def words_here(by_words: PictureColumns) -> dict[str, float] | None:
    """Say how words alone order the pictures at hand and how many of their verdicts are wrong.

    None where the labels are not of both kinds.
    """
    known = by_words.is_scored & ~np.isnan(by_words.grade)
    truth = by_words.grade[known] > 0
    if not truth.any() or truth.all():
        return None
    wrong = int((by_words.relevant[known] != truth).sum())
    return ranking_figures(truth, by_words.score[known]) | {"wrong": wrong}


def find_examples(like: Sequence[Found], unlike: Sequence[Found]) -> dict[str, Sources]:
    """Find the pictures of ``--like`` and ``--unlike``, before anything is encoded.

    Raises:
        UsageError: A path is not there or holds no picture.
    """
    given = {"--like": like, "--unlike": unlike}
    return {name: _found(name, places) for name, places in given.items() if places}


def encode_examples(
    found: dict[str, Sources], encoder: Encoder, settings: EncodingSettings
) -> Examples | None:
    """Encode what ``find_examples`` found, or take it from the cache; None where it is nothing.

    Raises:
        UsageError: Not one picture of a kind can be read, or an index was made with another
            encoder.
    """
    shown = {name: _shown(name, sources, encoder, settings) for name, sources in found.items()}
    return Examples(shown["--like"], shown.get("--unlike")) if shown else None


def _found(name: str, places: Sequence[Found]) -> Sources:
    try:
        return find_pictures(places)
    except NoReadablePictureError as error:
        raise UsageError(f"{name}: {error}") from error


def _shown(name: str, sources: Sources, encoder: Encoder, settings: EncodingSettings) -> Shown:
    try:
        pictures = encode([], sources, encoder, settings, None).pictures
    except NoReadablePictureError as error:
        raise UsageError(f"{name}: {error}") from error
    use = np.flatnonzero([not reason for reason in pictures.reasons])
    places = tuple([sources.refs[row].place for row in use.tolist()])
    notes = [f"{name}: {note}" for note in (*_unread(pictures), *pictures.remarks())]
    return Shown(places, pictures.vectors[use], tuple(notes), held_among(sources.refs))


def _unread(pictures: Embeddings) -> list[str]:
    """Say how many pictures are left out, and why the first of them is; nothing for none."""
    rows = [row for row, reason in enumerate(pictures.reasons) if reason]
    if not rows:
        return []
    first, count = rows[0], len(pictures.reasons)
    return [
        f"{len(rows)} of {count} pictures cannot be used, such as "
        f"{printable(pictures.refs[first].place)}: {pictures.reasons[first]}."
    ]
