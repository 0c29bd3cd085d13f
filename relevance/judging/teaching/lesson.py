"""``Lesson``: what was learnt from labelled pictures, what it holds for, and its file."""

from __future__ import annotations

from base64 import b64decode, b64encode
from binascii import Error as Base64Error
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from relevance.encoders.base import EncoderInfo
from relevance.errors import UsageError
from relevance.exports.json_file import JsonExport
from relevance.judging.calibration import Calibration
from relevance.judging.calibration.model import Basis
from relevance.judging.directions import Floats, Plane, Vectors
from relevance.judging.folder_means import STEPS_IN_ONE
from relevance.judging.made_files import LESSON, check_version, read_made
from relevance.judging.teaching.rounds import Round
from relevance.system.command_line import command_line
from relevance.system.json_reader import JsonError, build
from relevance.system.names import printable

VERSION = 1
_LISTED = 3  # digests that a refusal names


@dataclass(frozen=True, slots=True)
class Again:
    """How a lesson was asked for, but for the encoder, so that another one can be asked.

    Attributes:
        subjects: Keyword and paths, as they were given.
        options: Command-line options.
    """

    subjects: tuple[str, ...]
    options: tuple[str, ...]

    def command(self, model: str) -> str:
        """Return the command that teaches the same to another encoder."""
        return command_line("teach", self.subjects, ["--model", model, *self.options])


@dataclass(frozen=True, slots=True, eq=False)
class Lesson(JsonExport):
    """A direction that was learnt, and the calibration of what it says.

    Attributes:
        plane: Log odds of a picture by its vector.
        calibration: Log odds to probability, a threshold, and what all of it holds for.
        cost: How warily words and examples were left; see ``probe.COSTS``.
        text_only: ROC AUC and average precision of words alone on the labelled pictures; empty
            where these are too few to leave any out.
        taught: The same of what was learnt, each picture judged by a probe that did not see it.
        relevant: Beginnings of the SHA-256 of the relevant pictures' files, as hex, so that the
            lesson can be made again.
        irrelevant: The same of the others.
        again: How it was asked for.
        history: How the expected error fell, a round of labels each; the last is this lesson's.
        source: The file it came from; empty where it was not read from one.
    """

    plane: Plane
    calibration: Calibration
    cost: float
    text_only: Mapping[str, float]
    taught: Mapping[str, float]
    relevant: tuple[str, ...]
    irrelevant: tuple[str, ...]
    again: Again
    history: tuple[Round, ...]
    source: str = ""

    def __repr__(self) -> str:
        worth = (
            f"ROC AUC {self.taught['roc_auc']:.3f} taught, {self.text_only['roc_auc']:.3f} by "
            "words alone"
            if self.taught
            else "not measured"
        )
        return (
            f"<Lesson for {self.calibration.basis.keyword!r}: {worth}, "
            f"from {self.calibration.n_relevant} relevant and {self.calibration.n_irrelevant} "
            f"irrelevant pictures, encoder {self.calibration.basis.encoder}>"
        )

    def check(
        self, keyword: str, info: EncoderInfo, background: Sequence[str], prompts: Sequence[str]
    ) -> None:
        """Make sure that it holds for these scores.

        Raises:
            UsageError: Keyword, encoder, background or prompts are others.
        """
        asked = Basis(keyword, tuple(prompts), tuple(background), info.name, info.fingerprint)
        own, name = self.calibration.basis, self.source or "the lesson"
        own.check_words(asked, name, "relevance teach")
        if own.fingerprint != asked.fingerprint:
            raise UsageError(
                f"{name} was {own.made_with(info)}. It learnt from "
                f"{_counted(self.relevant, 'relevant')} and "
                f"{_counted(self.irrelevant, 'irrelevant')} pictures (SHA-256; all of them are in "
                "its JSON, under relevant and irrelevant). Make it again with: "
                f"{self.again.command(info.name)}"
            )

    def scores(self, vectors: Vectors) -> Floats:
        """Score ``(n, dim)`` vectors: ``(n,)`` float64 log odds; NaN in, NaN out."""
        scores: Floats = np.rint(self.plane.scores(vectors) * STEPS_IN_ONE) / STEPS_IN_ONE
        return scores

    def summary(self) -> dict[str, Any]:
        """What the provenance of scores says of it."""
        return {
            "source": self.source or "given by the caller",
            "cost": self.cost,
            "text_only": dict(self.text_only),
            "taught": dict(self.taught),
            "n_relevant": self.calibration.n_relevant,
            "n_irrelevant": self.calibration.n_irrelevant,
        }

    def to_dict(self) -> dict[str, Any]:
        """Return everything but ``source`` as plain JSON types."""
        return {
            "format": LESSON,
            "version": VERSION,
            "calibration": self.calibration.to_dict(),
            "direction": b64encode(self.plane.direction.astype("<f4").tobytes()).decode("ascii"),
            "offset": self.plane.offset,
            "cost": self.cost,
            "text_only": dict(self.text_only),
            "taught": dict(self.taught),
            "relevant": list(self.relevant),
            "irrelevant": list(self.irrelevant),
            "again": {key: list(words) for key, words in asdict(self.again).items()},
            "history": [asdict(item) for item in self.history],
        }

    @classmethod
    def load(cls, path: str | Path) -> Lesson:
        """Read a file that ``to_json`` wrote.

        Raises:
            UsageError: It cannot be read, is no lesson, or one of a later version.
        """
        name, data = printable(path), read_made(path, LESSON)
        check_version(path, data, VERSION)
        try:
            return cls._from(data, name)
        except (JsonError, Base64Error, ValueError) as error:
            raise UsageError(f"{name} is damaged ({error}); make it again.") from error

    @classmethod
    def _from(cls, data: Mapping[str, Any], source: str) -> Lesson:
        kept = build(_Kept, data)
        calibration = Calibration.from_json_types(kept.calibration, source)
        direction = np.frombuffer(b64decode(kept.direction, validate=True), dtype="<f4")
        if not np.isfinite(direction).all():
            raise JsonError("the direction is not finite")
        return cls(
            plane=Plane(direction, kept.offset),
            calibration=calibration,
            cost=kept.cost,
            text_only=kept.text_only,
            taught=kept.taught,
            relevant=kept.relevant,
            irrelevant=kept.irrelevant,
            again=kept.again,
            history=kept.history,
            source=source,
        )


def _counted(digests: Sequence[str], kind: str) -> str:
    """Say how many pictures of a kind there are, and which by the beginnings of digests."""
    listed = ", ".join(digests[:_LISTED]) + (", …" if len(digests) > _LISTED else "")
    return f"{len(digests)} {kind} ({listed})" if listed else f"{len(digests)} {kind}"


@dataclass(frozen=True, slots=True)
class _Kept:
    """The plain parts of a lesson's file."""

    calibration: Mapping[str, Any]
    direction: str
    offset: float
    cost: float
    text_only: Mapping[str, float]
    taught: Mapping[str, float]
    relevant: tuple[str, ...]
    irrelevant: tuple[str, ...]
    again: Again
    history: tuple[Round, ...]
