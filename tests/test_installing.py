"""The advice on how to install more, read from real metadata in a process without this clone's."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from tests.conftest import ROOT


def advice(tmp_path, origin):
    """The command that a package advises whose installer wrote this into direct_url.json."""
    site = tmp_path / "site"
    facts = site / "keyword_relevance-1.0.dist-info"
    facts.mkdir(parents=True)
    (facts / "METADATA").write_text(
        "Metadata-Version: 2.1\nName: keyword-relevance\nVersion: 1.0\n"
    )
    if origin is not None:
        (facts / "direct_url.json").write_text(json.dumps(origin))
    (site / "relevance").symlink_to(ROOT / "relevance")
    code = "from relevance.installing import install_command as say; print(say('clip'))"
    done = subprocess.run(
        [sys.executable, "-S", "-c", code],
        env={"PYTHONPATH": str(site)},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip()


@pytest.mark.parametrize("tested", [True, False])
def test_from_a_folder(tmp_path, tested):
    folder = tmp_path / "my clone ü"
    folder.mkdir()
    if tested:
        (folder / "constraints.txt").touch()
    constraint = f'--constraint "{folder}/constraints.txt" ' if tested else ""
    said = advice(tmp_path, {"url": folder.as_uri(), "dir_info": {"editable": True}})
    assert said == f'pip install {constraint}"{folder}[clip]"'


@pytest.mark.parametrize(
    "origin",
    [
        None,
        {"url": "file:///nowhere/any/more", "dir_info": {}},
        {"url": "https://example.com/relevance.zip", "archive_info": {}},
    ],
    ids=["an index", "a folder that is gone", "an address"],
)
def test_from_elsewhere(tmp_path, origin):
    assert advice(tmp_path, origin) == 'pip install "keyword-relevance[clip]"'
