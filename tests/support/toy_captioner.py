"""A captioning model that names colours, for tests of what is round it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PIL import Image

from relevance.encoders.captioning import CaptionerInfo


class ColourCaptioner:
    """Says the colour of a picture; fails on black ones, and says nothing of white ones."""

    def __init__(
        self, stop: Callable[[int], object] = lambda n_done: None, name: str = "colours"
    ) -> None:
        """Make one; ``stop`` is called before each batch, with how many are done."""
        self.info = CaptionerInfo(name, "1", "toy", 8, "numpy", "fp32", "cpu", "MIT", "f" * 32)
        self.batches: list[int] = []
        self._stop = stop

    def caption(self, images: Sequence[Image.Image], style: str) -> list[str]:
        self._stop(sum(self.batches))
        colours = [image.resize((1, 1)).getpixel((0, 0)) for image in images]
        if (0, 0, 0) in colours:
            raise ValueError("too dark")
        self.batches.append(len(images))
        return ["" if colour == (255, 255, 255) else f"colour {colour}" for colour in colours]
