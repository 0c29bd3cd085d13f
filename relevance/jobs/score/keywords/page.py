"""Several keywords -> the page that compares them, and leads to the page of each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import numpy as np

from relevance.encoders.base import IntArray
from relevance.exports.slugs import slug
from relevance.jobs.score.keywords.wording import answer, copies_note, headline, short_folders
from relevance.judging.words import same_words
from relevance.pages.matrix import MAX_SIDE, Cell, Matrix, Row, left_out
from relevance.pages.page import render
from relevance.pages.runs import Run
from relevance.pages.thumbnails import thumbnails
from relevance.pages.wording import share

if TYPE_CHECKING:
    from relevance.jobs.score.keywords.result import KeywordScores

_TEMPLATES = Path(__file__).parent / "templates"

_OF_EACH = 6
"""Pictures shown of a keyword: the most probable of those that show it."""

_OF_REST = 24
"""Pictures shown that show none of the keywords, or several."""


def render_keywords(table: KeywordScores, *, linked: bool = False) -> str:
    """Render the page: self-contained, without scripts.

    Args:
        table: What to show.
        linked: Whether each keyword has a page beside this one, as ``jobs.score.files`` names it.
    """
    first = [_first(table, number) for number in range(len(table.keywords))]
    without, several = _showing_none(table), _showing_several(table)
    cards = _cards(table, np.concatenate([*first, without[:_OF_REST], several[:_OF_REST]]))
    return render(
        _TEMPLATES / "page.html",
        run=Run("score", headline(table), table.provenance["date"]),
        **_common(table),
        answer=answer(table),
        rows=[
            row | {"cards": [cards[n] for n in rows.tolist()], "link": _link(row, linked=linked)}
            for row, rows in zip(_rows(table), first, strict=True)
        ],
        matrix=_matrix(table),
        without=[cards[number] for number in without[:_OF_REST].tolist()],
        n_without=len(without),
        several=[cards[number] for number in several[:_OF_REST].tolist()],
        n_several=len(several),
        copies_note=copies_note(table),
        skipped=table.skipped_rows,
    )


def render_keyword_summary(table: KeywordScores) -> str:
    """Render the short form that a notebook shows: answer and a row a keyword."""
    return render(
        _TEMPLATES / "summary.html",
        rows=_rows(table),
        answer=headline(table),
        explanation=answer(table),
        **_common(table),
    )


def _common(table: KeywordScores) -> dict[str, Any]:
    return {
        "table": table,
        "headline": headline(table),
        "of_each": _OF_EACH,
        "n_scored": table.n_scored,
    }


def _rows(table: KeywordScores) -> list[dict[str, Any]]:
    names = short_folders(table)
    return [_row(facts, names) for facts in map(table.facts, range(len(table.keywords)))]


def _row(facts: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    labelled = facts["labelled"]
    wrong = f"{labelled['wrong']} wrong, ROC AUC {share(labelled['roc_auc'])}" if labelled else ""
    return {**facts, "short": names[facts["best_folder"]], "labelled": wrong}


def _link(row: Mapping[str, Any], *, linked: bool) -> str:
    return quote(f"{slug(row['keyword'])}.html") if linked else ""


def _first(table: KeywordScores, number: int) -> IntArray:
    """Return the most probable of the pictures that show a keyword; of copies one."""
    rows = np.flatnonzero(table.verdicts[:, number])
    ranked = rows[np.argsort(-table.scores[rows, number], kind="stable")]
    return _once(table, ranked)[:_OF_EACH]


def _showing_none(table: KeywordScores) -> IntArray:
    """Return the pictures that show none, the nearest to showing one first; of copies one."""
    rows = np.flatnonzero(table.is_scored & (table.n_shown == 0))
    chances = table.probabilities[rows].max(axis=1, initial=0)
    return _once(table, rows[np.argsort(-chances, kind="stable")])


def _showing_several(table: KeywordScores) -> IntArray:
    """Return the pictures that show several keywords, the most keywords first; of copies one."""
    rows = np.flatnonzero(table.n_shown > 1)
    return _once(table, rows[np.argsort(-table.n_shown[rows], kind="stable")])


def _once(table: KeywordScores, rows: IntArray) -> IntArray:
    first = np.unique(table.first_copy[rows], return_index=True)[1]
    return np.asarray(rows[np.sort(first)], dtype=np.int64)


def _cards(table: KeywordScores, rows: IntArray) -> dict[int, dict[str, Any]]:
    """Gather what is shown of pictures, by row."""
    numbers: Sequence[int] = np.unique(rows).tolist()
    small = thumbnails(
        [table.places[number] for number in numbers],
        table.provenance["max_pixels"],
        cache=table.provenance["cache"],
        held=table.held,
    )
    shown, best = table.shown_keywords, table.best
    return {
        number: {
            "thumbnail": thumbnail,
            "file": Path(table.path[number]).name,
            "path": table.path[number],
            "shows": shown[number],
            "best": table.keywords[best[number]],
            "chance": float(table.probabilities[number, best[number]]),
        }
        for number, thumbnail in zip(numbers, small, strict=True)
    }


def _matrix(table: KeywordScores) -> Matrix:
    """How many pictures of each folder show each keyword, coloured by their share of the folder."""
    keywords, folders = table.keywords[:MAX_SIDE], table.folder_names[:MAX_SIDE]
    names = short_folders(table)
    sizes = [len(rows) for rows in table.rows_by_folder]
    return Matrix(
        label="How many pictures show each keyword (row) in each folder (column)",
        corner="keyword \\ folder",
        columns=tuple(f"{names[folder]} ({n})" for folder, n in zip(folders, sizes, strict=False)),
        rows=tuple(
            Row(
                keyword,
                tuple(
                    Cell(
                        text=str(count),
                        heat=count / size,
                        is_own=same_words(folder.rsplit("/", 1)[-1], keyword),
                        is_highest=0 < count == max(counts),
                    )
                    for folder, count, size in zip(folders, counts, sizes, strict=False)
                ),
            )
            for keyword, counts in zip(keywords, table.shown_matrix.T.tolist(), strict=False)
        ),
        note=left_out(
            [
                ("keywords", len(keywords), len(table.keywords)),
                ("folders", len(folders), len(table.folder_names)),
            ],
            "the JSON file",
        ),
    )
