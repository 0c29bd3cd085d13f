"""The command line as a user runs it: real processes, the encoder in the package."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
from PIL import Image

from relevance.exports.slugs import slug
from tests.conftest import ROOT
from tests.support.command import run_command


def run(*arguments: object, cwd) -> subprocess.CompletedProcess[str]:
    return run_command(*arguments, cwd=cwd, COLUMNS="120")


def score(*arguments: object, cwd) -> subprocess.CompletedProcess[str]:
    return run("score", *arguments, "--model", "compact", cwd=cwd)


@pytest.fixture
def few(tmp_path, samples):
    """Four almond pictures and four others, in folders named as they are."""
    for folder in ("almonds", "lemons"):
        (tmp_path / folder).mkdir()
        for path in sorted((samples / "google_images" / folder).iterdir())[:4]:
            shutil.copy(path, tmp_path / folder)
    return tmp_path


def test_the_main_job(few):
    done = score("almonds", few, cwd=few)
    assert done.returncode == 0, done.stderr
    assert done.stderr == "Encoder: compact, fp32 on cpu (as asked for).\n"
    assert "almonds: cosine above background by folder" in done.stdout
    assert "ROC AUC" in done.stdout
    assert "Report (open it in a browser): reports/almonds.html" in done.stdout
    table = pd.read_csv(few / "reports" / "almonds.csv")
    assert (table.groupby("folder")["path"].count() == 4).all()
    result = json.loads((few / "reports" / "almonds.json").read_text())
    assert result["folders"][0]["folder"] == "almonds"
    page = (few / "reports" / "almonds.html").read_text()
    assert page.startswith("<!DOCTYPE html>")
    assert "relevance score almonds" in page


def test_json_alone_on_standard_output(few):
    done = score("almonds", few, "--json", "--output-dir", few / "out", cwd=few)
    assert done.returncode == 0
    assert json.loads(done.stdout) == json.loads((few / "out" / "almonds.json").read_text())


def test_quiet_says_nothing(few):
    done = score("almonds", few, "--quiet", cwd=few)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert (few / "reports" / "almonds.html").exists()


def test_quiet_says_nothing_where_nothing_can_be_kept(few):
    homeless = {**os.environ, "HOME": "/dev/null", "RELEVANCE_CACHE": ""}
    words = ["score", "almonds", str(few), "--model", "compact", "--quiet"]
    done = subprocess.run(
        [sys.executable, "-m", "relevance", *words],
        env={name: value for name, value in homeless.items() if not name.startswith(("CI", "XDG"))},
        cwd=few,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert (few / "reports" / "almonds.html").exists()


@pytest.mark.parametrize("redirection", ["", "2>&1", "2>&1 >/dev/null"])
def test_a_reader_that_has_seen_enough(few, redirection):
    """The work is done to its end, and neither stream's loss counts as a failure."""
    command = f"{sys.executable} -m relevance score almonds . --model compact {redirection}"
    done = subprocess.run(
        ["bash", "-c", f"{command} | true; echo ${{PIPESTATUS[0]}}"],
        cwd=few,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "0\n"
    assert "Traceback" not in done.stderr
    assert (few / "reports" / "almonds.json").exists()


def test_broken_files_next_to_good_ones(few):
    """Every good picture is scored, every bad one listed with its reason, and the exit is 0."""
    folder = few / "almonds"
    whole = next(folder.glob("*.jpg")).read_bytes()
    (folder / "empty.jpg").write_bytes(b"")
    (folder / "page.jpg").write_text("<html>")
    (folder / "cut.jpg").write_bytes(whole[: len(whole) // 3])
    (folder / "link.jpg").symlink_to("/nowhere.jpg")
    Image.new("1", (13000, 13000)).save(folder / "bomb.png")
    (folder / "notes.txt").write_text("x")
    done = score("almonds", few, cwd=few)
    assert done.returncode == 0, done.stderr
    assert "Skipped 5 of 13 pictures:" in done.stdout
    assert "Left out: 1 not in a supported picture format." in done.stdout
    table = pd.read_csv(few / "reports" / "almonds.csv", index_col="path")
    bad = table[table["status"] == "skipped"]["reason"]
    reasons = {path.split("/")[-1]: reason for path, reason in bad.items()}
    assert reasons["empty.jpg"] == "the file is empty"
    assert reasons["page.jpg"].startswith("not a picture")
    assert reasons["cut.jpg"].startswith("damaged picture")
    assert reasons["link.jpg"].startswith("the file does not exist")
    assert reasons["bomb.png"].startswith("too large: 13000 × 13000")
    assert table[table["status"] == "ok"]["score"].notna().sum() == 8
    for line in reasons.values():
        assert line.replace("'", "&#39;") in (few / "reports" / "almonds.html").read_text()


def test_options_reach_the_scores(few):
    done = score(
        *("almonds", few, "--distance", "angular", "--template", "a heap of {}"),
        *("--relevant", "lemons", "--threshold", "0.2", "--json"),
        cwd=few,
    )
    result = json.loads(done.stdout)
    assert result["provenance"]["prompts"] == ["a heap of almonds"]
    assert result["evaluation"]["chosen"]["threshold"] == 0.2
    labels = pd.read_csv(few / "reports" / "almonds.csv").groupby("folder")["label"].first()
    assert labels.to_dict() == {"almonds": "irrelevant", "lemons": "relevant"}


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["score"], 2, "Say what to look for and where: relevance score KEYWORD PATH"),
        (["score", "almonds", "/nope"], 2, "There is no folder or file /nope"),
        (["score", " ", "."], 2, "The keyword is empty"),
        (["score", "x", ".", "--threshold", "2"], 2, "a probability from 0 to 1"),
        (["score", "x", ".", "--threshold", "high"], 2, "invalid float value"),
        (["score", "x", ".", "--distance", "far"], 2, "choose one of cosine"),
        (["score", "x", ".", "--template", "photo"], 2, "has no {}"),
        (["score", "x", "."], 3, "There is no picture in ."),
        (["score", "x", "bad", "--model", "compact"], 3, "No picture could be read, of 1 found"),
        (["score", "x", "good", "--model", "no such model!"], 4, "There is no encoder"),
        (["score", "x", "good", "--output-dir", "good/x.png"], 2, "cannot be written"),
        (["frobnicate"], 2, "invalid choice: 'frobnicate'"),
        ([], 2, "the following arguments are required: COMMAND"),
    ],
)
def test_exit_codes_and_messages(tmp_path, arguments, code, message):
    for folder in ("empty", "bad", "good"):
        (tmp_path / folder).mkdir()
    (tmp_path / "bad" / "x.jpg").write_text("no picture")
    Image.new("RGB", (9, 9)).save(tmp_path / "good" / "x.png")
    done = run(*arguments, cwd=tmp_path / "empty" if "." in arguments else tmp_path)
    assert (done.returncode, done.stdout) == (code, "")
    assert message in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["score", "x", "y" * 300], 2, "cannot be read"),
        (["score", "x", "good", "--model", "y" * 300], 4, "There is no encoder"),
        (["score", "x", "good", "--model", ""], 4, "There is no encoder"),
        (["score", os.fsdecode(b"caf\xe9"), "good"], 2, "not text"),
    ],
)
def test_odd_words_are_one_sentence_too(tmp_path, arguments, code, message):
    (tmp_path / "good").mkdir()
    Image.new("RGB", (9, 9)).save(tmp_path / "good" / "x.png")
    done = run(*arguments, cwd=tmp_path)
    assert done.returncode == code
    assert message in done.stderr
    assert "Traceback" not in done.stderr


def test_a_narrow_or_closed_output_loses_nothing(few):
    """Tables go to an ASCII pipe with escapes, JSON as UTF-8; a closed or full one is survived."""
    line = f"{sys.executable} -m relevance score アーモンド🥜 {few} --model compact"
    settings = {**os.environ, "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0", "LC_ALL": "C.UTF-8"}
    for rest, code in (("", 0), (" --json", 0), (" >&-", 0), (" --json >/dev/full", 1)):
        done = subprocess.run(
            line + rest, shell=True, cwd=few, env=settings, capture_output=True, check=False
        )
        assert done.returncode == code, done.stderr.decode()
        assert b"Traceback" not in done.stderr
        if rest == " --json":
            assert json.loads(done.stdout)["keyword"] == "アーモンド🥜"


def test_a_keyword_that_the_encoder_may_not_know_is_flagged(few):
    done = score("pomme verte", few, cwd=few)
    assert done.returncode == 0
    assert "knows English only and may not understand “pomme verte”" in done.stderr
    assert "knows English only" in (few / "reports" / "pomme-verte.html").read_text()
    assert "knows English only" not in score("almonds", few, cwd=few).stderr


def test_what_cannot_be_written_is_said_before_the_work(few):
    done = score("almonds", few, "--output-dir", "/proc/nope", cwd=few)
    assert done.returncode == 2
    assert "cannot be written" in done.stderr
    assert "Encoder" not in done.stderr


def test_a_wrong_path_leaves_no_folder_behind(tmp_path):
    assert score("almonds", "/nope", cwd=tmp_path).returncode == 2
    assert list(tmp_path.iterdir()) == []


def test_the_printed_command_runs_again(few):
    first = run("score", "--model", "compact", "--json", "--", "-almonds", few, cwd=few)
    command = shlex.split(json.loads(first.stdout)["provenance"]["command"])
    again = run(*command[1:2], "--json", *command[2:], cwd=few)
    assert json.loads(again.stdout)["folders"] == json.loads(first.stdout)["folders"]


def test_debug_shows_the_traceback(tmp_path):
    done = run("score", "x", "/nope", "--debug", cwd=tmp_path)
    assert "Traceback" in done.stderr
    assert "UsageError" in done.stderr


def test_help_and_version(tmp_path):
    done = run("score", "--help", cwd=tmp_path)
    assert done.returncode == 0
    for option in ("--model", "--distance", "--template", "--relevant", "--threshold", "--json"):
        assert option in done.stdout
    assert "exit codes: 0 done" in done.stdout
    assert run("--version", cwd=tmp_path).stdout.startswith("relevance 0.")


def test_models(tmp_path):
    done = run("models", cwd=tmp_path)
    assert done.returncode == 0
    for text in ("compact", "openai/clip-vit-base-patch32", "siglip2", "tinyclip", "63.3", "84.0"):
        assert text in done.stdout


def test_an_installed_command(few):
    command = shutil.which("relevance", path=Path(sys.executable).parent)
    assert command
    done = subprocess.run([command, "--version"], capture_output=True, text=True, check=True)
    assert done.stdout.startswith("relevance 0.")


def test_the_sample_command_of_the_readme(tmp_path):
    """Relevant's mean is above Irrelevant's for the sample pictures and the shipped encoder."""
    done = score("almonds", ROOT / "data" / "examples", "--json", cwd=tmp_path)
    result = json.loads(done.stdout)
    assert [row["folder"] for row in result["folders"]] == ["Relevant", "Irrelevant"]
    assert [row["n"] for row in result["folders"]] == [12, 24]
    assert result["skipped"] == []
    assert result["evaluation"]["separation"] == "clear"


@pytest.mark.parametrize(
    ("keyword", "name"),
    [
        ("almonds", "almonds"),
        ("Running Shoes", "running-shoes"),
        ("T-shirt", "t-shirt"),
        ("アーモンド", "アーモンド"),
        ("बादाम", "बादाम"),
        ("C", "c"),
        ("C++", "c-f1deb7"),
        ("../../etc/passwd", "etc-passwd-3754d6"),
        ("🥜", "keyword-ec6ecb"),
        ("x" * 300, "x" * 80 + "-0d4e2c"),
    ],
)
def test_slugs(keyword, name):
    assert slug(keyword) == name
