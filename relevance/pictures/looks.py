"""What a decoded picture looks like at a glance: hash, colours, and whether it shows anything.

How the bounds were chosen is in docs/score.md. What is found is kept beside vectors, so a change
here needs another ``LOOKS``.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
from PIL import Image

LOOKS = 1
"""Number of the way pictures are looked at."""

_CELLS = 8
LOOK = np.dtype(
    [
        ("hash", "<u8"),
        ("colours", "u1", (_CELLS, _CELLS, 3)),
        ("flaws", "u1"),
        ("is_known", "?"),
    ]
)
"""One look: 64 bits of which few differ between pictures that are alike, the mean colours of eight
by eight parts, and bits of ``FLAWS``."""

Looks = npt.NDArray[np.void]
"""``(n,)`` of ``LOOK``; all zeros where a picture was not looked at."""

FLAWS = ("blank", "tiny", "noise")
"""What the bits of ``flaws`` mean, from the lowest."""

TINY = 64  # pixels of the shorter edge; of fewer the encoder sees too little
_SIDE = 64  # pixels; what hash and blankness are seen on
_BLANK = 12  # levels of 255 by which one colour varies at most, averaged down
_GRAIN = 12  # levels of standard deviation at most that are a picture's grain and no noise
_ALIKE = 0.2  # correlation of neighbouring pixels, which pictures exceed
_PATCH, _PATCHES = 48, 3  # noise is looked for in three by three patches of so many pixels


def look_at(picture: Image.Image) -> Looks:
    """Look at an upright RGB picture, as it was read for an encoder.

    Returns:
        ``()`` of ``LOOK``.
    """
    import imagehash

    small = picture.resize((_SIDE, _SIDE), Image.Resampling.BOX)
    colours = np.asarray(small.reduce(_SIDE // _CELLS))
    bits = np.packbits(imagehash.phash(small).hash).view("<u8")[0]
    is_noise = _is_noise(picture)
    # noise looks blank when it is averaged down far enough
    found = (not is_noise and _is_blank(small), min(picture.size) < TINY, is_noise)
    flaws = sum(1 << number for number, has in enumerate(found) if has)
    return np.array((bits, colours, flaws, True), dtype=LOOK)


def flaw_names(looks: Looks) -> list[str]:
    """Say in words what is wrong with each picture: "blank", "tiny; noise", mostly nothing."""
    kinds = [
        "; ".join(name for number, name in enumerate(FLAWS) if flaws >> number & 1)
        for flaws in range(1 << len(FLAWS))
    ]
    return [kinds[flaws] for flaws in looks["flaws"].tolist()]


def _is_blank(small: Image.Image) -> bool:
    levels = np.asarray(small)
    return bool((np.ptp(levels.reshape(-1, levels.shape[-1]), axis=0) <= _BLANK).all())


def _is_noise(picture: Image.Image) -> bool:
    """Say whether the pixels of a picture have nothing to do with their neighbours."""
    patches = np.stack([np.asarray(patch, dtype=np.float32) for patch in _patches(picture)])
    patches -= patches.mean()
    variance = float((patches**2).mean())
    if variance < _GRAIN**2 or min(patches.shape[1:]) < 2:
        return False
    across = float((patches[:, :, 1:] * patches[:, :, :-1]).mean())
    down = float((patches[:, 1:] * patches[:, :-1]).mean())
    return max(across, down) < _ALIKE * variance


def _patches(picture: Image.Image) -> Iterator[Image.Image]:
    """Yield grey patches of equal size, evenly spread."""
    width, height = (min(_PATCH, side) for side in picture.size)
    steps = np.linspace(0, 1, _PATCHES)
    for x in (steps * (picture.width - width)).astype(int).tolist():
        for y in (steps * (picture.height - height)).astype(int).tolist():
            yield picture.crop((x, y, x + width, y + height)).convert("L")
