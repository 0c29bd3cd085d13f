"""What a threshold is chosen for: the best F1, or a wanted precision or recall."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from relevance.errors import UsageError
from relevance.judging.metrics import Bools, Floats, between

F1 = "f1"
_WANTED = ("precision", "recall")


@dataclass(frozen=True, slots=True)
class Target:
    """A metric and, but for F1, the value wanted of it."""

    metric: str = F1
    value: float | None = None

    @classmethod
    def parse(cls, text: str) -> Target:
        """Read "f1", "precision=0.95" or "recall=0.9".

        Raises:
            UsageError: It is none of these.
        """
        metric, equals, value = text.strip().casefold().partition("=")
        if metric == F1 and not equals:
            return cls()
        try:
            wanted = float(value)
        except ValueError:
            wanted = -1.0
        if metric not in _WANTED or not 0 < wanted <= 1:
            raise UsageError(
                f'The target "{text}" is none of f1, precision=X and recall=X with X above 0 and '
                "at most 1, such as precision=0.95."
            )
        return cls(metric, wanted)

    def words(self) -> list[str]:
        """Command-line options that want the same; none for F1."""
        return [] if self.value is None else ["--target", str(self)]

    def __str__(self) -> str:
        return self.metric if self.value is None else f"{self.metric}={self.value!r}"


@dataclass(frozen=True, slots=True)
class Cut:
    """A threshold on the probability, and whether it meets the target on these pictures.

    Attributes:
        threshold: Probability from which a picture is relevant.
        is_reached: Whether the target is met.
        value: What is reached of the metric.
    """

    threshold: float
    is_reached: bool
    value: float


def choose_cut(truth: Bools, probabilities: Floats, target: Target) -> Cut:
    """Choose the threshold that suits a target best.

    For a wanted precision it is the one with the highest recall of those that have it, for a
    wanted recall the one with the highest precision. Where none has it, the one that comes
    nearest. It lies half way between two pictures, so that it suits new ones too.

    Args:
        truth: ``(n,)`` bool, with at least one relevant picture.
        probabilities: ``(n,)``.
        target: What is wanted.
    """
    levels, level = np.unique(-probabilities, return_inverse=True)  # the highest comes first
    hits = np.bincount(level[truth], minlength=len(levels)).cumsum()
    taken = np.bincount(level, minlength=len(levels)).cumsum()
    precision, recall = hits / taken, hits / hits[-1]
    f1 = 2 * hits / (taken + hits[-1])
    if target.metric == F1:
        best, reached, values = int(f1.argmax()), True, f1
    else:
        values, other = (precision, recall) if target.metric == "precision" else (recall, precision)
        fits = values >= (target.value or 0)
        reached = bool(fits.any())
        best = int(np.where(fits, other, -1).argmax() if reached else values.argmax())
    below = -levels[best + 1] if best + 1 < len(levels) else 0.0
    return Cut(between(float(below), float(-levels[best])), reached, float(values[best]))
