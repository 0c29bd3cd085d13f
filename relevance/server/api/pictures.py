"""``/pictures``: pictures of an index, and nothing else of the server's disks."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Depends, Query
from fastapi.responses import FileResponse, Response

from relevance.pictures.fetching import is_address
from relevance.pictures.formats import is_picture
from relevance.pictures.guard import guarded
from relevance.pictures.reading import Skipped, load_small
from relevance.server.api.common import PROBLEMS, library
from relevance.server.library import Library
from relevance.server.problems import NotHereError

router = APIRouter(tags=["pictures"], responses=PROBLEMS)
_SIDES = (120, 240, 480, 1200)
_QUALITY = 78
_KEPT = 4096  # thumbnails, of about 8 KB each
_DAY = {"Cache-Control": "private, max-age=86400"}
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
    id: str,
    held: Annotated[Library, Depends(library)],
    index: Annotated[str, Query()] = "",
) -> FileResponse:
    """Send the file of a picture of an index."""
    path = _file(held, index, id)
    return FileResponse(path, media_type=_media_type(path), headers=_DAY)


@router.get(
    "/pictures/{id}/thumbnail",
    summary="A small WebP of a picture",
    response_class=Response,
    responses={200: {"content": {"image/webp": {}}}},
)
def thumbnail(
    id: str,
    held: Annotated[Library, Depends(library)],
    index: Annotated[str, Query()] = "",
    side: Annotated[int, Query(description="120, 240, 480 or 1200 pixels")] = 240,
) -> Response:
    """Send a picture of an index, small enough for a list or a screen."""
    path = _file(held, index, id)
    fitting = next((one for one in _SIDES if one >= side), _SIDES[-1])
    made = _thumbnail(str(path), path.stat().st_mtime_ns, fitting, held.settings.max_pixels)
    if isinstance(made, str):
        raise NotHereError(f"The picture {id} cannot be shown: {made}.")
    return Response(made, media_type="image/webp", headers=_DAY)


def _file(held: Library, name: str, number: str) -> Path:
    """Return where a picture of an index is on this machine."""
    shelf = held.index(name)
    row = shelf.row(number)
    if not row:
        raise NotHereError(f"There is no picture with that id in the index {shelf.name}.")
    path = Path(row.path)
    if is_address(row.path) or not path.is_file() or not is_picture(path):
        raise NotHereError(f"The picture {number} is not on this server's disks, or not any more.")
    return path


@lru_cache(_KEPT)
def _thumbnail(path: str, changed: int, side: int, max_pixels: int) -> bytes | str:
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
