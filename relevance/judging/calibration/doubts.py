"""Whether a calibration is better than none, as far as pictures left out of the fit show it."""

from __future__ import annotations

from relevance.judging.calibration.fitting import Fit
from relevance.judging.calibration.targets import Target
from relevance.judging.evaluation import Evaluation
from relevance.judging.metrics import AtThreshold

_MOST_LET_THROUGH = 0.5


def find_doubts(made: Fit, evaluation: Evaluation, target: Target) -> list[str]:
    """Say why a calibration should not be relied on; nothing where it can be.

    It must rest on scores that are shown to tell the kinds apart, have the lower log loss and the
    lower Brier score in cross-validation, and, where the threshold is for F1, must not gain by
    calling nearly everything relevant.

    Returns:
        Sentences that name the figures.
    """
    before, after = made.zero_shot, made.cross_validated
    found = []
    if evaluation.separation != "clear":
        auc = evaluation.roc_auc
        found.append(
            f"It is not shown that relevant pictures score higher: ROC AUC {auc.value:.2f} (95 % "
            f"interval {auc.low:.2f} to {auc.high:.2f}, p = {evaluation.p_value:.2g}) against 0.50 "
            "by chance."
        )
    if after.log_loss >= before.log_loss or after.brier >= before.brier:
        found.append(
            "On pictures left out of the fit the calibration is no better than none: log loss "
            f"{after.log_loss:.3f} against {before.log_loss:.3f} and Brier score "
            f"{after.brier:.3f} against {before.brier:.3f} uncalibrated."
        )
    if target.value is None:
        found += _indiscriminate(before.verdicts, after.verdicts)
    return found


def _indiscriminate(before: AtThreshold, after: AtThreshold) -> list[str]:
    """Say that the best F1 is that of calling nearly everything relevant."""
    relevant = after.true_positives + after.false_negatives
    irrelevant = after.false_positives + after.true_negatives
    everything = 2 * relevant / (2 * relevant + irrelevant)
    let_through = after.false_positives / irrelevant
    if after.f1 <= everything:
        return [
            f"Its verdicts are no better than calling every picture relevant: F1 {after.f1:.3f} "
            f"against {everything:.3f}."
        ]
    if let_through > _MOST_LET_THROUGH and after.wrong_share > before.wrong_share:
        return [
            f"It calls {100 * let_through:.0f} % of the irrelevant pictures relevant: "
            f"{100 * after.wrong_share:.0f} % of its verdicts are wrong, against "
            f"{100 * before.wrong_share:.0f} % uncalibrated."
        ]
    return []
