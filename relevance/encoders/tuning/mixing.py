"""Weights between start and result (WiSE-FT), and the folder that the chosen ones become."""

from __future__ import annotations

import math
import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import torch
from safetensors import SafetensorError
from torch import Tensor

from relevance.encoders.base import Description, Encoder
from relevance.encoders.checkpoint import no_weight_bar
from relevance.encoders.hub import HubEncoder
from relevance.encoders.snapshots import SETTINGS, WEIGHTS, Snapshot
from relevance.encoders.tuning.methods import Trained
from relevance.exports.atomic import put_file, together

SHARES = (0.25, 0.5, 0.75, 1.0)
"""Those tried besides 0, the start, in this order."""

ADAPTER = "adapter"
_ADAPTER_FILES = ("adapter_config.json", "adapter_model.safetensors")
_WRITTEN_ANEW = frozenset({"config.json", "model.safetensors.index.json"})


def judged(judge: Callable[[Encoder], float], encoder: Encoder) -> float:
    """Return a judge's figure; one that is no number is a ``ValueError``."""
    figure = float(judge(encoder))
    if not math.isfinite(figure):
        raise ValueError(f"the judge gave {figure} for {encoder.info.name}")
    return figure


@dataclass(frozen=True, slots=True)
class Mixer:
    """Makes and judges mixtures of one start and what was trained from it.

    Attributes:
        snapshot: Files of the start.
        model: What is known of it.
        device: Where mixtures are judged, in float32.
        folder: Where they are made, one at a time besides the best.
    """

    snapshot: Snapshot
    model: Description
    device: str
    folder: Path

    def choose(
        self, trained: Trained, start_figure: float, judge: Callable[[Encoder], float]
    ) -> tuple[float, tuple[tuple[float, float], ...]]:
        """Judge every share, and leave the best of them in ``best``; that of 0 leaves nothing.

        Returns:
            The share, the smallest of equals, and all shares with their figures.
        """
        start = self._start()
        best, curve = (0.0, start_figure), [(0.0, start_figure)]
        drafts = {share: self._draft(share) for share in SHARES}
        for share, draft in drafts.items():
            trained.save_adapter(draft / ADAPTER, share)  # before its end, which merging is
        end = trained.merged()
        for share, draft in drafts.items():
            self._save(trained, {n: _between(start[n], w, share) for n, w in end.items()}, draft)
            figure = judged(judge, self._opened(draft))
            curve.append((share, figure))
            if figure > best[1]:
                best = share, figure
                shutil.rmtree(self.best, ignore_errors=True)
                draft.rename(self.best)
            else:
                shutil.rmtree(draft)
        return best[0], tuple(curve)

    @property
    def best(self) -> Path:
        """Where the best mixture lies."""
        return self.folder / "best"

    def _draft(self, share: float) -> Path:
        folder = self.folder / f"share-{share:g}"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        return folder

    def _start(self) -> dict[str, Tensor]:
        encoder = HubEncoder(self.snapshot, self.model)
        return dict(encoder.checkpoint.model.state_dict())

    def _save(self, trained: Trained, weights: dict[str, Tensor], folder: Path) -> None:
        try:
            with no_weight_bar():
                trained.model.save_pretrained(str(folder), state_dict=weights)
        except SafetensorError as error:  # how safetensors says that a disk is full
            raise OSError(None, str(error), str(folder)) from error
        copy_settings(self.snapshot, folder, but=_WRITTEN_ANEW)

    def _opened(self, folder: Path) -> HubEncoder:
        described = replace(self.model, name=f"{self.model.name}, tuned")
        return HubEncoder(Snapshot(folder, "local"), described, device=self.device)


def copy_settings(snapshot: Snapshot, folder: Path, *, but: frozenset[str] = frozenset()) -> None:
    """Copy what shapes vectors besides weights: tokenizer, processor, configuration."""
    for pattern in SETTINGS:
        for file in snapshot.folder.glob(pattern):
            if file.name not in but:
                shutil.copyfile(file, folder / file.name)


def copy_whole(snapshot: Snapshot, folder: Path) -> None:
    """Copy all files of a model into a new folder."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for file in snapshot.files():
        shutil.copyfile(file, folder / file.name)


def install(made: Path, out: Path) -> None:
    """Move a model's files to their place, all together, and remove those of one before it.

    Raises:
        OSError: They cannot take their places; those before them stay.
    """
    files = {file.relative_to(made): file for file in _files(made)}
    for name in files:
        (out / name).parent.mkdir(exist_ok=True)
    with together():
        for name, file in files.items():
            put_file(file, out / name)
    for file in _files(out):
        if file.relative_to(out) not in files:
            file.unlink()
    if (out / ADAPTER).is_dir() and not any((out / ADAPTER).iterdir()):
        (out / ADAPTER).rmdir()


def _files(folder: Path) -> list[Path]:
    adapter = (folder / ADAPTER / name for name in _ADAPTER_FILES)
    found = [file for pattern in (WEIGHTS, *SETTINGS) for file in folder.glob(pattern)]
    return found + [file for file in adapter if file.is_file()]


def _between(start: Tensor, end: Tensor, share: float) -> Tensor:
    return torch.lerp(start, end, share) if start.is_floating_point() else end
