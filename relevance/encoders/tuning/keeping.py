"""What a training leaves behind, so that it can go on after a kill and need not be run twice."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import pickle
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from relevance.encoders.tuning.settings import Epoch, Pairs, TuneSettings
from relevance.errors import UsageError
from relevance.exports.atomic import put_file
from relevance.exports.locks import hold_at_once

_FILE = "training.pt"


@contextlib.contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Keep a folder for one run; raises ``UsageError`` where another process is at it."""
    lock = folder / "lock"
    lock.touch()
    try:
        descriptor = hold_at_once(lock)
    except BlockingIOError as error:
        raise UsageError(
            f"Another run is tuning into {folder.parent}; wait for it, or choose another folder."
        ) from error
    try:
        yield
    finally:
        if descriptor is not None:
            os.close(descriptor)


def key_of(start: str, settings: TuneSettings, pairs: Pairs, validation: Pairs | None) -> str:
    """Name a training by all that decides its outcome; ``checkpoint_every`` does not."""
    chosen = asdict(settings)
    del chosen["checkpoint_every"]
    parts = [pairs.texts, pairs.digests]
    parts += [validation.texts, validation.digests] if validation else []
    said = json.dumps([start, chosen, parts], sort_keys=True)
    return hashlib.sha256(said.encode("utf-8", "surrogatepass")).hexdigest()


@dataclass
class Progressed:
    """How far a training is.

    Attributes:
        step: Steps taken.
        losses: Of the steps of the epoch that has not ended.
        history: Of the epochs that have.
        seconds: Taken by all runs so far.
    """

    step: int = 0
    losses: list[float] = field(default_factory=list)
    history: list[Epoch] = field(default_factory=list)
    seconds: float = 0.0


def save(
    folder: Path,
    key: str,
    progressed: Progressed,
    weights: Mapping[str, Tensor],
    optimiser: torch.optim.Optimizer,
) -> None:
    """Write a checkpoint in place of the one before; nothing random is in it but by its step.

    Raises:
        OSError: It cannot be written.
    """
    draft = folder / f"{_FILE}.new"
    state = {
        "key": key,
        "progressed": asdict(progressed),
        "weights": {name: weight.detach() for name, weight in weights.items()},
        "optimiser": optimiser.state_dict(),
    }
    try:
        torch.save(state, draft)
    except RuntimeError as error:  # how torch says that a disk is full
        raise OSError(None, str(error).splitlines()[0], str(draft)) from error
    put_file(draft, folder / _FILE)


def resume(
    folder: Path, key: str, weights: Mapping[str, Tensor], optimiser: torch.optim.Optimizer
) -> Progressed:
    """Put weights and optimiser where this training's checkpoint left them, if there is one.

    One of another training, or one that cannot be read, is passed over.
    """
    state = _read(folder / _FILE)
    if state.get("key") != key:
        return Progressed()
    with torch.no_grad():
        for name, weight in weights.items():
            weight.copy_(state["weights"][name])
    optimiser.load_state_dict(state["optimiser"])
    progressed = Progressed(**state["progressed"])
    progressed.history = [Epoch(**record) for record in state["progressed"]["history"]]
    return progressed


def forget(folder: Path) -> None:
    """Remove the checkpoint."""
    (folder / _FILE).unlink(missing_ok=True)


def _read(file: Path) -> dict[str, Any]:
    try:
        state: dict[str, Any] = torch.load(file, map_location="cpu", weights_only=True)
    except (OSError, RuntimeError, EOFError, ValueError, pickle.UnpicklingError):
        return {}
    return state
