"""What an image processor does to a picture before the graph, with Pillow alone.

Follows ``PilBackend`` of transformers 5 (``image_processing_backends.py``) to the pixel: resize,
then centre crop with black padding. Rescaling and normalisation are part of the exported graph.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil

import numpy as np
import numpy.typing as npt
from PIL import Image

_LONGEST_RATIO = 10  # from here on the part that is cropped away is not even computed


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
        if max(image.size) > _LONGEST_RATIO * min(image.size):
            image = self._middle(image)
        return np.asarray(self._crop(image.resize(self._resized(image), resample)))

    def _resized(self, image: Image.Image) -> tuple[int, int]:
        shorter, longer = sorted(image.size)
        stretched = int(self.shortest_edge * longer / shorter)
        if image.width <= image.height:
            return self.shortest_edge, stretched
        return stretched, self.shortest_edge

    def _crop(self, image: Image.Image) -> Image.Image:
        """Cut out the middle; where the picture is smaller than the cut, the rest is black."""
        left, top = (image.width - self.width) // 2, (image.height - self.height) // 2
        if left < 0:
            left = -ceil((self.width - image.width) / 2)
        if top < 0:
            top = -ceil((self.height - image.height) / 2)
        return image.crop((left, top, left + self.width, top + self.height))

    def _middle(self, image: Image.Image) -> Image.Image:
        """Cut a very long picture to what the crop can see, and some pixels for the filter."""
        shorter = min(image.size)
        seen = ceil(2 * shorter * max(self.width, self.height) / self.shortest_edge) + 8
        width, height = min(image.width, seen), min(image.height, seen)
        left, top = (image.width - width) // 2, (image.height - height) // 2
        return image.crop((left, top, left + width, top + height))
