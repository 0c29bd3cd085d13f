"""Pictures are looked at once before anything else: which can be read, and which are alike."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from PIL import Image

from relevance.embedding.cache import content_digest
from relevance.embedding.embeddings import Advance, Progress
from relevance.embedding.near_copies import MOST_BITS
from relevance.pictures.folders import ImageRef
from relevance.pictures.guard import guarded
from relevance.pictures.looks import look_at as glance_at
from relevance.pictures.reading import Skipped, load_for_encoder
from relevance.system.threads import cores

_SIDE = 64  # pixels; the hash sees 32
_AT_ONCE = 64

Bits = npt.NDArray[np.uint64]
Groups = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Look:
    """What one picture is: the hash of its content, and 64 bits of how it looks."""

    digest: str
    bits: int


def look_at(refs: list[ImageRef], max_pixels: int, progress: Progress) -> list[Look | Skipped]:
    """Read every picture once, a thread for each core; what cannot be read says why."""
    found: list[Look | Skipped] = []
    with ThreadPoolExecutor(cores(), thread_name_prefix="pictures") as pool:
        for start in range(0, len(refs), _AT_ONCE):
            some = refs[start : start + _AT_ONCE]
            found += pool.map(lambda ref: guarded(_look, ref, max_pixels), some)
            skipped = sum(isinstance(item, Skipped) for item in found)
            progress(Advance(len(found), len(refs), skipped=skipped))
    return found


def picture_of(ref: ImageRef, image_size: int, max_pixels: int) -> Image.Image | Skipped:
    """Read a picture that lies in a file or in memory."""
    if ref.held:
        return ref.held.load(image_size, max_pixels)
    return load_for_encoder(ref.path, image_size, max_pixels)


def _look(ref: ImageRef, max_pixels: int) -> Look | Skipped:
    picture = picture_of(ref, _SIDE, max_pixels)
    if isinstance(picture, Skipped):
        return picture
    digest = ref.held.digest() if ref.held else content_digest(ref.path)
    return Look(digest.hex(), int(glance_at(picture)["hash"]))


def groups_of(looks: list[Look]) -> Groups:
    """Number pictures so that copies and near copies, of each other or of a third, have one number.

    Copies have the same content; near copies perceptual hashes (Zauner 2010, by a cosine
    transform) that differ in at most ``MOST_BITS`` bits. Colours and vectors, which near copies
    share besides, are not asked: what is alike in any way is better on one side.

    Returns:
        ``(n,)``, the number of the first picture of the group.
    """
    first: dict[str, int] = {}
    group = np.array([first.setdefault(look.digest, at) for at, look in enumerate(looks)])
    bits = np.array([look.bits for look in looks], dtype=np.uint64)
    for at in first.values():
        near = np.flatnonzero(np.bitwise_count(bits[:at] ^ bits[at]) <= MOST_BITS)
        if len(near):
            joined = np.unique(np.append(group[near], group[at]))
            group[np.isin(group, joined)] = joined.min()
    return group.astype(np.int64)
