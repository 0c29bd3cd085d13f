"""Fixtures shared by all tests."""

from __future__ import annotations

import logging
import os
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, settings
from PIL import Image

from relevance.embedding.cache import clear
from tests.support.browser import CHROMIUM, FLAGS, PATIENCE, quiet_pages
from tests.support.toy import ToyEncoder

LONG_AGO = 1_700_000_000  # the cache trusts no time of change of the last two seconds
ROOT = Path(__file__).parent.parent

# How long an example takes says how busy the machine is.
settings.register_profile("anywhere", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("anywhere")


@pytest.fixture(scope="session", autouse=True)
def own_folder(tmp_path_factory):
    """Keep the tests out of the user's cache; exports of one test serve the next."""
    folder = tmp_path_factory.mktemp("cache")
    os.environ["RELEVANCE_CACHE"] = str(folder)
    return folder


@pytest.fixture(autouse=True)
def no_embeddings(own_folder):
    """Let no test find what another one embedded."""
    clear()


@pytest.fixture(autouse=True)
def own_log():
    """Let no test find where a command that ran in this process sent the log, or how quiet.

    Before a test too: what fixtures of a whole module ran has left its own.
    """
    _forget_log()
    yield
    _forget_log()


def _forget_log():
    logger = logging.getLogger("relevance")
    logger.setLevel(logging.NOTSET)
    logger.handlers[:] = [logging.NullHandler()]


@pytest.fixture
def toy():
    return ToyEncoder()


@pytest.fixture(scope="session")
def samples():
    """The sample pictures under version control."""
    return ROOT / "data"


@pytest.fixture(scope="session")
def compact():
    """The encoder that ships inside the package."""
    from relevance import load_encoder

    return load_encoder("compact")


@pytest.fixture
def red_and_blue(tmp_path):
    """Relevant: 12 reddish pictures; Irrelevant: 20 bluish ones, sizes and shades mixed."""
    rng = np.random.default_rng(7)
    for folder, base, count in (("Relevant", (190, 70, 60), 12), ("Irrelevant", (70, 90, 190), 20)):
        (tmp_path / folder).mkdir()
        for number in range(count):
            shade = np.clip(np.array(base) + rng.normal(0, 40, 3), 0, 255).astype(int)
            size = (40 + number, 60 - number)
            picture = Image.new("RGB", size, tuple(map(int, shade)))
            path = tmp_path / folder / f"{number + 1}.png"
            picture.save(path)
            os.utime(path, (LONG_AGO, LONG_AGO))
    return tmp_path


@pytest.fixture(scope="session")
def browser():
    """Chromium, for tests that open pages."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS, timeout=PATIENCE)
        yield running
        running.close()


@pytest.fixture
def open_page(browser):
    """Open a file in the browser; fails on any console message, dialog or request."""
    with quiet_pages(browser) as open_one:
        yield open_one
