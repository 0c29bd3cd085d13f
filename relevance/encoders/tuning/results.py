"""What came of a training, kept beside its model, so that the same call need not train again."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from relevance.encoders.base import fingerprint
from relevance.encoders.snapshots import Snapshot
from relevance.encoders.tuning.settings import Epoch, Tuned
from relevance.exports.atomic import put_text
from relevance.system.json_reader import JsonError, build, read_object

_FILE = "result.json"


@dataclass(frozen=True, slots=True)
class _Kept:
    """The file's content; ``model`` is a hash over the files that the training left."""

    key: str
    model: str
    shares: tuple[float, ...]
    figures: tuple[float, ...]
    history: tuple[Epoch, ...]
    share: float
    start_fingerprint: str
    trained_parameters: int
    seconds: float


def write(folder: Path, key: str, out: Path, tuned: Tuned) -> None:
    """Keep a result in a folder; raises ``OSError`` where it cannot be written."""
    shares, figures = zip(*tuned.shares, strict=True)
    kept = asdict(tuned) | {"key": key, "model": _hash(out), "shares": shares, "figures": figures}
    put_text(folder / _FILE, json.dumps(kept, indent=2) + "\n")


def read(folder: Path, key: str, out: Path) -> Tuned | None:
    """Return the result of a training if the model that it left is still there, untouched."""
    try:
        kept = build(_Kept, read_object(folder / _FILE))
    except (OSError, JsonError):
        return None
    if kept.key != key or kept.model != _hash(out):
        return None
    return Tuned(
        kept.share,
        tuple(zip(kept.shares, kept.figures, strict=True)),
        kept.history,
        kept.start_fingerprint,
        kept.trained_parameters,
        kept.seconds,
    )


def _hash(out: Path) -> str:
    return fingerprint(Snapshot(out, "local").files(), {})
