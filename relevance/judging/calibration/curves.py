"""Score -> probability: what is fitted, and how it is applied without scikit-learn."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from relevance.judging.metrics import Bools, Floats
from relevance.judging.similarity import sigmoid
from relevance.system.json_reader import JsonError, build


@dataclass(frozen=True, slots=True)
class Logistic:
    """Sigmoid of ``slope × score + intercept`` (Platt 1999)."""

    slope: float
    intercept: float

    def __call__(self, scores: Floats) -> Floats:
        """Map scores to probabilities."""
        return sigmoid(self.slope * scores + self.intercept)


@dataclass(frozen=True, slots=True)
class Isotonic:
    """Straight lines between points, level beyond the ends (Zadrozny and Elkan 2002)."""

    scores: tuple[float, ...]
    probabilities: tuple[float, ...]

    def __call__(self, scores: Floats) -> Floats:
        """Map scores to probabilities."""
        return np.asarray(np.interp(scores, self.scores, self.probabilities), dtype=np.float64)


def fit_logistic(scores: Floats, truth: Bools) -> Logistic:
    """Fit a sigmoid to labels that are softened by one count each; see ``soft_targets``."""
    return fit_to_chances(scores, soft_targets(truth))


def soft_targets(truth: Bools) -> Floats:
    """Say how likely labelled pictures are to be relevant: ``(n,)``.

    Source: Platt 1999, "Probabilistic outputs for support vector machines", section 2.2: targets
    (n₊ + 1) / (n₊ + 2) and 1 / (n₋ + 2) keep few or perfectly separated pictures from giving
    certainty.
    """
    relevant, irrelevant = truth.sum(), (~truth).sum()
    chances: Floats = np.where(truth, (relevant + 1) / (relevant + 2), 1 / (irrelevant + 2))
    return chances


def fit_to_chances(scores: Floats, chances: Floats) -> Logistic:
    """Fit a sigmoid to probabilities, ``(n,)``.

    Where the best sigmoid would fall, the result is level at their mean. A probability is two
    weighted copies of the picture, one of each label.
    """
    from sklearn.linear_model import LogisticRegression  # takes long; not needed to apply one

    centre, spread = float(scores.mean()), float(scores.std()) or 1.0
    twice = np.tile((scores - centre) / spread, 2)[:, None]
    labels = np.repeat([1, 0], len(scores))
    model = LogisticRegression(C=np.inf).fit(twice, labels, np.r_[chances, 1 - chances])
    slope = float(model.coef_[0, 0]) / spread
    if slope <= 0:  # a falling curve would turn the scores upside down; these say nothing
        share = float(chances.mean())
        return Logistic(0.0, float(np.log(share / (1 - share))))
    return Logistic(slope, float(model.intercept_[0]) - slope * centre)


def fit_isotonic(scores: Floats, truth: Bools) -> Isotonic:
    """Fit the non-decreasing steps nearest to the labels, joined by straight lines."""
    from sklearn.isotonic import IsotonicRegression

    model = IsotonicRegression(out_of_bounds="clip").fit(scores, truth)
    return Isotonic(tuple(model.X_thresholds_.tolist()), tuple(model.y_thresholds_.tolist()))


Curve = Logistic | Isotonic
FITTERS: dict[str, Callable[[Floats, Bools], Curve]] = {
    "logistic": fit_logistic,
    "isotonic": fit_isotonic,
}
METHODS = tuple(FITTERS)


def to_dict(curve: Curve) -> dict[str, Any]:
    """Return a curve as plain JSON types."""
    name = "logistic" if isinstance(curve, Logistic) else "isotonic"
    return {"method": name} | asdict(curve)


def from_dict(data: object) -> Curve:
    """Read what ``to_dict`` returned; raises ``JsonError``."""
    method = build(_Method, data).method
    if method == "logistic":
        curve = build(Logistic, data)
        if not curve.slope > 0:
            raise JsonError("the curve does not rise")
        return curve
    if method != "isotonic":
        raise JsonError(f"unknown method {method}")
    points = build(Isotonic, data)
    if not points.scores or len(points.scores) != len(points.probabilities):
        raise JsonError("as many probabilities as scores are needed")
    steps = np.diff([points.scores, points.probabilities])
    if not ((steps >= 0).all() and 0 <= points.probabilities[0] <= points.probabilities[-1] <= 1):
        raise JsonError("the curve falls or leaves 0 to 1")
    return points


@dataclass(frozen=True, slots=True)
class _Method:
    method: str
