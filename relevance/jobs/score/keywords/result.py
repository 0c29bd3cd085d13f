"""``KeywordScores``: what ``relevance.score_keywords`` returns, with its ways out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from relevance.errors import UsageError
from relevance.exports.csv_file import decimals, no_formula, no_formulas, write_csv
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

PICTURE_COLUMNS = ("path", "folder", "best_keyword", "shows", "status", "reason")
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
        import pandas as pd

        columns: dict[str, Any] = dict(zip(PICTURE_COLUMNS, self._picture_columns(), strict=True))
        for number, keyword in enumerate(self.keywords):
            verdicts = self.verdicts[:, number].copy()
            columns[f"{keyword}{VERDICT}"] = pd.arrays.BooleanArray(verdicts, mask=~self.is_scored)
            columns[f"{keyword}: probability"] = self.probabilities[:, number]
            columns[f"{keyword}: score"] = self.scores[:, number]
        return pd.DataFrame(columns)

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
        names = [no_formula(name) for name in self._column_names()]
        return write_csv(path, names, self._csv_rows())

    def to_parquet(self, path: str | Path) -> Path:
        """Write ``table`` as Parquet, all of it at once.

        Raises:
            UsageError: The extra ``parquet`` is not installed.
            OSError: The file cannot be written.
        """
        columns: dict[str, Any] = dict(zip(PICTURE_COLUMNS, self._picture_columns(), strict=True))
        for number, keyword in enumerate(self.keywords):
            verdicts = np.ma.masked_array(self.verdicts[:, number], ~self.is_scored)
            columns[f"{keyword}{VERDICT}"] = verdicts.tolist()
            columns[f"{keyword}: probability"] = self.probabilities[:, number]
            columns[f"{keyword}: score"] = self.scores[:, number]
        return write_parquet(path, columns)

    def to_dict(self) -> dict[str, Any]:
        """Return everything but the single pictures as plain JSON types."""
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
            "pictures": {
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
        return plain

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

    def _column_names(self) -> list[str]:
        kinds = (VERDICT, ": probability", ": score")
        return [*PICTURE_COLUMNS, *(f"{word}{kind}" for word in self.keywords for kind in kinds)]

    def _picture_columns(self) -> list[Sequence[str]]:
        """In the order of ``PICTURE_COLUMNS``."""
        return [
            list(self.path),
            list(self.folder),
            self.best_keyword,
            [BETWEEN.join(words) for words in self.shown_keywords],
            [SKIPPED if reason else OK for reason in self.reason],
            list(self.reason),
        ]

    def _csv_rows(self) -> Iterator[tuple[object, ...]]:
        numbers: list[Sequence[object]] = []
        for number in range(len(self.keywords)):
            verdicts = self.verdicts[:, number].tolist()
            numbers += [
                ["" if reason else v for reason, v in zip(self.reason, verdicts, strict=True)],
                decimals(self.probabilities[:, number]),
                decimals(self.scores[:, number]),
            ]
        return zip(*map(no_formulas, self._picture_columns()), *numbers, strict=True)
