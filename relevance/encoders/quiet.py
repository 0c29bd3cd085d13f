"""Keep libraries from telling users what is meant for developers."""

from __future__ import annotations

import contextlib
import io
import logging
import warnings
from collections.abc import Iterator

from relevance.system.threads import one_at_a_time


@contextlib.contextmanager
def quiet(*loggers: str) -> Iterator[None]:
    """Drop warnings, prints, and what these loggers say; errors come through.

    "" is the root logger.
    """
    with one_at_a_time, _loggers_and_handlers(loggers), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with contextlib.redirect_stdout(io.StringIO()):
            yield


@contextlib.contextmanager
def _loggers_and_handlers(names: tuple[str, ...]) -> Iterator[None]:
    speakers = [logging.getLogger(name) for name in names]
    levels = [speaker.level for speaker in speakers]
    handlers = logging.root.handlers.copy()
    for speaker in speakers:
        speaker.setLevel(logging.ERROR)
    try:
        yield
    finally:
        for speaker, level in zip(speakers, levels, strict=True):
            speaker.setLevel(level)
        logging.root.handlers[:] = handlers  # logging.warning() adds one, which would stay
