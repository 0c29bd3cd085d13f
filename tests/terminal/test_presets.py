"""Options from the environment and pyproject.toml: which comes first, and what mistakes say."""

from __future__ import annotations

import json
import os

import pytest
from PIL import Image

from relevance import ModelLoadError, load_encoder
from relevance.cli import main
from relevance.terminal.presets import preset


@pytest.fixture
def here(tmp_path, monkeypatch):
    """A working folder below one with a pyproject.toml, and pictures in it."""
    folder = tmp_path / "project" / "below"
    folder.mkdir(parents=True)
    monkeypatch.chdir(folder)
    monkeypatch.setenv("RELEVANCE_MODEL", "compact")
    (folder / "pictures").mkdir()
    Image.new("RGB", (30, 30), "red").save(folder / "pictures" / "a.png")
    Image.new("RGB", (300, 300), "red").save(folder / "pictures" / "large.png")
    return folder


def write(here, text):
    file = here.parent / "pyproject.toml"
    file.write_text(f"[project]\nname = 'x'\n[tool.relevance]\n{text}\n")
    return file


def scored(capsys, *words):
    command = ["score", "nuts", "pictures", "--json", "--no-report", "--quiet", *words]
    assert main(command) == 0
    return json.loads(capsys.readouterr().out)


def test_the_command_line_comes_before_the_environment_before_the_file(here, capsys, monkeypatch):
    assert scored(capsys)["provenance"]["max_pixels"] == 150_000_000
    write(here, "max-pixels = 5000")
    found = scored(capsys)
    assert found["provenance"]["max_pixels"] == 5000
    assert [row["path"] for row in found["skipped"]] == ["pictures/large.png"]
    monkeypatch.setenv("RELEVANCE_MAX_PIXELS", "6000")
    assert scored(capsys)["provenance"]["max_pixels"] == 6000
    assert scored(capsys, "--max-pixels", "7000")["provenance"]["max_pixels"] == 7000


def test_lists_are_replaced_and_not_added_to(here, capsys, monkeypatch):
    write(here, 'template = ["a photo of {}", "{} on a table"]')
    assert scored(capsys)["provenance"]["prompts"] == ["a photo of nuts", "nuts on a table"]
    monkeypatch.setenv("RELEVANCE_TEMPLATE", "{}; my {}")
    assert scored(capsys)["provenance"]["prompts"] == ["nuts", "my nuts"]
    assert scored(capsys, "--template", "one {}")["provenance"]["prompts"] == ["one nuts"]


def test_folders_start_where_the_file_is_and_switches_switch(here, capsys):
    write(here, 'output-dir = "out"\nno-cache = true\nexclude = "large*"')
    found = scored(capsys)
    assert (here.parent / "out" / "nuts.csv").is_file()
    assert not (here / "reports").exists()
    assert found["provenance"]["cache"] is False
    assert sum(found["provenance"]["left_out"].values()) == 1


def test_a_model_is_what_auto_stands_for(here, capsys, monkeypatch):
    assert scored(capsys)["provenance"]["encoder_choice"] == "named by RELEVANCE_MODEL"
    monkeypatch.delenv("RELEVANCE_MODEL")
    write(here, 'model = "compact"')
    assert scored(capsys)["encoder"]["name"] == "compact"
    assert os.environ["RELEVANCE_MODEL"] == "compact"
    monkeypatch.setenv("RELEVANCE_MODEL", "no-such-model")
    assert load_encoder("compact").info.name == "compact"
    with pytest.raises(ModelLoadError, match=r"no-such-model.*named by RELEVANCE_MODEL"):
        load_encoder()
    assert main(["score", "nuts", "pictures", "--quiet"]) == 4
    assert "named by RELEVANCE_MODEL" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "max-pixel = 5",
            "no option max-pixel (in [tool.relevance] of {}); did you mean max_pixels?",
        ),
        (
            "colour = 5",
            "no option colour (in [tool.relevance] of {}); there are background, device",
        ),
        (
            'max-pixels = "many"',
            "max-pixels in [tool.relevance] of {} must be a whole number, not m",
        ),
        ("max-pixels = true", "must be a whole number, not True"),
        (
            'precision = "fp99"',
            "precision in [tool.relevance] of {} must be one of auto, fp32, int8",
        ),
        ('distance = "far"', "must be one of cosine, dot, euclidean, angular, not far"),
        ("model = 3", "model in [tool.relevance] of {} must be a text that is not empty"),
        ("template = []", "template in [tool.relevance] of {} must be a text, or several"),
        ('quiet = "perhaps"', "quiet in [tool.relevance] of {} must be true or false, not perhaps"),
        ("max-pixels = = 5", "{} cannot be read: "),
    ],
)
def test_a_mistake_in_the_file_is_named_with_its_place(here, capsys, monkeypatch, text, said):
    monkeypatch.delenv("RELEVANCE_MODEL")
    file = write(here, text)
    assert main(["score", "nuts", "pictures"]) == 2
    assert said.format(file) in capsys.readouterr().err


def test_a_mistake_in_the_environment_is_named(here, capsys, monkeypatch):
    monkeypatch.setenv("RELEVANCE_MAX_PIXEL", "5")
    assert main(["models"]) == 2
    said = capsys.readouterr().err
    assert (
        "no option RELEVANCE_MAX_PIXEL (in the environment); did you mean RELEVANCE_MAX_PIXELS?"
        in said
    )
    monkeypatch.delenv("RELEVANCE_MAX_PIXEL")
    monkeypatch.setenv("RELEVANCE_MAX_PIXELS", "many")
    assert main(["models"]) == 2
    said = capsys.readouterr().err
    assert "RELEVANCE_MAX_PIXELS in the environment must be a whole number, not many" in said


def test_other_variables_and_other_files_are_left_alone(here, monkeypatch):
    for name in (
        "RELEVANCE_CACHE",
        "RELEVANCE_API_KEY",
        "RELEVANCE_SERVER_SETTINGS",
        "RELEVANCE_URL",
    ):
        monkeypatch.setenv(name, os.environ.get(name, "x"))
    (here / "pyproject.toml").write_text("this is no TOML, and not about us")
    assert preset() == {}
    write(here, "max_pixels = 5")
    assert preset() == {"max_pixels": 5}


def test_help_says_it_and_needs_no_sound_presets(here, capsys):
    write(here, "colour = 5")
    with pytest.raises(SystemExit):
        main(["--help"])
    assert "[tool.relevance] in a pyproject.toml" in capsys.readouterr().out
