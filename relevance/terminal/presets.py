"""Options that nobody gave on the command line: from the environment, or from pyproject.toml.

The command line comes first, then the environment (``RELEVANCE_MAX_PIXELS``), then
``[tool.relevance]`` of the nearest pyproject.toml that has it, from the working folder upwards,
then the default. Functions of Python read neither, but that ``RELEVANCE_MODEL`` says there too what
the model "auto" stands for.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from relevance.errors import UsageError
from relevance.system.finding import nearest, why_unreadable
from relevance.system.names import printable
from relevance.terminal.parser import actions_of

PREFIX = "RELEVANCE_"
HELP = """\
options may also come from the environment, such as RELEVANCE_MODEL or RELEVANCE_MAX_PIXELS (several
values parted by semicolons), or from [tool.relevance] in a pyproject.toml of this folder or one
above; the command line comes first, then the environment, then the file
"""

_FILE, _TABLE = "pyproject.toml", "tool.relevance"
_WORDS = {
    **dict.fromkeys(("1", "true", "yes", "on"), True),
    **dict.fromkeys(("0", "false", "no", "off"), False),
}
_NEAR = 0.8  # how like the name of an option a variable is that was meant for one


@dataclass(frozen=True, slots=True)
class _Given:
    """A value that somebody preset, and where."""

    value: Any
    source: str
    folder: Path = Path()


def _text(given: _Given) -> str:
    if isinstance(given.value, str) and given.value.strip():
        return given.value
    raise UsageError(f"{given.source} must be a text that is not empty.")


def _texts(given: _Given) -> list[str]:
    """Return several texts; the environment parts them by semicolons."""
    value = given.value.split(";") if isinstance(given.value, str) else given.value
    if isinstance(value, list) and value and all(isinstance(v, str) and v.strip() for v in value):
        return [text.strip() for text in value]
    raise UsageError(f"{given.source} must be a text, or several; none may be empty.")


def _number(given: _Given) -> int:
    try:
        if isinstance(given.value, bool | float):
            raise ValueError
        return int(given.value)
    except (TypeError, ValueError) as error:
        shown = printable(str(given.value))
        raise UsageError(f"{given.source} must be a whole number, not {shown}.") from error


def _switch(given: _Given) -> bool:
    known = _WORDS.get(str(given.value).strip().lower())
    if known is None:
        shown = printable(str(given.value))
        raise UsageError(f"{given.source} must be true or false, not {shown}.")
    return known


def _no_cache(given: _Given) -> bool:
    return not _switch(given)


def _folder(given: _Given) -> Path:
    return given.folder / _text(given)


def _one_of(known: Callable[[], tuple[str, ...]]) -> Callable[[_Given], str]:
    def read(given: _Given) -> str:
        word = _text(given)
        if word not in known():
            listed = ", ".join(known())
            raise UsageError(f"{given.source} must be one of {listed}, not {printable(word)}.")
        return word

    return read


def _models() -> tuple[str, ...]:
    from relevance.encoders.catalog import CATALOG

    return "auto", *CATALOG


def _precisions() -> tuple[str, ...]:
    from relevance.encoders.base import PRECISIONS

    return PRECISIONS


def _devices() -> tuple[str, ...]:
    from relevance.encoders.base import DEVICES

    return DEVICES


def _distances() -> tuple[str, ...]:
    from relevance.judging.similarity import SIMILARITIES

    return tuple(SIMILARITIES)


NAMES: Mapping[str, Callable[[], tuple[str, ...]]] = {
    "device": _devices,
    "distance": _distances,
    "model": _models,
    "precision": _precisions,
}
"""By option: what it may be, looked up when it is asked for. A model may be others too."""


_OPTIONS: Mapping[str, tuple[str, Callable[[_Given], Any]]] = {
    "background": ("background", _texts),
    "device": ("device", _one_of(NAMES["device"])),
    "distance": ("distance", _one_of(NAMES["distance"])),
    "exclude": ("exclude", _texts),
    "max_pixels": ("max_pixels", _number),
    "model": ("model", _text),
    "no_cache": ("cache", _no_cache),
    "output_dir": ("output_dir", _folder),
    "precision": ("precision", _one_of(NAMES["precision"])),
    "quiet": ("quiet", _switch),
    "template": ("templates", _texts),
}
"""By the option's name: where argparse keeps it, and how a preset value is read."""


def preset() -> dict[str, Any]:
    """Return preset options by where argparse keeps them, checked.

    A model goes into the environment instead, so that it is what "auto" stands for: an index, which
    knows its own, still comes before it.

    Raises:
        UsageError: There is no such option, or a value cannot be used; it is said where it stands.
    """
    found = {**_of_file(), **_of_environment()}
    values = {_OPTIONS[name][0]: _OPTIONS[name][1](given) for name, given in found.items()}
    if model := values.pop("model", None):
        os.environ[f"{PREFIX}MODEL"] = model
    return values


def apply(parser: argparse.ArgumentParser, values: Mapping[str, Any]) -> None:
    """Let options of all commands have preset values for defaults."""
    for action in actions_of(parser):
        if action.dest in values and not isinstance(action, argparse._AppendAction):
            action.default = values[action.dest]


def fill_lists(options: argparse.Namespace, values: Mapping[str, Any]) -> None:
    """Fill in options that may be repeated: what is given replaces what is preset."""
    for name, value in values.items():
        if isinstance(value, list) and getattr(options, name, value) is None:
            setattr(options, name, value)


def _of_environment() -> dict[str, _Given]:
    found = {}
    for variable, value in os.environ.items():
        name = variable.removeprefix(PREFIX).lower()
        if not variable.startswith(PREFIX) or not value:
            continue
        if name in _OPTIONS:
            found[name] = _Given(value, f"{variable} in the environment")
        elif meant := nearest(name, _OPTIONS, _NEAR):  # others are other programs'
            raise UsageError(
                f"There is no option {variable} (in the environment); did you mean "
                f"{PREFIX}{meant.upper()}?"
            )
    return found


def _of_file() -> dict[str, _Given]:
    for folder in (here := Path.cwd(), *here.parents):
        file = folder / _FILE
        if file.is_file() and (table := _table(file)) is not None:
            return dict(_checked(table, file))
    return {}


def _checked(table: Mapping[str, Any], file: Path) -> Iterator[tuple[str, _Given]]:
    where = f"[{_TABLE}] of {printable(file)}"
    for key, value in table.items():
        name = key.replace("-", "_")
        if name not in _OPTIONS:
            near = nearest(name, _OPTIONS)
            hint = f"did you mean {near}?" if near else f"there are {', '.join(_OPTIONS)}."
            raise UsageError(f"There is no option {printable(key)} (in {where}); {hint}")
        yield name, _Given(value, f"{key} in {where}", file.parent)


def _table(file: Path) -> Mapping[str, Any] | None:
    """Return the program's table; None where the file has none, or does not speak of any."""
    try:
        text = file.read_text(encoding="utf-8")
        if "relevance" not in text:
            return None
        import tomllib

        table = tomllib.loads(text).get("tool", {}).get("relevance")
    except (OSError, ValueError) as error:
        if _TABLE in _read(file):
            raise UsageError(why_unreadable(file, error)) from error
        return None
    if table is not None and not isinstance(table, dict):
        raise UsageError(f"{_TABLE} in {printable(file)} must be a table of options.")
    return table


def _read(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
