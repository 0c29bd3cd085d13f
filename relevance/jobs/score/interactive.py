"""What the gallery of the report shows, and the commands that it names."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from relevance.jobs.score.selection import Rows, copies_texts, likely_opened, near_copies_texts
from relevance.jobs.score.wording import headline_end
from relevance.judging.scoring import ScoreTable
from relevance.pages.gallery.cards import Card
from relevance.pages.gallery.gallery import Gallery
from relevance.pages.gallery.words import about_keyword
from relevance.pages.links import link
from relevance.pages.thumbnails import larger


def gallery(table: ScoreTable, rows: Rows, thumbnails: Sequence[str], target: Path) -> Gallery:
    """Gather what the gallery shows.

    Args:
        table: All scores.
        rows: The pictures shown.
        thumbnails: One for each of them.
        target: The file that the page will be, from which links to the pictures start.
    """
    pictures = table.pictures
    scored, grade = pictures.is_scored, pictures.grade
    return Gallery(
        words=about_keyword(table.keyword, int(scored.sum()), headline_end(table)),
        topic=table.keyword,
        threshold=table.threshold,
        cards=_cards(table, rows, thumbnails, target),
        values={
            "relevant": pictures.probability[scored & (grade > 0)],
            "irrelevant": pictures.probability[scored & (grade == 0)],
            "unlabelled": pictures.probability[scored & np.isnan(grade)],
        },
        command=around_threshold(table.provenance["command"]),
        page=target,
    )


def _cards(
    table: ScoreTable, rows: Rows, thumbnails: Sequence[str], target: Path
) -> tuple[Card, ...]:
    pictures, texts = table.pictures, copies_texts(table)
    opened = likely_opened(pictures, rows, table.threshold)
    large = larger(
        [table.places[row] for row in opened],
        table.provenance["max_pixels"],
        cache=table.provenance["cache"],
        held=table.held,
    )
    rank, n_ranked = pictures.rank.tolist(), int(pictures.is_scored.sum())
    together, near = _sharing(table, rows), near_copies_texts(pictures)
    groups = pictures.group.tolist()
    return tuple(
        Card(
            paths=tuple(pictures.path[other] for other in together[row]),
            folder=pictures.folder[row],
            folders=tuple(dict.fromkeys(pictures.folder[other] for other in together[row])),
            label=pictures.label[row],
            grade=None if np.isnan(pictures.grade[row]) else float(pictures.grade[row]),
            score=float(pictures.score[row]),
            value=float(pictures.probability[row]),
            facts={
                "Rank": f"{rank[row]} of {n_ranked}",
                "Score": f"{pictures.score[row]:.4f}",
                table.distance.capitalize(): f"{pictures.similarity[row]:.4f}",
                **({"Nearly the same": near[row]} if row in near else {}),
                **({"Flaws": pictures.flaws[row]} if pictures.flaws[row] else {}),
            },
            copies=texts.get(row, ""),
            link=link(table.places[row], target),
            thumbnail=thumbnail,
            large=large.get(table.places[row], ""),
            flaws=tuple(filter(None, pictures.flaws[row].split("; "))),
            group=groups[row],
        )
        for row, thumbnail in zip(rows.tolist(), thumbnails, strict=True)
    )


def _sharing(table: ScoreTable, rows: Rows) -> dict[int, list[int]]:
    """Return for each row the rows that its card stands for: itself, copies with its label."""
    pictures, copies = table.pictures, table.copies
    return {
        row: [row]
        + [
            other
            for other in copies.get(int(pictures.first_copy[row]), [])
            if other != row and pictures.label[other] == pictures.label[row]
        ]
        for row in rows.tolist()
    }


def around_threshold(command: str) -> tuple[str, str]:
    """Return what stands before and after the threshold in a command line with another one."""
    before, after = _without(command, "--threshold")
    return shlex.join([*before, "--threshold"]) + " ", after and f" {after}"


def with_labels(command: str, table: str) -> str:
    """Return a command line that takes its labels from a table, in place of those it has."""
    before, after = _without(command, "--labels", "--relevant")
    return " ".join(filter(None, (shlex.join([*before, "--labels", table]), after)))


def _without(command: str, *options: str) -> tuple[list[str], str]:
    """Take options with a value out of a command line.

    Returns:
        The words up to "--", and from there on the line as it stands.
    """
    words = shlex.split(command)
    end = words.index("--") if "--" in words else len(words)
    kept: list[str] = []
    rest = iter(words[:end])
    for word in rest:
        if word in options:
            next(rest)
        elif not word.startswith(tuple(f"{option}=" for option in options)):
            kept.append(word)
    return kept, shlex.join(words[end:])
