"""The design's rules on structure, read from the code and from real processes."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

PACKAGE = Path(__file__).parent.parent / "relevance"

# Each stage may import those before it and itself, never one after it.
STAGES = [
    "json_reader",
    "installing",
    "names",
    "streams",
    "errors",
    "finding",
    "exports",
    "locations",
    "threads",
    "containers",
    "formats",
    "leaving_out",
    "wrong_paths",
    "sources",
    "raster",
    "colours",
    "decoding",
    "foreign",
    "images",
    "guard",
    "tables",
    "fetching",
    "words",
    "encoders",
    "similarity",
    "prompts",
    "settings",
    "labels",
    "pictures_by_path",
    "label_table",
    "cache",
    "copies",
    "embeddings",
    "encoding",
    "folder_means",
    "scoring",
    "metrics",
    "bootstrap",
    "evaluation",
    "captions",
    "comparison",
    "calibration",
    "categorisation",
    "report",
    "results",
    "category_results",
    "caption_results",
    "pipeline",
    "calibrating",
    "categorising",
    "slugs",
    "comparing",
    "captioning",
    "writing",
    "terminal",
    "commands",
    "cli",
    "__main__",
]
_SWITCHES = "CI", "ORT_", "XDG_"
"""Environment variables with which onnxruntime sends nothing anyhow, or writes elsewhere."""
HEAVY = {"torch", "transformers", "onnxruntime", "huggingface_hub", "tokenizers"}


def modules() -> list[Path]:
    return sorted(PACKAGE.rglob("*.py"))


def imported(path: Path) -> set[str]:
    """Full names of what a module imports, anywhere in it."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            assert node.level == 0, f"{path}: relative import"
            found.add(node.module)
            if node.module == "relevance":
                found |= {f"relevance.{alias.name}" for alias in node.names}
    return found


def stage(module: str) -> int:
    return STAGES.index(module.split(".")[0])


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_data_flows_one_way(path):
    own = path.relative_to(PACKAGE).with_suffix("").as_posix().replace("/", ".")
    if own == "__init__":
        return
    inner = {name.removeprefix("relevance.") for name in imported(path) if "relevance." in name}
    later = {name for name in inner if stage(name) > stage(own)}
    assert not later, f"{own} imports later stages: {later}"


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_only_encoders_know_the_engines(path):
    if path.is_relative_to(PACKAGE / "encoders"):
        return
    assert not {name.split(".")[0] for name in imported(path)} & HEAVY


def loaded_after(statement: str) -> set[str]:
    code = f"import sys; {statement}; print(' '.join(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return {name.split(".")[0] for name in done.stdout.splitlines()[-1].split()}


def test_importing_the_package_is_cheap():
    heavy = {*HEAVY, "matplotlib", "pandas", "sklearn", "scipy", "numpy", "PIL", "jinja2", "rich"}
    assert not loaded_after("import relevance") & heavy


def test_the_command_line_parses_without_heavy_imports():
    heavy = {*HEAVY, "matplotlib", "pandas", "sklearn", "scipy", "numpy", "PIL", "jinja2", "rich"}
    assert not loaded_after("import relevance.cli; relevance.cli._parser()") & heavy


def test_scoring_with_the_compact_encoder_needs_no_torch():
    statement = "import relevance; relevance.load_encoder('compact'); import relevance.pipeline"
    assert not loaded_after(statement) & {"torch", "transformers", "huggingface_hub"}


def test_nothing_is_written_home_or_sent(tmp_path):
    """onnxruntime would leave a file with the number of this device, and send messages."""
    home = tmp_path / "home"
    cache = {"RELEVANCE_CACHE": str(tmp_path / "cache")}
    quiet = {name: value for name, value in os.environ.items() if not name.startswith(_SWITCHES)}
    statement = "import relevance; relevance.load_encoder('compact').encode_texts(['nuts'])"
    subprocess.run(
        [sys.executable, "-c", statement], env=quiet | cache | {"HOME": str(home)}, check=True
    )
    assert not list(home.rglob("*"))


def test_public_names_are_real():
    import relevance

    assert sorted(relevance.__all__) == [
        *("Captions", "Categories", "Comparison", "ModelLoadError", "NoReadablePictureError"),
        *("RelevanceError", "Scores", "UsageError", "__version__"),
        *("calibrate", "caption_similarity", "caption_table", "categories", "compare"),
        *("load_encoder", "score"),
    ]
    for name in relevance.__all__:
        assert getattr(relevance, name)
    with pytest.raises(AttributeError, match="no attribute 'nope'"):
        _ = relevance.nope


def test_a_new_keyword_over_known_pictures_imports_no_heavy_library(tmp_path):
    for name, colour in (("a", "red"), ("b", "blue")):
        (tmp_path / name).mkdir()
        Image.new("RGB", (30, 30), colour).save(tmp_path / name / "x.png")
    words = ["score", "nuts", str(tmp_path), "--model", "compact", "--quiet", "--no-report"]
    words += ["--output-dir", str(tmp_path / "out")]
    statement = f"from relevance.cli import main; main({words!r})"
    loaded_after(statement)
    heavy = {"torch", "transformers", "pandas", "sklearn", "scipy", "matplotlib", "jinja2"}
    assert not loaded_after(statement) & heavy
