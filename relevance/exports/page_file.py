"""Pages of results: one self-contained HTML file each."""

from __future__ import annotations

from abc import ABC, abstractmethod
from pathlib import Path

from relevance.exports.atomic import put_text


class PageExport(ABC):
    """Gives results that can be drawn as a page a file."""

    __slots__ = ()

    @abstractmethod
    def html_text(self, target: Path) -> str:
        """Return the page; its links start from ``target``, the file that it will be."""

    def to_html(self, path: str | Path) -> Path:
        """Write the page; raises ``OSError`` where it cannot be written."""
        return put_text(path, self.html_text(Path(path)))
