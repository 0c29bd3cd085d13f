"""Errors that users meet: one sentence that says what is wrong and what to do next."""

from __future__ import annotations

from collections.abc import Collection

from relevance.installing import install_command


class RelevanceError(Exception):
    """Base of every error this package raises on purpose.

    ``exit_code`` is what the command line returns for it.
    """

    exit_code = 1


class UsageError(RelevanceError):
    """An argument, option or path that cannot be used as given."""

    exit_code = 2


class NoReadablePictureError(RelevanceError):
    """Not one picture could be read, so there is nothing to score."""

    exit_code = 3


class ModelLoadError(RelevanceError):
    """The encoder could not be loaded."""

    exit_code = 4


def check_choice(what: str, word: str, known: Collection[str]) -> None:
    """Raise ``UsageError`` unless a word is one of those known."""
    if word not in known:
        raise UsageError(f'There is no {what} "{word}"; choose one of {", ".join(known)}.')


def nearest(word: str, known: Collection[str]) -> str:
    """Return the known word that was probably meant; empty where none is like it."""
    from difflib import get_close_matches  # only who made a slip waits for it

    return next(iter(get_close_matches(word, known, n=1)), "")


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
