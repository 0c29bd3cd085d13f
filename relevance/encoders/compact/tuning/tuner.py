"""New heads for the compact encoder, from pairs to a folder that ``load_encoder`` takes."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from relevance.encoders.base import Encoder
from relevance.encoders.compact.encoder import CompactEncoder
from relevance.encoders.compact.features import Towers, Trial
from relevance.encoders.compact.heads import Heads
from relevance.encoders.compact.tuning.closed import fit_closed
from relevance.encoders.compact.tuning.examples import VIEWS, Examples, n_batches, read_examples
from relevance.encoders.packaged import MODEL_FILES
from relevance.encoders.tuning import Epoch, Pairs, Progress, Tuned, TuneSettings
from relevance.errors import UsageError
from relevance.exports.atomic import put_bytes
from relevance.exports.places import files_in

SHARES = (0.25, 0.5, 0.75, 1.0)
"""How far on the way from the start to what was fitted heads are tried, beside the start itself."""

CLOSED, CONTRASTIVE = "ridge regression", "contrastive"
_ALIKE = 0.999999  # cosine of texts that are one


@dataclass(frozen=True, slots=True)
class HeadsTuned(Tuned):
    """What came of fitting heads.

    Attributes:
        way: ``CLOSED`` or ``CONTRASTIVE``: what the kept heads, and ``shares``, are of.
        tried: The judge's figure for each way and share; ``shares`` are those of ``way``.
    """

    way: str = ""
    tried: tuple[tuple[str, tuple[tuple[float, float], ...]], ...] = ()


def tune_heads(
    folder: Path,
    pairs: Pairs,
    out: Path,
    settings: TuneSettings,
    *,
    judge: Callable[[Encoder], float],
    progress: Progress | None = None,
    validation: Pairs | None = None,
) -> HeadsTuned:
    """Fit the heads of a compact encoder and save the best mixture of start and result.

    They are fitted in closed form and, where PyTorch is installed, with CLIP's loss; both are tried
    at ``SHARES`` of the way from the start (WiSE-FT, Wortsman et al. 2022), and what the judge
    likes best is kept: at a draw the start, then what lies nearer to it. Takes minutes on a
    CPU; the same pairs and seed give the same files on one machine.

    Args:
        folder: Where the encoder lies that is the start.
        pairs: What the heads learn from.
        out: The folder to write; it is made where there is none.
        settings: Epochs, pairs a batch, rate and seed; method and device have no meaning here.
        judge: As for ``tune_model``.
        progress: Is told of batches of pictures that were looked at and of epochs.
        validation: Pairs whose loss the history follows.

    Raises:
        UsageError: There are fewer than two texts, or two that the encoder cannot tell apart.
        ModelLoadError: A file of the encoder is missing or damaged.
        OutputError: The disk is full, for example.
    """
    begun = time.monotonic()
    fitting = _Fitting(folder, pairs, settings, progress or (lambda done, total: None))
    fitted, history = fitting.fitted(pairs, validation)
    start = judge(fitting.trial(fitting.start))
    tried = tuple(
        (way, ((0.0, start), *((share, judge(fitting.trial(heads, share))) for share in SHARES)))
        for way, heads in fitted.items()
    )
    way, shares = max(tried, key=lambda item: max(figure for _, figure in item[1]))
    share = max(shares, key=lambda item: (item[1], -item[0]))[0]
    with files_in(out):
        if share:
            revision = f"{fitting.encoder.info.revision} tuned"
            fitting.start.between(fitted[way], share).write(folder, out, revision)
        else:
            for name in MODEL_FILES:
                put_bytes(out / name, (folder / name).read_bytes())
    return HeadsTuned(
        share=share,
        shares=shares,
        history=history,
        start_fingerprint=fitting.encoder.info.fingerprint,
        trained_parameters=fitting.n_parameters(way),
        seconds=time.monotonic() - begun,
        way=way,
        tried=tried,
    )


class _Fitting:
    """The start, its towers, and what is told of the work."""

    def __init__(
        self, folder: Path, pairs: Pairs, settings: TuneSettings, progress: Progress
    ) -> None:
        self.encoder = CompactEncoder(folder)
        self.start = Heads.read(folder)
        self._towers = Towers(folder, self.encoder)
        self._settings, self._progress = settings, progress
        self._texts = _different(pairs.texts, self.encoder)
        self._done, self._total = 0, 1

    def fitted(
        self, pairs: Pairs, validation: Pairs | None
    ) -> tuple[dict[str, Heads], tuple[Epoch, ...]]:
        """Return the heads of each way, and how the loss fell."""
        has_torch = find_spec("torch") is not None
        self._total = len(VIEWS) * n_batches(pairs) + self._settings.epochs * has_torch
        examples = read_examples(self._towers, pairs, self._texts, VIEWS, self._told)
        scale = self.encoder.info.logit_scale
        found = {CLOSED: fit_closed(self.start, examples, scale)}
        if not has_torch:
            return found, ()
        from relevance.encoders.compact.tuning.contrastive import fit_contrastive

        follow = self._followed(validation)
        found[CONTRASTIVE], history = fit_contrastive(
            self.start, examples, follow, scale, self._settings, self._told
        )
        return found, history

    def trial(self, heads: Heads, share: float = 1.0) -> Trial:
        """Return an encoder with heads on the way to those, as they would be stored."""
        return Trial(self._towers, self.start.between(heads, share), self.encoder.info)

    def n_parameters(self, way: str) -> int:
        """Count the numbers that a way of fitting changes."""
        every = {**self.start.image, **self.start.text}
        return sum(
            array.size for name, array in every.items() if way == CONTRASTIVE or ".second." in name
        )

    def _followed(self, validation: Pairs | None) -> Examples | None:
        """Return the validation pairs whose texts are trained; None where there is none."""
        known = set(self._texts)
        kept = (
            [at for at, text in enumerate(validation.texts) if text in known] if validation else []
        )
        if not validation or not kept:
            return None
        some = Pairs(
            tuple(validation.texts[at] for at in kept),
            tuple(validation.digests[at] for at in kept),
            lambda at: validation.read(kept[at]),
        )
        return read_examples(self._towers, some, self._texts, VIEWS[:1], lambda: None)

    def _told(self) -> None:
        self._done += 1
        self._progress(self._done, self._total)


def _different(texts: tuple[str, ...], encoder: CompactEncoder) -> list[str]:
    """Return the different texts; raises ``UsageError`` where the encoder takes two for one."""
    found = list(dict.fromkeys(texts))
    if len(found) < 2:
        raise UsageError("Tuning tells texts apart, and there are fewer than two different ones.")
    rows = encoder.encode_texts(found)
    if (np.abs(rows @ rows[0]) > _ALIKE).all():
        raise UsageError("The encoder takes all these texts for one; are they in its language?")
    return found
