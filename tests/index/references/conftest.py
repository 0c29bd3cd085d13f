"""Pictures of colours, which the toy encoder tells apart."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from relevance import References

BASES = {"red": (220, 30, 30), "green": (30, 200, 40), "blue": (40, 40, 210)}


def picture(path, colour, seed):
    """Write a picture of about a colour; no two seeds give the same."""
    rng = np.random.default_rng(seed)
    shade = np.clip(np.array(BASES.get(colour, colour)) + rng.integers(-28, 28, 3), 0, 255)
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", (12, 12), tuple(map(int, shade))).save(path)
    return path


@pytest.fixture
def colours(tmp_path):
    """Three types with four pictures each."""
    for colour in BASES:
        for number in range(4):
            picture(tmp_path / "types" / colour / f"{number}.png", colour, number)
    return tmp_path / "types"


@pytest.fixture
def references(tmp_path, colours, toy):
    made = References(tmp_path / "store", model=toy)
    made.add(colours)
    return made
