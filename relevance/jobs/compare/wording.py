"""The sentences of a comparison: which model is better, and whether that is shown."""

from __future__ import annotations

from collections.abc import Sequence

from relevance.jobs.compare.folding import folded
from relevance.jobs.compare.result import Comparison
from relevance.jobs.compare.standing import Standing
from relevance.judging.bootstrap import Estimate
from relevance.judging.evaluation import SMALL_SAMPLE
from relevance.pages.wording import share


def megabytes(count: int | None) -> str:
    """Write bytes as megabytes, or a dash where they are not known."""
    return "–" if count is None else f"{count / 1e6:,.0f}"


def gain(estimate: Estimate | None) -> str:
    """Write a difference with its interval, signed; a dash for what is measured from."""
    if estimate is None:
        return "–"
    return f"{estimate.value:+z.3f}\n{estimate.low:+z.2f} to {estimate.high:+z.2f}"


def answer(table: Comparison) -> str:
    """Say which run orders the pictures better than the first, as far as intervals show it."""
    first, *others = [item.standing for item in folded(table.standings)]
    if not others and len(table.standings) > 1:
        return f"{first.run.title} puts the pictures in one order, whatever the distance."
    if not others:
        return f"Only {first.run.name} could be measured, so there is nothing to compare."
    if not table.is_judged:
        return (
            f"Without labels of both kinds nothing says which run is better for "
            f"“{table.keyword}”; {_fastest(table.standings).run.name} is the fastest."
        )
    better = [item for item in others if item.differs > 0]
    worse = [item for item in others if item.differs < 0]
    if better:
        best = max(better, key=lambda item: item.auc_gain.value if item.auc_gain else 0)
        return f"{best.run.name} orders the pictures better than {first.run.name} ({_by(best)})."
    if worse:
        names = _listed([item.run.name for item in worse])
        if len(worse) == len(others):
            nearest = min(worse, key=lambda item: -item.auc_gain.value if item.auc_gain else 0)
            return (
                f"{first.run.name} orders the pictures better than {names} "
                f"({'at least ' if len(worse) > 1 else ''}{_by(nearest)})."
            )
        return f"{first.run.name} orders the pictures better than {names}; the rest is not shown."
    names = _listed([item.run.name for item in (first, *others)])
    counted = first.n_relevant + first.n_irrelevant
    return f"Not shown on {counted} pictures: which of {names} orders them better."


def explanation(table: Comparison) -> str:
    """What that rests on, and what it costs."""
    standings = [item.standing for item in folded(table.standings)]
    fastest = _fastest(standings)
    slowest = min(standings, key=lambda item: item.run.rate)
    times = fastest.run.rate / slowest.run.rate
    speed = (
        f"{fastest.run.name} reads and encodes {fastest.run.rate:.1f} pictures a second, "
        f"{slowest.run.name} {slowest.run.rate:.1f} ({times:.1f} times)."
        if fastest is not slowest
        else ""
    )
    if not table.is_judged:
        return speed
    quality = _listed(
        [f"{item.run.name} {share(item.roc_auc.value)}" for item in standings if item.roc_auc]
    )
    return (
        f"ROC AUC: {quality}. Differences are measured on the same pictures, drawn again a "
        f"thousand times for their intervals. {speed}"
    )


def one_order(table: Comparison) -> str:
    """Say which runs are shown as one, where there are such."""
    joined = [item for item in folded(table.standings) if len(item.distances) > 1]
    if not joined:
        return ""
    names = _listed([f"{item.standing.run.title} ({', '.join(item.distances)})" for item in joined])
    return (
        f"Shown once: {names}. The score rests on the cosine, as encoders are trained, so runs "
        "that differ in the distance alone put the pictures in the same order. The CSV has all."
    )


def timed(standing: Standing) -> str:
    """Write the lowest and highest of the repeats that a speed is the median of."""
    rates = standing.run.timing.rates
    return f"{min(rates):.1f} to {max(rates):.1f}"


def how_timed(standings: Sequence[Standing]) -> str:
    """Say over how many pictures and repeats speeds were measured."""
    counts = sorted({(s.run.timing.pictures, len(s.run.timing.rates)) for s in standings})
    return _listed([f"{repeats} repeats of {pictures} pictures" for pictures, repeats in counts])


def busy_note(standings: Sequence[Standing]) -> str:
    """Say that the machine had other work while speeds were measured, where it had."""
    busy = [standing.run for standing in standings if standing.run.timing.is_busy]
    if not busy:
        return ""
    parts = [
        f"{run.name} at a load average of {run.timing.load:.1f} on {run.timing.cores} cores"
        for run in busy
    ]
    return (
        f"The machine was busy with other work while speed was measured: {_listed(parts)}. Measure "
        "again (--again) when it is idle before speeds are believed."
    )


def small_sample(table: Comparison) -> str:
    """Say that there are few labelled pictures, where there are."""
    first = table.standings[0]
    if not table.is_judged or min(first.n_relevant, first.n_irrelevant) >= SMALL_SAMPLE:
        return ""
    return (
        f"Small sample: {first.n_relevant} relevant and {first.n_irrelevant} irrelevant pictures. "
        "Read the intervals rather than the figures."
    )


def _by(standing: Standing) -> str:
    estimate = standing.auc_gain
    if estimate is None:
        return ""
    low, high = sorted((abs(estimate.low), abs(estimate.high)))
    return f"{abs(estimate.value):.2f} in ROC AUC, 95 % interval {low:.2f} to {high:.2f}"


def _fastest(standings: Sequence[Standing]) -> Standing:
    return max(standings, key=lambda item: item.run.rate)


def _listed(names: Sequence[str]) -> str:
    if len(names) < 2:
        return "".join(names)
    return f"{', '.join(names[:-1])} and {names[-1]}"
