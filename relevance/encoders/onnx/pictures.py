"""What an image processor does to a picture before the graph, with Pillow and NumPy.

Follows ``PilBackend`` of transformers 5 (``image_processing_backends.py``) to the pixel: resize,
then centre crop with black padding. Rescaling and normalisation are part of the exported graph.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil

import numpy as np
import numpy.typing as npt
from PIL import Image

from relevance.encoders.onnx.resampling import Stretch

_MOST_PIXELS = 1 << 25  # of a whole resized picture, 130 MB: of longer ones only the cut is made


@dataclass(frozen=True, slots=True)
class PictureRules:
    """How a picture becomes the ``(height, width, 3)`` uint8 array that the image tower takes.

    Attributes:
        shortest_edge: Resize so that the shorter edge has this length; 0: to height × width.
        height: Height of the result in pixels.
        width: Width of the result in pixels.
        resample: Pillow's number of the resampling filter.
    """

    shortest_edge: int
    height: int
    width: int
    resample: int

    def apply(self, image: Image.Image) -> npt.NDArray[np.uint8]:
        """Resize and crop an RGB picture."""
        resample = Image.Resampling(self.resample)
        if not self.shortest_edge:
            return np.asarray(image.resize((self.width, self.height), resample))
        size = self._resized(image)
        if size[0] * size[1] > _MOST_PIXELS:
            return self._cut_of_long(image, size)
        return self._cut(image.resize(size, resample), self._corner(size))

    def _resized(self, image: Image.Image) -> tuple[int, int]:
        shorter, longer = sorted(image.size)
        stretched = int(self.shortest_edge * longer / shorter)
        if image.width <= image.height:
            return self.shortest_edge, stretched
        return stretched, self.shortest_edge

    def _corner(self, size: tuple[int, int]) -> tuple[int, int]:
        """Say where the cut begins in a resized picture; below 0 where the picture is smaller."""
        spare = [have - want for have, want in zip(size, (self.width, self.height), strict=True)]
        left, top = (gap // 2 if gap >= 0 else -ceil(-gap / 2) for gap in spare)
        return left, top

    def _cut(self, image: Image.Image, corner: tuple[int, int]) -> npt.NDArray[np.uint8]:
        """Cut out height × width; where the picture is smaller than the cut, the rest is black."""
        left, top = corner
        return np.asarray(image.crop((left, top, left + self.width, top + self.height)))

    def _cut_of_long(self, image: Image.Image, size: tuple[int, int]) -> npt.NDArray[np.uint8]:
        """Resize only what the cut shows; the whole of a very long picture may be gigabytes.

        The same values come out as from the whole, except that Pillow 13 resizes columns first
        where a tall picture shrinks, which may round a value to its neighbour.
        """
        corner = list(self._corner(size))
        axis = 0 if image.width > image.height else 1
        wanted = (self.width, self.height)[axis]
        part = max(corner[axis], 0), min(corner[axis] + wanted, size[axis])
        resample = Image.Resampling(self.resample)
        stretch = Stretch(image.size[axis], size[axis], part, resample)
        box = [0, 0, *image.size]
        box[axis], box[axis + 2] = stretch.start, stretch.stop
        seen = image.crop((box[0], box[1], box[2], box[3]))
        if axis == 0:  # Pillow resizes along rows first, and rounds in between
            columns = stretch.apply(np.asarray(seen).swapaxes(0, 1)).swapaxes(0, 1)
            seen = Image.fromarray(np.ascontiguousarray(columns))
            seen = seen.resize((seen.width, size[1]), resample)
        else:
            seen = seen.resize((size[0], seen.height), resample)
            seen = Image.fromarray(stretch.apply(np.asarray(seen)))
        corner[axis] -= part[0]
        return self._cut(seen, (corner[0], corner[1]))
