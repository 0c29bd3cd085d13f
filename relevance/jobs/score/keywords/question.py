"""What is asked of pictures with several keywords: a question each, over the same pictures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from relevance.errors import UsageError
from relevance.exports.slugs import slug
from relevance.jobs.score.question import Question, table_grades
from relevance.judging.keyword_labels import read_keyword_labels
from relevance.judging.labels import Grades
from relevance.pictures.folders import Sources
from relevance.pictures.given import Found
from relevance.system.command_line import command_line

_LISTED = 3


@dataclass(frozen=True, slots=True)
class KeywordQuestion:
    """What is asked, checked.

    Attributes:
        each: A question for each keyword, which differ in that alone.
        notes: What is odd about the keywords, in sentences.
    """

    each: tuple[Question, ...]
    notes: tuple[str, ...]

    @classmethod
    def of(
        cls,
        keywords: Sequence[str],
        paths: tuple[Found, ...],
        labels: str | Path | None,
        threshold: float | None,
    ) -> KeywordQuestion:
        """Ask of every keyword the same; those whose files would have one name are one.

        Raises:
            UsageError: There is no keyword, or one cannot be used; see ``Question``.
        """
        if not keywords:
            raise UsageError('Give at least one keyword, such as "almonds".')
        known: dict[str, str] = {}
        twice: list[str] = []
        for keyword in map(str.strip, keywords):
            if not keyword:
                raise UsageError("A keyword is empty; is a shell variable not set?")
            name = slug(keyword)
            if name in known:
                twice.append(f"“{keyword}” is “{known[name]}”")
            known.setdefault(name, keyword)
        each = [
            Question(word, paths, labels=labels, threshold=threshold) for word in known.values()
        ]
        return cls(tuple(each), _merged(twice))

    @property
    def keywords(self) -> tuple[str, ...]:
        """The keywords, each once, in the order they were given."""
        return tuple(question.keyword for question in self.each)

    def command(self, options: Sequence[str]) -> str:
        """Return the command line that asks the same; options stand in front."""
        # What begins with a hyphen would be taken for an option, unless there is a space in it.
        words = [f" {word}" if word.startswith("-") else word for word in self.keywords]
        paths = self.each[0].subjects[1:]
        return command_line("score", [], [*options, *self.each[0].words(), *words, "--", *paths])

    def grades(self, sources: Sources) -> tuple[Grades, dict[str, list[str]]]:
        """Grade the pictures for each keyword, by table or folder names; say what is odd.

        Returns:
            ``(n, m)`` float64, NaN where nothing is known; and sentences by keyword.
        """
        labels = self.each[0].labels
        tables = read_keyword_labels(labels, self.keywords) if labels else {}
        columns, odd = [], {}
        for question in self.each:
            table = tables.get(question.keyword)
            if table is None:
                grades, said = question.grades(sources)
            elif table.rows:
                grades, said = table_grades(table, sources)
            else:
                grades = np.full(len(sources.refs), np.nan)
                said = [f"{table.source} has no label of “{question.keyword}”."]
            columns.append(grades)
            odd[question.keyword] = said
        return np.stack(columns, axis=1), odd


def _merged(pairs: Sequence[str]) -> tuple[str, ...]:
    """Say which keywords were given twice; nothing where none was."""
    if not pairs:
        return ()
    listed = ", ".join(pairs[:_LISTED]) + (", …" if len(pairs) > _LISTED else "")
    return (f"Keywords that were given twice are asked once: {listed}.",)
