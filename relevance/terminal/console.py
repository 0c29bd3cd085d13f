"""Where results are printed."""

from __future__ import annotations

from rich.console import Console


class ResultConsole(Console):
    """Standard output, without colours on figures.

    A reader that has seen enough, such as ``head``, is the command line's to handle: Rich would
    end the process as if something had failed.
    """

    def __init__(self) -> None:
        super().__init__(highlight=False)

    def on_broken_pipe(self) -> None:
        """Pass on that nobody reads any more."""
        raise BrokenPipeError
