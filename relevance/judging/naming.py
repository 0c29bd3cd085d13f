"""Folder names -> keywords."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from relevance.errors import UsageError
from relevance.judging.labels import label_word
from relevance.judging.set_aside import is_set_aside, product_words
from relevance.judging.words import stems
from relevance.system.names import printable

NONE = -1
"""Stands for "no keyword" where keywords are numbered."""

_LISTED = 5
_NO_NAMES: Mapping[str, str] = {}


@dataclass(frozen=True, slots=True)
class Naming:
    """Keywords, and which folder bears which.

    Attributes:
        keywords: Those of the folders in the folders' order, then those that the user added.
        own: For each folder the number of its keyword, or ``NONE``.
        aside: Words of folders' names that say nothing of the product, by the folder's name.
    """

    keywords: tuple[str, ...]
    own: tuple[int, ...]
    aside: Mapping[str, str] = field(default_factory=dict)


def name_keywords(
    folders: Sequence[str],
    added: Sequence[str] = (),
    *,
    given: Mapping[str, str] = _NO_NAMES,
    only_added: bool = False,
) -> Naming:
    """Take every folder's name as a keyword, and add the user's.

    A folder's keyword is the last part of its name, in lower case and with spaces for underscores
    and hyphens, without what says nothing of a product (see ``judging.set_aside``):
    "shop/Running_Shoes_10345" gives "running shoes". Folders whose names are the same words
    (see ``judging.words.same_words``) share the first one's keyword. Folders named Relevant or
    Irrelevant are labels, and names without a letter ("2024", "--") or of an article alone name no
    thing: neither gives a keyword, though a folder "501" bears the keyword "501" if the user
    adds it.

    Args:
        folders: Names as ``ImageRef.folder`` has them, each once.
        added: Further keywords; one that is there already, up to case, separators, articles and
            endings, is not doubled.
        given: Keywords of folders, by the whole name or the last parts of it; "" for none. They
            count in place of what the folder's name says.
        only_added: Whether folders give no keyword of their own; those whose name is an added one
            bear it.

    Raises:
        UsageError: There are fewer than two keywords, or an added one is not text.
    """
    naming = name_folders(folders, added, given=given, only_added=only_added)
    if len(naming.keywords) < 2:
        raise UsageError(_too_few(naming.keywords, folders))
    return naming


def name_folders(
    folders: Sequence[str],
    added: Sequence[str] = (),
    *,
    given: Mapping[str, str] = _NO_NAMES,
    only_added: bool = False,
) -> Naming:
    """Do the same, however few keywords there are."""
    known: dict[tuple[str, ...], int] = {}
    keywords: list[str] = []
    meant = [_given(folder, given) for folder in folders]
    named = [
        _wording(folder) if name is None else _checked(name)
        for folder, name in zip(folders, meant, strict=True)
        if (name or (name is None and _names_a_thing(folder)))
    ]
    for wording in [*([] if only_added else named), *map(_checked, added)]:
        key = _key(wording)
        if key not in known:
            known[key] = len(keywords)
            keywords.append(wording)
    own = [
        known.get(_key(_wording(folder)), NONE)
        if name is None and not _is_label(folder)
        else known.get(_key(name or ""), NONE)
        for folder, name in zip(folders, meant, strict=True)
    ]
    bearing = zip(folders, meant, own, strict=True)
    aside = {f: _parts(f)[1] for f, name, number in bearing if name is None and number != NONE}
    return Naming(tuple(keywords), tuple(own), {f: " ".join(w) for f, w in aside.items() if w})


def unknown_folders(given: Mapping[str, str], folders: Sequence[str]) -> list[str]:
    """Return the names of ``given`` that are those of no folder."""
    return [name for name in given if not any(_is_of(folder, name) for folder in folders)]


def _given(folder: str, given: Mapping[str, str]) -> str | None:
    """Return the keyword that a folder was given; the longest name counts. None: no name fits."""
    fitting = [name for name in given if _is_of(folder, name)]
    return given[max(fitting, key=len)] if fitting else None


def _is_of(folder: str, name: str) -> bool:
    """Say whether a name is the folder's, or the last parts of it."""
    ends = (f"/{item.strip('/').casefold()}" for item in (folder, name))
    return next(ends).endswith(next(ends))


def _wording(folder: str) -> str:
    """Return what the last part of a folder's name says, as words; Unicode as typed."""
    return " ".join(_parts(folder)[0])


def _parts(folder: str) -> tuple[list[str], list[str]]:
    """Return the words of its last part that name a product, and those that are set aside."""
    last = unicodedata.normalize("NFC", _last_part(folder)).lower()
    return product_words(last.replace("_", " ").replace("-", " ").split())


def _last_part(folder: str) -> str:
    return folder.rsplit("/", 1)[-1]


def _is_label(folder: str) -> bool:
    return bool(label_word(_last_part(folder)))


def _names_a_thing(folder: str) -> bool:
    words = _parts(folder)[0]
    if _is_label(folder) or is_set_aside(words):
        return False
    return any(char.isalpha() for word in stems(" ".join(words)) for char in word)


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
