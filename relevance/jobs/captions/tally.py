"""Counts and extremes of a run, gathered row by row, whatever the number of rows."""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from relevance.jobs.captions.journal import RowScore
from relevance.jobs.captions.kept import Kept
from relevance.jobs.captions.pairs import Pair, ShownPair
from relevance.system.finding import DID_YOU_MEAN

SHOWN = 10
"""Best and worst pairs that are kept."""

QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)
_MOST_REASONS = 1000  # different ones; more are counted together
_OTHER = "other reasons"


@dataclass(slots=True, eq=False)
class Tally:
    """What is known of the rows so far.

    Attributes:
        n_rows: Rows seen.
        n_long: Rows whose caption is longer than the encoder's context.
        n_foreign: Rows whose caption has letters that English does not.
        n_several: Rows that name several pictures, of which the first was taken.
        reasons: Counts of skipped rows by reason.
        first_rows: The first row, counted from 0, that each reason was met in.
        best: The pairs with the highest similarity, highest first; equal pairs once.
        worst: Those with the lowest, lowest first.
        kept: Those that a page shows.
    """

    n_rows: int = 0
    n_long: int = 0
    n_foreign: int = 0
    n_several: int = 0
    reasons: Counter[str] = field(default_factory=Counter)
    first_rows: dict[str, int] = field(default_factory=dict)
    best: list[ShownPair] = field(default_factory=list)
    worst: list[ShownPair] = field(default_factory=list)
    kept: Kept = field(default_factory=Kept)
    _values: array[float] = field(default_factory=lambda: array("d"))

    def add(self, pairs: Sequence[Pair], scores: Sequence[RowScore]) -> None:
        """Take the next rows."""
        for pair, score in zip(pairs, scores, strict=True):
            self.n_long += score.is_long
            self.n_foreign += _is_foreign(pair.caption)
            self.n_several += pair.n_places > 1
            if score.similarity is None:
                kind = score.reason.partition(DID_YOU_MEAN)[0]  # what was meant differs by row
                room = kind in self.reasons or len(self.reasons) < _MOST_REASONS
                reason = kind if room else _OTHER
                self.reasons[reason] += 1
                self.first_rows.setdefault(reason, self.n_rows)
            else:
                self._values.append(score.similarity)
                shown = ShownPair(self.n_rows, pair, score)
                _enter(self.best, shown, sign=-1)
                _enter(self.worst, shown, sign=1)
                self.kept.add(shown.without_content())
            self.n_rows += 1

    @property
    def shown(self) -> list[ShownPair]:
        """All pairs that are shown; of equal ones the last has its picture, where it has one."""
        return [*self.kept.pairs(), *self.best, *self.worst]

    def skipped(self) -> list[tuple[str, int, int]]:
        """Reasons, the most frequent first, each with its rows and the first of them, from 1."""
        return [
            (reason, count, self.first_rows[reason] + 1)
            for reason, count in self.reasons.most_common()
        ]

    @property
    def n_scored(self) -> int:
        """Rows that were not skipped."""
        return len(self._values)

    @property
    def similarities(self) -> npt.NDArray[np.float64]:
        """Similarities of the scored rows, in their order: ``(n_scored,)``."""
        return np.array(self._values)

    def quantiles(self) -> Mapping[float, float]:
        """Return quantiles of similarity (linear between neighbours); empty without scored rows."""
        if not self._values:
            return {}
        values = np.quantile(self.similarities, QUANTILES)
        return dict(zip(QUANTILES, values.tolist(), strict=True))


def _is_foreign(text: str) -> bool:
    return not text.isascii() and any(char.isalpha() and not char.isascii() for char in text)


def _enter(shown: list[ShownPair], new: ShownPair, *, sign: int) -> None:
    """Keep a list of the most extreme pairs in order; of equal ones the first row counts."""
    if len(shown) == SHOWN and sign * new.similarity >= sign * shown[-1].similarity:
        return
    if any(item.pair._replace(fault="") == new.pair._replace(fault="") for item in shown):
        return
    shown.append(new)
    shown.sort(key=lambda item: (sign * item.similarity, item.number))
    del shown[SHOWN:]
