"""The advice on how to install more, read from real metadata in a process without this clone's."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from tests.conftest import ROOT


def advice(tmp_path, origin, extra="clip"):
    """The command that a package advises whose installer wrote this into direct_url.json."""
    site = tmp_path / "site"
    facts = site / "keyword_relevance-1.0.dist-info"
    facts.mkdir(parents=True)
    (facts / "METADATA").write_text(
        "Metadata-Version: 2.1\nName: keyword-relevance\nVersion: 1.0\n"
        "Requires-Dist: numpy>=2.0\n"
        "Provides-Extra: clip\n"
        "Requires-Dist: torch>=2.6; extra == 'clip'\n"
        'Requires-Dist: onnx>=1.18 ; extra == "clip"\n'
        "Provides-Extra: parquet\n"
        "Requires-Dist: pyarrow; extra == 'parquet'\n"
        "Provides-Extra: all\n"
        "Requires-Dist: keyword-relevance[clip,parquet]; extra == 'all'\n"
    )
    if origin is not None:
        (facts / "direct_url.json").write_text(origin)
    (site / "relevance").symlink_to(ROOT / "relevance")
    code = f"from relevance.system.installing import install_command as say; print(say({extra!r}))"
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
    said = advice(tmp_path, json.dumps({"url": folder.as_uri(), "dir_info": {"editable": True}}))
    assert said == f'pip install {constraint}"{folder}[clip]"'


@pytest.mark.parametrize(
    "origin",
    [
        None,
        '{"url": "file:///nowhere/any/more", "dir_info": {}}',
        '{"url": "https://example.com/relevance.zip", "archive_info": {}}',
        '{"url": "file://[half an address"}',
        '{"url": 3}',
        "[]",
        "{",
        "[" * 100_000,
    ],
    ids=[
        "none",
        "a folder that is gone",
        "an address",
        "no address",
        "no text",
        "list",
        "cut",
        "deep",
    ],
)
def test_from_elsewhere(tmp_path, origin):
    """This package is on no index; what its extras add is."""
    assert advice(tmp_path, origin) == 'pip install "torch>=2.6" "onnx>=1.18"'


def test_an_extra_of_extras(tmp_path):
    said = advice(tmp_path, None, "all")
    assert said == 'pip install "torch>=2.6" "onnx>=1.18" "pyarrow"'


def test_what_is_advised_in_place_of_this_package_is_what_it_asks_for():
    from importlib.metadata import requires

    from relevance.system.installing import _packages

    wanted = [
        line
        for line in requires("keyword-relevance")
        if 'extra == "clip"' in line.replace("'", '"')
    ]
    assert _packages("clip") == [line.split(";")[0].strip() for line in wanted]
    assert len(wanted) >= 5
