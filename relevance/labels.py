"""Which folders are known to be relevant or irrelevant: by the user's word or by their names."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from relevance.errors import UsageError
from relevance.prompts import same_words

RELEVANT, IRRELEVANT, UNLABELLED = "relevant", "irrelevant", ""


def label_folders(
    folders: Iterable[str], keyword: str, relevant: Sequence[str] = ()
) -> dict[str, str]:
    """Label each folder "relevant", "irrelevant" or "" (unknown).

    In this order: folders the user named are relevant and all others irrelevant; folders named
    Relevant or Irrelevant (any case, at any level of their path) say it themselves; if a folder
    bears the keyword's name, it is relevant and all others are irrelevant.

    Args:
        folders: Names of all folders.
        keyword: The keyword.
        relevant: Folder names the user called relevant; a name also covers what lies below it.

    Raises:
        UsageError: ``relevant`` names a folder that is not there.
    """
    names = list(dict.fromkeys(folders))
    if relevant:
        return _as_named(names, relevant)
    own = {name: _own_word(name) for name in names}
    if any(own.values()):
        return own
    if any(_bears(name, keyword) for name in names):
        return {name: RELEVANT if _bears(name, keyword) else IRRELEVANT for name in names}
    return own


def _as_named(names: Sequence[str], relevant: Sequence[str]) -> dict[str, str]:
    wanted = [name.strip("/").casefold() for name in relevant]
    labels = {
        name: RELEVANT if any(_is_within(name.casefold(), top) for top in wanted) else IRRELEVANT
        for name in names
    }
    for given, top in zip(relevant, wanted, strict=True):
        if not any(_is_within(name.casefold(), top) for name in names):
            raise UsageError(f'No folder is called "{given}"; the folders are: {", ".join(names)}.')
    return labels


def _is_within(name: str, top: str) -> bool:
    return name == top or name.startswith(f"{top}/")


def _own_word(name: str) -> str:
    """The innermost part of a folder's path that is a label's name."""
    for part in reversed(name.casefold().split("/")):
        if part in (RELEVANT, IRRELEVANT):
            return part
    return UNLABELLED


def _bears(name: str, keyword: str) -> bool:
    return any(same_words(part, keyword) for part in name.split("/"))
