"""What is asked of pictures: a keyword, where they are, and what is known of them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from relevance.errors import UsageError
from relevance.judging.calibration import Calibration
from relevance.judging.keyword_labels import read_keyword_labels
from relevance.judging.label_table import LabelTable
from relevance.judging.labels import Grades, folder_grades, label_notes
from relevance.judging.scoring import DEFAULT_THRESHOLD
from relevance.judging.teaching import Lesson
from relevance.pictures.folders import Sources
from relevance.pictures.given import Found, place_of
from relevance.system.command_line import STANDARD_INPUT, option
from relevance.system.names import printable

_NAMED = 2
_TYPED = 50  # paths that a command line has


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked of the pictures, checked.

    Attributes:
        keyword: Word or phrase that names the product.
        paths: Where the pictures are.
        relevant: Names of the folders that the user calls relevant.
        labels: Table of labels, or None.
        threshold: Probability from which a picture counts as relevant, if the user named one.
        calibration: What turns scores into probabilities, or None.
        lesson: What was learnt from labelled pictures, or None; it brings its own calibration.
        like: Where pictures are that show what the keyword means.
        unlike: Where pictures are that show what it does not mean.
    """

    keyword: str
    paths: tuple[Found, ...]
    relevant: tuple[str, ...] = ()
    labels: str | Path | None = None
    threshold: float | None = None
    calibration: Calibration | None = None
    lesson: Lesson | None = None
    like: tuple[Found, ...] = ()
    unlike: tuple[Found, ...] = ()

    def __post_init__(self) -> None:
        if self.threshold is not None and not 0 <= self.threshold <= 1:
            raise UsageError(f"The threshold is a probability from 0 to 1, not {self.threshold}.")
        if self.keyword != printable(self.keyword):
            raise UsageError("The keyword has characters that are not text; type it again.")
        if "" in self.relevant or self.labels == "":
            raise UsageError("The name of a folder or file is empty; is a shell variable not set?")
        if self.relevant and self.labels:
            raise UsageError("Give the labels by --relevant or by --labels, not by both.")
        if self.calibration and self.lesson:
            raise UsageError("A lesson brings its own calibration; give one of the two.")
        self._check_examples()

    def _check_examples(self) -> None:
        if "" in (*self.like, *self.unlike):
            raise UsageError("The name of an example is empty; is a shell variable not set?")
        if self.unlike and not self.like:
            raise UsageError("--unlike says what is near the pictures of --like; give these too.")
        if self.like and (self.calibration or self.lesson):
            raise UsageError(
                "Examples (--like) judge by themselves, and a calibration or lesson holds for "
                "nothing beside its keyword; give one of the two, or label the examples and teach."
            )

    @property
    def subjects(self) -> list[str]:
        """What a command line has in front of its options: the keyword and where pictures are.

        More than a few paths come from standard input.
        """
        if len(self.paths) > _TYPED:
            return [self.keyword, STANDARD_INPUT]
        return [self.keyword, *map(place_of, self.paths)]

    @property
    def verdict_threshold(self) -> float:
        """The threshold in use: the user's, else the calibration's, else 0.5."""
        if self.threshold is not None:
            return self.threshold
        return self.curve.threshold if self.curve else DEFAULT_THRESHOLD

    @property
    def trained(self) -> Calibration | Lesson | None:
        """What was fitted on labelled pictures, and holds for this question or does not."""
        return self.lesson or self.calibration

    @property
    def curve(self) -> Calibration | None:
        """What turns scores into probabilities: the lesson's, where there is one."""
        return self.lesson.calibration if self.lesson else self.calibration

    def label_words(self) -> list[str]:
        """Command-line options that label the same pictures."""
        words = [word for item in self.relevant for word in option("--relevant", item)]
        return words + (["--labels", printable(self.labels)] if self.labels else [])

    def words(self) -> list[str]:
        """Command-line options that ask the same."""
        words = self.label_words()
        if self.calibration and self.calibration.source:
            words += ["--calibration", self.calibration.source]
        if self.lesson and self.lesson.source:
            words += ["--lesson", self.lesson.source]
        for name, places in (("--like", self.like), ("--unlike", self.unlike)):
            words += [word for place in places for word in option(name, printable(place_of(place)))]
        if self.threshold is not None:
            words += ["--threshold", str(self.threshold)]
        return words

    def grades(self, sources: Sources) -> tuple[Grades, list[str]]:
        """Grade the pictures by table, user's word or folder names; also say what is odd."""
        if not self.labels:
            odd = [] if self.relevant else label_notes(sources.refs, self.keyword)
            return folder_grades(sources.refs, self.keyword, self.relevant), odd
        return table_grades(read_keyword_labels(self.labels, [self.keyword])[self.keyword], sources)


def table_grades(table: LabelTable, sources: Sources) -> tuple[Grades, list[str]]:
    """Grade the pictures by a table; also say which of its labels belong to none of them."""
    grades, unmatched = table.grade_pictures(sources.refs)
    if not unmatched:
        return grades, []
    return grades, [
        f"{len(unmatched)} of {len(table.rows)} labels in {table.source} belong to no picture "
        f"here, such as {' and '.join(unmatched[:_NAMED])}."
    ]
