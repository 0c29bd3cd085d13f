"""``KeywordScores``: what ``relevance.score_keywords`` returns, with its ways out."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from relevance.encoders.base import IntArray
from relevance.errors import UsageError
from relevance.exports.columns import Column, csv_rows, frame, plain_columns, records, taken
from relevance.exports.csv_file import no_formula, write_csv
from relevance.exports.json_file import JsonExport, without_nan
from relevance.exports.page_file import PageExport
from relevance.exports.slugs import slug
from relevance.jobs.score.examples import words_here
from relevance.jobs.score.keywords.table import KeywordTable
from relevance.jobs.score.result import Scores
from relevance.judging.folder_means import folder_rows
from relevance.judging.keyword_labels import VERDICT
from relevance.judging.scoring import OK, SKIPPED
from relevance.system.finding import nearest
from relevance.tables.columns import write_parquet

if TYPE_CHECKING:
    import pandas as pd

BETWEEN = "; "
"""What parts the keywords in ``shows``."""


@dataclass(frozen=True, eq=False)
class KeywordScores(KeywordTable, JsonExport, PageExport):
    """Scores of several keywords; see ``KeywordTable`` for arrays, here for tables and files."""

    def __repr__(self) -> str:
        return (
            f"<KeywordScores: {len(self.keywords)} keywords, {len(self.places)} pictures, "
            f"encoder {self.encoder.name}>"
        )

    def of(self, keyword: str) -> Scores:
        """Return the scores of one keyword, as ``relevance.score`` returns them.

        Raises:
            UsageError: It is none of the keywords.
        """
        numbers = {slug(known): number for number, known in enumerate(self.keywords)}
        number = numbers.get(slug(keyword.strip()))
        if number is None:
            near = nearest(keyword, self.keywords)
            hint = f"did you mean “{near}”?" if near else f"there are {', '.join(self.keywords)}."
            raise UsageError(f"“{keyword}” is none of the keywords; {hint}")
        return self.at(number)

    def at(self, number: int) -> Scores:
        """Return the scores of one keyword, by its number."""
        pictures = self.pictures_of(number)
        return Scores(
            keyword=self.keywords[number],
            places=self.places,
            pictures=pictures,
            folder_rows=folder_rows(
                pictures.folder, pictures.score, pictures.relevant, pictures.first_copy
            ),
            encoder=self.encoder,
            distance=self.distance,
            threshold=self.threshold,
            provenance={**self.provenance, **self.own_provenance[number]},
            held=self.held,
        )

    @cached_property
    def table(self) -> pd.DataFrame:
        """A row a picture, with three columns a keyword; numbers of skipped pictures are missing.

        Columns: path, folder, best_keyword, shows, status, reason; then for each keyword, such as
        almonds, "almonds: relevant", "almonds: probability" and "almonds: score".
        """
        return frame(self.columns)

    @property
    def columns(self) -> dict[str, Column]:
        """The columns of ``table``, as ``exports.columns`` takes them."""
        group = self.pictures_of(0).group
        columns: dict[str, Column] = {
            "path": self.path,
            "folder": self.folder,
            "best_keyword": self.best_keyword,
            "shows": [BETWEEN.join(words) for words in self.shown_keywords],
            "group": np.ma.masked_array(group, group == 0),
            "flaws": self.flaws,
            "status": [SKIPPED if reason else OK for reason in self.reason],
            "reason": self.reason,
        }
        for number, keyword in enumerate(self.keywords):
            verdicts = np.ma.masked_array(self.verdicts[:, number], ~self.is_scored)
            columns[f"{keyword}{VERDICT}"] = verdicts
            columns[f"{keyword}: probability"] = self.probabilities[:, number]
            columns[f"{keyword}: score"] = self.scores[:, number]
        return columns

    @cached_property
    def folders(self) -> pd.DataFrame:
        """Mean scores, a row a folder and a column a keyword."""
        return self._by_folder(self.mean_matrix)

    @cached_property
    def shown(self) -> pd.DataFrame:
        """How many pictures show a keyword, a row a folder and a column a keyword."""
        return self._by_folder(self.shown_matrix)

    def to_csv(self, path: str | Path) -> Path:
        """Write ``table`` as UTF-8.

        A text that a spreadsheet would take for a formula gets an apostrophe in front.
        """
        columns = self.columns
        return write_csv(path, map(no_formula, columns), csv_rows(columns))

    def to_parquet(self, path: str | Path) -> Path:
        """Write ``table`` as Parquet, all of it at once.

        Raises:
            UsageError: The extra ``parquet`` is not installed.
            OSError: The file cannot be written.
        """
        return write_parquet(path, plain_columns(self.columns))

    def to_dict(self, rows: IntArray | None = None) -> dict[str, Any]:
        """Return keywords, folders, pictures and provenance as plain JSON types.

        Args:
            rows: Which pictures, in which order; if not given, all, the best first.
        """
        result = {
            "keywords": [self.facts(number) for number in range(len(self.keywords))],
            "folders": [
                {
                    "folder": folder,
                    "n": len(rows),
                    "means": dict(zip(self.keywords, means.tolist(), strict=True)),
                    "shown": dict(zip(self.keywords, counts.tolist(), strict=True)),
                }
                for folder, rows, means, counts in zip(
                    self.folder_names,
                    self.rows_by_folder,
                    self.mean_matrix,
                    self.shown_matrix,
                    strict=True,
                )
            ],
            "counts": {
                "scored": self.n_scored,
                "show_none": int((self.is_scored & (self.n_shown == 0)).sum()),
                "show_several": int((self.n_shown > 1).sum()),
            },
            "skipped": [
                {"path": path, "folder": folder, "reason": reason}
                for path, folder, reason in self.skipped_rows
            ],
            "threshold": self.threshold,
            "encoder": asdict(self.encoder),
            "provenance": dict(self.provenance),
        }
        plain: dict[str, Any] = without_nan(result)
        listed = taken(self.columns, self.order if rows is None else rows)
        return plain | {"pictures": list(records(listed))}

    def facts(self, number: int) -> dict[str, Any]:
        """Say in plain numbers what was found of a keyword.

        ``labelled`` is how its scores order the pictures with a label and how many of their
        verdicts are wrong; None where the labels are not of both kinds.
        """
        best = int(self.mean_matrix[:, number].argmax())
        return {
            "keyword": self.keywords[number],
            "n_relevant": int(self.counts[number]),
            "best_folder": self.folder_names[best],
            "best_mean": float(self.mean_matrix[best, number]),
            "labelled": words_here(self.pictures_of(number)),
        }

    def html_text(self, target: Path) -> str:
        """Return the page that compares the keywords; its links start from ``target``."""
        from relevance.jobs.score.keywords.page import render_keywords

        return render_keywords(self)

    def _repr_html_(self) -> str:
        from relevance.jobs.score.keywords.page import render_keyword_summary

        return render_keyword_summary(self)

    def _by_folder(self, matrix: Any) -> pd.DataFrame:
        import pandas as pd

        return pd.DataFrame(
            matrix,
            index=pd.Index(self.folder_names, name="folder"),
            columns=pd.Index(self.keywords, name="keyword"),
        )
