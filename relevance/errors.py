"""Errors that users meet: one sentence that says what is wrong and what to do next."""

from __future__ import annotations

import errno
from collections.abc import Collection
from pathlib import Path

from relevance.system.installing import install_command
from relevance.system.names import printable


class RelevanceError(Exception):
    """Base of every error this package raises on purpose.

    ``exit_code`` is what the command line returns for it.
    """

    exit_code = 1


class UsageError(RelevanceError):
    """An argument, option or path that cannot be used as given."""

    exit_code = 2


class OutputError(RelevanceError):
    """A file could not be written though its place is a right one: the disk is full, say."""


class PageError(RelevanceError):
    """A page could not be drawn; what else was found is written all the same."""


class NoReadablePictureError(RelevanceError):
    """Not one picture could be read, so there is nothing to score."""

    exit_code = 3


class NoIndexError(UsageError):
    """There is no index where one was named."""


class StoreError(RelevanceError):
    """What was kept cannot be used as it is: damaged, out of reach, or written by another run."""


class NoReferencesError(UsageError):
    """There are no references of types where some were named."""


class ClusterError(RelevanceError):
    """A cluster that does not answer, or whose machines cannot do what is asked of them."""


class ModelLoadError(RelevanceError):
    """The encoder could not be loaded."""

    exit_code = 4


_WRONG_PLACE = frozenset(
    {
        *(errno.EACCES, errno.EPERM, errno.EROFS, errno.EBUSY, errno.ENOENT, errno.ENOTDIR),
        *(errno.EISDIR, errno.EEXIST, errno.ELOOP, errno.ENAMETOOLONG, errno.EINVAL),
        *(errno.ENODEV, errno.ENXIO),
    }
)
"""Errors that another place would not have had; any other is the disk's: full, or broken."""


BY_OPTION = " with --output-dir or --output"
"""How most commands choose another place to write to."""


def unwritable(place: str | Path, error: OSError, by: str = BY_OPTION) -> RelevanceError:
    """Return what to raise where a file cannot be written; ``by`` says how another is chosen."""
    what = f"{printable(place)} cannot be written ({error.strerror or error})"
    if error.errno in _WRONG_PLACE:
        return UsageError(f"{what}; choose another place{by}.")
    return OutputError(
        f"{what}; make room there, or choose another place{by}, and run it again. "
        "Files that were there before are as they were."
    )


def check_choice(what: str, word: str, known: Collection[str]) -> None:
    """Raise ``UsageError`` unless a word is one of those known."""
    if word not in known:
        raise UsageError(f'There is no {what} "{word}"; choose one of {", ".join(known)}.')


class MissingExtraError(ModelLoadError):
    """An optional dependency is missing; the message holds the install line."""

    def __init__(self, feature: str, extra: str) -> None:
        super().__init__(
            f"{feature} needs packages that are not installed. "
            f"Install them with: {install_command(extra)}"
        )
        self.extra = extra


class CacheError(RelevanceError):
    """The embedding cache cannot be trusted."""

    def __init__(self, path: object, what: str) -> None:
        super().__init__(
            f"The embedding cache {path} {what}. Delete it with `relevance cache clear`, or leave "
            "it alone for now with --no-cache."
        )
