"""Runs that differ in distance alone, which are one to a reader: they put pictures in one order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from relevance.jobs.compare.standing import Standing


@dataclass(frozen=True, slots=True)
class Folded:
    """A standing, and the distances whose runs it stands for, its own first."""

    standing: Standing
    distances: tuple[str, ...]


def folded(standings: Sequence[Standing]) -> list[Folded]:
    """Join the runs of one model whose scores are equal, in the order of their first."""
    groups: list[list[Standing]] = []
    for standing in standings:
        for group in groups:
            if _is_same(group[0], standing):
                group.append(standing)
                break
        else:
            groups.append([standing])
    return [Folded(group[0], tuple(item.run.distance for item in group)) for group in groups]


def _is_same(one: Standing, other: Standing) -> bool:
    return one.run.model == other.run.model and np.array_equal(
        one.run.scores, other.run.scores, equal_nan=True
    )
