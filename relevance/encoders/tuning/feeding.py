"""Batches ready for the towers, read by threads while the one before is learnt from."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from relevance.encoders.base import IntArray
from relevance.encoders.checkpoint import Checkpoint
from relevance.encoders.tuning.settings import Pairs
from relevance.encoders.tuning.truths import Truths
from relevance.encoders.tuning.variation import varied
from relevance.system.threads import cores

_AHEAD = 2  # batches, of which there are prepared pictures alone

Pixels = dict[str, Tensor]


@dataclass(frozen=True, slots=True)
class Batch:
    """b pairs for the towers, on the CPU.

    Attributes:
        pixels: What the image tower takes, b rows each.
        tokens: What the text tower takes, a row for each distinct text.
        columns: ``(b,)`` int64, the row of each pair's text.
        same: ``(b, b)`` bool, whether text j is true of picture i.
    """

    pixels: Pixels
    tokens: dict[str, Tensor]
    columns: Tensor
    same: Tensor


class Feed:
    """Makes batches of pairs; no picture is held but those of the next batches, as prepared."""

    def __init__(
        self, checkpoint: Checkpoint, pairs: Pairs, numbers: IntArray, seed: int | None
    ) -> None:
        """Take the pairs.

        Args:
            checkpoint: How the model takes texts and pictures.
            pairs: Texts and pictures.
            numbers: ``(n,)``, the number of each pair's text.
            seed: Decides how pictures are varied; None leaves them as they are.
        """
        self._checkpoint, self._pairs, self._numbers = checkpoint, pairs, numbers
        self._truths = Truths(numbers, pairs.digests)
        self._seed = seed

    def batches(self, drawn: Iterable[tuple[int, IntArray]]) -> Iterator[Batch]:
        """Make batches of the numbers of their steps, which decide variations, and their rows."""
        with ThreadPoolExecutor(cores(), thread_name_prefix="pictures") as pool:
            waiting: deque[tuple[IntArray, list[Future[Pixels]]]] = deque()
            try:
                for step, rows in drawn:
                    places = enumerate(rows.tolist())
                    reads = [pool.submit(self._pixels, row, step, at) for at, row in places]
                    waiting.append((rows, reads))
                    if len(waiting) >= _AHEAD:
                        yield self._made(*waiting.popleft())
                while waiting:
                    yield self._made(*waiting.popleft())
            finally:
                pool.shutdown(cancel_futures=True)

    def _made(self, rows: IntArray, reads: list[Future[Pixels]]) -> Batch:
        pictures = [read.result() for read in reads]
        first, columns = np.unique(self._numbers[rows], return_index=True, return_inverse=True)[1:]
        return Batch(
            {name: torch.cat([one[name] for one in pictures]) for name in pictures[0]},
            self._checkpoint.tokens([self._pairs.texts[row] for row in rows[first]]),
            torch.from_numpy(columns.astype(np.int64)),
            torch.from_numpy(self._truths.among(rows)),
        )

    def _pixels(self, row: int, step: int, place: int) -> Pixels:
        picture = self._pairs.read(row)
        if self._seed is not None:
            picture = varied(picture, np.random.default_rng([self._seed, step, place]))
        return self._checkpoint.pixels([picture])
