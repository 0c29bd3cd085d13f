"""What libraries say is dropped, and afterwards all is as it was, whichever threads were at it."""

from __future__ import annotations

import logging
import sys
import warnings

from relevance.encoders.quiet import quiet
from tests.support.threads import at_once


def test_warnings_prints_and_what_loggers_say_are_dropped(capsys, caplog):
    logger = logging.getLogger("a library")
    with quiet("a library"):
        sys.stdout.write("for developers\n")
        warnings.warn("for developers", stacklevel=1)
        logger.warning("for developers")
        logger.error("for everybody")
    sys.stdout.write("for users\n")
    assert capsys.readouterr().out == "for users\n"
    assert caplog.messages == ["for everybody"]
    assert logger.level == logging.NOTSET


def test_threads_leave_everything_as_it_was():
    logger = logging.getLogger("a library")
    before = sys.stdout, warnings.filters[:], logging.root.handlers[:]

    def work():
        for _ in range(200):
            with quiet("a library"), quiet():
                sys.stdout.write("for developers\n")

    at_once(work)
    assert (sys.stdout, warnings.filters[:], logging.root.handlers[:]) == before
    assert logger.level == logging.NOTSET
