"""The bar that notebooks show where no ``progress`` is given."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from relevance.embedding.embeddings import Advance, Progress
from relevance.encoders.quiet import quiet

DELAY = 1.0
"""Seconds until a bar appears: what is done sooner needs none, and leaves a notebook clean."""

_Given = ParamSpec("_Given")
_Returned = TypeVar("_Returned")


def watched(
    unit: str = "pictures",
) -> Callable[[Callable[_Given, _Returned]], Callable[_Given, _Returned]]:
    """Let a function whose ``progress`` is None draw a bar in notebooks.

    Args:
        unit: What it counts.
    """

    def decorate(function: Callable[_Given, _Returned]) -> Callable[_Given, _Returned]:
        @wraps(function)
        def run(*args: _Given.args, **kwargs: _Given.kwargs) -> _Returned:
            if kwargs.get("progress") is not None or not in_notebook():
                return function(*args, **kwargs)
            with _bar(unit) as progress:
                kwargs["progress"] = progress
                return function(*args, **kwargs)

        return run

    return decorate


def in_notebook() -> bool:
    """Say whether this is the kernel of a notebook; a terminal, or IPython in one, is none."""
    shell = getattr(sys.modules.get("IPython"), "get_ipython", lambda: None)()
    return shell is not None and "IPKernelApp" in shell.config


@contextmanager
def _bar(unit: str) -> Iterator[Progress]:
    with quiet():  # without ipywidgets it is a line of text, which will do
        from tqdm.auto import tqdm

    bar: Any = None

    def tell(advance: Advance) -> None:
        nonlocal bar
        if bar is None or advance.total != bar.total or advance.done < bar.n:  # work begins
            if bar is not None:
                bar.close()
            bar = tqdm(
                total=advance.total, initial=advance.done, unit=f" {unit}", leave=False, delay=DELAY
            )
        if advance.skipped:
            bar.set_postfix_str(f"{advance.skipped} skipped", refresh=False)
        bar.update(advance.done - bar.n)

    try:
        yield tell
    finally:
        if bar is not None:
            bar.close()
