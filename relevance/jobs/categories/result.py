"""``Categories``: what ``relevance.categories`` returns, with its ways out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from relevance.encoders.base import FloatArray, IntArray
from relevance.exports.csv_file import decimals, no_formula, write_csv
from relevance.exports.json_file import JsonExport, without_nan
from relevance.exports.page_file import PageExport
from relevance.jobs.categories.accuracy import TOP, Proportion
from relevance.jobs.categories.correction import NO_CORRECTION, neighbours
from relevance.jobs.categories.picking import NO_RANK
from relevance.jobs.categories.table import CategoryTable
from relevance.judging.naming import NONE
from relevance.judging.scoring import OK, SKIPPED

if TYPE_CHECKING:
    import pandas as pd

CSV_COLUMNS = (
    "path",
    "folder",
    "true_keyword",
    "best_keyword",
    "score",
    "second_keyword",
    "second_score",
    "rank",
    "status",
    "reason",
)
EXAMPLES = 4
"""Pictures named for each pair of confused keywords."""

_PAIRS_IN_JSON = 100
_BEST_IN_JSON = 10  # folders of a keyword, keywords of a folder
_CELLS_IN_JSON = 10_000
"""Matrices of up to so many cells are in the JSON file: 100 keywords and folders. Larger ones are
null there; ``categories-means.csv`` has all means, and the best of each row and column stay."""


@dataclass(frozen=True, eq=False)
class Categories(CategoryTable, JsonExport, PageExport):
    """Scores of many keywords; see ``CategoryTable`` for arrays, here for tables and files."""

    def __repr__(self) -> str:
        return (
            f"<Categories: {len(self.keywords)} keywords, {len(self.places)} pictures, "
            f"{len(self.folders)} folders, encoder {self.encoder.name}>"
        )

    @cached_property
    def means(self) -> pd.DataFrame:
        """Mean scores, a row a keyword and a column a folder; never corrected."""
        return self._by_folder(self.mean_matrix)

    @cached_property
    def scaled(self) -> pd.DataFrame:
        """``means`` with each row on its own min-max scale."""
        return self._by_folder(self.scaled_matrix)

    @cached_property
    def images(self) -> pd.DataFrame:
        """A row a picture; what skipped ones lack is missing.

        Columns: path, folder, true_keyword, best_keyword, score, second_keyword, second_score,
        rank (of the true keyword, from 1), status, reason. Scores are as they are, not corrected,
        so that the second can be higher than the first.
        """
        import pandas as pd

        columns = dict(zip(CSV_COLUMNS, self._columns(), strict=True))
        frame = pd.DataFrame(columns)
        rank = self.picks.rank
        frame["rank"] = pd.arrays.IntegerArray(rank.copy(), mask=rank == NO_RANK)
        return frame

    @property
    def skipped(self) -> pd.DataFrame:
        """Pictures that could not be used: path, folder, reason."""
        import pandas as pd

        return pd.DataFrame(self.skipped_rows, columns=["path", "folder", "reason"])

    @cached_property
    def confusion(self) -> pd.DataFrame:
        """Pictures by true keyword (rows) and best keyword (columns)."""
        import pandas as pd

        return pd.DataFrame(
            self.confusion_matrix,
            index=pd.Index(self.keywords, name="true_keyword"),
            columns=pd.Index(self.keywords, name="best_keyword"),
        )

    @cached_property
    def confused(self) -> pd.DataFrame:
        """Pairs of keywords, most confused first: true_keyword, best_keyword, count, examples.

        ``examples`` are the paths of the most confident mistakes, up to four.
        """
        import pandas as pd

        columns = ["true_keyword", "best_keyword", "count", "examples"]
        return pd.DataFrame(self._pairs(len(self.confused_pairs)), columns=columns)

    def to_csv(self, path: str | Path) -> Path:
        """Write a row for each picture, skipped ones included, as UTF-8.

        A text that a spreadsheet would take for a formula gets an apostrophe in front.
        """
        *texts, rank, status, reason = self._columns()
        ranks = ["" if value == NO_RANK else value for value in rank.tolist()]
        written = [_printed(column) for column in texts]
        return write_csv(path, CSV_COLUMNS, zip(*written, ranks, status, reason, strict=True))

    def means_to_csv(self, path: str | Path) -> Path:
        """Write the matrix of mean scores, a row a keyword and a column a folder."""
        header = ["keyword", *map(no_formula, self.folders)]
        rows = (
            [no_formula(keyword), *decimals(means)]
            for keyword, means in zip(self.keywords, self.mean_matrix, strict=True)
        )
        return write_csv(path, header, rows)

    def to_dict(self) -> dict[str, Any]:
        """Return everything but the single pictures as plain JSON types.

        ``means``, ``scaled`` and ``confusion`` are None where they have more than 10,000 cells;
        the ten best folders of a keyword and keywords of a folder are always there.
        """
        result = {
            "keywords": self._keyword_facts(),
            "folders": self._folder_facts(),
            "means": _if_small(self.mean_matrix),
            "scaled": _if_small(self.scaled_matrix),
            "correction": {
                "name": self.correction,
                "neighbours": None
                if self.correction == NO_CORRECTION
                else neighbours(self.n_scored),
                "offsets": self.offsets.tolist(),
            },
            "accuracy": self._accuracy_facts(),
            "confusion": _if_small(self.confusion_matrix),
            "confused": self._pairs(_PAIRS_IN_JSON),
            "skipped": [
                {"path": path, "folder": folder, "reason": reason}
                for path, folder, reason in self.skipped_rows
            ],
            "encoder": asdict(self.encoder),
            "provenance": dict(self.provenance),
        }
        plain: dict[str, Any] = without_nan(result)
        return plain

    def html_text(self, target: Path) -> str:
        """Return the page, the same wherever it will be."""
        from relevance.jobs.categories.page import render_categories

        return render_categories(self)

    def _repr_html_(self) -> str:
        from relevance.jobs.categories.page import render_category_summary

        return render_category_summary(self)

    def _by_folder(self, matrix: Any) -> pd.DataFrame:
        import pandas as pd

        return pd.DataFrame(
            matrix,
            index=pd.Index(self.keywords, name="keyword"),
            columns=pd.Index(self.folders, name="folder"),
        )

    def _columns(self) -> list[Any]:
        """In the order of ``CSV_COLUMNS``; keywords that are missing are empty."""
        best, second = self.picks.best, self.picks.second
        return [
            self.paths,
            [self.folders[number] for number in self.folder_of.tolist()],
            self._named(self.truth),
            self._named(best),
            self._scores_of(best),
            self._named(second),
            self._scores_of(second),
            self.picks.rank,
            [SKIPPED if reason else OK for reason in self.reasons],
            list(self.reasons),
        ]

    def _named(self, numbers: IntArray) -> list[str]:
        return ["" if number == NONE else self.keywords[number] for number in numbers.tolist()]

    def _scores_of(self, numbers: IntArray) -> FloatArray:
        """Score of each picture with one keyword; that of a skipped picture is NaN anyway."""
        return np.asarray(self.scores[np.arange(len(numbers)), numbers])

    def _pairs(self, count: int) -> list[dict[str, Any]]:
        return [
            {
                "true_keyword": self.keywords[pair.true],
                "best_keyword": self.keywords[pair.best],
                "count": pair.count,
                "examples": [self.paths[row] for row in pair.pictures[:EXAMPLES]],
            }
            for pair in self.confused_pairs[:count]
        ]

    def _keyword_facts(self) -> list[dict[str, Any]]:
        pictures, own = self.confusion_matrix.sum(axis=1), self.has_own_folder
        return [
            {
                "keyword": keyword,
                "highest_mean_in": self.folders[self.best_folder[number]],
                "highest_mean_is_own": bool(self.fits_own_folder[number]) if own[number] else None,
                "pictures": int(pictures[number]),
                "right": int(self.confusion_matrix[number, number]),
                "best_folders": self._best_folders(number),
            }
            for number, keyword in enumerate(self.keywords)
        ]

    def _folder_facts(self) -> list[dict[str, Any]]:
        return [
            {
                "folder": folder,
                "keyword": None if number == NONE else self.keywords[number],
                "n": n,
                "called": {
                    self.keywords[best]: int(counts[best])
                    for best in np.argsort(-counts, kind="stable")[:_BEST_IN_JSON].tolist()
                    if counts[best]
                },
            }
            for folder, number, n, counts in zip(
                self.folders,
                self.folder_keyword.tolist(),
                self.n_by_folder.tolist(),
                self.called,
                strict=True,
            )
        ]

    def _best_folders(self, keyword: int) -> list[dict[str, Any]]:
        """The folders with the highest means for a keyword."""
        means = np.nan_to_num(self.mean_matrix[keyword], nan=-np.inf)
        order = np.argsort(-means, kind="stable")[:_BEST_IN_JSON].tolist()
        return [
            {"folder": self.folders[number], "mean": float(self.mean_matrix[keyword, number])}
            for number in order
            if self.n_by_folder[number]
        ]

    def _accuracy_facts(self) -> dict[str, Any]:
        accuracy = self.accuracy
        shares: dict[str, tuple[Proportion, int]] = {
            "top1": (accuracy.top1, 1),
            "top5": (accuracy.top5, TOP),
            "top1_uncorrected": (accuracy.top1_uncorrected, 1),
        }
        return {
            name: asdict(share) | {"chance": accuracy.chance(k)}
            for name, (share, k) in shares.items()
        }


def _if_small(matrix: npt.NDArray[Any]) -> list[Any] | None:
    return matrix.tolist() if matrix.size <= _CELLS_IN_JSON else None


def _printed(column: Any) -> Sequence[object]:
    """Column of a CSV file: numbers rounded, texts that are no formula."""
    return decimals(column) if isinstance(column, np.ndarray) else list(map(no_formula, column))
