"""Decoded samples of any depth and mode -> 8 bits, at a fraction of the size, strip by strip.

What is large is reduced before it is converted, so that a picture takes little more memory than its
decoder needs for it. Transparent pixels count for as much as they are visible, not by the colour
that hides in them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from PIL import Image

Samples = npt.NDArray[np.generic]

_STRIP = 1 << 21  # pixels that are converted at a time
_PLAIN = {"RGB", "L", "CMYK", "LAB"}  # modes that need no conversion before they are reduced
_DEPTHS = (8, 10, 12, 14, 16)  # bits that cameras and scanners fill
_HIGH_BYTE = 256


@dataclass(frozen=True, slots=True)
class Raster:
    """A decoded picture.

    Attributes:
        picture: It, as Pillow decodes it.
        low: The lower bytes of its samples, where Pillow keeps the upper ones only; same size.
        bits: Bits of a sample in use, where the file says so; 0 where it does not.
        levels: Largest value of a grey sample as stored, where Pillow stretches it to 255.
    """

    picture: Image.Image
    low: Image.Image | None = None
    bits: int = 0
    levels: int = 255

    def reduced(self, factor: int) -> Image.Image:
        """Average blocks of ``factor`` × ``factor`` pixels.

        Returns:
            A picture of mode ``RGB``, ``L``, ``CMYK``, ``LAB`` or, with transparency, ``RGBA``.
        """
        if self.picture.mode in _PLAIN and "transparency" not in self.picture.info and not self.low:
            return _reduced(self.picture, factor)
        convert = self._conversion()
        width, height = self.picture.size
        done = None
        for top, bottom in self._strips(factor):
            strip = convert((0, top, width, bottom))
            if factor > 1:
                premultiplied = strip.convert("RGBa") if strip.mode == "RGBA" else strip
                strip = _reduced(premultiplied, factor)
            if done is None:
                done = Image.new(strip.mode, (strip.width, -(-height // factor)))
            done.paste(strip, (0, top // factor))
        if done is None:
            raise ValueError("a picture without pixels")
        return done.convert("RGBA") if done.mode == "RGBa" else done

    def _strips(self, factor: int = 1) -> Iterator[tuple[int, int]]:
        """Yield first and last row of strips that hold whole blocks."""
        width, height = self.picture.size
        rows = max(1, _STRIP // (width * factor)) * factor
        for top in range(0, height, rows):
            yield top, min(top + rows, height)

    def _conversion(self) -> Callable[[tuple[int, int, int, int]], Image.Image]:
        """Return what turns a part of the picture into 8 bits, with alpha where there is any."""
        mode = self.picture.mode
        if self.low:
            return self._deep_colours()
        if mode in {"I", "F"} or mode.startswith("I;16"):
            return self._deep_grey()
        if mode == "L" and isinstance(hidden := self.picture.info.get("transparency"), int):
            self.picture.info["transparency"] = hidden * 255 // self.levels
        if mode == "La":
            return lambda box: self.picture.crop(box).convert("LA").convert("RGBA")
        if self.picture.has_transparency_data:
            return lambda box: self.picture.crop(box).convert("RGBA")
        return lambda box: self.picture.crop(box).convert("L" if mode == "1" else "RGB")

    def _deep_grey(self) -> Callable[[tuple[int, int, int, int]], Image.Image]:
        hidden = self.picture.info.get("transparency")

        def samples(box: tuple[int, int, int, int]) -> Samples:
            values: Samples = np.nan_to_num(np.asarray(self.picture.crop(box)))
            return values

        top = self._highest(samples)
        is_fraction = self.picture.mode == "F" and top <= 1
        full = 1.0 if is_fraction else _full_range(top, self.bits)

        def convert(box: tuple[int, int, int, int]) -> Image.Image:
            values = samples(box)
            grey = Image.fromarray(_scaled(values, full))
            if hidden is None:
                return grey
            alpha = Image.fromarray(np.where(values == hidden, 0, 255).astype(np.uint8))
            return Image.merge("LA", (grey, alpha)).convert("RGBA")

        return convert

    def _deep_colours(self) -> Callable[[tuple[int, int, int, int]], Image.Image]:
        """Put upper and lower bytes together again."""
        hidden = self.picture.info.get("transparency")

        def samples(box: tuple[int, int, int, int]) -> Samples:
            assert self.low
            high = np.asarray(self.picture.crop(box)).astype(np.uint16)
            values: Samples = high * np.uint16(_HIGH_BYTE) + np.asarray(self.low.crop(box))
            return values

        full = _full_range(self._highest(lambda box: samples(box)[..., :3]), self.bits)
        alpha_full = _full_range(self._highest(lambda box: samples(box)[..., 3:]), self.bits)

        def convert(box: tuple[int, int, int, int]) -> Image.Image:
            values = samples(box)
            colours = _scaled(values[..., :3], full)
            alpha = _scaled(values[..., 3:], alpha_full)
            if hidden is not None:
                shown = (values != np.array(hidden, np.uint16)).any(axis=-1, keepdims=True)
                alpha = shown.astype(np.uint8) * np.uint8(255)
            return Image.fromarray(np.concatenate([colours, alpha], axis=-1))

        return convert

    def _highest(self, samples: Callable[[tuple[int, int, int, int]], Samples]) -> float:
        width = self.picture.width
        strips = (samples((0, top, width, bottom)) for top, bottom in self._strips())
        return max(float(strip.max(initial=0)) for strip in strips)


def _reduced(picture: Image.Image, factor: int) -> Image.Image:
    # Not picture.reduce: JPEG 2000 pictures have something else under that name.
    return Image.Image.reduce(picture, factor) if factor > 1 else picture


def _full_range(highest: float, bits: int) -> float:
    """Return the value that stands for white: what the file says, else what its samples fill."""
    depths = (bits, *_DEPTHS) if bits else _DEPTHS
    return next((float((1 << n) - 1) for n in depths if highest < 1 << n), highest)


def _scaled(values: Samples, full: float) -> npt.NDArray[np.uint8]:
    """Scale to 0 … 255, as float32, which is exact enough and half as large as float64."""
    scaled = np.multiply(values, np.float32(255 / full), dtype=np.float32)
    return np.clip(np.rint(scaled, out=scaled), 0, 255, out=scaled).astype(np.uint8)
