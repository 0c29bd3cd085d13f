"""The work itself: encode parts of a collection, train, and measure before and after."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from relevance.embedding.embeddings import Advance, Progress, embed_images
from relevance.embedding.encoding import cache_of
from relevance.embedding.settings import EncodingSettings
from relevance.encoders import Encoder
from relevance.encoders.base import FloatArray
from relevance.encoders.locating import compact_folder
from relevance.encoders.tuning import Tuned, TuneSettings, tune_model
from relevance.errors import RelevanceError
from relevance.jobs.tune.collection import Collection
from relevance.jobs.tune.measuring import Pool, Said, ask, figure_of
from relevance.jobs.tune.splitting import HELD_OUT, TRAINING, VALIDATION
from relevance.system.names import printable


@dataclass(frozen=True, slots=True, eq=False)
class Runner:
    """A collection, and how its pictures are read and encoded."""

    collection: Collection
    settings: EncodingSettings
    progress: Progress

    def trained(self, model: str, start: Encoder, output: Path, training: TuneSettings) -> Tuned:
        """Train a model, by its name, and save what the validation part likes best."""
        size, limit = start.info.image_size, self.settings.max_pixels
        pairs, validation = (
            self.collection.pairs(part, size, limit) for part in (TRAINING, VALIDATION)
        )
        pools = self.collection.pools(VALIDATION)

        def judge(encoder: Encoder) -> float:
            return figure_of([(pool, self.said(encoder, pool, cached=False)) for pool in pools])

        def tell(done: int, total: int) -> None:
            self.progress(Advance(done, total))

        if folder := compact_folder(model):
            from relevance.encoders.compact.tuning import tune_heads

            return tune_heads(
                *(folder, pairs, output, training),
                judge=judge,
                progress=tell,
                validation=validation,
            )
        return tune_model(
            *(model, pairs, output, training), judge=judge, progress=tell, validation=validation
        )

    def held_out(self, encoder: Encoder) -> list[tuple[Pool, Said]]:
        """Ask an encoder about the held-out part."""
        return [
            (pool, self.said(encoder, pool, cached=True))
            for pool in self.collection.pools(HELD_OUT)
        ]

    def said(self, encoder: Encoder, pool: Pool, *, cached: bool) -> Said:
        """Ask an encoder about one pool."""
        return ask(encoder, pool, self._vectors(encoder, pool, cached=cached))

    def _vectors(self, encoder: Encoder, pool: Pool, *, cached: bool) -> FloatArray:
        """Encode a pool's pictures, ``(n, dim)``; what is tried but not kept leaves no trace."""
        refs = [self.collection.examples[row].ref for row in pool.rows.tolist()]
        limit = self.settings.max_pixels
        if not cached:
            made = embed_images(refs, encoder, max_pixels=limit)
        else:
            with cache_of(encoder, self.settings) as cache:
                made = embed_images(
                    refs, encoder, cache=cache, max_pixels=limit, progress=self.progress
                )
        for ref, reason in zip(refs, made.reasons, strict=True):
            if reason:
                raise RelevanceError(
                    f"{printable(ref.place)} could be read before and cannot be any more: "
                    f"{reason}. Run it again."
                )
        return made.vectors.astype("float32")
