"""What is said of rounds of labels, in the terminal and on the page."""

from __future__ import annotations

from collections.abc import Sequence

from relevance.judging.teaching.rounds import Round
from relevance.pages.wording import counted


def progress_words(history: Sequence[Round]) -> str:
    """Say how the expected error fell in the last round, and how it went; "" without a figure."""
    if not history or history[-1].error is None:
        return ""
    last = history[-1]
    said = f"Expected error {_percent(last.before)} → {_percent(last.error)} (cross-validated)"
    if last.before is None:
        said = f"Expected error {_percent(last.error)} (cross-validated)"
    if len(history) == 1:
        return f"{said}, {counted(last.n_labelled, 'labelled picture')}."
    numbers = " → ".join(str(item.n_labelled) for item in history)
    return f"{said}, {numbers} labelled pictures.{_since(last)}"


def _since(last: Round) -> str:
    """Say that the two figures are of the same pictures."""
    return "" if last.before is None else f" Both are of the same {last.n_labelled} pictures."


def _percent(error: float | None) -> str:
    return "–" if error is None else f"{100 * error:.0f} %"
