"""Which pictures are trained on, which decide, and which only measure.

The rules, which page and docs repeat: copies and near copies stay together, so that none is on two
sides. Of each text's pictures a share is held out, and the same share of the rest is the validation
part, on which how far to go from the start is chosen. A sixth of the texts, where there are six or
more with at least ``FEW`` pictures, is not trained at all: half of their pictures go to the
validation part and half are held out, so that it is chosen and measured what becomes of keywords
that the model was not tuned on. Texts with fewer pictures than ``FEW``, such as captions, are split
as one; those that are held out whole are keywords it was not tuned on either.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from relevance.errors import UsageError
from relevance.jobs.tune.looking import Groups

TRAINING, VALIDATION, HELD_OUT, LEFT_OUT = range(4)
FEW = 4
LEAST_TEXTS = 6
"""Texts of ``FEW`` pictures from which on a sixth of them is not trained."""

_REST = ""  # stratum of texts with few pictures; no text is empty
Parts = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Split:
    """Parts of n pictures.

    Attributes:
        part: ``(n,)``: ``TRAINING``, ``VALIDATION``, ``HELD_OUT``, or ``LEFT_OUT`` for a picture of
            an untrained text that is a copy of a trained one.
        untrained: Texts that were drawn to be trained on no picture.
    """

    part: Parts
    untrained: tuple[str, ...]

    def rows(self, part: int) -> npt.NDArray[np.int64]:
        """Return the numbers of the pictures of a part."""
        return np.flatnonzero(self.part == part)


def check_share(hold_out: float) -> None:
    """Raise ``UsageError`` where a share cannot be held out."""
    if not 0 < hold_out <= 0.5:
        raise UsageError("The share that is held out must lie above 0, and be 0.5 at most.")


def split(
    texts: Sequence[str], groups: Groups, hold_out: float, seed: int, *, keep_texts: bool
) -> Split:
    """Split pictures by text and group.

    Args:
        texts: ``(n,)``, of each picture.
        groups: ``(n,)``, equal for copies and near copies.
        hold_out: Share of the pictures of each text to hold out, and of the rest to validate on.
        seed: Decides which.
        keep_texts: Whether all texts are trained, since other pictures measure other keywords.
    """
    rng = np.random.default_rng(seed)
    named = np.array(texts, dtype=object)
    stratum = _strata(named)
    untrained = () if keep_texts else _drawn(stratum, rng)
    part = np.full(len(named), TRAINING, dtype=np.int64)
    for name in dict.fromkeys(stratum):
        sizes = _sizes(groups, stratum, name)
        if name in untrained:
            _deal(part, sizes, (HELD_OUT, VALIDATION), 0.5, rng)
        else:
            _deal(part, sizes, (HELD_OUT, TRAINING), hold_out, rng)
            kept = {group: size for group, size in sizes.items() if part[group] == TRAINING}
            _deal(part, kept, (VALIDATION, TRAINING), hold_out, rng)
    part = part[groups]
    part[(part == TRAINING) & np.isin(named, untrained)] = LEFT_OUT
    return Split(part, untrained)


def halves(texts: Sequence[str], groups: Groups, seed: int) -> Split:
    """Split pictures that are never trained on into validation and held-out ones."""
    rng = np.random.default_rng(seed)
    stratum = _strata(np.array(texts, dtype=object))
    part = np.full(len(stratum), VALIDATION, dtype=np.int64)
    for name in dict.fromkeys(stratum):
        _deal(part, _sizes(groups, stratum, name), (HELD_OUT, VALIDATION), 0.5, rng)
    return Split(part[groups], ())


def _strata(texts: npt.NDArray[np.object_]) -> npt.NDArray[np.object_]:
    """Return the text of each picture, or ``_REST`` where it has few."""
    names, number, counts = np.unique(texts, return_inverse=True, return_counts=True)
    few = counts[number] < FEW
    return np.asarray(np.where(few, _REST, names[number]), dtype=object)


def _drawn(stratum: npt.NDArray[np.object_], rng: np.random.Generator) -> tuple[str, ...]:
    names = sorted(set(stratum.tolist()) - {_REST})
    if len(names) < LEAST_TEXTS:
        return ()
    chosen = rng.choice(len(names), round(len(names) / LEAST_TEXTS), replace=False)
    return tuple(names[number] for number in sorted(chosen))


def _sizes(groups: Groups, stratum: npt.NDArray[np.object_], name: str) -> dict[int, int]:
    """Return the groups whose first picture is of a stratum, with their sizes."""
    own = groups[stratum[groups] == name]
    numbers, counts = np.unique(own, return_counts=True)
    return dict(zip(numbers.tolist(), counts.tolist(), strict=True))


def _deal(
    part: Parts,
    sizes: dict[int, int],
    sides: tuple[int, int],
    share: float,
    rng: np.random.Generator,
) -> None:
    """Give groups to the first side until it has its share of the pictures, the rest to the other.

    At least one group goes to the first side, unless there is but one; and never the last one.
    ``part`` is set at the first picture of each group.
    """
    wanted = max(1.0, share * sum(sizes.values()))
    taken = 0
    order = rng.permutation(sorted(sizes)).tolist()
    for at, group in enumerate(order):
        is_last = at + 1 == len(order)
        fits = taken + sizes[group] / 2 <= wanted and not (is_last and sides[1] == TRAINING)
        part[group] = sides[0] if fits else sides[1]
        taken += sizes[group] if fits else 0
