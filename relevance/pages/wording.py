"""How pages and commands write numbers, shares and counts."""

from __future__ import annotations

import math
from collections.abc import Callable


def number(value: float | None, digits: int = 3) -> str:
    """Write a number, or a dash where there is none; never a zero with a minus."""
    if value is None or math.isnan(value):
        return "–"
    return f"{value:z.{digits}f}"


def share(value: float | None, digits: int = 3) -> str:
    """Write a number between 0 and 1; what is not quite 0 or 1 is never written as such."""
    text = number(value, digits)
    if value is None or math.isnan(value):
        return text
    if value < 1 <= float(text):
        return f"over {1 - 0.1**digits:.{digits}f}"
    if float(text) <= 0 < value:
        return f"under {0.1**digits:.{digits}f}"
    return text


def percent(value: float | None) -> str:
    """Write a share as a whole percentage, or a dash where there is none.

    What is not quite 0 or 100 % gets a decimal, and is never written as 0 or 100 %.
    """
    if value is None or math.isnan(value):
        return "–"
    text = f"{100 * value:.0f}"
    if (value < 1 and text == "100") or (value > 0 and text == "0"):
        text = f"{100 * value:.1f}"
    if value < 1 and text == "100.0":
        text = "over 99.9"
    if value > 0 and text == "0.0":
        text = "under 0.1"
    return f"{text}\N{NO-BREAK SPACE}%"


def of_hundred(value: float) -> str:
    """Write a share as so many of 100."""
    return f"{percent(value)[:-2]} of 100"


def counted(count: int, noun: str) -> str:
    """Write a count with its noun: 1 picture, 2 pictures."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def is_are(count: int) -> str:
    """Write the verb that goes with a count."""
    return "is" if count == 1 else "are"


def interval(low: float, high: float, write: Callable[[float], str] = number) -> str:
    """Write an interval, or a dash where there is none."""
    if math.isnan(low):
        return "–"
    ends = write(low), write(high)
    if ends[0] == ends[1] and low < high:
        return f"{ends[0]} at both ends"
    return f"{ends[0]} to {ends[1]}"
