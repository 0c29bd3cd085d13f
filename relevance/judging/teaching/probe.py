"""A linear probe on frozen embeddings that starts from words and examples and leaves them warily.

It starts from the direction to the mean of the relevant examples and, to a quarter, to the words;
see ``directions``. What it may add to that direction costs by its square, as in constrained probes
that start from zero-shot weights (CLAP, Silva-Rodriguez et al., CVPR 2024), so that few examples
hardly move it and many do. How much it costs is chosen by cross-validation among the examples;
where these are too few to leave any out, it costs the most.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.optimize import minimize
from scipy.special import expit

from relevance.encoders.base import FloatArray, IntArray, unit_rows
from relevance.judging.directions import WORDS_SHARE, Plane
from relevance.judging.metrics import Bools, Floats

COSTS = (1e-1, 3e-2, 1e-2, 3e-3, 1e-3, 3e-4, 1e-4)
"""Of a unit of direction squared, against mean log loss; the first hardly leaves the start."""

FEWEST = 3
"""Different pictures of each kind, below which none is left out to learn from."""

FOLDS = 5
_SLOPE_COST = 1e-3  # of a unit by which the start is stretched, squared
_ITERATIONS = 200


@dataclass(frozen=True, slots=True, eq=False)
class Examples:
    """Labelled pictures, and what lies around them.

    Attributes:
        vectors: ``(n, dim)`` float32 unit rows.
        truth: ``(n,)`` bool.
        groups: ``(n,)`` int64, equal for copies.
        words: Direction of the keyword.
        centre: ``(dim,)`` mean of all pictures of the run, labelled or not.
        spread: Mean length of their vectors from there.
    """

    vectors: FloatArray
    truth: Bools
    groups: IntArray
    words: Plane
    centre: FloatArray
    spread: float

    def some(self, rows: IntArray) -> Examples:
        """Return a part of them."""
        return Examples(
            self.vectors[rows],
            self.truth[rows],
            self.groups[rows],
            self.words,
            self.centre,
            self.spread,
        )

    @property
    def fewest(self) -> int:
        """How many different pictures the rarer kind has."""
        return min(len(np.unique(self.groups[kind])) for kind in (self.truth, ~self.truth))

    def start(self) -> Plane:
        """Return the direction from which the probe starts."""
        pictures = Plane.of_pictures(self.vectors[self.truth], self.centre)
        return pictures.and_also(self.words, WORDS_SHARE)


@dataclass(frozen=True, slots=True, eq=False)
class Probe:
    """What was fitted.

    Attributes:
        plane: Log odds, kinds weighing alike, as a plane.
        cost: What was chosen of ``COSTS``.
        left_out: ``(n,)`` log odds of each example by a probe that did not see it; None where
            there are too few of them to leave any out.
    """

    plane: Plane
    cost: float
    left_out: Floats | None


def fit_probe(examples: Examples) -> Probe:
    """Choose the cost by cross-validation and fit on all examples, of which each kind has some.

    Copies of a picture stay in one fold. Of fewer than three of a kind none is left out, and the
    first of ``COSTS`` is taken.
    """
    if examples.fewest < FEWEST:
        return Probe(_path(examples, COSTS[:1])[0], COSTS[0], None)
    folds = _folds(examples)
    left_out = np.full((len(COSTS), len(examples.truth)), np.nan)
    for used, spared in folds:
        for number, plane in enumerate(_path(examples.some(used))):
            left_out[number, spared] = plane.scores(examples.vectors[spared])
    best = int(np.argmin([_balanced_loss(row, examples.truth) for row in left_out]))
    return Probe(_path(examples)[best], COSTS[best], left_out[best])


def _folds(examples: Examples) -> list[tuple[IntArray, IntArray]]:
    """Split so that each part to fit on has both kinds."""
    from sklearn.model_selection import StratifiedGroupKFold

    truth, groups = examples.truth, examples.groups
    splitter = StratifiedGroupKFold(min(FOLDS, examples.fewest), shuffle=True, random_state=0)
    return list(splitter.split(np.zeros(len(truth)), truth, groups))


def _balanced_loss(log_odds: Floats, truth: Bools) -> float:
    signed = np.where(truth, -log_odds, log_odds)
    loss = np.logaddexp(0, signed)
    return float(np.nanmean(loss[truth]) + np.nanmean(loss[~truth]))


def _path(examples: Examples, costs: Sequence[float] = COSTS) -> list[Plane]:
    """Fit with each cost in turn, each from where the last ended."""
    start = examples.start()
    anchor = start.scores(examples.vectors)
    scale = float(np.std(anchor)) or 1.0
    rows = ((examples.vectors - examples.centre) / examples.spread).astype(np.float64)
    found = np.zeros(rows.shape[1] + 2)
    found[-1] = 1.0
    planes = []
    for cost in costs:
        found = _fitted(rows, examples.truth, anchor / scale, cost, found)
        planes.append(_plane(start, scale, found, examples))
    return planes


def _fitted(rows: Floats, truth: Bools, anchor: Floats, cost: float, first: Floats) -> Floats:
    """Minimise the mean log loss, kinds weighing alike, plus what the direction costs.

    Returns:
        The added direction, the constant, and the slope of the start: ``(dim + 2,)``.
    """
    weights = np.where(truth, 0.5 / truth.sum(), 0.5 / (~truth).sum())

    def loss(at: Any) -> tuple[float, Any]:
        added, constant, slope = at[:-2], at[-2], at[-1]
        log_odds = rows @ added + constant + slope * anchor
        value = float(weights @ np.logaddexp(0, np.where(truth, -log_odds, log_odds)))
        value += cost / 2 * float(added @ added) + _SLOPE_COST * (slope - 1) ** 2
        pull = weights * (expit(log_odds) - truth)
        ends = [pull.sum(), pull @ anchor + 2 * _SLOPE_COST * (slope - 1)]
        return value, np.concatenate([rows.T @ pull + cost * added, ends])

    fitted = minimize(loss, first, jac=True, method="L-BFGS-B", options={"maxiter": _ITERATIONS})
    return np.asarray(fitted.x, dtype=np.float64)


def _plane(start: Plane, scale: float, found: Floats, examples: Examples) -> Plane:
    """Write start and what was added as one direction."""
    added, constant, slope = found[:-2] / examples.spread, found[-2], found[-1]
    direction = slope / scale * start.direction + added
    offset = constant + slope / scale * start.offset - float(added @ examples.centre)
    return Plane(direction.astype(np.float32), float(offset))


def around(vectors: FloatArray) -> tuple[FloatArray, float]:
    """Return the centre of pictures, ``(n, dim)``, and their mean distance from it."""
    rows = unit_rows(vectors)
    centre = rows.mean(axis=0)
    return centre, float(np.linalg.norm(rows - centre, axis=1).mean()) or 1.0
