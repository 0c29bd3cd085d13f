"""An encoder that several threads use at once, as those of a server do."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from relevance.encoders import load_encoder
from relevance.encoders.base import Description
from relevance.encoders.hub import HubEncoder
from relevance.encoders.snapshots import fetch
from tests.support.models import save_clip
from tests.support.threads import at_once

TEXTS = ["almonds", "a photo of red apples in a bowl", "nuts", "a close-up photo of walnuts"]
PICTURES = [Image.new("RGB", (40 + 9 * n, 60), (9 * n, 200, 40)) for n in range(6)]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    made = tmp_path_factory.mktemp("clip")
    save_clip(made)
    return str(made)


@pytest.mark.parametrize("runtime", ["compact", "onnxruntime", "torch"])
def test_each_gets_what_it_would_get_alone(runtime, folder, compact):
    if runtime == "torch":
        encoder = HubEncoder(fetch(folder), Description(folder))
    else:
        encoder = compact if runtime == "compact" else load_encoder(folder, precision="fp32")

    def work():
        texts = [encoder.encode_texts(TEXTS[:count]) for count in (4, 1, 2, 3)]
        pictures = [encoder.encode_images(PICTURES[:count]) for count in (6, 1, 3)]
        return np.concatenate([*texts, *pictures])

    expected = work()
    for found in at_once(work):
        np.testing.assert_allclose(found, expected, atol=1e-6)
