"""What a calibration comes to in words, by counts that are known."""

from __future__ import annotations

import html
from dataclasses import replace

import pytest

import relevance
from relevance.jobs.calibrate.page import render_calibration
from relevance.jobs.calibrate.wording import advice, answer
from relevance.judging.calibration import Calibration
from relevance.judging.calibration.curves import Logistic
from relevance.judging.calibration.model import Basis

SPACE = "\N{NO-BREAK SPACE}"


def verdicts(right: int, wrong: int, missed: int) -> dict[str, object]:
    """Figures that hold these counts, as ``Figures`` come out of JSON."""
    counts = {"true_positives": right, "false_positives": wrong, "false_negatives": missed}
    precision = right / (right + wrong) if right + wrong else None
    return {"verdicts": {**counts, "precision": precision, "recall": right / (right + missed)}}


@pytest.fixture
def made() -> Calibration:
    figures = {"zero_shot": verdicts(60, 40, 0), "cross_validated": verdicts(93, 7, 8)}
    basis = Basis("almonds", ("almonds",), ("nuts",), "toy", "f" * 16)
    return Calibration(basis, Logistic(20, -5), 0.62, "f1", 10, 20, (), figures, {}, ())


def test_the_threshold_and_what_it_is_worth_are_said(made):
    assert answer(made) == (
        "Use threshold 0.62 for “almonds”: about 93 of 100 pictures judged relevant are, and "
        f"8{SPACE}% of the relevant ones are missed."
    )
    assert advice(made).startswith(
        "Uncalibrated, at 0.5, about 60 of 100 pictures judged relevant are, and "
        f"0{SPACE}% of the relevant ones are missed. If a wrong picture costs more"
    )
    assert "--target" not in advice(replace(made, target="recall=0.9"))


def test_a_threshold_that_nothing_reached_is_not_recommended(made):
    figures = {**made.figures, "cross_validated": verdicts(0, 0, 10)}
    unreached = replace(made, figures=figures)
    assert answer(unreached).startswith("Threshold 0.62 for “almonds” is too high to be of use")
    assert advice(unreached).startswith("Ask for less with --target")
    silent = replace(made, figures={**made.figures, "zero_shot": verdicts(0, 0, 10)})
    assert advice(silent).startswith("Uncalibrated, at 0.5, no picture is judged relevant.")


def test_a_doubted_calibration_is_advised_against(made):
    doubted = replace(made, doubts=("Few.",))
    assert answer(doubted).startswith("Do not rely on this calibration for “almonds”")
    assert advice(doubted).startswith("Score without it, and label more pictures")


def test_the_page_says_it_with_the_shipped_encoder(samples):
    calibration = relevance.calibrate("almonds", samples / "examples", model="compact")
    page = html.unescape(render_calibration(calibration))
    found = calibration.figures["cross_validated"]["verdicts"]
    assert f"<h1>{answer(calibration)}</h1>" in page
    assert f"about {100 * found['precision']:.0f} of 100 pictures judged relevant" in page
    assert advice(calibration) in page
