"""Pictures in memory show what their files show, or say why they are none."""

from __future__ import annotations

import io
import re

import numpy as np
import pytest
from PIL import Image, ImageOps
from PIL.PngImagePlugin import PngInfo

from relevance.errors import UsageError
from relevance.pictures.folders import ImageRef
from relevance.pictures.given import as_ref, file_of, several_pictures
from relevance.pictures.held import Held
from relevance.pictures.reading import Skipped, load_for_encoder, note_on

PIXELS = np.random.default_rng(0).integers(0, 256, (50, 80, 3), dtype=np.uint8)


def saved(picture, kind, **options):
    buffer = io.BytesIO()
    picture.save(buffer, kind, **options)
    return buffer.getvalue()


def forms():
    """Pictures of all sorts as Pillow has them, with a file that shows the same."""
    rgb = Image.fromarray(PIXELS)
    turned = Image.Exif()
    turned[0x0112] = 6
    yield "plain", rgb, saved(rgb, "PNG")
    for mode in ("L", "RGBA", "P", "1", "LA"):
        picture = rgb.convert("RGBA" if mode == "LA" else mode).convert(mode)
        yield mode, picture, saved(picture, "PNG")
    yield "CMYK", rgb.convert("CMYK"), saved(rgb.convert("CMYK"), "TIFF")
    file = saved(rgb, "PNG", exif=turned)
    yield "turned", Image.open(io.BytesIO(file)), file
    file = saved(rgb.convert("P"), "PNG", transparency=3)
    yield "see-through", Image.open(io.BytesIO(file)), file


@pytest.mark.parametrize(("name", "picture", "file"), forms(), ids=lambda item: str(item)[:12])
def test_a_picture_is_read_as_its_file_is(name, picture, file):
    np.testing.assert_array_equal(Held(picture).load(224), load_for_encoder(file, 224))
    held = Held(picture).file()
    np.testing.assert_array_equal(load_for_encoder(held, 224), load_for_encoder(file, 224))


def test_large_ones_are_averaged_down_as_files_are():
    pixels = np.random.default_rng(1).integers(0, 256, (1500, 2100, 3), dtype=np.uint8)
    file = saved(Image.fromarray(pixels), "PNG", compress_level=1)
    shown = Held(pixels).load(224)
    assert shown.size == (1050, 750)
    np.testing.assert_array_equal(shown, load_for_encoder(file, 224))


def test_a_text_in_a_picture_is_no_note_of_ours():
    info = PngInfo()
    info.add_text("note", "sold out")
    file = saved(Image.fromarray(PIXELS), "PNG", pnginfo=info)
    picture = Image.open(io.BytesIO(file))
    assert picture.info["note"] == "sold out"
    assert note_on(Held(picture).load(224)) == ""


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        (PIXELS[:, :, 0], r"an array of shape \(50, 80\) and uint8 is no picture; give \(height"),
        (PIXELS.astype(np.float32), r"shape \(50, 80, 3\) and float32 is no picture"),
        (PIXELS.transpose(2, 0, 1), r"shape \(3, 50, 80\) and uint8"),
        (PIXELS[:0], "an array without pixels"),
        (b"", "the file is empty"),
        (None, "NoneType is no picture; give a path, an address, bytes"),
        (7, "int is no picture"),
    ],
)
def test_what_is_no_picture_says_so(given, reason):
    for outcome in (Held(given).load(224), Held(given).file(), Held(given).small(64, 60)):
        assert isinstance(outcome, Skipped)
        assert re.search(reason, outcome.reason)
    assert Held(given).digest() == b""
    if given is None or isinstance(given, int):
        with pytest.raises(UsageError, match="Pictures cannot be used"):
            several_pictures(given)
    else:
        with pytest.raises(UsageError, match=reason):
            several_pictures(given)
    with pytest.raises(UsageError, match=reason):
        file_of(given)


def test_equal_pixels_have_an_equal_digest_and_others_do_not():
    rgb = Image.fromarray(PIXELS)
    assert Held(PIXELS).digest() == Held(rgb).digest() == Held(PIXELS[:, ::-1][:, ::-1]).digest()
    digests = {Held(picture).digest() for _, picture, _ in forms()}
    assert len(digests) == len(list(forms()))
    assert Held(PIXELS.reshape(80, 50, 3)).digest() != Held(PIXELS).digest()
    turned = ImageOps.mirror(rgb)
    assert Held(turned).digest() != Held(rgb).digest()


def test_too_large_is_skipped_as_a_file_is():
    for given in (PIXELS, saved(Image.fromarray(PIXELS), "PNG")):
        assert "too large: 80 × 50 pixels" in Held(given).load(224, 100).reason


def test_places_and_categories():
    rgb = Image.fromarray(PIXELS)
    refs = several_pictures(["a.jpg", rgb, "https://shop.example/b.jpg", PIXELS])
    assert refs[0] == "a.jpg"
    assert [(ref.place, ref.folder, bool(ref.held)) for ref in refs[1:]] == [
        ("picture 2", "in memory", True),
        ("https://shop.example/b.jpg", "addresses", False),
        ("picture 4", "in memory", True),
    ]
    refs = several_pictures({"nuts": [rgb, "a.jpg"], "fruit": PIXELS})
    assert [(ref.place, ref.folder) for ref in refs] == [
        ("picture 1", "nuts"),
        ("a.jpg", "nuts"),
        ("picture 3", "fruit"),
    ]
    own = ImageRef("front view", "nuts", Held(rgb))
    assert several_pictures([own]) == (own,)
    assert as_ref(rgb, 5).place == "picture 5"
