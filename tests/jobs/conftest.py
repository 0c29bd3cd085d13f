"""A store of references of real pictures, which several jobs use."""

from __future__ import annotations

import shutil

import pytest

from relevance.cli import main


@pytest.fixture(scope="module")
def kinds(tmp_path_factory, samples):
    """Five categories of sample pictures: half of each to learn from, half to ask about."""
    home = tmp_path_factory.mktemp("kinds")
    for kind in ("apples", "broccoli", "garlic", "oranges", "strawberries"):
        for number, path in enumerate(sorted((samples / "google_images" / kind).iterdir())):
            folder = home / ("known" if number % 2 else "asked") / kind
            folder.mkdir(parents=True, exist_ok=True)
            shutil.copy(path, folder)
    return home


@pytest.fixture
def store(kinds, tmp_path):
    place = str(tmp_path / "parts.references")
    words = ["references", "add", str(kinds / "known"), "--store", place, "--model", "compact"]
    assert main(words) == 0
    return place
