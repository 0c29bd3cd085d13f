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

# Each room imports rooms on lower floors only, and itself.
FLOORS = {
    "system": 1,
    "errors": 2,
    "exports": 3,
    "pictures": 4,
    "encoders": 4,
    "embedding": 5,
    "tables": 5,
    "judging": 6,
    "pages": 6,
    "terminal": 7,
    "index": 7,
    "jobs": 8,
    "server": 9,
    "cli": 10,
    "__main__": 11,
    "__init__": 11,
}
# Which jobs a job may import besides itself.
JOB_IMPORTS = {
    "calibrate": {"score"},
    "compare": {"score"},
    "sort": {"score"},
    "teach": {"score"},
}
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


def inner_imports(path: Path) -> list[list[str]]:
    """What a module imports of this package, in parts."""
    return [name.split(".")[1:] for name in imported(path) if name.startswith("relevance.")]


def test_the_rooms_are_those_of_the_design():
    found = {path.stem for path in PACKAGE.iterdir() if path.suffix == ".py" or path.is_dir()}
    assert found - {"__pycache__"} == set(FLOORS)


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_rooms_import_lower_floors_only(path):
    room, *_ = path.relative_to(PACKAGE).with_suffix("").parts
    others = {name[0] for name in inner_imports(path)} - {room}
    assert all(FLOORS[other] < FLOORS[room] for other in others), others


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_jobs_import_no_other_job_but_those_named(path):
    room, *rest = path.relative_to(PACKAGE).with_suffix("").parts
    if room != "jobs" or len(rest) < 2:
        return
    jobs = {name[1] for name in inner_imports(path) if name[0] == "jobs" and len(name) > 1}
    assert jobs - {rest[0]} <= JOB_IMPORTS.get(rest[0], set())


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
    statement = (
        "import relevance; relevance.load_encoder('compact'); import relevance.jobs.score.job"
    )
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
        *("Captions", "Categories", "Comparison", "Descriptions", "Found", "Index", "Judgement"),
        *("KeywordScores", "Lesson"),
        *(
            "ModelLoadError",
            "NoReadablePictureError",
            "Recognitions",
            "References",
            "RelevanceError",
            "Scores",
            "SearchEvaluation",
            "Sorting",
            "TaughtCategories",
            "Tuning",
            "Undone",
        ),
        *(
            "UsageError",
            "Vectors",
            "__version__",
            "calibrate",
            "caption_similarity",
            "caption_table",
        ),
        *("categories", "compare", "describe", "embed", "evaluate_search", "judge"),
        *("load_encoder", "score"),
        *("score_keywords", "sort", "teach", "teach_categories", "tune", "undo_sort"),
    ]
    assert dir(relevance) == sorted(relevance.__all__)
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
