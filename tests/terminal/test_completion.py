"""Completion in a real bash, with the script that is printed."""

from __future__ import annotations

import contextlib
import io
import subprocess

import pytest

from relevance.cli import main

ASK = """
source "$1"; shift
COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) COMPREPLY=()
complete -p relevance
$(complete -p relevance | sed "s/.*-F \\([^ ]*\\).*/\\1/")
printf "%s\\n" "${COMPREPLY[@]}"
"""


@pytest.fixture(scope="module")
def script(tmp_path_factory):
    file = tmp_path_factory.mktemp("shell") / "relevance.bash"
    said = io.StringIO()
    with contextlib.redirect_stdout(said), pytest.raises(SystemExit, match="0"):
        main(["--print-completion", "bash"])
    file.write_text(said.getvalue())
    return file


@pytest.mark.parametrize(
    ("words", "offered"),
    [
        ("sc", ["score"]),
        ("score --mod", ["--model"]),
        ("score --model comp", ["compact"]),
        ("score --distance a", ["angular"]),
        ("score almonds pict", ["pictures", "pictures.csv"]),
        ("score --labels pict", ["pictures", "pictures.csv"]),
        ("sort --to pict", ["pictures"]),
        ("references ex", ["export"]),
    ],
)
def test_bash_completes_commands_options_names_and_files(script, words, offered, tmp_path):
    (tmp_path / "pictures").mkdir()
    (tmp_path / "pictures.csv").touch()
    done = subprocess.run(
        ["bash", "-c", ASK, "bash", script, "relevance", *words.split()],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    first, *found = done.stdout.splitlines()
    assert first == "complete -o bashdefault -F _shtab_relevance relevance"
    assert sorted(found) == offered


@pytest.mark.parametrize(("shell", "start"), [("zsh", "#compdef relevance"), ("tcsh", "#")])
def test_other_shells_have_a_script(shell, start, capsys):
    with pytest.raises(SystemExit, match="0"):
        main(["--print-completion", shell])
    said = capsys.readouterr().out
    assert said.startswith(start)
    assert "recognise" in said
