"""Files of what was fitted, written and read back: JSON with a format and a version."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from relevance.errors import UsageError
from relevance.system.finding import meant, why_unreadable
from relevance.system.json_reader import JsonError, parse
from relevance.system.names import printable

CALIBRATION, LESSON = "relevance calibration", "relevance lesson"
_MAKERS = {CALIBRATION: "relevance calibrate", LESSON: "relevance teach"}
_OPTIONS = {CALIBRATION: "--calibration", LESSON: "--lesson"}


def read_made(path: str | Path, kind: str) -> Mapping[str, Any]:
    """Return what a file of a kind holds, its version not yet looked at.

    Raises:
        UsageError: It cannot be read, or is of another kind.
    """
    name, maker = printable(path), _MAKERS[kind]
    noun = kind.removeprefix("relevance ")
    try:
        data = parse(meant(path).read_bytes())
    except OSError as error:
        raise UsageError(why_unreadable(path, error)) from error
    except JsonError as error:
        raise UsageError(f"{name} is no {noun}: {error}. Make one with `{maker}`.") from error
    found = data.get("format") if isinstance(data, dict) else None
    if isinstance(found, str) and found in _MAKERS and found != kind:
        other = found.removeprefix("relevance ")
        raise UsageError(f"{name} is a {other}; give it with {_OPTIONS[found]}.")
    if found != kind:
        raise UsageError(f"{name} is not a file that `{maker}` wrote.")
    plain: Mapping[str, Any] = data
    return plain


def check_version(path: str | Path, data: Mapping[str, Any], version: int) -> None:
    """Raise ``UsageError`` unless a file has the version that this program knows."""
    if data.get("version") != version:
        raise UsageError(
            f"{printable(path)} has version {data.get('version')} and this program knows version "
            f"{version}; install the version of relevance that wrote it."
        )
