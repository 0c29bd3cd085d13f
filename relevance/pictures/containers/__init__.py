"""One module a file format: what of a file decides its pixels, and what is passed over.

Metadata in any state, checksums of it included, must not cost a picture; so decoders are shown only
what they need. Orientation and colour profile are read here, leniently, and nothing else is.
"""

from __future__ import annotations

from typing import IO

from relevance.pictures.containers import boxes, gif, jpeg, png, tiff, webp
from relevance.pictures.containers.container import Container, padding, read_at, size_of, view

__all__ = ["Container", "read_container", "view"]

_HEAD = 16


def read_container(source: IO[bytes]) -> Container:
    """Look through a picture file by its content; of an unknown format, all is kept."""
    head = read_at(source, 0, _HEAD)
    if head.startswith(png.SIGNATURE):
        return png.read(source)
    if head.startswith(jpeg.SIGNATURE):
        return jpeg.read(source)
    if webp.is_webp(head):
        return webp.read(source)
    if head.startswith((b"GIF87a", b"GIF89a")):
        return gif.read(source)
    if head.startswith(tiff.SIGNATURES):
        return tiff.read(source)
    if boxes.is_heif(head):
        return boxes.read_heif(source)
    if head.startswith(boxes.JP2):
        return boxes.read_jp2(source)
    if head.startswith(boxes.CODESTREAM):
        return boxes.read_codestream(source)
    return Container(tails=padding(size_of(source)))
