"""Servers as processes of their own, for those who mean them ill."""

from __future__ import annotations

import shutil

import pytest

import relevance
from tests.server.attacks.common import KEY, SECRET
from tests.support.server_process import server_of, server_process


@pytest.fixture(scope="package")
def shop(tmp_path_factory, samples, compact):
    """A folder with an index of eight pictures, references, a root, and what lies outside it."""
    folder = tmp_path_factory.mktemp("attacked")
    shutil.copytree(samples / "google_images/garlic", folder / "root/garlic")
    (folder / "secret").mkdir()
    (folder / "secret/passwd").write_bytes(SECRET)
    shutil.copy(folder / "root/garlic/garlic-01.jpg", folder / "secret/private.jpg")
    (folder / "root/out").symlink_to(folder / "secret", target_is_directory=True)
    with relevance.Index.create(folder / "shop.index", model=compact) as index:
        index.add(folder / "root/garlic")
    relevance.References(folder / "parts.references", model=compact).add(
        [folder / "root/garlic"], type="garlic"
    )
    return folder


@pytest.fixture(scope="package")
def server(shop, tmp_path_factory):
    """A server as somebody runs it for themselves, with low limits."""
    with server_process(
        tmp_path_factory.mktemp("open"),
        shop / "shop.index",
        *("--root", shop / "root", "--store", shop / "parts.references"),
        *("--max-megabytes", "2", "--max-pixels", "1000000"),
    ) as running:
        yield running


@pytest.fixture(scope="package")
def locked(shop, tmp_path_factory):
    """A server that asks for a key, fetches, and lets one other site's pages in."""
    folder = tmp_path_factory.mktemp("locked")
    (folder / "key").write_text(KEY + "\n")
    with server_process(
        folder / "own",
        shop / "shop.index",
        *("--api-key-file", folder / "key", "--allow-fetch", "--origin", "https://shop.example"),
        *("--allow-host", "Shop.Example"),
    ) as running:
        yield running


@pytest.fixture(scope="package")
def hasty(shop, tmp_path_factory):
    """A server that waits a second for a body and for a request, and lets four wait."""
    with server_of(
        tmp_path_factory.mktemp("hasty"),
        indexes=str(shop / "shop.index"),
        body_seconds=1.0,
        max_megabytes=1,
        waiting=4,
    ) as running:
        yield running


@pytest.fixture
def garlic(shop):
    return (shop / "root/garlic/garlic-01.jpg").read_bytes()
