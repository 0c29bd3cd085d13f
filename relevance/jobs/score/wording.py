"""The sentences of the report: the answer, and how sure it is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from relevance.judging.bootstrap import Estimate
from relevance.judging.evaluation import Evaluation
from relevance.judging.folder_means import CONFIDENCE, EQUAL_MEANS
from relevance.judging.metrics import AtThreshold
from relevance.judging.scoring import ScoreTable
from relevance.pages.wording import counted, interval, is_are, number, of_hundred, percent, share
from relevance.pictures.looks import TINY
from relevance.system.names import told_apart

_FLAWS = {
    "blank": "blank, of one colour all over",
    "tiny": f"tiny, with an edge below {TINY} pixels",
    "noise": "noise",
}
_GOOD = 0.5  # precision or recall below which an order alone is no "yes"


def headline(table: ScoreTable) -> str:
    """One sentence: how many pictures show it, and how many could not be read or are copies."""
    scored = table.pictures.is_scored
    reached, n = int(table.pictures.relevant[scored].sum()), int(scored.sum())
    verb = "shows" if reached == 1 else "show"
    return f"{reached} of {counted(n, 'picture')} {verb} {headline_end(table)}"


def headline_end(table: ScoreTable) -> str:
    """What follows "25 of 273 pictures show" in the headline."""
    unreadable = sum(map(bool, table.pictures.reason))
    parts = [f"{table.keyword} (probably)"]
    if unreadable:
        parts.append(f"{unreadable} unreadable")
    if table.n_copies:
        parts.append("1 copy" if table.n_copies == 1 else f"{table.n_copies} copies")
    if near := table.n_near_copies:
        parts.append("1 near-copy" if near == 1 else f"{near} near-copies")
    parts += [f"{count} {name}" for name, count in table.flaw_counts.items()]
    return "; ".join(parts)


def answer(table: ScoreTable, evaluation: Evaluation) -> str:
    """One sentence: do the relevant pictures stand out, and do the verdicts hold?"""
    quoted = f"“{table.keyword}”"
    if evaluation.separation == "clear":
        return _stand_out(quoted, evaluation.chosen)
    if evaluation.separation == "unclear":
        return f"Not shown: the relevant pictures do not clearly stand out for {quoted}."
    if evaluation.separation == "reversed":
        return f"No: for {quoted} the irrelevant pictures score higher than the relevant ones."
    judged = _judged(table, quoted)
    return judged or _folders(table, quoted)


def _stand_out(quoted: str, chosen: AtThreshold) -> str:
    """Say that the order is good, and in the same breath what the threshold makes of it."""
    taken = chosen.true_positives + chosen.false_positives
    relevant = chosen.true_positives + chosen.false_negatives
    parts = []
    if chosen.false_positives:
        wrong = chosen.false_positives
        parts.append(f"{wrong} of {taken} judged relevant {is_are(wrong)} not")
    if chosen.false_negatives:
        parts.append(
            f"{chosen.false_negatives} of {relevant} {is_are(chosen.false_negatives)} missed"
        )
    if not parts:
        return f"Yes: the relevant pictures stand out for {quoted}."
    faults = f"at the threshold {chosen.threshold:g}, {' and '.join(parts)}"
    if min(chosen.precision, chosen.recall) < _GOOD:
        return f"By their order alone the relevant pictures stand out for {quoted}: {faults}."
    return f"Yes: the relevant pictures stand out for {quoted}, but {faults}."


def _judged(table: ScoreTable, quoted: str) -> str:
    """Say how many pictures are judged relevant, where that is the answer; else nothing."""
    reached, n = int(table.scored["relevant"].sum()), len(table.scored)
    calibration = table.provenance["calibration"]
    if not reached:
        closest = f"; “{_short_folders(table)[0]}” comes closest" if _has_first(table) else ""
        return f"No picture is judged to show {quoted}{closest}."
    said = f"{reached} of {counted(n, 'picture')} {is_are(reached)} judged to show {quoted}"
    if calibration and calibration["doubts"]:
        made = "lesson" if table.provenance.get("lesson") else "calibration"
        return f"{said}, by a {made} that is not shown to be better than none."
    if len(table.folders) == 1:
        return f"{said}{_trust(calibration)}."
    return ""


def _trust(calibration: Mapping[str, Any] | None) -> str:
    if not calibration:
        return ""
    precision = calibration["figures"]["cross_validated"]["verdicts"]["precision"]
    return f"; of such verdicts {of_hundred(precision)} were right on labelled pictures"


def _has_first(table: ScoreTable) -> bool:
    """Whether one folder has a higher mean than all others."""
    means = table.folders["mean"]
    return len(means) > 1 and means[0] - means[1] > EQUAL_MEANS


def _folders(table: ScoreTable, quoted: str) -> str:
    """Say which of several folders fits best, as far as their intervals show it."""
    folders = table.folders
    # Of two equal folders the sentence about no best one says as much.
    if len(folders) > 2 and folders["mean"][0] - folders["mean"].iloc[-1] <= EQUAL_MEANS:
        return f"All {len(folders)} folders fit {quoted} alike: their means are equal."
    names = _short_folders(table)
    first, low = names[0], folders["ci_low"][0]
    equal = folders["mean"][0] - folders["mean"] <= EQUAL_MEANS
    reaching = (folders["ci_high"] >= low) | equal
    rivals = [name for name, reaches in zip(names[1:], reaching[1:], strict=True) if reaches]
    if rivals:
        return f"No folder clearly fits {quoted} best; “{first}” and “{rivals[0]}” come first."
    if folders["ci_low"].isna().any():
        return f"“{first}” comes first for {quoted}, on too few pictures to be sure."
    return f"“{first}” is the folder that fits {quoted} best."


def _short_folders(table: ScoreTable) -> list[str]:
    return told_apart(table.folders["folder"].tolist())


def explanation(table: ScoreTable, evaluation: Evaluation) -> str:
    """How sure the answer is, in plain words."""
    if not evaluation.available:
        reached = int(table.scored["relevant"].sum())
        verb = "reaches" if reached == 1 else "reach"
        return (
            f"{reached} of {counted(len(table.scored), 'picture')} {verb} a probability of "
            f"{table.threshold:g}. {evaluation.note}"
        )
    auc, chosen, best = evaluation.roc_auc, evaluation.chosen, evaluation.best
    advice = (
        f" With {best.threshold} instead, the best balance on these pictures (F1), "
        f"{best.wrong} would be wrong."
        if best.wrong < chosen.wrong and evaluation.separation == "clear"
        else ""
    )
    verdicts = (
        f"{chosen.wrong} of {counted(evaluation.n_labelled, 'verdict')} {is_are(chosen.wrong)} "
        f"wrong: {counted(chosen.false_positives, 'false alarm')} and "
        f"{chosen.false_negatives} missed"
        if chosen.wrong
        else f"all {evaluation.n_labelled} verdicts are right"
    )
    return (
        f"Of a relevant and an irrelevant picture, the relevant one scores higher in "
        f"{percent(auc.value)} of all pairs ({_certainty(auc)}; {percent(0.5)} would be chance). "
        f"At a probability of {table.threshold:g}, {verdicts}.{advice}"
    )


def _certainty(auc: Estimate) -> str:
    if auc.low < auc.high:
        return f"{percent(CONFIDENCE)} interval {interval(auc.low, auc.high, percent)}"
    if auc.value in (0, 1):
        return "an order without exception, which has no interval"
    return "too few different scores for an interval"


def copies_note(table: ScoreTable, evaluation: Evaluation) -> str:
    """Say how many pictures are copies, byte for byte, and what that means; empty without any."""
    copies = table.n_copies
    if not copies:
        return ""
    verb = "is a copy" if copies == 1 else "are copies"
    text = (
        f"{copies} of {counted(len(table.scored), 'picture')} {verb} of others, byte for byte. "
        "Each file that is there several times is shown once and drawn once for intervals; counts "
        "and means hold all."
    )
    if clash := evaluation.n_contradictory:
        text += f" {counted(clash, 'file')} {is_are(clash)} both labelled relevant and irrelevant."
    return text


def flaws_note(table: ScoreTable) -> str:
    """Say how many pictures are near copies or show nothing; empty where none is."""
    parts = [f"{count} {_FLAWS[name]}" for name, count in table.flaw_counts.items()]
    if near := table.n_near_copies:
        alike = "near-copy of another" if near == 1 else "near-copies of others"
        parts.insert(0, f"{near} {alike}, saved again, resized or marked")
    if not parts:
        return ""
    return f"Among the pictures: {'; '.join(parts)}. The table has them as group and flaws."


def examples_note(table: ScoreTable) -> str:
    """Say what examples the scores rest on, and what words alone would do; empty without any."""
    facts = table.provenance.get("examples")
    if not facts:
        return ""
    text = f"By the word and {counted(len(facts['like']), 'example')}"
    if facts["unlike"]:
        text += f", away from {len(facts['unlike'])} of something else"
    text += ", relative to the pictures at hand."
    if words := facts["words_here"]:
        text += (
            f" Words alone would order these pictures with ROC AUC {share(words['roc_auc'])} and "
            f"average precision {share(words['average_precision'])}, and have "
            f"{counted(words['wrong'], 'verdict')} wrong."
        )
    if among := facts["among_pictures"]:
        text += f" {among} of the pictures judged {is_are(among)} examples too"
        text += ", which flatters all figures." if words else "."
    return text


def scaled_means(values: Sequence[float]) -> list[str]:
    """Write the scaled means of a run; min-max of equal means has no scale, and says so."""
    if len(values) > 1 and max(values) < EQUAL_MEANS:
        return ["equal"] * len(values)
    return [number(value, 2) for value in values]
