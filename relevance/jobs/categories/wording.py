"""The sentences about many keywords: the answer, how sure it is, and what counts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from relevance.jobs.categories.accuracy import TOP, Proportion
from relevance.jobs.categories.correction import NO_CORRECTION
from relevance.jobs.categories.table import CategoryTable
from relevance.judging.folder_means import CONFIDENCE
from relevance.pages.wording import counted, percent
from relevance.system.names import printable

_LISTED = 5


def category_answer(table: CategoryTable) -> str:
    """One sentence: do folders and pictures fit the keywords they are named by?"""
    if not table.accuracy.n:
        counts = table.called.sum(axis=0)
        first = int(counts.argmax())
        return (
            f"“{table.keywords[first]}” is the best keyword of {counts[first]} of "
            f"{counted(table.n_scored, 'picture')}; no readable picture lies in a folder named "
            "like a keyword."
        )
    right = f"{percent(table.accuracy.top1.value)} of the pictures get the right keyword"
    if not folders_compete(table):
        return f"{right}."
    fitting, n = fits(table)
    return f"For {fitting} of {counted(n, 'keyword')} the folder of that name fits best; {right}."


def category_explanation(table: CategoryTable) -> str:
    """How sure the answer is, in plain words."""
    accuracy, n_keywords = table.accuracy, len(table.keywords)
    if not accuracy.n:
        return (
            "Without folders named like keywords nothing says how often that is right. Name each "
            "folder after what it shows to find out."
        )
    sentences = [
        f"Each of {counted(accuracy.n, 'picture')} is called by the best of {n_keywords} keywords, "
        f"and right if its folder bears that name ({interval_of(accuracy.top1)}; picking blindly "
        f"would be right for {percent(accuracy.chance(1))})."
    ]
    if has_top5(table):
        sentences.append(
            f"For {percent(accuracy.top5.value)} the right keyword is among the five best."
        )
    if table.correction != NO_CORRECTION:
        sentences.append(
            "Without the correction for keywords that are near to everything "
            f"{percent(accuracy.top1_uncorrected.value)} would be right."
        )
    return " ".join(sentences)


def nameless_note(table: CategoryTable) -> str:
    """Say which folders bear no keyword, and what that means; empty if all do."""
    nameless = table.without_keyword
    if not nameless:
        return ""
    listed = ", ".join(nameless[:_LISTED]) + (", …" if len(nameless) > _LISTED else "")
    verb = "bears" if len(nameless) == 1 else "bear"
    return (
        f"{counted(len(nameless), 'folder')} {verb} no keyword ({listed}): Relevant and "
        "Irrelevant are labels, and a name of digits, signs or an article names no thing. Their "
        "pictures count in the means, not in the accuracy."
    )


def aside_note(aside: Mapping[str, str]) -> str:
    """Say what in names of folders was not taken as part of a keyword; empty if nothing was."""
    if not aside:
        return ""
    words = list(dict.fromkeys(aside.values()))
    listed = ", ".join(f"“{word}”" for word in words[:_LISTED])
    more = ", …" if len(words) > _LISTED else ""
    return (
        f"Set aside in {counted(len(aside), 'name')} of folders: {listed}{more} (--names FILE says "
        "otherwise)."
    )


def unknown_note(names: Sequence[str]) -> str:
    """Say which names of folders, given by the user, are those of none; empty if there is none."""
    if not names:
        return ""
    listed = ", ".join(map(printable, names[:_LISTED])) + (", …" if len(names) > _LISTED else "")
    return f"No folder is named: {listed}."


def interval_of(share: Proportion) -> str:
    """Write the interval of a share."""
    return f"{percent(CONFIDENCE)} interval {percent(share.low)} to {percent(share.high)}"


def fits(table: CategoryTable) -> tuple[int, int]:
    """How many keywords have their highest mean in their own folder, of how many with one."""
    own = table.has_own_folder
    return int((table.fits_own_folder & own).sum()), int(own.sum())


def folders_compete(table: CategoryTable) -> bool:
    """Whether there are folders enough for one to fit better than another."""
    return int((table.n_by_folder > 0).sum()) > 1


def has_top5(table: CategoryTable) -> bool:
    """Whether there are keywords enough for five of them to be a choice."""
    return len(table.keywords) > TOP
