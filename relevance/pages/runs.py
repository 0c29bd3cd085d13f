"""What a page says of itself in its head, for lists of pages."""

from __future__ import annotations

from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path

_HEAD_BYTES = 16_384  # what a page says of itself comes before its style


@dataclass(frozen=True, slots=True)
class Run:
    """What a page says of itself.

    Attributes:
        job: Which job made it, such as "score".
        headline: Its answer, in a sentence.
        date: When, as ISO 8601 writes it.
    """

    job: str
    headline: str
    date: str


def read_run(page: Path) -> Run | None:
    """Return what a page says of itself; None for what is no page of this package."""
    try:
        with page.open("rb") as stream:
            head = stream.read(_HEAD_BYTES)
    except OSError:
        return None
    reader = _Head()
    reader.feed(head.decode("utf-8", "replace"))
    facts = reader.facts
    if facts.get("generator") != "relevance" or "relevance-job" not in facts:
        return None
    return Run(facts["relevance-job"], facts.get("description", ""), facts.get("date", ""))


class _Head(HTMLParser):
    """Collects the named facts of a page's head."""

    def __init__(self) -> None:
        super().__init__()
        self.facts: dict[str, str] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        name, content = found.get("name"), found.get("content")
        if tag == "meta" and name and content is not None:
            self.facts.setdefault(name, content)
