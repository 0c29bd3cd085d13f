"""``Calibration``: what was fitted, what it holds for, and its file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from relevance.encoders.base import EncoderInfo
from relevance.errors import UsageError
from relevance.exports.json_file import JsonExport
from relevance.judging.calibration.curves import Curve, from_dict, to_dict
from relevance.judging.made_files import CALIBRATION, check_version, read_made
from relevance.judging.metrics import Floats
from relevance.pictures.reading import READING
from relevance.system.json_reader import JsonError, build
from relevance.system.names import printable

VERSION = 2


@dataclass(frozen=True, slots=True)
class Basis:
    """What scores a calibration holds for; anything else gives other scores.

    Attributes:
        keyword: The keyword.
        prompts: The prompts it became.
        background: The background concepts, above whose level the score is counted.
        encoder: The encoder's name, for people.
        fingerprint: The encoder's fingerprint.
        reading: Name of the way pictures are read, which shapes vectors like the encoder.
    """

    keyword: str
    prompts: tuple[str, ...]
    background: tuple[str, ...]
    encoder: str
    fingerprint: str
    reading: str = READING

    def check_words(self, asked: Basis, name: str, maker: str) -> None:
        """Make sure that what was fitted holds for the words and the reading of another question.

        Args:
            asked: Of the question.
            name: What was fitted, for people.
            maker: The command that fits it.

        Raises:
            UsageError: Keyword, prompts, background or the way of reading pictures are others.
        """
        for what, own, other in (
            ("keyword", self.keyword, asked.keyword),
            ("prompts", " · ".join(self.prompts), " · ".join(asked.prompts)),
            ("background", " · ".join(self.background), " · ".join(asked.background)),
        ):
            if own != other:
                raise UsageError(
                    f"{name} was made for the {what} “{own}”, not “{other}”. Scores of the two "
                    f"cannot be compared; run `{maker}` again."
                )
        if self.reading != asked.reading:
            raise UsageError(
                f"{name} was made by a version of relevance that read pictures in another way; "
                f"run `{maker}` again."
            )

    def made_with(self, info: EncoderInfo) -> str:
        """Say which encoder it was that made it, where that is not the one at hand."""
        return (
            f"made with the encoder {self.encoder} (fingerprint {self.fingerprint[:8]}), not with "
            f"{info.name} ({info.fingerprint[:8]})"
        )


@dataclass(frozen=True, slots=True)
class Calibration(JsonExport):
    """A fitted map from scores to probabilities, and a threshold.

    Attributes:
        basis: What it holds for.
        curve: Score to probability.
        threshold: Probability from which a picture counts as relevant.
        target: What the threshold was chosen for, such as "precision=0.95".
        n_relevant: Relevant pictures it was fitted on.
        n_irrelevant: Irrelevant ones.
        notes: How far to trust it; may be empty.
        figures: Cross-validated figures, plain JSON types; empty where there were too few pictures
            to leave any out, which ``doubts`` then say.
        doubts: Why it should not be relied on; made nevertheless, as somebody insisted. Empty for
            one that can be.
        provenance: Command, date and versions.
        source: The file it came from; empty where it was not read from one.
    """

    basis: Basis
    curve: Curve
    threshold: float
    target: str
    n_relevant: int
    n_irrelevant: int
    notes: tuple[str, ...]
    figures: Mapping[str, Any]
    provenance: Mapping[str, Any]
    doubts: tuple[str, ...]
    source: str = ""

    def __repr__(self) -> str:
        return (
            f"<Calibration for {self.basis.keyword!r}: threshold {self.threshold:.3g}, from "
            f"{self.n_relevant} relevant and {self.n_irrelevant} irrelevant pictures, "
            f"encoder {self.basis.encoder}>"
        )

    def probability(self, scores: Floats) -> Floats:
        """Turn ``(n,)`` scores into ``(n,)`` float64 probabilities; NaN in, NaN out."""
        return self.curve(scores)

    def check(
        self, keyword: str, info: EncoderInfo, background: Sequence[str], prompts: Sequence[str]
    ) -> None:
        """Make sure that it holds for these scores.

        Raises:
            UsageError: Keyword, encoder, background or prompts are others.
        """
        asked = Basis(keyword, tuple(prompts), tuple(background), info.name, info.fingerprint)
        name = self.source or "the calibration"
        self.basis.check_words(asked, name, "relevance calibrate")
        if self.basis.fingerprint != asked.fingerprint:
            raise UsageError(
                f"{name} was {self.basis.made_with(info)}. Choose that one with --model and "
                "--precision, or run `relevance calibrate` again."
            )

    def summary(self) -> dict[str, Any]:
        """What the provenance of scores says of it."""
        return {
            "source": self.source or "given by the caller",
            "method": to_dict(self.curve)["method"],
            "target": self.target,
            "threshold": self.threshold,
            "n_relevant": self.n_relevant,
            "n_irrelevant": self.n_irrelevant,
            "notes": list(self.notes),
            "figures": dict(self.figures),
            "doubts": list(self.doubts),
        }

    def to_dict(self) -> dict[str, Any]:
        """Return everything but ``source`` as plain JSON types."""
        return {
            "format": CALIBRATION,
            "version": VERSION,
            "basis": asdict(self.basis)
            | {"prompts": list(self.basis.prompts), "background": list(self.basis.background)},
            "curve": to_dict(self.curve),
            "threshold": self.threshold,
            "target": self.target,
            "n_relevant": self.n_relevant,
            "n_irrelevant": self.n_irrelevant,
            "notes": list(self.notes),
            "figures": dict(self.figures),
            "doubts": list(self.doubts),
            "provenance": dict(self.provenance),
        }

    @classmethod
    def load(cls, path: str | Path) -> Calibration:
        """Read a file that ``to_json`` wrote.

        Raises:
            UsageError: It cannot be read, is no calibration, or one of a later version.
        """
        name, data = printable(path), read_made(path, CALIBRATION)
        if data.get("version") == 1:
            raise UsageError(
                f"{name} was made for the scores of an earlier version of relevance, which were "
                "plain cosines; run `relevance calibrate` again."
            )
        check_version(path, data, VERSION)
        try:
            return cls.from_json_types(data, name)
        except JsonError as error:
            raise UsageError(f"{name} is damaged ({error}); make it again.") from error

    @classmethod
    def from_json_types(cls, data: Mapping[str, Any], source: str) -> Calibration:
        """Make one of what ``to_dict`` returned; raises ``JsonError``."""
        made = build(cls, data, curve=from_dict(data.get("curve")), source=source)
        if data["figures"] or not made.doubts:
            build(_Shown, data["figures"])
        if not 0 <= made.threshold <= 1:
            raise JsonError(f"the threshold {made.threshold} is no probability")
        if min(made.n_relevant, made.n_irrelevant) < 1:
            raise JsonError("it was fitted on no pictures of a kind")
        return made


@dataclass(frozen=True, slots=True)
class _Verdicts:
    precision: float | None
    recall: float | None


@dataclass(frozen=True, slots=True)
class _Part:
    log_loss: float
    brier: float
    verdicts: _Verdicts


@dataclass(frozen=True, slots=True)
class _Shown:
    """What pages of scores show of the figures of a calibration."""

    cross_validated: _Part
    zero_shot: _Part
