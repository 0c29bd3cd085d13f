"""The sample pictures: the promised mix, all readable, small enough to ship."""

from __future__ import annotations

from collections import Counter

import pandas as pd
import pytest
from PIL import Image

from relevance.pictures.folders import find_images
from relevance.pictures.reading import load_image

CATEGORIES = [
    "almonds",
    "apples",
    "broccoli",
    "garlic",
    "lemons",
    "mushrooms",
    "oranges",
    "pecans",
    "strawberries",
    "walnuts",
]


@pytest.fixture(scope="module")
def contents(samples):
    return pd.read_csv(samples / "contents.csv")


def test_counts(samples):
    categories = Counter(ref.folder for ref in find_images([samples / "google_images"]).refs)
    assert categories == dict.fromkeys(CATEGORIES, 8)
    examples = Counter(ref.folder for ref in find_images([samples / "examples"]).refs)
    assert examples == {"Relevant": 12, "Irrelevant": 24}


def test_labels_of_the_examples_are_true(contents):
    relevant = contents["path"].str.startswith("examples/Relevant/")
    assert (contents.loc[relevant, "product"] == "almonds").all()
    others = contents[contents["path"].str.startswith("examples/Irrelevant/")]["product"]
    assert "almonds" not in set(others)
    assert {"pecans", "walnuts"} <= set(others)


@pytest.mark.parametrize("tree", ["examples", "google_images"])
def test_the_mix_of_formats(samples, tree):
    found = set()
    for ref in find_images([samples / tree]).refs:
        assert isinstance(load_image(ref.path), Image.Image)
        with Image.open(ref.path) as picture:
            found.add(picture.format)
            found.add(picture.mode)
            if picture.getexif().get(0x0112, 1) != 1:
                found.add("turned")
            if picture.has_transparency_data:
                found.add("transparent")
    assert {"JPEG", "WEBP", "PNG", "GIF", "P", "CMYK", "turned", "transparent"} <= found


def test_size(samples):
    assert sum(path.stat().st_size for path in samples.rglob("*") if path.is_file()) < 5_000_000
