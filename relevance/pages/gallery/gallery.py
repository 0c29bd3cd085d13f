"""Cards and what is asked of them -> the data that a gallery's scripts and templates read."""

from __future__ import annotations

import base64
import hashlib
import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from relevance.pages.gallery.cards import Card
from relevance.pages.gallery.words import Words
from relevance.system.names import told_apart

SCRIPTS = (
    "basics.js",
    "scales.js",
    "scale.js",
    "marks.js",
    "chosen.js",
    "cards.js",
    "viewer.js",
    "lists.js",
    "address.js",
    "gallery.js",
)
"""What runs in a page with a gallery; the page's own script comes last and starts it."""

_DIGITS = 16  # of a hash that names a page
_MOST_VALUES = 200_000  # that a page carries for its histogram; 2 MB


@dataclass(frozen=True, slots=True)
class Gallery:
    """What a page's gallery shows, and the words it does so in.

    Attributes:
        words: What it says.
        topic: What marks are about, beside the pictures: a keyword, or a table.
        threshold: What the pictures' values are held against when the page opens.
        cards: The pictures shown.
        values: Of all pictures, also those that are not shown, by what they are labelled:
            "relevant", "irrelevant" and "unlabelled", ``(n,)`` float64 each.
        page: The file that the page will be.
        command: What stands before and after the threshold in the command that judges so; None
            where no command does.
        order: In which order pictures are shown first: a name in ``chosen.js``'s ``ORDERS``.
    """

    words: Words
    topic: str
    threshold: float
    cards: Sequence[Card]
    values: Mapping[str, npt.NDArray[np.float64]]
    page: Path
    command: tuple[str, str] | None = None
    order: str = "highest"

    def data(self) -> dict[str, Any]:
        """Return what the scripts read, as JSON types.

        Values are sorted and packed as base64 of little-endian float64, so that the page counts
        exactly what the job counted; of more than 200,000 every so many-th stands for its
        neighbours, and counts are near.
        """
        folders = list(dict.fromkeys(name for card in self.cards for name in card.folders))
        numbers = {name: number for number, name in enumerate(folders)}
        page = Path(os.path.abspath(self.page))
        each = -(-sum(map(len, self.values.values())) // _MOST_VALUES) or 1
        return {
            "id": _digest(self.topic, self._root()),
            "stamp": _digest(*(card.key or card.path for card in self.cards))[:8],
            "home": page.as_uri(),
            "file": page.name,
            "words": asdict(self.words),
            "threshold": self.threshold,
            "command": self.command,
            "defaults": {"show": "all", "folder": "", "order": self.order, "search": ""},
            "total": sum(map(len, self.values.values())),
            "each": each,
            "values": {kind: _packed(known, each) for kind, known in self.values.items()},
            "folders": folders,
            "folder_names": told_apart(folders),
            "pictures": [_entry(card, numbers) for card in self.cards],
        }

    def _root(self) -> str:
        """Return the folder that all pictures lie below, so that marks outlast a new run."""
        folders = {os.path.dirname(os.path.abspath(card.path)) for card in self.cards}
        try:
            return os.path.commonpath(folders)
        except ValueError:  # several drives, on Windows
            return ""


def _entry(card: Card, numbers: Mapping[str, int]) -> dict[str, Any]:
    return {
        "path": card.path,
        "paths": card.paths,
        "name": card.file,
        "folder": numbers[card.folder],
        "folders": sorted({numbers[name] for name in card.folders}),
        "label": card.label,
        "grade": card.grade,
        "score": card.score,
        "value": card.value,
        "facts": dict(card.facts),
        "copies": card.copies,
        "link": card.link,
        "thumbnail": card.thumbnail,
        "large": card.large,
        "flaws": card.flaws,
        "group": card.group,
        "caption": card.caption,
        "note": card.note,
        "columns": dict(card.columns),
        "key": card.key or card.path,
    }


def _digest(*texts: str) -> str:
    return hashlib.sha256("\0".join(texts).encode()).hexdigest()[:_DIGITS]


def _packed(values: npt.NDArray[np.float64], each: int) -> str:
    """Return the middle of each so many sorted values, packed."""
    middles = np.sort(values)[(each - 1) // 2 :: each]
    return base64.b64encode(middles.astype("<f8").tobytes()).decode("ascii")
