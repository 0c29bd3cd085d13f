"""Labels of several keywords from one table: a column a keyword, or a row a picture and keyword."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from relevance.errors import UsageError
from relevance.exports.slugs import slug
from relevance.judging.label_table import (
    GRADE_COLUMN,
    LABEL_COLUMN,
    PATH_COLUMN,
    LabelRow,
    LabelTable,
    label_row,
    numbered,
    open_labels,
    without_apostrophe,
)
from relevance.system.names import printable

KEYWORD_COLUMN = "keyword"
VERDICT = ": relevant"
"""What follows the keyword in the name of a column of verdicts, as tables of this package have it;
so that such a table can be corrected and given back."""

_LISTED = 5


def read_keyword_labels(path: str | Path, keywords: Sequence[str]) -> dict[str, LabelTable]:
    """Read what a table says of each keyword; nothing of a keyword is a table without rows.

    It has the column ``path`` and, in this order of preference,

    - ``keyword`` and ``label`` (and ``grade``): a row a picture and keyword;
    - a column named like the keyword, or "almonds: relevant": a label a picture;
    - ``label`` alone, where there is but one keyword.

    Keywords are one where their files would have one name, so "Green_Apples" is "green apples".
    Labels are read as ``label_table.read_label_table`` reads them.

    Raises:
        UsageError: The table cannot be read, says nothing of any keyword, or has a label that is
            none.
    """
    table, opened, columns = open_labels(path)
    wanted = {slug(keyword): keyword for keyword in keywords}
    named = _columns_of(wanted, columns)
    if PATH_COLUMN not in columns or not (LABEL_COLUMN in columns or named):
        raise UsageError(_unfit(table, columns, keywords))
    is_long = {KEYWORD_COLUMN, LABEL_COLUMN} <= set(columns)
    if not is_long and not named and len(keywords) > 1:
        raise UsageError(
            f"{printable(table)} does not say which of the {len(keywords)} keywords its labels are "
            f'of; give it a column "{KEYWORD_COLUMN}", or a column of labels for each keyword.'
        )
    if not is_long and not named:
        named = {LABEL_COLUMN: keywords[0]}
    found: dict[str, list[LabelRow]] = {keyword: [] for keyword in keywords}
    others: dict[str, None] = {}
    for number, row in numbered(opened, columns):
        for column, keyword in _labels_of(row, wanted, named, others, is_long=is_long):
            cells = row if column == LABEL_COLUMN else _without_grade(row)
            if read := label_row(number, cells, column, table):
                found[keyword].append(read)
    if others and not any(found.values()):
        listed = ", ".join(map(printable, list(others)[:_LISTED]))
        raise UsageError(
            f"{printable(table)} has labels of {listed}, and none of {_some(keywords)}."
        )
    return {keyword: LabelTable(printable(table), tuple(rows)) for keyword, rows in found.items()}


def _columns_of(wanted: Mapping[str, str], columns: Sequence[str]) -> dict[str, str]:
    """Return the columns that hold labels of a keyword, and which."""
    own = {
        column: keyword
        for column in columns
        if (keyword := wanted.get(slug(without_apostrophe(column).removesuffix(VERDICT))))
    }
    fixed = (PATH_COLUMN, LABEL_COLUMN, GRADE_COLUMN, KEYWORD_COLUMN)
    return {column: keyword for column, keyword in own.items() if column not in fixed}


def _labels_of(
    row: Mapping[str, str],
    wanted: Mapping[str, str],
    named: Mapping[str, str],
    others: dict[str, None],
    *,
    is_long: bool,
) -> Iterator[tuple[str, str]]:
    """Yield in which columns of a row there are labels, and of which keywords; note others."""
    if not is_long:
        yield from named.items()
    elif keyword := wanted.get(slug(row[KEYWORD_COLUMN])):
        yield LABEL_COLUMN, keyword
    else:
        others[row[KEYWORD_COLUMN]] = None


def _without_grade(row: Mapping[str, str]) -> dict[str, str]:
    """Leave out the column that grades the label of a row, not of one keyword."""
    return {name: cell for name, cell in row.items() if name != GRADE_COLUMN}


def _unfit(table: Path, columns: Sequence[str], keywords: Sequence[str]) -> str:
    there = ", ".join(map(printable, columns)) or "nothing"
    more = "" if len(keywords) == 1 else f', and "{KEYWORD_COLUMN}" or a column for each keyword,'
    return (
        f'{printable(table)} needs the columns "{PATH_COLUMN}" and "{LABEL_COLUMN}"{more} in its '
        f"first line; it has: {there}."
    )


def _some(keywords: Sequence[str]) -> str:
    return ", ".join(keywords[:_LISTED]) + (", …" if len(keywords) > _LISTED else "")
