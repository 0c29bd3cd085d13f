"""Folder names -> keywords."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from relevance.errors import UsageError
from relevance.judging.labels import label_word
from relevance.judging.words import stems
from relevance.system.names import printable

NONE = -1
"""Stands for "no keyword" where keywords are numbered."""

_LISTED = 5


@dataclass(frozen=True, slots=True)
class Naming:
    """Keywords, and which folder bears which.

    Attributes:
        keywords: Those of the folders in the folders' order, then those that the user added.
        own: For each folder the number of its keyword, or ``NONE``.
    """

    keywords: tuple[str, ...]
    own: tuple[int, ...]


def name_keywords(folders: Sequence[str], added: Sequence[str] = ()) -> Naming:
    """Take every folder's name as a keyword, and add the user's.

    A folder's keyword is the last part of its name, in lower case and with spaces for underscores
    and hyphens: "shop/Running_Shoes" gives "running shoes". Folders whose names are the same words
    (see ``judging.words.same_words``) share the first one's keyword. Folders named Relevant or
    Irrelevant are labels, and names without a letter ("2024", "--") or of an article alone name no
    thing: neither gives a keyword, though a folder "501" bears the keyword "501" if the user
    adds it.

    Args:
        folders: Names as ``ImageRef.folder`` has them, each once.
        added: Further keywords; one that is there already, up to case, separators, articles and
            endings, is not doubled.

    Raises:
        UsageError: There are fewer than two keywords, or an added one is not text.
    """
    naming = name_folders(folders, added)
    if len(naming.keywords) < 2:
        raise UsageError(_too_few(naming.keywords, folders))
    return naming


def name_folders(folders: Sequence[str], added: Sequence[str] = ()) -> Naming:
    """Do the same, however few keywords there are."""
    known: dict[tuple[str, ...], int] = {}
    keywords: list[str] = []
    named = [_wording(folder) for folder in folders if _names_a_thing(folder)]
    for wording in [*named, *map(_checked, added)]:
        key = _key(wording)
        if key not in known:
            known[key] = len(keywords)
            keywords.append(wording)
    own = [
        NONE if _is_label(folder) else known.get(_key(_wording(folder)), NONE) for folder in folders
    ]
    return Naming(tuple(keywords), tuple(own))


def _wording(folder: str) -> str:
    """Return the last part of a folder's name as words; Unicode as a keyboard types it."""
    last = unicodedata.normalize("NFC", _last_part(folder)).lower()
    return " ".join(last.replace("_", " ").replace("-", " ").split())


def _last_part(folder: str) -> str:
    return folder.rsplit("/", 1)[-1]


def _is_label(folder: str) -> bool:
    return bool(label_word(_last_part(folder)))


def _names_a_thing(folder: str) -> bool:
    words = stems(_last_part(folder))
    return not _is_label(folder) and any(char.isalpha() for word in words for char in word)


def _key(wording: str) -> tuple[str, ...]:
    """What two names have in common if they are the same words."""
    return tuple(stems(wording)) or (wording.casefold(),)


def _checked(keyword: str) -> str:
    if not keyword.strip():
        raise UsageError("A keyword is empty; is a shell variable not set?")
    if keyword != printable(keyword):
        raise UsageError("A keyword has characters that are not text; type it again.")
    return keyword.strip()


def _too_few(keywords: Sequence[str], folders: Sequence[str]) -> str:
    if keywords:
        return (
            f"There is only one keyword, “{keywords[0]}”. Add others with --keyword, name a folder "
            f'for each thing, or ask about this one with `relevance score "{keywords[0]}" PATH`.'
        )
    listed = ", ".join(folders[:_LISTED]) + (", …" if len(folders) > _LISTED else "")
    return (
        f"No folder is named after a thing ({listed}). Give at least two keywords with --keyword, "
        "or ask about one with `relevance score KEYWORD PATH`."
    )
