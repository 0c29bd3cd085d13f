"""A pair of a picture and a caption, and one with its outcome."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple

from relevance.jobs.captions.journal import RowScore, key_of


class Pair(NamedTuple):
    """What is compared.

    Attributes:
        place: Where the picture is; empty where none is named.
        caption: What it is said to show.
        fault: What is wrong with the row itself; empty where nothing is.
        content: The picture's file, where the cell holds it; ``place`` is no more than a name then.
        n_places: How many places the picture's cell names; ``place`` is the first.
    """

    place: str
    caption: str
    fault: str = ""
    content: bytes = b""
    n_places: int = 1

    @property
    def picture_key(self) -> bytes:
        """Key of the picture: of its content where that is here, else of its place."""
        return key_of(self.content or self.place)


@dataclass(frozen=True, slots=True)
class ShownPair:
    """One of the best or worst pairs.

    Attributes:
        number: Its row, counted from 0.
        pair: The picture's place and the caption.
        score: Its outcome.
    """

    number: int
    pair: Pair
    score: RowScore

    @property
    def similarity(self) -> float:
        """The similarity, which a scored pair has."""
        assert self.score.similarity is not None
        return self.score.similarity

    def without_content(self) -> ShownPair:
        """Return it without the picture's file, which takes memory."""
        return replace(self, pair=self.pair._replace(content=b"")) if self.pair.content else self

    @property
    def key(self) -> tuple[bytes, bytes]:
        """Keys of picture and caption."""
        return self.score.picture, self.score.caption


@dataclass(frozen=True, slots=True)
class ShownPicture:
    """What a page shows of a picture.

    Attributes:
        thumbnail: A small WebP file; empty where none could be made.
        file: The file on this machine; None where it lies elsewhere, or in the table.
    """

    thumbnail: bytes = b""
    file: Path | None = None


def different(shown: Sequence[ShownPair]) -> list[ShownPair]:
    """Leave out pairs with the caption and the very similarity of one before.

    Those are the same picture at another address.
    """
    found = {(item.pair.caption, item.similarity): item for item in reversed(shown)}
    return list(reversed(found.values()))
