"""The progress bar of notebooks, in a real kernel, and none elsewhere."""

from __future__ import annotations

import re

import nbformat
from nbclient import NotebookClient

import relevance
from relevance.embedding import watching

CELLS = (
    "import sys, relevance\nfrom relevance.embedding import watching\nwatching.DELAY = 0\n"
    "assert 'tqdm' not in sys.modules",
    "relevance.score('almonds', {folder!r}, model='compact', cache=False)",
    "relevance.score('almonds', {folder!r}, model='compact', cache=False, progress=False)",
    "seen = []\nrelevance.score('almonds', {folder!r}, model='compact', progress=seen.append)\n"
    "seen[-1].done",
)


def stderr_of(cell) -> str:
    return "".join(out.text for out in cell.outputs if out.get("name") == "stderr")


def test_a_notebook_shows_a_bar_unless_it_is_told_not_to(samples):
    folder = str(samples / "google_images" / "almonds")
    cells = [nbformat.v4.new_code_cell(text.format(folder=folder)) for text in CELLS]
    notebook = nbformat.v4.new_notebook(cells=cells)
    NotebookClient(notebook, timeout=60, kernel_name="python3").execute()
    bar = stderr_of(cells[1])
    assert re.search(r"\| \d/8 \[.* pictures/s\]", bar), bar
    assert [stderr_of(cells[number]) for number in (0, 2, 3)] == ["", "", ""]
    assert cells[3].outputs[-1].data["text/plain"] == "8"


def test_elsewhere_there_is_none(samples, toy, capsys, monkeypatch):
    monkeypatch.setattr(watching, "DELAY", 0)
    relevance.score("red", samples / "examples", model=toy, progress=False)
    relevance.score("red", samples / "examples", model=toy)
    assert capsys.readouterr() == ("", "")
