"""What the scripts of the report read: every probability, and the pictures shown."""

from __future__ import annotations

import base64
import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from relevance.jobs.score.selection import Rows, copies_texts
from relevance.judging.scoring import ScoreTable
from relevance.pages.links import link


def page_data(
    table: ScoreTable, rows: Rows, thumbnails: Sequence[str], target: Path
) -> dict[str, Any]:
    """Gather what the page computes with.

    Args:
        table: All scores.
        rows: The pictures shown.
        thumbnails: One for each of them.
        target: The file that the page will be, from which links to the pictures start.

    Returns:
        JSON types. Probabilities of all labelled pictures are there, sorted, as base64 of
        little-endian float64, so that the page counts exactly what ``evaluation`` counts.
    """
    pictures = table.pictures
    scored = pictures.is_scored
    grade = pictures.grade
    copies, texts = table.copies, copies_texts(table)
    everywhere = {
        row: [
            other
            for other in copies.get(int(pictures.first_copy[row]), [row])
            if pictures.label[other] == pictures.label[row]
        ]
        for row in rows.tolist()
    }
    folders = list(dict.fromkeys(pictures.folder[r] for row in everywhere.values() for r in row))
    return {
        "threshold": table.threshold,
        "similarity": table.distance.capitalize(),
        "command": around_threshold(table.provenance["command"]),
        "relevant": _packed(pictures.probability[scored & (grade > 0)]),
        "irrelevant": _packed(pictures.probability[scored & (grade == 0)]),
        "unlabelled": _packed(pictures.probability[scored & np.isnan(grade)]),
        "folders": folders,
        "pictures": [
            {
                "path": pictures.path[row],
                "file": Path(pictures.path[row]).name,
                "link": link(table.places[row], target),
                "folder": folders.index(pictures.folder[row]),
                "folders": sorted({folders.index(pictures.folder[r]) for r in everywhere[row]}),
                "copies": texts.get(row, ""),
                "label": pictures.label[row],
                "score": float(pictures.score[row]),
                "similarity": float(pictures.similarity[row]),
                "probability": float(pictures.probability[row]),
                "thumbnail": thumbnail,
            }
            for row, thumbnail in zip(rows.tolist(), thumbnails, strict=True)
        ],
    }


def around_threshold(command: str) -> tuple[str, str]:
    """Return what stands before and after the threshold in a command line with another one."""
    words = shlex.split(command)
    end = words.index("--") if "--" in words else len(words)
    if "--threshold" in words[:end]:
        place = words.index("--threshold")
        del words[place : place + 2]
        end -= 2
    after = shlex.join(words[end:])
    return shlex.join([*words[:end], "--threshold"]) + " ", after and f" {after}"


def _packed(values: np.ndarray[Any, Any]) -> str:
    return base64.b64encode(np.sort(values).astype("<f8").tobytes()).decode("ascii")
