"""The pictures of an index as a job takes them: all at once, less what is excluded or was named."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Sequence, Set
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path, PurePath

import numpy as np

from relevance.encoders.base import HalfArray, IntArray
from relevance.index.stores import open_store
from relevance.index.stores.base import Block, Origin
from relevance.pictures.fetching import is_address
from relevance.pictures.folders import TWICE, ImageRef
from relevance.pictures.leaving_out import EXCLUDED, Exclusion
from relevance.system.finding import meant


@dataclass(frozen=True, slots=True, eq=False)
class Known:
    """The pictures of an index.

    Attributes:
        place: The index.
        origin: What made its vectors.
        contents: ``(n,)`` int64: a number that copies share.
        vectors: ``(n, dim)`` float16.
    """

    place: str
    origin: Origin
    contents: IntArray
    vectors: HalfArray

    @property
    def name(self) -> str:
        """What the index is called, without its kind."""
        return PurePath(self.place).stem


def read_known(
    place: str, rule: Exclusion, taken: Set[str], left_out: Counter[str]
) -> tuple[list[ImageRef], Known]:
    """Read an index; what is left out is counted.

    Args:
        place: The index.
        rule: What is to be left out.
        taken: Paths that came from elsewhere.
        left_out: Counts by reason, which grow.
    """
    with closing(open_store(place)) as store:
        origin, block = store.info.origin, store.block()
    refs = list(map(ImageRef, block.paths, block.folders))
    contents, vectors = block.contents, block.vectors
    reasons = _reasons(block, rule, taken)
    if reasons:
        left_out.update(reasons.values())
        kept = np.delete(np.arange(len(refs)), list(reasons))
        refs = [refs[row] for row in kept.tolist()]
        contents, vectors = contents[kept], vectors[kept]
    return refs, Known(place, origin, contents, vectors)


def _reasons(block: Block, rule: Exclusion, taken: Set[str]) -> dict[int, str]:
    """Return by row why it is left out."""
    found = {}
    if taken:
        found = {row: TWICE for row, path in enumerate(block.paths) if path in taken}
    if rule.is_any:
        found |= {row: EXCLUDED for row in range(len(block.paths)) if _is_met(rule, block, row)}
    return found


def _is_met(rule: Exclusion, block: Block, row: int) -> bool:
    """Say whether a picture, or a folder on the way to it, is to be left out."""
    path, source = block.paths[row], os.path.join(block.sources[row], "")
    if path.startswith(source):
        below = path.removeprefix(source).replace(os.sep, "/")
    else:  # of a table
        below = f"{block.folders[row]}/{PurePath(path).name}"
    parts = below.split("/")
    return any(rule.meets("/".join(parts[:end])) for end in range(1, len(parts) + 1))


def different(places: Sequence[str | Path]) -> list[str]:
    """Return the indexes that are named, each once, however it is spelled."""
    homes = {_home(str(place)): str(place) for place in reversed(places)}
    return [place for place in dict.fromkeys(map(str, places)) if homes[_home(place)] == place]


def _home(place: str) -> str:
    return place if is_address(place) else os.path.realpath(meant(place))
