"""Rounds of labels: what is compared with what."""

from __future__ import annotations

import pytest

from relevance.jobs.teach.wording import progress_words
from relevance.judging.teaching.rounds import Round, next_round


def test_the_lesson_before_is_judged_on_the_same_pictures():
    first = next_round((), 20, 0.10, (0, 0))
    assert first == (Round(20, 0.10),)
    second = next_round(first, 40, 0.09, (8, 20))
    assert second == (Round(20, 0.10), Round(40, 0.09, pytest.approx(0.25)))  # (2 + 8) of 40
    assert progress_words(second) == (
        "Expected error 25 % → 9 % (cross-validated), 20 → 40 labelled pictures. Both are of the "
        "same 40 pictures."
    )


def test_the_same_labels_again_are_no_new_round():
    two = next_round(next_round((), 20, 0.1, (0, 0)), 40, 0.09, (8, 20))
    assert next_round(two, 40, 0.08, (0, 0)) == (two[0], Round(40, 0.08, two[1].before))


def test_what_was_not_measured_is_not_said():
    few = next_round((), 2, None, (0, 0))
    assert progress_words(few) == ""
    more = next_round(few, 30, 0.125, (3, 28))
    assert more[-1] == Round(30, 0.125, None)
    assert progress_words(more) == (
        "Expected error 12 % (cross-validated), 2 → 30 labelled pictures."
    )
    assert progress_words(more[1:]) == (
        "Expected error 12 % (cross-validated), 30 labelled pictures."
    )
