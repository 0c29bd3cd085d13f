"""``ClusterEncoder``: stands where an index's own encoder stands, and lets a cluster work."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from relevance.embedding.fetched import Outcome
from relevance.embedding.settings import EncodingSettings
from relevance.encoders.base import EncoderInfo
from relevance.index.cluster.pool import Pool, connected
from relevance.index.cluster.worker import Recipe
from relevance.index.source import Wanted

ROWS = 32
"""Rows that a worker takes at a time: what is lost with it. So few vectors come back within the
message itself and not through Ray's object store, which can hang without a word."""

_LEAST, _ROUNDS = 1024, 4
"""Rows that are wanted at a time, at least and in turns of each worker. With more, workers wait
less for the last of them; with less, progress is told and vectors are in the store sooner, which
is what a run that is killed has to show."""

_logger = logging.getLogger("relevance")


@dataclass(slots=True)
class ClusterEncoder:
    """Encodes rows on a cluster; ``on`` makes it and lets the workers go.

    Attributes:
        notes: What is odd about pictures that were used, in sentences.
        n_cached: None: workers have no cache.
        chunk: How many rows are wanted at a time.
    """

    pool: Pool
    notes: list[str] = field(default_factory=list)
    n_cached: int = 0
    chunk: int = _LEAST

    @classmethod
    @contextmanager
    def on(
        cls, address: str, info: EncoderInfo, settings: EncodingSettings
    ) -> Iterator[ClusterEncoder]:
        """Connect to a cluster whose workers load the encoder by its name.

        Raises:
            MissingExtraError: Ray is not installed.
            ClusterError: There is no cluster.
        """
        recipe = Recipe(
            info.name, info.precision, settings.device, settings.max_pixels, info.fingerprint
        )
        with connected(address) as ray:
            pool = Pool(ray, recipe)
            try:
                yield cls(pool, chunk=max(_LEAST, ROWS * _ROUNDS * pool.places))
            finally:
                pool.close()
                if pool.lost:
                    _logger.warning("%d workers were lost; others did their work.", pool.lost)

    def encode(self, wanted: Sequence[Wanted], digests: Sequence[bytes]) -> list[Outcome]:
        """Encode the pictures of rows, or say why that is not possible, in their order."""
        starts = range(0, len(wanted), ROWS)
        tasks = [(wanted[at : at + ROWS], digests[at : at + ROWS]) for at in starts]
        found: dict[int, tuple[Outcome, ...]] = {}
        for number, report in self.pool.run(tasks):
            found[number] = report.outcomes
            self.notes += report.notes
        return [outcome for number in range(len(tasks)) for outcome in found[number]]
