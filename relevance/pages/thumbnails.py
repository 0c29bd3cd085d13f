"""Small pictures as data URIs, so that a page is one file."""

from __future__ import annotations

import base64
import io
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from contextvars import ContextVar
from pathlib import Path

from PIL import Image

from relevance.embedding.cache import FileFacts, Thumbnails, opened
from relevance.pictures.guard import guarded
from relevance.pictures.held import Held
from relevance.pictures.reading import Skipped, load_small
from relevance.system.threads import cores

SIDE = 240

BUDGET = 2_800_000
"""Bytes of all thumbnails of a page together, about, so that it can go by mail.

A page writes them in base64, a third longer.
"""

LARGE_BUDGET = 1_200_000
"""Bytes of all larger pictures of a page together, beside those of ``BUDGET``."""

_LARGE = (720, 70)
_AT_ONCE = 8  # larger pictures that are made before looking what room is left
_TIERS = ((SIDE, 75), (176, 65), (136, 55), (112, 45), (88, 40), (64, 35))  # pixels, quality
Tier = tuple[int, int]
_NONE_HELD: Mapping[str, Held] = {}
_shared: ContextVar[dict[tuple[str, Tier], bytes] | None] = ContextVar("_shared", default=None)
_FEW = 150  # always fit at the largest size
_TRIED = 40  # pictures that tell how large all will be


def data_uri(webp: bytes) -> str:
    """Return a WebP file as an address that pages can hold; empty for no file."""
    text = base64.b64encode(webp).decode("ascii")
    return f"data:image/webp;base64,{text}" if text else ""


def thumbnails(
    paths: Sequence[str],
    max_pixels: int,
    *,
    cache: bool,
    held: Mapping[str, Held] = _NONE_HELD,
) -> list[str]:
    """Return ``data:`` URIs of a page's pictures, as large as the page's budget allows.

    Args:
        paths: The pictures.
        max_pixels: Larger ones are not read.
        cache: Whether to take known ones from the user's cache and keep new ones there.
        held: Those of the pictures that lie in memory.
    """
    with _album(max_pixels, held, cache=cache) as album:
        made = album.all(paths, album.fitting_tier(paths))
    return list(map(data_uri, made))


def fitting(webps: Sequence[bytes]) -> list[bytes]:
    """Return a page's pictures, ``SIDE`` pixels wide, as large as the page's budget allows.

    Args:
        webps: WebP files; empty ones stay so.
    """
    if sum(map(len, webps)) <= BUDGET:
        return list(webps)
    some = webps[:: max(1, len(webps) // _TRIED)]
    for tier in _TIERS[1:]:
        mean = sum(len(_shrunk(webp, tier)) for webp in some) / len(some)
        if mean * len(webps) <= BUDGET:
            break
    return [_shrunk(webp, tier) for webp in webps]


def _shrunk(webp: bytes, tier: Tier) -> bytes:
    small = load_small(webp, *tier) if webp else b""
    return b"" if isinstance(small, Skipped) else small


def larger(
    paths: Sequence[str],
    max_pixels: int,
    *,
    cache: bool,
    held: Mapping[str, Held] = _NONE_HELD,
) -> dict[str, str]:
    """Return ``data:`` URIs of larger pictures, of as many as the page's budget allows.

    Args:
        paths: Pictures, the likelier to be looked at the earlier.
        max_pixels: Larger ones are not read.
        cache: Whether to take known ones from the user's cache and keep new ones there.
        held: Those of the pictures that lie in memory.

    Returns:
        Those with more pixels than thumbnails have, by path.
    """
    found: dict[str, str] = {}
    room = LARGE_BUDGET
    with _album(max_pixels, held, cache=cache) as album:
        for first in range(0, len(paths), _AT_ONCE):
            some = paths[first : first + _AT_ONCE]
            for path, webp in zip(some, album.all(some, _LARGE), strict=True):
                if _exceeds_thumbnails(webp) and len(webp) <= room:
                    found[path] = data_uri(webp)
                    room -= len(webp)
            if room < LARGE_BUDGET // 20:  # little fits there, and all would be read for it
                break
    return found


def _exceeds_thumbnails(webp: bytes) -> bool:
    return bool(webp) and max(Image.open(io.BytesIO(webp)).size) > SIDE


@contextmanager
def made_once() -> Iterator[None]:
    """Let pages that are drawn inside share the pictures that are made for them."""
    token = _shared.set({})
    try:
        yield
    finally:
        _shared.reset(token)


@contextmanager
def _album(max_pixels: int, held: Mapping[str, Held], *, cache: bool) -> Iterator[_Album]:
    with ExitStack() as stack:
        store = stack.enter_context(opened(Thumbnails, Thumbnails)) if cache else None
        pool = stack.enter_context(ThreadPoolExecutor(cores(), thread_name_prefix="thumbnails"))
        yield _Album(store, pool, max_pixels, held)


class _Album:
    """Makes thumbnails in threads, unless the store has them."""

    def __init__(
        self,
        store: Thumbnails | None,
        pool: ThreadPoolExecutor,
        max_pixels: int,
        held: Mapping[str, Held],
    ) -> None:
        self._held = held
        self._store = store
        self._pool = pool
        self._max_pixels = max_pixels

    def fitting_tier(self, paths: Sequence[str]) -> Tier:
        """Choose side and quality by trying some of the pictures."""
        if len(paths) <= _FEW:
            return _TIERS[0]
        some = paths[:: len(paths) // _TRIED]
        for tier in _TIERS:
            mean = sum(map(len, self.all(some, tier))) / len(some)
            if mean * len(paths) <= BUDGET:
                return tier
        return _TIERS[-1]

    def all(self, paths: Sequence[str], tier: Tier) -> list[bytes]:
        """Return WebP files, in order; an empty one where a picture is gone."""
        shared = _shared.get()
        found = (
            {path: shared[path, tier] for path in paths if (path, tier) in shared} if shared else {}
        )
        files = [path for path in paths if path not in self._held and path not in found]
        found |= self._store.recall(files, *tier) if self._store else {}
        new = [path for path in dict.fromkeys(paths) if path not in found]
        before = {path: None if path in self._held else FileFacts.of(path) for path in new}
        encoded = self._pool.map(lambda path: self._encoded(path, *tier), new)
        made = dict(zip(new, encoded, strict=True))
        if self._store and made:
            entries = [(path, before[path], data) for path, data in made.items() if data]
            self._store.store(entries, *tier)
        if shared is not None:
            shared.update({(path, tier): data for path, data in made.items()})
        return [(found | made)[path] for path in paths]

    def _encoded(self, path: str, side: int, quality: int) -> bytes:
        held = self._held.get(path)
        if held:
            small = guarded(held.small, side, quality, self._max_pixels)
        else:
            small = load_small(Path(path), side, quality, self._max_pixels)
        return b"" if isinstance(small, Skipped) else small
