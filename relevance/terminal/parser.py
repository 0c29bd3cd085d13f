"""The parser of a command."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence


class CommandParser(argparse.ArgumentParser):
    """Parser that can tell words before "--" from those behind it.

    To argparse "--" says only that no option follows. A command that takes several words of two
    kinds calls ``part_words``.
    """

    _first: argparse.Action | None = None

    def part_words(self, *words: argparse.Action) -> None:
        """Let words behind "--" go to ``behind``, if there are others before it.

        None of ``words`` is required any more; the command says what is missing.
        """
        self._first = words[0]
        for action in words:
            action.required = False
        self.set_defaults(behind=[])

    def parse_known_args(  # type: ignore[override]
        self, args: Sequence[str] | None = None, namespace: argparse.Namespace | None = None
    ) -> tuple[argparse.Namespace, list[str]]:
        """Parse a command line; see ``argparse``."""
        words = list(sys.argv[1:] if args is None else args)
        if self._first and "--" in words:
            place = words.index("--")
            found, unknown = super().parse_known_args(words[:place], namespace)
            if getattr(found, self._first.dest) is not None:
                found.behind = words[place + 1 :]
                return found, unknown
        return super().parse_known_args(words, namespace)


def actions_of(parser: argparse.ArgumentParser) -> Iterator[argparse.Action]:
    """Yield arguments and options of a parser and of all its commands."""
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for command in dict.fromkeys(action.choices.values()):
                yield from actions_of(command)
        else:
            yield action
