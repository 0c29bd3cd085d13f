"""What is seen of a picture at a glance: hash, blank, tiny, noise."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image, ImageDraw

from relevance.pictures.looks import flaw_names, look_at
from relevance.pictures.reading import load_for_encoder


def as_read(picture, quality=75):
    """The picture as an encoder gets it from a JPEG file."""
    file = io.BytesIO()
    picture.save(file, "JPEG", quality=quality)
    return load_for_encoder(file.getvalue(), 224)


def flaws(picture):
    return flaw_names(look_at(picture)[None])[0]


def static(size, spread=None):
    rng = np.random.default_rng(0)
    shape = (size, size, 3)
    values = rng.integers(0, 256, shape) if spread is None else rng.normal(240, spread, shape)
    return Image.fromarray(np.clip(values, 0, 255).astype(np.uint8))


def shade(size, low, high):
    row = np.linspace(low, high, size).astype(np.uint8)
    return Image.fromarray(np.broadcast_to(row[None, :, None], (size, size, 3)).copy())


def dot():
    picture = Image.new("RGB", (600, 600), "white")
    ImageDraw.Draw(picture).ellipse((295, 295, 310, 310), fill="black")
    return picture


@pytest.mark.parametrize(("size", "quality"), [(100, 95), (700, 40), (1500, 75)])
def test_made_pictures(size, quality):
    grain = static(size, 3) if size > 100 else shade(size, 0, 3)
    for picture in (Image.new("RGB", (size, size), "navy"), grain, shade(size, 240, 246)):
        assert flaws(as_read(picture, quality)) == "blank"
    assert flaws(as_read(static(size), quality)) == "noise"
    assert flaws(as_read(shade(size, 0, 255), quality)) == ""


def test_a_small_thing_on_white_is_something():
    assert flaws(as_read(dot())) == ""


def test_tiny_is_told_by_the_shorter_edge():
    wide = shade(200, 0, 255)
    found = [flaws(wide.crop((0, 0, 200, height))) for height in (1, 63, 64)]
    assert found == ["tiny", "tiny", ""]
    assert flaws(Image.new("RGB", (1, 1))) == "blank; tiny"


def test_sample_pictures_have_no_flaw(samples):
    paths = [*samples.glob("google_images/*/*"), *samples.glob("examples/*/*")][::3]
    assert len(paths) > 30
    found = {path: flaws(load_for_encoder(path, 224)) for path in paths}
    assert {path: text for path, text in found.items() if text} == {}
