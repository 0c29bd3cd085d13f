"""What a type checker tells somebody who uses the package, and what their slips raise at once."""

from __future__ import annotations

import ast
import shutil
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import relevance
from relevance.encoders.base import Description
from relevance.encoders.hub import HubEncoder
from relevance.encoders.snapshots import fetch
from tests.conftest import ROOT
from tests.support.models import save_clip

CLIENT = ROOT / "tests" / "typing"


def test_the_client_uses_every_public_name():
    tree = ast.parse((CLIENT / "client.py").read_text())
    used = {
        node.attr
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and ast.unparse(node.value) == "relevance"
    }
    assert used == set(relevance.__all__)


def test_mypy_sees_slips_of_a_client_and_nothing_else(tmp_path):
    """In an environment into which a wheel would be unpacked: py.typed alone says it is typed."""
    venv.create(tmp_path / "env")
    python = tmp_path / "env" / "bin" / "python"
    paths = {"base": str(tmp_path / "env"), "platbase": str(tmp_path / "env")}
    site = Path(sysconfig.get_path("purelib", "venv", paths))
    (site / "rest.pth").write_text(sysconfig.get_path("purelib"))
    shutil.copytree(ROOT / "relevance", site / "relevance")
    options = ["--config-file", CLIENT / "mypy.ini", "--cache-dir", tmp_path / "cache"]
    options += ["--python-executable", python, "--no-error-summary"]
    for name in ("client.py", "slips.py"):  # away from here, where mypy finds the package itself
        shutil.copy(CLIENT / name, tmp_path)
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", *options, "client.py", "slips.py"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    assert done.stderr == ""
    said = done.stdout.splitlines()
    lines = len((CLIENT / "slips.py").read_text().splitlines())
    assert [line.split(":")[:2] for line in said if ": error:" in line] == [
        ["slips.py", str(number)] for number in range(5, lines + 1)
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
