"""``/pictures``: pictures of an index, and nothing else of the server's disks."""

from __future__ import annotations

import os
import stat
from functools import lru_cache
from pathlib import Path
from typing import Annotated

import fastapi
from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import FileResponse, Response

from relevance.pictures.fetching import is_address
from relevance.pictures.formats import is_picture
from relevance.pictures.guard import guarded
from relevance.pictures.reading import Skipped, load_small
from relevance.server.api.common import PROBLEMS, library
from relevance.server.fresh import CHANGING, kept, small_picture
from relevance.server.library import Library
from relevance.server.problems import NotHereError

router = APIRouter(tags=["pictures"], responses=PROBLEMS)
PictureId = Annotated[str, fastapi.Path(description="Id of a picture, as results have it")]
OfIndex = Annotated[str, Query(description="Name of the index; the first if empty")]
_SIDES = (120, 240, 480, 1200)
_QUALITY = 78
_KEPT = 4096  # thumbnails, of about 8 KB each
_SNIFFED = {
    b"\xff\xd8\xff": "image/jpeg",
    b"\x89PNG\r\n\x1a\n": "image/png",
    b"GIF8": "image/gif",
    b"BM": "image/bmp",
}


@router.get(
    "/pictures/{id}",
    summary="A picture",
    response_class=FileResponse,
    responses={200: {"content": {"image/*": {}, "application/octet-stream": {}}}},
    operation_id="picture",
)
def picture(
    id: PictureId,
    request: Request,
    held: Annotated[Library, Depends(library)],
    index: OfIndex = "",
) -> Response:
    """Send the file of a picture of an index."""
    path, found = _file(held, index, id)
    if not is_picture(path):
        raise _not_here(id)
    answer = FileResponse(path, media_type=_media_type(path), stat_result=found)
    return kept(answer, request, CHANGING)


@router.get(
    "/pictures/{id}/thumbnail",
    summary="A small WebP of a picture",
    response_class=Response,
    responses={200: {"content": {"image/webp": {}}}},
)
def thumbnail(
    id: PictureId,
    request: Request,
    held: Annotated[Library, Depends(library)],
    index: OfIndex = "",
    side: Annotated[
        int,
        Query(description="Longest side in pixels: 120, 240, 480 or 1200; others are rounded up"),
    ] = 240,
) -> Response:
    """Send a picture of an index, small enough for a list or a screen."""
    path, found = _file(held, index, id)
    fitting = next((one for one in _SIDES if one >= side), _SIDES[-1])
    state = found.st_mtime_ns, found.st_size, found.st_ino
    made = _thumbnail(str(path), state, fitting, held.settings.max_pixels)
    if isinstance(made, str):
        raise NotHereError(f"The picture {id} cannot be shown: {made}.")
    return small_picture(made, request, CHANGING)


def _file(held: Library, name: str, number: str) -> tuple[Path, os.stat_result]:
    """Return where a picture of an index is on this machine, and the file's state, unopened."""
    shelf = held.index(name)
    row = shelf.row(number)
    if not row:
        raise NotHereError(f"There is no picture with that id in the index {shelf.name}.")
    path = Path(row.path)
    if is_address(row.path):
        raise _not_here(number)
    try:
        found = path.stat()
    except (OSError, ValueError):
        raise _not_here(number) from None
    if not stat.S_ISREG(found.st_mode):
        raise _not_here(number)
    return path, found


def _not_here(number: str) -> NotHereError:
    return NotHereError(f"The picture {number} is not on this server's disks, or not any more.")


@lru_cache(_KEPT)
def _thumbnail(path: str, state: tuple[int, ...], side: int, max_pixels: int) -> bytes | str:
    """Make a small picture of a file, once for each state that it has had."""
    small = guarded(load_small, Path(path), side, _QUALITY, max_pixels)
    return small.reason if isinstance(small, Skipped) else small


def _media_type(path: Path) -> str:
    """Say what a picture is by how it begins, never by its name."""
    with path.open("rb") as stream:
        start = stream.read(16)
    if start[:4] == b"RIFF" and start[8:12] == b"WEBP":
        return "image/webp"
    known = (kind for mark, kind in _SNIFFED.items() if start.startswith(mark))
    return next(known, "application/octet-stream")
