"""The words of a gallery: what its threshold is held against, and what follows from it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a picture is on one side of the threshold.

    Attributes:
        sign: How a card shows it.
        said: What the sign is read out as: "judged to show it".
        name: "judged relevant".
        cell: What lists write, and the address where these alone are shown: "relevant".
    """

    sign: str
    said: str
    name: str
    cell: str


@dataclass(frozen=True, slots=True)
class Words:
    """What a gallery says.

    Attributes:
        noun: What a card is: "picture".
        value: What the threshold is held against: "probability" or, on a linear scale, another.
        score: What cards are ordered by.
        above: From the threshold on.
        below: Below it.
        headline: What follows the count in the heading where it is one, and where it is not.
        counted: Whether "above" or "below" is what the heading counts.
        marks: What the marks yes and no say: "shows almonds", "does not show almonds".
        marked: What the first of them makes a picture: "showing almonds".
        searched: What the search box looks into: "Path has".
        columns: Columns of lists: of ``path``, ``folder``, ``verdict``, ``label``, ``mark``, the
            name of the value, and what cards have as ``columns``.
        table: The file that marks are saved as.
    """

    noun: str
    value: str
    score: str
    above: Verdict
    below: Verdict
    headline: tuple[str, str]
    counted: str
    marks: tuple[str, str]
    marked: str
    searched: str
    columns: tuple[str, ...]
    table: str


def about_keyword(keyword: str, n_pictures: int, headline_end: str) -> Words:
    """Return the words of a gallery of pictures that may show a keyword.

    Args:
        keyword: What they may show.
        n_pictures: How many there are, also such that have no card.
        headline_end: What follows "25 of 273 pictures show" in the heading.
    """
    of_all = f"of {n_pictures} picture{'s' * (n_pictures != 1)}"
    return Words(
        noun="picture",
        value="probability",
        score="score",
        above=Verdict("✓", "judged to show it", "judged relevant", "relevant"),
        below=Verdict("✗", "judged not to show it", "judged irrelevant", "irrelevant"),
        headline=(f"{of_all} shows {headline_end}", f"{of_all} show {headline_end}"),
        counted="above",
        marks=(f"shows {keyword}", f"does not show {keyword}"),
        marked=f"showing {keyword}",
        searched="Path has",
        columns=("path", "folder", "probability", "verdict", "label", "mark"),
        table="labels.csv",
    )
