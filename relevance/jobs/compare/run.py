"""``Run``: what one model measured with one distance, and the file it is kept in."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

from relevance.encoders.base import EncoderInfo
from relevance.errors import ModelLoadError
from relevance.exports.atomic import explained, put_text
from relevance.jobs.compare.timing import Timing
from relevance.judging.metrics import Floats
from relevance.system.json_reader import JsonError, build, read_object

VERSION = 3


@dataclass(frozen=True, slots=True, eq=False)
class Run:
    """Scores of all pictures by one model and distance, and what they cost.

    Attributes:
        model: What was asked for.
        title: The model as people call it: the end of its path where that tells it from others.
        distance: Name of the raw similarity; the scores rest on the cosine whatever it is.
        encoder: The facts of the encoder that was loaded; see ``EncoderInfo``.
        start_seconds: From the start of the process to the encoder being ready, imports included.
        seconds: Reading and encoding all pictures once, and the prompts.
        timing: How fast pictures are read and encoded after that.
        peak_bytes: Largest memory of the process; None where it cannot be measured.
        places: Where the n pictures are.
        reasons: Why a picture was skipped; empty where it was not.
        scores: ``(n,)``, see ``relevance.judging.scoring.score_of``; NaN where skipped.
        date: When it was measured.
        machine: On what.
        warnings: What the encoder does not understand or see of keyword and prompts.
    """

    model: str
    title: str
    distance: str
    encoder: Mapping[str, Any]
    start_seconds: float
    seconds: float
    timing: Timing
    peak_bytes: int | None
    places: tuple[str, ...]
    reasons: tuple[str, ...]
    scores: Floats
    date: str
    machine: str
    warnings: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The model, with its distance where that is not the usual one."""
        return self.title if self.distance == "cosine" else f"{self.title} ({self.distance})"

    @property
    def rate(self) -> float:
        """Pictures a second, reading included: the median of the repeats."""
        return median(self.timing.rates)

    def save(self, path: Path, key: str) -> None:
        """Write it with the key of what it depends on; readers see all of it or nothing.

        Raises:
            UsageError: The place cannot be written to.
            OutputError: The disk is full, for example.
        """
        data = {item.name: getattr(self, item.name) for item in fields(self)}
        data["timing"] = asdict(self.timing)
        data["scores"] = [None if np.isnan(score) else score for score in self.scores.tolist()]
        text = json.dumps({"version": VERSION, "key": key, **data})
        with explained(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            put_text(path, text + "\n")

    @classmethod
    def load(cls, path: Path, key: str) -> Run | None:
        """Read a run; None where there is none, or one of other things, or a damaged one."""
        try:
            data = read_object(path)
            if (data.get("version"), data.get("key")) != (VERSION, key):
                return None
            if not data.keys() <= {"version", "key", *(item.name for item in fields(cls))}:
                return None
            build(EncoderInfo, data.get("encoder"))
            scores = np.array(build(_Scores, data).scores, dtype=np.float64)  # None becomes NaN
            run = build(cls, data, scores=scores)
            return run if _is_sound(run) else None
        except (OSError, JsonError):
            return None


@dataclass(frozen=True, slots=True)
class _Scores:
    """How the scores stand in the file."""

    scores: tuple[float | None, ...]


def _is_sound(run: Run) -> bool:
    """Say whether a run that was read has figures that belong together."""
    return (
        min(run.seconds, run.start_seconds, run.timing.pictures, run.timing.cores) > 0
        and min(run.timing.rates, default=0) > 0
        and len(run.places) == len(run.scores) == len(run.reasons)
        and [bool(reason) for reason in run.reasons] == np.isnan(run.scores).tolist()
    )


_NAMES = tuple(item.name for item in fields(Run))


@dataclass(frozen=True, slots=True)
class Failure:
    """A model that could not be measured, and why."""

    model: str
    reason: str
    exit_code: int = ModelLoadError.exit_code


def as_dict(run: Run) -> dict[str, Any]:
    """Return what was measured, without the pictures, as plain JSON types."""
    left_out = {"places", "reasons", "scores", "timing"}
    plain = {name: getattr(run, name) for name in _NAMES if name not in left_out}
    return plain | {"timing": asdict(run.timing)}
