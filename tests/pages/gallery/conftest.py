"""The score page of the sample pictures, as the gallery that most tests look at."""

from __future__ import annotations

import shutil

import pytest

import relevance


@pytest.fixture(scope="module")
def fruit(tmp_path_factory, samples):
    """Apples and lemons of the samples, in folders that say nothing of labels; one copy."""
    home = tmp_path_factory.mktemp("fruit") / "supplier"
    for number, kind in enumerate(("apples", "lemons")):
        shutil.copytree(samples / "google_images" / kind, home / f"box {number}")
    shutil.copy(home / "box 0" / "apples-05.jpg", home / "box 1" / "again.jpg")
    return relevance.score("apples", home, model="compact")


@pytest.fixture
def page_file(fruit, tmp_path):
    return fruit.to_html(tmp_path / "apples.html")


@pytest.fixture
def page(open_page, page_file):
    return open_page(page_file)
