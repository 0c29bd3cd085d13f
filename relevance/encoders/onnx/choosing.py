"""Which form of a tower is taken on this processor: what is right there, and of that the faster."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

ENOUGH = 0.995
"""Least cosine to the source that an 8-bit tower must reach on every sample."""

GAIN = 1.1
"""How many times as fast as float32 8 bits must be; for less, nobody gives up exactness."""

TOWERS = ("pictures", "texts")


@dataclass(frozen=True, slots=True)
class Form:
    """One tower in one arithmetic, as measured on one processor.

    Attributes:
        least_cosine: Smallest cosine to the source's float32 vectors, over the samples.
        seconds: What one sample takes, on one thread.
    """

    least_cosine: float
    seconds: float

    @property
    def is_right(self) -> bool:
        """Whether its vectors may stand for float32's."""
        return self.least_cosine >= ENOUGH


@dataclass(frozen=True, slots=True)
class Measured:
    """What one processor makes of an export.

    Attributes:
        processor: Which one; see ``processor``.
        engine: The engine and its version.
        forms: By tower and then by precision, "fp32" and "int8".
        rank_correlation: By the precisions of the pictures' and the texts' tower, "int8 fp32" for
            example, or of the former alone; None where the samples have no order.
    """

    processor: str
    engine: str
    forms: Mapping[str, Mapping[str, Form]]
    rank_correlation: Mapping[str, float | None]

    @property
    def towers(self) -> list[str]:
        """The towers that there are, in the order of ``TOWERS``."""
        return [tower for tower in TOWERS if tower in self.forms]

    def least_cosine(self, taken: Mapping[str, str]) -> float:
        """Smallest cosine of the towers in the precisions taken."""
        return min(self.forms[tower][taken[tower]].least_cosine for tower in self.towers)

    def rank(self, taken: Mapping[str, str]) -> float | None:
        """Rank correlation of the towers in the precisions taken."""
        return self.rank_correlation[" ".join(taken[tower] for tower in self.towers)]


def choose(measured: Measured) -> tuple[dict[str, str], str]:
    """Take a precision for each tower; also say why, in one line."""
    taken, reasons = {}, []
    for tower in measured.towers:
        exact, small = (measured.forms[tower][name] for name in ("fp32", "int8"))
        times = exact.seconds / small.seconds
        is_taken = small.is_right and times >= GAIN
        taken[tower] = "int8" if is_taken else "fp32"
        why = f"8 bits are {times:.1f} × as fast here"
        if is_taken:
            why += f", least cosine {small.least_cosine:.4f}"
        elif not small.is_right:
            why = f"8 bits have a least cosine of {small.least_cosine:.4f} here, below {ENOUGH}"
        reasons.append(f"{tower} in {taken[tower]}, as {why}")
    return taken, "; ".join(reasons)


def refused(measured: Measured) -> list[str]:
    """One sentence for each tower whose 8-bit form is not good enough on this processor."""
    return [
        f"8-bit arithmetic for {tower} was refused: its least cosine to float32 is "
        f"{form.least_cosine:.4f}, below {ENOUGH}"
        for tower in measured.towers
        if not (form := measured.forms[tower]["int8"]).is_right
    ]


def precision_of(taken: Mapping[str, str]) -> str:
    """Name the arithmetic of the towers."""
    if len(set(taken.values())) == 1:
        return taken["pictures"]
    return ", ".join(f"{taken[tower]} {tower}" for tower in TOWERS)
