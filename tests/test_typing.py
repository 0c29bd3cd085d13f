"""What a type checker tells somebody who uses the package, and what their slips raise at once."""

from __future__ import annotations

import subprocess
import sys
import sysconfig
import venv

import numpy as np
import pytest
from PIL import Image

from relevance.encoders.base import Description
from relevance.encoders.hub import HubEncoder
from relevance.encoders.snapshots import fetch
from tests.conftest import ROOT
from tests.support.models import save_clip

RIGHT = """
import relevance

encoder = relevance.load_encoder("compact", precision="fp32")
rows = encoder.encode_texts(["almonds"])
scores = relevance.score("almonds", "pictures", model=encoder, threshold=0.4)
tuning = relevance.tune("pictures", "tuned", model="compact", epochs=3)
print(rows.shape, scores.images, tuning.outcome.share, relevance.__version__)
"""
WRONG = """
import relevance

relevance.score("almonds", "pictures", treshold=0.4)
relevance.score("almonds", "pictures", threshold="high")
relevance.load_encoder(precision=8)
relevance.scores("almonds", "pictures")
"""


def test_mypy_sees_slips_of_a_client_and_nothing_else(tmp_path):
    """In an environment into which a wheel would be unpacked: py.typed alone says it is typed."""
    venv.create(tmp_path / "env")
    python = tmp_path / "env" / "bin" / "python"
    site = subprocess.run(
        [python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.strip()
    with open(f"{site}/rest.pth", "w") as rest:
        rest.write(sysconfig.get_path("purelib"))
    subprocess.run(["cp", "-r", ROOT / "relevance", site], check=True)
    for name, text in (("right", RIGHT), ("wrong", WRONG)):
        (tmp_path / f"{name}.py").write_text(text)
    checker = [sys.executable, "-m", "mypy", "--strict", "--python-executable", str(python)]
    done = subprocess.run(
        [*checker, "--no-incremental", "--no-error-summary", "right.py", "wrong.py"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    said = done.stdout.splitlines()
    assert done.stderr == ""
    assert [line.split(":")[:2] for line in said if ": error:" in line] == [
        ["wrong.py", "4"],
        ["wrong.py", "5"],
        ["wrong.py", "6"],
        ["wrong.py", "7"],
    ], done.stdout
    assert 'Unexpected keyword argument "treshold" for "score"' in said[0]


@pytest.fixture(scope="module")
def encoders(tmp_path_factory):
    """One of each kind; that of an export shares its doors with all others."""
    from relevance import load_encoder

    folder = tmp_path_factory.mktemp("clip")
    save_clip(folder)
    return [
        load_encoder("compact"),
        load_encoder(str(folder), precision="fp32"),
        HubEncoder(fetch(str(folder)), Description("clip")),
    ]


@pytest.mark.parametrize("texts", ["almonds", b"almonds", ["almonds", None], [["almonds"]], [1]])
def test_one_text_is_no_list_of_texts(encoders, texts):
    for encoder in encoders:
        for call in (encoder.encode_texts, encoder.count_tokens):
            with pytest.raises(TypeError, match=r'texts must be a list .* \["almonds"\]'):
                call(texts)


@pytest.mark.parametrize("given", ["picture", "path", "paths", "array"])
def test_one_picture_is_no_list_of_pictures(encoders, given, tmp_path):
    picture = Image.new("RGB", (9, 9))
    images = {
        "picture": picture,
        "path": tmp_path / "a.png",
        "paths": [str(tmp_path / "a.png")],
        "array": [np.zeros((9, 9, 3), np.uint8)],
    }
    for encoder in encoders:
        with pytest.raises(TypeError, match="images must be a list of Pillow pictures"):
            encoder.encode_images(images[given])


def test_any_sequence_of_texts_will_do(encoders):
    for encoder in encoders:
        words = np.array(["almonds", "nuts"])
        np.testing.assert_array_equal(
            encoder.encode_texts(("almonds", "nuts")), encoder.encode_texts(words)
        )
        assert encoder.count_tokens(("almonds",)).shape == (1,)
        assert encoder.count_tokens(()).shape == (0,)
        assert encoder.encode_texts(()).shape == (0, encoder.info.dim)
