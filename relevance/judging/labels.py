"""Which pictures are known to be relevant: by the user's word or by the names of their folders.

What is known of a picture is its grade: 0 for irrelevant, above 0 for relevant, the more the better
it fits (graded relevance, Järvelin and Kekäläinen 2002), NaN for unknown. Its label follows.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

import numpy as np
import numpy.typing as npt

from relevance.errors import UsageError
from relevance.judging.words import same_words
from relevance.pictures.folders import ImageRef
from relevance.system.finding import like_name, meant, nearest, same_name
from relevance.system.names import printable

RELEVANT, IRRELEVANT, UNLABELLED = "relevant", "irrelevant", ""

_LISTED = 10
_NAMED = 3
_DENIALS = frozenset({"not", "no", "non", "without"})
_LABEL_WORDS = {RELEVANT: RELEVANT, IRRELEVANT: IRRELEVANT} | dict.fromkeys(
    (f"{denial}{RELEVANT}" for denial in ("not", "non", "un", "no")), IRRELEVANT
)
"""Names that are labels, without what parts their words: Not_Relevant, non-relevant, UNRELEVANT."""
_LIKE_LABELS = dict.fromkeys(
    ("positive", "positives", "correct", "yes", "true", "match", "matches"), RELEVANT
) | dict.fromkeys(
    ("negative", "negatives", "incorrect", "wrong", "no", "false", "rejected"), IRRELEVANT
)
"""Names that label pictures elsewhere, though not here: too many things are called so."""
_REST = frozenset({"other", "others", "rest"})
"""Names of what is irrelevant, if some folder is relevant."""
_ALIKE = 0.85  # how like a label a name must be to be one misspelt
_SEPARATORS = re.compile(r"[\W_]+")
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
    Relevant or Irrelevant, or Not_Relevant and the like (any case, at any level of their path) say
    it themselves; one that bears the keyword's name is relevant, and one that denies it ("not
    almonds") irrelevant. Where only the keyword's name is to be found, all other folders are
    irrelevant.

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
    own = {name: _own_word(name, keyword) for name in names}
    bearing = {name for name in names if not own[name] and _bears(name, keyword)}
    others = IRRELEVANT if bearing and not any(map(_says_label, names)) else UNLABELLED
    return {name: own[name] or (RELEVANT if name in bearing else others) for name in names}


def label_notes(refs: Sequence[ImageRef], keyword: str) -> list[str]:
    """Say which folders seem to be labels and are not, and which were understood at a pinch.

    For labels by the names of folders, which is where a name can be misread without a word.
    """
    names = list(dict.fromkeys(ref.folder for ref in refs))
    labels = label_folders(refs, keyword)
    found = []
    denying = [name for name in names if _part_of(name, keyword) not in ("", RELEVANT, IRRELEVANT)]
    if denying:
        found.append(f"Counted as irrelevant by their names: {_quoted(denying)}.")
    misread = {
        name: seeming
        for name in names
        if not _own_word(name, keyword) and (seeming := _seems(name, keyword, labels.values()))
    }
    for label, words in (
        (UNLABELLED, "have no label, though their names look like one"),
        (IRRELEVANT, "count as irrelevant, though their names look like another label"),
        (RELEVANT, "count as relevant, though their names look like another label"),
    ):
        some = [name for name, seeming in misread.items() if labels[name] == label != seeming]
        if some:
            found.append(
                f"These folders {words}: {_quoted(some)}. Call them Relevant or Irrelevant, or "
                "name the relevant ones with --relevant."
            )
    return found


def label_word(name: str) -> str:
    """Return the label that one part of a folder's path is, such as Not_Relevant; "" if none."""
    return _LABEL_WORDS.get(_bare(name), UNLABELLED)


def _named(given: str, names: Sequence[str], refs: Sequence[ImageRef]) -> set[str]:
    """Folders that a user's word means: those of that name, or those below that path."""
    top = same_name(printable(given)).rstrip("/").casefold()
    plain = {name: same_name(name).casefold() for name in names}
    found = {name for name in names if f"{plain[name]}/".startswith(f"{top}/")}
    if not found:
        place = meant(given).resolve()
        found = {ref.folder for ref in refs if ref.path.resolve().is_relative_to(place)}
    if not found:
        listed = ", ".join(names[:_LISTED]) + (", …" if len(names) > _LISTED else "")
        near = _nearest_folder(given, names)
        hint = f'did you mean "{near}"? T' if near else "t"
        raise UsageError(
            f'No folder is called "{printable(given)}"; {hint}he folders are: {listed}.'
        )
    return found


def _nearest_folder(given: str, names: Sequence[str]) -> str:
    """Return the folder whose name, whole or in part, is most like a user's word; "" if none is."""
    by_name: dict[str, str] = {}
    for name in names:
        parts = name.split("/")
        for last in range(len(parts)):
            whole = "/".join(parts[: last + 1])
            for written in (whole, parts[last]):
                by_name.setdefault(like_name(written), whole)
    word = like_name(given.replace("\\", "/").rstrip("/"))
    tail = word.rsplit("/", 1)[-1]
    near = word if word in by_name else nearest(word, by_name)
    return by_name.get(near) or by_name.get(tail, "")


def _own_word(name: str, keyword: str) -> str:
    """The label that the innermost part of a folder's path that is one says; "" if none does."""
    part = _part_of(name, keyword)
    return (label_word(part) or IRRELEVANT) if part else UNLABELLED


def _says_label(name: str) -> bool:
    return any(map(label_word, name.split("/")))


def _part_of(name: str, keyword: str) -> str:
    """The innermost part of a folder's path that is a label or denies the keyword, bare."""
    for part in reversed(name.split("/")):
        if label_word(part) or _denies(part, keyword):
            return _bare(part)
    return ""


def _denies(part: str, keyword: str) -> bool:
    """Say whether a name is that of what the keyword is not: "not almonds", "non-almonds"."""
    first, *rest = _SEPARATORS.split(part.strip(), maxsplit=1)
    return bool(rest) and first.casefold() in _DENIALS and same_words(rest[0], keyword)


def _seems(name: str, keyword: str, labels: Collection[str]) -> str:
    """The label that a folder's path nearly says, or says in other programs; "" for none."""
    for part in reversed(name.split("/")):
        bare = _bare(part)
        near = "" if same_words(part, keyword) else nearest(bare, tuple(_LABEL_WORDS), _ALIKE)
        within = [word for word in _LABEL_WORDS if word in bare]  # RELEVANT is in all of them
        word = max(within, key=len) if within else near
        if found := _LABEL_WORDS.get(word) or _LIKE_LABELS.get(bare):
            return found
        if bare in _REST and RELEVANT in labels:
            return IRRELEVANT
    return UNLABELLED


def _bare(part: str) -> str:
    return _SEPARATORS.sub("", like_name(part))


def _quoted(names: Sequence[str]) -> str:
    listed = ", ".join(f"“{name}”" for name in names[:_NAMED])
    return listed + (", …" if len(names) > _NAMED else "")


def _bears(name: str, keyword: str) -> bool:
    return any(same_words(part, keyword) for part in name.split("/"))
