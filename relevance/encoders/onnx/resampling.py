"""A part of a resized picture, to the last bit as Pillow gives it when it resizes the whole.

Pillow can resize into a box, but takes its corners in single precision, which moves some values by
one. This follows ``src/libImaging/Resample.c`` (``precompute_coeffs``, ``normalize_coeffs_8bpc``)
and ``ImagingScaleAffine`` in ``Geometry.c`` of Pillow 11 and 12, on one axis.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from math import ceil

import numpy as np
import numpy.typing as npt
from PIL.Image import Resampling

from relevance.encoders.base import IntArray

Doubles = npt.NDArray[np.float64]
Pixels = npt.NDArray[np.uint8]

_HAMMING = float(np.float32(0.54)), float(np.float32(0.46))  # single precision, as in C
_BITS = 22  # of the fixed-point weights: 32 less 8 of a value and 2 for what overshoots


class Stretch:
    """One axis of a picture, from ``before`` to ``after`` pixels, of which some are computed."""

    def __init__(self, before: int, after: int, part: tuple[int, int], filter_: Resampling) -> None:
        """Prepare the weights.

        Args:
            before: Pixels of the whole picture.
            after: Pixels of the whole resized picture.
            part: First pixel to compute, and the one behind the last.
            filter_: Pillow's filter.
        """
        find = _nearest if filter_ == Resampling.NEAREST else _weighted
        self._first, self._weights = find(before, after, part, filter_)
        self.start = int(self._first.min())
        self.stop = int(min(before, (self._first + self._weights.shape[1]).max()))
        """The pixels that are needed of the picture: from start to before stop."""

    def apply(self, pixels: Pixels) -> Pixels:
        """Turn ``(stop - start, m, 3)`` into ``(n, m, 3)``."""
        if self._weights.shape[1] == 1:
            return pixels[self._first - self.start]
        total = np.full((len(self._first), *pixels.shape[1:]), 1 << (_BITS - 1), np.int32)
        for tap, weights in enumerate(self._weights.T):
            # beyond the last pixel, where all weights are 0, any pixel will do
            rows = np.minimum(self._first - self.start + tap, len(pixels) - 1)
            total += weights[:, None, None] * pixels[rows]
        values: Pixels = np.clip(total >> _BITS, 0, 255).astype(np.uint8)
        return values


def _nearest(
    before: int, after: int, part: tuple[int, int], _: Resampling
) -> tuple[IntArray, npt.NDArray[np.int32]]:
    step = before / after
    places = np.full(part[1], step)
    places[0] *= 0.5
    np.add.accumulate(places, out=places)  # one after the other, as Pillow does: rounding adds up
    first = places[part[0] :].astype(np.int64)
    return first, np.ones((len(first), 1), np.int32)


def _weighted(
    before: int, after: int, part: tuple[int, int], filter_: Resampling
) -> tuple[IntArray, npt.NDArray[np.int32]]:
    reach, shape = _FILTERS[filter_]
    scale = before / after
    widened = max(scale, 1.0)
    support = reach * widened
    centres = (np.arange(*part) + 0.5) * scale
    first = np.maximum((centres - support + 0.5).astype(np.int64), 0)
    last = np.minimum((centres + support + 0.5).astype(np.int64), before)
    taps = np.arange(ceil(support) * 2 + 1)
    places = taps + first[:, None]
    values = shape((places - centres[:, None] + 0.5) * (1.0 / widened))
    values = np.where(places < last[:, None], values, 0.0)
    sums = np.add.accumulate(values, axis=1)[:, -1:]
    values = np.divide(values, sums, out=values, where=sums != 0)
    rounded = np.trunc(values * (1 << _BITS) + np.copysign(0.5, values))
    return first, rounded.astype(np.int32)


def _box(x: Doubles) -> Doubles:
    return np.where((x > -0.5) & (x <= 0.5), 1.0, 0.0)


def _bilinear(x: Doubles) -> Doubles:
    x = np.abs(x)
    return np.where(x < 1, 1 - x, 0.0)


def _hamming(x: Doubles) -> Doubles:
    x = np.abs(x)
    angle = x * np.pi
    return np.where(x < 1, _sinc(x) * (_HAMMING[0] + _HAMMING[1] * _cos(angle)), 0.0)


def _bicubic(x: Doubles) -> Doubles:
    x, a = np.abs(x), -0.5
    near = ((a + 2) * x - (a + 3)) * x * x + 1
    far = (((x - 5) * x + 8) * x - 4) * a
    return np.where(x < 1, near, np.where(x < 2, far, 0.0))


def _lanczos(x: Doubles) -> Doubles:
    return np.where((x >= -3) & (x < 3), _sinc(x) * _sinc(x / 3), 0.0)


def _sinc(x: Doubles) -> Doubles:
    angle = x * np.pi
    return np.divide(_sin(angle), angle, out=np.ones_like(angle), where=angle != 0)


def _sin(angle: Doubles) -> Doubles:
    """The C library's sine, as Pillow takes it: NumPy's last bit depends on the processor."""
    return np.array([math.sin(item) for item in angle.flat]).reshape(angle.shape)


def _cos(angle: Doubles) -> Doubles:
    """The same for the cosine."""
    return np.array([math.cos(item) for item in angle.flat]).reshape(angle.shape)


_FILTERS: dict[Resampling, tuple[float, Callable[[Doubles], Doubles]]] = {
    Resampling.BOX: (0.5, _box),
    Resampling.BILINEAR: (1.0, _bilinear),
    Resampling.HAMMING: (1.0, _hamming),
    Resampling.BICUBIC: (2.0, _bicubic),
    Resampling.LANCZOS: (3.0, _lanczos),
}
"""How far each filter reaches, in pixels, and its shape."""
