"""Keep libraries from telling users what is meant for developers."""

from __future__ import annotations

import contextlib
import io
import logging
import warnings
from collections.abc import Iterator


@contextlib.contextmanager
def quiet(*loggers: str) -> Iterator[None]:
    """Drop warnings, prints, and what these loggers say; errors come through.

    "" is the root logger.
    """
    speakers = [logging.getLogger(name) for name in loggers]
    levels = [speaker.level for speaker in speakers]
    handlers = logging.root.handlers.copy()
    for speaker in speakers:
        speaker.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
            warnings.simplefilter("ignore")
            yield
    finally:
        for speaker, level in zip(speakers, levels, strict=True):
            speaker.setLevel(level)
        logging.root.handlers[:] = handlers  # logging.warning() adds one, which would stay
