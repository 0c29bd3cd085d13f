"""What the progress bar says."""

from __future__ import annotations

import io

from rich.console import Console

from relevance.embedding.embeddings import Advance
from relevance.terminal import progress
from relevance.terminal.progress import notes_on, progress_bar


def test_the_rate_counts_what_was_encoded():
    assert notes_on(Advance(0, 100), 0.0) == "pictures"
    assert notes_on(Advance(40, 100), 2.0) == "20 pictures/s"
    assert notes_on(Advance(40, 100, cached=40), 2.0) == "pictures, 40 from the cache"
    assert (
        notes_on(Advance(90, 100, cached=40, skipped=2), 2.0)
        == "25 pictures/s, 40 from the cache, 2 skipped"
    )


def test_a_terminal_shows_it_and_a_file_does_not(monkeypatch):
    for is_terminal in (True, False):
        screen = io.StringIO()
        console = Console(file=screen, force_terminal=is_terminal, width=120)
        monkeypatch.setattr(progress, "Console", lambda stderr, console=console: console)
        with progress_bar(visible=True) as tell:
            tell(Advance(50, 100, cached=10, skipped=1))
        shown = screen.getvalue()
        assert ("50/100" in shown) == is_terminal
        assert ("10 from the cache, 1 skipped" in shown) == is_terminal
