"""Rounds of labels: how the expected error of a lesson falls as more pictures are labelled."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Round:
    """What a lesson was worth after a round of labels.

    Attributes:
        n_labelled: How many pictures it learnt from.
        error: Share of wrong verdicts on them, each by a curve and a probe that did not see the
            picture; None where there were too few to leave any out.
        before: The same of the lesson before on the same pictures, the new ones of which it had
            never seen; None where there was none, or it was not measured. Pictures that are
            suggested are the hard ones, so that errors of different rounds are of different
            pictures; these two are not.
    """

    n_labelled: int
    error: float | None
    before: float | None = None


def next_round(
    earlier: tuple[Round, ...], n_labelled: int, error: float | None, wrong_of_new: tuple[int, int]
) -> tuple[Round, ...]:
    """Return the rounds so far and one more.

    A round without new pictures takes the place of the one before.

    Args:
        earlier: Rounds of the lesson before; empty where there was none.
        n_labelled: Pictures that the lesson at hand learnt from.
        error: Its own.
        wrong_of_new: On how many pictures that it had not seen the lesson before is wrong, and how
            many these are.
    """
    wrong, new = wrong_of_new
    if not earlier:
        return (Round(n_labelled, error),)
    last = earlier[-1]
    if not new:
        return (*earlier[:-1], Round(n_labelled, error, last.before))
    known = n_labelled - new
    before = None
    if last.error is not None:
        before = (last.error * known + wrong) / n_labelled
    return (*earlier, Round(n_labelled, error, before))
