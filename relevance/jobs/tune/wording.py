"""The sentences of a tuning: whether it helped, whom, and what it cost other keywords."""

from __future__ import annotations

from relevance.jobs.tune.measuring import Measured
from relevance.jobs.tune.result import Tuning
from relevance.judging.bootstrap import Estimate
from relevance.pages.wording import counted, share

NAMES = {
    "roc_auc": "ROC AUC",
    "average_precision": "average precision",
    "precision": "P@{k}",
    "recall": "R@{k}",
    "ndcg": "nDCG@{k}",
    "top_1": "top-1",
}
"""Figures as people know them, in the order in which they are shown."""

KINDS = {
    "tuned": "tuned on",
    "captions": "captions",
    "not tuned": "not tuned on, same pictures",
    "elsewhere": "not tuned on, other pictures",
}
_AP = "average_precision"
_OWN = ("tuned", "captions")


def answer(tuning: Tuning) -> str:
    """Say in a sentence whether the model in the folder is better, as far as pictures show it."""
    own = next((item for item in tuning.measured if item.name in _OWN), None)
    if tuning.outcome.is_start:
        return (
            "Tuning helped nothing on the validation part, so the start was kept: the folder holds "
            f"{tuning.start.name} as it was."
        )
    if own is None:
        return "The model is tuned; no held-out picture says what that is worth."
    gain = own.figures[_AP].gain
    figures = f"average precision {_from_to(own)} on held-out pictures, {interval_words(gain)}"
    if gain.low > 0:
        return f"The tuned model is better on what it was tuned on: {figures}."
    if gain.high < 0:
        return f"The tuned model is WORSE on what it was tuned on: {figures}. Keep the start."
    return f"It is not shown that tuning helped: {figures}."


def others(tuning: Tuning) -> list[str]:
    """Say what became of keywords that it was not tuned on."""
    found = [item for item in tuning.measured if item.name not in _OWN]
    if tuning.outcome.is_start:
        return []
    if not found and tuning.of_captions:
        return ["What became of keywords was not measured; give pictures of some with --other."]
    if not found:
        return [
            "What became of other keywords was not measured: there are fewer than six categories. "
            "Give other pictures with --other."
        ]
    return [f"{_heading(item)}: {_kept(item)}" for item in found]


def _heading(item: Measured) -> str:
    return f"Keywords {KINDS[item.name]} ({item.n_keywords})"


def _kept(item: Measured) -> str:
    said = []
    for name in (_AP, "top_1"):
        gain = item.figures[name].gain
        verdict = "higher" if gain.low > 0 else "LOWER" if gain.high < 0 else "no change shown"
        said.append(f"{NAMES[name]} {_from_to(item, name)}, {verdict}")
    return "; ".join(said) + "."


def interval_words(gain: Estimate, digits: int = 3) -> str:
    """Write a difference, and its interval to so many digits."""
    return f"{gain.value:+z.3f} ({gain.low:+z.{digits}f} to {gain.high:+z.{digits}f})"


def figure_name(name: str, item: Measured) -> str:
    """Name a figure."""
    return NAMES[name].format(k=item.cutoff)


def _from_to(item: Measured, name: str = _AP) -> str:
    figure = item.figures[name]
    return f"{share(figure.before)} → {share(figure.after)}"


def parts_words(tuning: Tuning) -> str:
    """Say how the pictures were split."""
    counts = tuning.counts
    said = (
        f"{counted(counts.training, 'picture')} to train on, {counts.validation} to choose by, "
        f"{counts.held_out} held out"
    )
    if counts.near_copies:
        said += f"; {counted(counts.near_copies, 'copy or near copy')} stayed with the first"
    if counts.left_out:
        said += f"; {counts.left_out} left out, being copies of pictures on another side"
    return said.replace("copy or near copys", "copies or near copies") + "."


def share_words(tuning: Tuning) -> str:
    """Say how far from the start the kept weights are."""
    outcome = tuning.outcome
    if outcome.is_start:
        return "Share 0: the start."
    way = getattr(outcome, "way", "")
    by = f" ({way})" if way else ""
    return (
        f"The weights lie {outcome.share:.0%} of the way from the start to what was trained{by}; "
        "the validation part chose that."
    )
