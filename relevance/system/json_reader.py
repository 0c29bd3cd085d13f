"""The one door through which JSON that others wrote, or may have changed, comes in.

``parse`` gives plain JSON types that can be worked with safely: finite numbers, bounded depth.
``build`` makes a dataclass of them whose fields are of the types that it declares. Both raise
``JsonError`` with half a sentence; who asks says of which file, and what to do.
"""

from __future__ import annotations

import json
import math
import types
from collections.abc import Mapping
from dataclasses import MISSING, fields
from functools import cache
from pathlib import Path
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

DEEPEST = 100
"""Levels of lists and objects in each other; what walks through them may call itself."""

_LONGEST_NUMBER = 300  # digits: more, and a conversion to a float would overflow

_Made = TypeVar("_Made")


class JsonError(ValueError):
    """It is no JSON, or not what was expected; the message is half a sentence."""


def parse(text: str | bytes, *, any_number: bool = False) -> Any:
    """Return what JSON text says.

    Args:
        text: Bytes are taken as UTF-8, with or without a mark in front.
        any_number: Also take NaN and Infinity, which are no JSON but which many programs write.

    Raises:
        JsonError: It is no JSON, is nested too deeply, or has a number that is none or enormous.
    """
    refuse = None if any_number else _refuse
    try:
        plain = text.decode("utf-8-sig") if isinstance(text, bytes) else text
        found = json.loads(
            plain,
            parse_constant=refuse,
            parse_float=None if any_number else _finite,
            parse_int=_integer,
        )
    except UnicodeDecodeError as error:
        raise JsonError(f"it is not UTF-8 at byte {error.start}") from error
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise JsonError(f"it is not JSON: {error.msg.lower()} at {where}") from error
    except RecursionError:
        raise JsonError(_too_deep()) from None
    if plain.count("[") + plain.count("{") > DEEPEST and _depth(found) > DEEPEST:
        raise JsonError(_too_deep())
    return found


def read_object(path: str | Path) -> dict[str, Any]:
    """Return the object that a JSON file holds.

    Raises:
        JsonError: It holds something else, or no JSON; see ``parse``.
        OSError: It cannot be read.
    """
    found = parse(Path(path).read_bytes())
    if not isinstance(found, dict):
        raise JsonError(f"it holds {_named(found)} and not an object")
    return found


def build(kind: type[_Made], data: object, **known: Any) -> _Made:
    """Make a dataclass of a JSON object, checking every field against its annotation.

    Annotations may be str, int, float (also from whole numbers), bool, ``| None``, tuples of one
    type, mappings from texts to one type, other dataclasses and Any. Keys without a field are
    passed over; fields with a default may be missing.

    Args:
        kind: The dataclass.
        data: What ``parse`` returned.
        **known: Fields that come from elsewhere.

    Raises:
        JsonError: A field is missing or of another type.
    """
    made: _Made = _dataclass(kind, data, "", known)
    return made


def _dataclass(kind: Any, data: object, where: str, known: Mapping[str, Any]) -> Any:
    if not isinstance(data, dict):
        raise JsonError(f"{where or 'it'} is {_named(data)} and not an object")
    values = dict(known)
    for field in fields(kind):
        if field.name in known:
            continue
        place = f"{where}.{field.name}" if where else field.name
        if field.name in data:
            values[field.name] = _checked(_hints(kind)[field.name], data[field.name], place)
        elif field.default is MISSING and field.default_factory is MISSING:
            raise JsonError(f"{place} is missing")
    return kind(**values)


def _checked(hint: Any, value: Any, where: str) -> Any:
    """Return a value as its annotation has it."""
    origin, inner = get_origin(hint), get_args(hint)
    if hint is Any:
        return value
    if origin in (Union, types.UnionType):
        if value is None and type(None) in inner:
            return None
        (hint,) = (one for one in inner if one is not type(None))
        return _checked(hint, value, where)
    if origin is tuple and isinstance(value, list):
        return tuple(_checked(inner[0], item, f"{where}[{n}]") for n, item in enumerate(value))
    if origin in (dict, Mapping) and isinstance(value, dict):
        return {key: _checked(inner[1], item, f"{where}.{key}") for key, item in value.items()}
    if hasattr(hint, "__dataclass_fields__"):
        return _dataclass(hint, value, where, {})
    if hint is float and type(value) is int:
        return float(value)
    if type(value) is not hint:  # a bool is no number here
        raise JsonError(f"{where} is {_named(value)}")
    return value


@cache
def _hints(kind: Any) -> dict[str, Any]:
    return get_type_hints(kind)


def _named(value: object) -> str:
    """Name a value's type as JSON calls it."""
    names = {dict: "an object", list: "a list", str: "a text", bool: "true or false"}
    return "null" if value is None else names.get(type(value), "a number")


def _refuse(word: str) -> float:
    raise JsonError(f"{word} is no number")


def _finite(digits: str) -> float:
    number = float(digits)
    if not math.isfinite(number):
        raise JsonError("a number in it is too large")
    return number


def _integer(digits: str) -> int:
    if len(digits) > _LONGEST_NUMBER:
        raise JsonError("a number in it is too large")
    return int(digits)


def _too_deep() -> str:
    return f"it is nested more than {DEEPEST} levels deep"


def _depth(found: Any) -> int:
    """Count levels, without calling itself."""
    level, count = [found], 0
    while level:
        level = [
            item
            for outer in level
            if isinstance(outer, dict | list)
            for item in (outer.values() if isinstance(outer, dict) else outer)
        ]
        count += 1
    return count
