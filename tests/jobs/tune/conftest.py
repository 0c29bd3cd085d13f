"""A shop of small sample pictures, and the compact encoder tuned on it once."""

from __future__ import annotations

import pytest
from PIL import Image

from relevance import tune

KINDS = ("almonds", "apples", "broccoli", "garlic", "lemons", "oranges")


@pytest.fixture(scope="package")
def shop(tmp_path_factory, samples):
    """Six categories of the sample pictures, small, so that they are read quickly."""
    home = tmp_path_factory.mktemp("shop")
    for kind in KINDS:
        (home / kind).mkdir()
        for path in sorted((samples / "google_images" / kind).iterdir())[:6]:
            with Image.open(path) as picture:
                small = picture.convert("RGB")
            small.thumbnail((270, 270))
            small.save(home / kind / f"{path.stem}.png")
    return home


@pytest.fixture(scope="package")
def tuning(shop, tmp_path_factory, own_folder):
    """What tuning on it came to."""
    output = tmp_path_factory.mktemp("out") / "tuned"
    return tune(shop, output, model="compact", epochs=3, seed=1)
