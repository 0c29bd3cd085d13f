"""Sentences of the report, each against data that would make a careless one false."""

from __future__ import annotations

import math
from types import SimpleNamespace

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from relevance.jobs.score.wording import answer, explanation
from relevance.judging.bootstrap import Estimate
from relevance.judging.metrics import AtThreshold
from relevance.pages.wording import interval, number, percent, share

SPACE = "\N{NO-BREAK SPACE}"


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (1, "100 %"),
        (0.9999, "over 99.9 %"),
        (0.9996, "over 99.9 %"),
        (0.9994, "99.9 %"),
        (0.996, "99.6 %"),
        (0.994, "99 %"),
        (0.5, "50 %"),
        (0.006, "1 %"),
        (0.004, "0.4 %"),
        (0.0004, "under 0.1 %"),
        (1e-12, "under 0.1 %"),
        (0, "0 %"),
        (math.nan, "–"),
        (None, "–"),
    ],
)
def test_percentages(value, written):
    assert percent(value) == written.replace(" %", f"{SPACE}%")


@pytest.mark.parametrize(
    ("value", "digits", "written"),
    [
        (1, 3, "1.000"),
        (0.99996, 3, "over 0.999"),
        (0.9994, 3, "0.999"),
        (0.996, 2, "over 0.99"),
        (0.00004, 3, "under 0.001"),
        (0, 3, "0.000"),
        (math.nan, 3, "–"),
    ],
)
def test_shares(value, digits, written):
    assert share(value, digits) == written


@given(st.floats(0, 1, exclude_min=True, exclude_max=True))
def test_what_is_not_all_or_nothing_never_looks_so(value):
    assert percent(value)[:-2] not in ("0", "100", "0.0", "100.0")
    for digits in (1, 2, 3, 4):
        assert share(value, digits) not in (f"{0:.{digits}f}", f"{1:.{digits}f}")


def test_a_rounded_zero_has_no_sign():
    assert number(-0.0001) == "0.000"


def test_intervals_whose_ends_look_alike_say_so():
    assert interval(0.99991, 0.99996, percent) == f"over 99.9{SPACE}% at both ends"
    assert interval(0.2, 0.3, share) == "0.200 to 0.300"
    assert interval(math.nan, math.nan) == "–"


def verdicts(hits, alarms, missed, refused, threshold=0.5):
    taken, relevant = hits + alarms, hits + missed
    return AtThreshold(
        threshold,
        hits,
        alarms,
        missed,
        refused,
        hits / taken if taken else 0.0,
        hits / relevant if relevant else 0.0,
        2 * hits / (2 * hits + alarms + missed) if hits else 0.0,
    )


def evaluation(chosen=None, separation="unknown", auc=(0.9, 0.8, 0.95), note="A note."):
    return SimpleNamespace(
        separation=separation,
        available=separation != "unknown",
        chosen=chosen,
        best=chosen,
        roc_auc=Estimate(*auc),
        n_labelled=0
        if chosen is None
        else chosen.true_positives + chosen.wrong + chosen.true_negatives,
        n_contradictory=0,
        note=note,
    )


CALIBRATION = {
    "figures": {"cross_validated": {"verdicts": {"precision": 0.9}}},
    "doubts": [],
}


def table(folders, reached=1, n=10, calibration=None):
    columns = ["folder", "mean", "ci_low", "ci_high"]
    return SimpleNamespace(
        keyword="nuts",
        threshold=0.5,
        folders=pd.DataFrame(folders, columns=columns),
        scored=pd.DataFrame({"relevant": [row < reached for row in range(n)]}),
        provenance={"calibration": calibration},
        n_copies=0,
    )


A, B, C = ("a", 0.3, 0.28, 0.32), ("b", 0.2, 0.18, 0.22), ("c", 0.1, 0.0, 0.29)
LONE = ("b", 0.1, math.nan, math.nan)


@pytest.mark.parametrize(
    ("chosen", "said"),
    [
        (verdicts(12, 0, 0, 20), "Yes: the relevant pictures stand out for “nuts”."),
        (
            verdicts(12, 8, 0, 20),
            "Yes: the relevant pictures stand out for “nuts”, but at the threshold 0.5, 8 of 20 "
            "judged relevant are not.",
        ),
        (
            verdicts(11, 1, 1, 20),
            "Yes: the relevant pictures stand out for “nuts”, but at the threshold 0.5, 1 of 12 "
            "judged relevant is not and 1 of 12 is missed.",
        ),
        (
            verdicts(10, 40, 0, 20),
            "By their order alone the relevant pictures stand out for “nuts”: at the threshold "
            "0.5, 40 of 50 judged relevant are not.",
        ),
        (
            verdicts(0, 0, 12, 20, 0.99),
            "By their order alone the relevant pictures stand out for “nuts”: at the threshold "
            "0.99, 12 of 12 are missed.",
        ),
    ],
)
def test_a_good_order_never_hides_bad_verdicts(chosen, said):
    assert answer(table([A, B]), evaluation(chosen, "clear")) == said


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (table([A, B]), "“a” is the folder that fits “nuts” best."),
        (table([A, B, C]), "No folder clearly fits “nuts” best; “a” and “c” come first."),
        (table([A, LONE]), "“a” comes first for “nuts”, on too few pictures to be sure."),
        (
            table([("a", 0.3, math.nan, math.nan), B]),
            "“a” comes first for “nuts”, on too few pictures to be sure.",
        ),
        (
            table([("a", 0.2, 0.1, 0.3), ("b", 0.2, 0.1, 0.3)]),
            "No folder clearly fits “nuts” best; “a” and “b” come first.",
        ),
        (
            table([(name, 0.2, math.nan, math.nan) for name in "abc"]),
            "All 3 folders fit “nuts” alike: their means are equal.",
        ),
        (table([A], reached=1, n=1), "1 of 1 picture is judged to show “nuts”."),
        (table([A], reached=3), "3 of 10 pictures are judged to show “nuts”."),
        (table([A], reached=0), "No picture is judged to show “nuts”."),
        (table([A, B], reached=0), "No picture is judged to show “nuts”; “a” comes closest."),
        (
            table([A, ("b", 0.3, 0.2, 0.4)], reached=0),
            "No picture is judged to show “nuts”.",
        ),
        (
            table([A], reached=9, calibration=CALIBRATION),
            "9 of 10 pictures are judged to show “nuts”; of such verdicts 90 of 100 were right on "
            "labelled pictures.",
        ),
        (
            table([A, B], reached=9, calibration=CALIBRATION | {"doubts": ["It is no better."]}),
            "9 of 10 pictures are judged to show “nuts”, by a calibration that is not shown "
            "to be better than none.",
        ),
    ],
)
def test_without_labels_nothing_is_clear(asked, said):
    assert answer(asked, evaluation()) == said


@pytest.mark.parametrize(
    ("auc", "said"),
    [
        ((0.99996, 0.9998, 1.0), f"over 99.9{SPACE}% of all pairs (95{SPACE}% interval over 99.9"),
        ((0.99996, 0.9998, 0.99999), f"interval over 99.9{SPACE}% at both ends"),
        ((1.0, 1.0, 1.0), f"100{SPACE}% of all pairs (an order without exception"),
        ((0.0, 0.0, 0.0), f"0{SPACE}% of all pairs (an order without exception"),
        ((0.5, 0.5, 0.5), f"50{SPACE}% of all pairs (too few different scores for an interval"),
    ],
)
def test_pairs_and_their_interval(auc, said):
    assert said in explanation(table([A, B]), evaluation(verdicts(9, 1, 2, 8), "unclear", auc))


@pytest.mark.parametrize(
    ("chosen", "said"),
    [
        (verdicts(1, 0, 0, 1), "all 2 verdicts are right."),
        (verdicts(1, 1, 0, 1), "1 of 3 verdicts is wrong: 1 false alarm and 0 missed."),
        (verdicts(1, 2, 1, 1), "3 of 5 verdicts are wrong: 2 false alarms and 1 missed."),
    ],
)
def test_verdicts_are_counted(chosen, said):
    assert said in explanation(table([A, B]), evaluation(chosen, "unclear"))


def test_one_picture_reaches():
    text = explanation(table([A], reached=1), evaluation())
    assert text == "1 of 10 pictures reaches a probability of 0.5. A note."
