"""Cards and what is asked of them -> the data that a gallery's scripts and templates read."""

from __future__ import annotations

import base64
import hashlib
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from relevance.pages.gallery.cards import Card
from relevance.system.names import told_apart

SCRIPTS = (
    "basics.js",
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


@dataclass(frozen=True, slots=True)
class Gallery:
    """What a page's gallery shows, and the words it does so in.

    Attributes:
        keyword: What pictures are marked as showing.
        threshold: Probability from which a picture is judged relevant.
        cards: The pictures shown.
        probabilities: Of all pictures, also those that are not shown, by what they are labelled:
            "relevant", "irrelevant" and "unlabelled", ``(n,)`` float64 each.
        headline_end: What follows "25 of 273 pictures show" in the page's heading.
        command: What stands before and after the threshold in the command that judges so.
        order: In which order pictures are shown first: a name in ``chosen.js``'s ``ORDERS``.
        page: The file that the page will be.
    """

    keyword: str
    threshold: float
    cards: Sequence[Card]
    probabilities: Mapping[str, npt.NDArray[np.float64]]
    headline_end: str
    command: tuple[str, str]
    page: Path
    order: str = "highest"

    def data(self) -> dict[str, Any]:
        """Return what the scripts read, as JSON types.

        Probabilities are sorted and packed as base64 of little-endian float64, so that the page
        counts exactly what the job counted.
        """
        folders = list(dict.fromkeys(name for card in self.cards for name in card.folders))
        numbers = {name: number for number, name in enumerate(folders)}
        page = Path(os.path.abspath(self.page))
        return {
            "id": _digest(self.keyword, self._root()),
            "stamp": _digest(*(card.path for card in self.cards))[:8],
            "home": page.as_uri(),
            "file": page.name,
            "keyword": self.keyword,
            "threshold": self.threshold,
            "headline_end": self.headline_end,
            "command": self.command,
            "defaults": {"show": "all", "folder": "", "order": self.order, "search": ""},
            "probabilities": {kind: _packed(known) for kind, known in self.probabilities.items()},
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
        "probability": card.probability,
        "facts": dict(card.facts),
        "copies": card.copies,
        "link": card.link,
        "thumbnail": card.thumbnail,
        "large": card.large,
        "flaws": card.flaws,
        "group": card.group,
    }


def _digest(*texts: str) -> str:
    return hashlib.sha256("\0".join(texts).encode()).hexdigest()[:_DIGITS]


def _packed(values: npt.NDArray[np.float64]) -> str:
    return base64.b64encode(np.sort(values).astype("<f8").tobytes()).decode("ascii")
