"""What callers of Python give as pictures -> paths, and references to what is at no path."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeAlias, cast

import numpy as np
import numpy.typing as npt
from PIL import Image

from relevance.errors import UsageError
from relevance.pictures.fetching import is_address
from relevance.pictures.folders import ImageRef
from relevance.pictures.held import Held
from relevance.pictures.reading import Skipped

Picture: TypeAlias = str | Path | bytes | Image.Image | npt.NDArray[np.uint8] | ImageRef
"""One picture: its path or address, its file's bytes, a Pillow picture, or an array.

An array has the shape ``(height, width, 3)`` and the type uint8, red first. A reference says
besides what a picture in memory is called, and its category.
"""

Pictures: TypeAlias = Picture | Sequence[Picture] | Mapping[str, Picture | Sequence[Picture]]
"""Pictures: one, several, or several of each of some categories, by name. A path may be a folder's;
in a mapping it is a picture's."""

Found: TypeAlias = str | Path | ImageRef
"""A path, or a picture that lies at none."""

IN_MEMORY = "in memory"
"""Category of pictures in memory for which none is named."""

ELSEWHERE = "addresses"
"""Category of pictures at addresses for which none is named."""


def as_ref(picture: Picture, number: int, folder: str = "", called: str = "picture") -> ImageRef:
    """Return a picture as jobs take it.

    Args:
        picture: What was given. What is no picture gets a place as well; reading it says so.
        number: Its number among those given, from 1, which is how one in memory is called.
        called: What it is called before that number.
        folder: Its category; that of all in memory, or of all at addresses, where it is empty.
    """
    if isinstance(picture, ImageRef):
        return picture._replace(folder=folder or picture.folder)
    if isinstance(picture, str | Path):
        return ImageRef(str(picture), folder or ELSEWHERE)
    return ImageRef(f"{called} {number}", folder or IN_MEMORY, Held(picture))


def several_pictures(given: Pictures, called: str = "picture") -> tuple[Found, ...]:
    """Return pictures, however they are given, as paths and references.

    Args:
        given: One, several, or several by category.
        called: What those in memory are called, before their number.

    Raises:
        UsageError: It is one picture, and cannot be one.
    """
    if isinstance(given, Mapping):
        pairs = [(name, item) for name, own in given.items() for item in each(own)]
        return tuple([as_ref(item, n, name, called) for n, (name, item) in enumerate(pairs, 1)])
    if _is_one(given):
        return (_found(_checked(given), 1, called),)
    return tuple([_found(item, number, called) for number, item in enumerate(each(given), 1)])


def file_of(picture: bytes | Image.Image | npt.NDArray[np.uint8] | Held) -> bytes:
    """Return the file of a picture in memory.

    Raises:
        UsageError: It cannot be a picture.
    """
    file = (picture if isinstance(picture, Held) else Held(picture)).file()
    if isinstance(file, Skipped):
        raise UsageError(f"A picture cannot be used: {file.reason}.")
    return file


def held_among(refs: Iterable[ImageRef]) -> dict[str, Held]:
    """Return the pictures that lie in memory, by what they are called."""
    return {ref.place: ref.held for ref in refs if ref.held}


def place_of(found: Found) -> str:
    """Return where a picture is, or what it is called."""
    return found.place if isinstance(found, ImageRef) else str(found)


def each(given: Picture | Iterable[Picture]) -> Iterator[Picture]:
    """Return one picture, or those of any iterable, one after the other.

    Raises:
        UsageError: It is neither.
    """
    if _is_one(given):
        return iter([cast("Picture", given)])
    try:
        return iter(cast("Iterable[Picture]", given))
    except TypeError as error:
        raise UsageError(f"Pictures cannot be used: {Held(given).fault}.") from error


def _is_one(given: object) -> bool:
    return isinstance(given, str | Path | bytes | Image.Image | np.ndarray | ImageRef)


def _checked(given: Any) -> Picture:
    """Return one picture that is given by itself; nothing else says what is wrong with it."""
    if not isinstance(given, str | Path | ImageRef) and (fault := Held(given).fault):
        raise UsageError(f"The picture cannot be used: {fault}.")
    picture: Picture = given
    return picture


def _found(item: Picture, number: int, called: str) -> Found:
    if isinstance(item, Path) or (isinstance(item, str) and not is_address(item)):
        return item
    return as_ref(item, number, called=called)
