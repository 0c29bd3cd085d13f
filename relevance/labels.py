"""Which pictures are known to be relevant: by the user's word or by the names of their folders.

What is known of a picture is its grade: 0 for irrelevant, above 0 for relevant, the more the better
it fits (graded relevance, Järvelin and Kekäläinen 2002), NaN for unknown. Its label follows.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from relevance.errors import UsageError
from relevance.sources import ImageRef, printable
from relevance.words import same_words

RELEVANT, IRRELEVANT, UNLABELLED = "relevant", "irrelevant", ""

_LISTED = 10
_GRADES = {RELEVANT: 1.0, IRRELEVANT: 0.0, UNLABELLED: np.nan}

Grades = npt.NDArray[np.float64]


def folder_grades(refs: Sequence[ImageRef], keyword: str, relevant: Sequence[str] = ()) -> Grades:
    """Grade each picture 1, 0 or NaN by its folder; see ``label_folders``.

    Returns:
        ``(n,)`` float64, in the order of ``refs``.
    """
    labels = label_folders(refs, keyword, relevant)
    return np.array([_GRADES[labels[ref.folder]] for ref in refs], dtype=np.float64)


def label_names(grades: Grades) -> list[str]:
    """Say "relevant", "irrelevant" or "" (unknown) for each grade."""
    known = np.where(grades > 0, RELEVANT, IRRELEVANT)
    return list(map(str, np.where(np.isnan(grades), UNLABELLED, known)))


def label_folders(
    refs: Sequence[ImageRef], keyword: str, relevant: Sequence[str] = ()
) -> dict[str, str]:
    """Label each folder "relevant", "irrelevant" or "" (unknown).

    If the user named relevant folders, all others are irrelevant. Otherwise folders named
    Relevant or Irrelevant (any case, at any level of their path) say it themselves, and one that
    bears the keyword's name is relevant. Where only the keyword's name is to be found, all
    other folders are irrelevant.

    Args:
        refs: All pictures.
        keyword: The keyword.
        relevant: Folders the user called relevant, by name or by path; each also covers what
            lies below it.

    Raises:
        UsageError: ``relevant`` names a folder that is not there.
    """
    names = list(dict.fromkeys(ref.folder for ref in refs))
    if relevant:
        chosen = {name for given in relevant for name in _named(given, names, refs)}
        return {name: RELEVANT if name in chosen else IRRELEVANT for name in names}
    own = {name: _own_word(name) for name in names}
    bearing = {name for name in names if not own[name] and _bears(name, keyword)}
    others = IRRELEVANT if bearing and not any(own.values()) else UNLABELLED
    return {name: own[name] or (RELEVANT if name in bearing else others) for name in names}


def _named(given: str, names: Sequence[str], refs: Sequence[ImageRef]) -> set[str]:
    """Folders that a user's word means: those of that name, or those below that path."""
    top = printable(given).rstrip("/").casefold()
    found = {name for name in names if f"{name.casefold()}/".startswith(f"{top}/")}
    if not found:
        place = Path(given).resolve()
        found = {ref.folder for ref in refs if ref.path.resolve().is_relative_to(place)}
    if not found:
        listed = ", ".join(names[:_LISTED]) + (", …" if len(names) > _LISTED else "")
        raise UsageError(f'No folder is called "{printable(given)}"; the folders are: {listed}.')
    return found


def _own_word(name: str) -> str:
    """The innermost part of a folder's path that is a label's name."""
    for part in reversed(name.casefold().split("/")):
        if part in (RELEVANT, IRRELEVANT):
            return part
    return UNLABELLED


def _bears(name: str, keyword: str) -> bool:
    return any(same_words(part, keyword) for part in name.split("/"))
