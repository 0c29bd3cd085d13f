"""Fine-tuning of a hub model, from pairs to a folder that ``load_encoder`` takes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from relevance.encoders.auto import FALLBACK, choose
from relevance.encoders.base import Encoder
from relevance.encoders.catalog import CATALOG
from relevance.encoders.locating import locate
from relevance.encoders.tuning.refusals import check_extra, check_licence, check_texts
from relevance.encoders.tuning.settings import Pairs, Progress, Tuned, TuneSettings
from relevance.errors import UsageError


def tune_model(
    model: str,
    pairs: Pairs,
    out: Path,
    settings: TuneSettings,
    *,
    judge: Callable[[Encoder], float],
    progress: Progress | None = None,
    validation: Pairs | None = None,
) -> Tuned:
    """Fine-tune a model of the CLIP family and save the best mixture of start and result.

    The loss is that of pre-training (Goyal et al. 2023, "Finetune like you pretrain"). Afterwards
    weights are interpolated with those of the start (Wortsman et al. 2022, WiSE-FT) at shares of
    0, 0.25, 0.5, 0.75 and 1, and the one that the judge likes best is saved; at a draw the one
    nearer to the start, so that a training that helps nothing changes nothing.

    A run that is killed leaves a checkpoint in ``out/.checkpoint``, from which the same call goes
    on; the same call after the end returns what came of the first.

    Args:
        model: A short name of ``CATALOG``, a hub id, a local folder or ``models:/name/version``.
        pairs: What it learns from.
        out: The folder for weights, tokenizer and processor, and ``adapter/`` for LoRA; it is made
            where there is none. What it holds becomes the new model whole, or stays.
        settings: How.
        judge: Gives a figure for an encoder, higher is better, on pictures that are not in
            ``pairs``; it should ask for other keywords too, or they may be forgotten.
        progress: Is told of every step of training.
        validation: Pairs whose loss the history follows.

    Raises:
        UsageError: A setting is none, there are too few texts or pictures, or the licence forbids
            derivatives.
        MissingExtraError: The ``tune`` extra is not installed.
        ModelLoadError: The model cannot be loaded or tuned: it has no text tower, or its
            tokenizer does not fit it, so that different texts have one vector.
        RelevanceError: The loss is no number any more.
        OSError: The folder cannot be written to.
    """
    settings.check()
    name = choose(model).name
    if name == FALLBACK:
        raise UsageError(
            "The compact encoder has no towers that can be trained; choose a hub model, such as "
            "--model clip."
        )
    check_licence(CATALOG.get(name))
    check_texts(pairs.texts)
    check_extra()
    snapshot, description = locate(name)
    if out.resolve() == snapshot.folder.resolve():
        raise UsageError(f"{out} is the model that is tuned; choose another folder with -o.")
    from relevance.encoders.tuning.session import Session

    session = Session(snapshot, description, out, settings, pairs, validation)
    return session.run(judge, progress)
