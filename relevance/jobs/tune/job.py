"""``tune``: pictures with their keywords or captions in, a folder with a model for them out."""

from __future__ import annotations

import logging
import tempfile
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from relevance.embedding.embeddings import Watch
from relevance.embedding.encoding import open_for_words
from relevance.embedding.settings import EncodingSettings
from relevance.embedding.watching import watched
from relevance.encoders import Encoder, load_encoder
from relevance.encoders.locating import compact_folder
from relevance.encoders.tuning import Tuned, TuneSettings
from relevance.errors import UsageError
from relevance.exports.places import check_writable
from relevance.jobs.tune.collection import Collection, collected
from relevance.jobs.tune.files import check_output, write_tuning
from relevance.jobs.tune.material import Material, read_material
from relevance.jobs.tune.measuring import (
    Measured,
    Pool,
    Said,
    by_keyword,
    measure,
    most_changed,
)
from relevance.jobs.tune.result import Counts, HeldOut, Tuning
from relevance.jobs.tune.running import Runner
from relevance.jobs.tune.splitting import HELD_OUT, LEFT_OUT, TRAINING, VALIDATION, check_share
from relevance.jobs.tune.tracking import check_tracking, log_run, store_of
from relevance.judging.provenance import versions
from relevance.pictures.reading import MAX_PIXELS
from relevance.system.command_line import command_line, option
from relevance.system.names import printable

HEADS, LORA, FULL = "heads", "lora", "full"
HOLD_OUT = 0.2
LEAST_FOR_FULL = 8
"""Pictures of each text without which the whole model is not trained."""

_MOST_CHANGED = 12
_logger = logging.getLogger("relevance")


@watched()
def tune(
    source: str | Path,
    output: str | Path,
    *,
    model: str = "auto",
    method: str | None = None,
    epochs: int = 10,
    hold_out: float = HOLD_OUT,
    other: str | Path | None = None,
    seed: int = 0,
    max_pixels: int = MAX_PIXELS,
    precision: str = "auto",
    device: str = "auto",
    cache: bool = True,
    track: str | None = None,
    progress: Watch = None,
) -> Tuning:
    """Fine-tune an encoder on pictures, and measure it before and after on others.

    ``teach`` adapts one keyword on frozen vectors; this changes the model, for all keywords. How
    the pictures are split, see ``jobs.tune.splitting``; how far to go from the start is chosen on
    the validation part (WiSE-FT), by ``measuring.figure_of``, and where nothing is better the start
    is kept. The held-out part only measures.

    Args:
        source: A folder with a folder for each category, or a table of pictures and captions.
        output: The folder to write, which ``model`` of every other function then takes: weights,
            MODEL_CARD.md, tune.json, tune.html, held-out.csv.
        model: What to start from, by a name for ``load_encoder``.
        method: "lora" (if not given), "full" or "projection" of a hub model; the compact encoder
            has but "heads".
        epochs: How often as many pictures are drawn as there are.
        hold_out: Share of the pictures to hold out, and of the rest to validate on.
        other: Another folder or table whose keywords are not trained but measured. Without it, a
            sixth of the categories is kept out of training for that, where there are six or more.
        seed: Decides split and training; the same seed gives the same result on one machine.
        max_pixels: Larger pictures are skipped.
        precision: Arithmetic with which before and after are measured; see ``load_encoder``.
        device: Where it is trained and measured.
        cache: Whether embeddings before are taken from the user's cache and kept there.
        track: Where MLflow keeps it: a folder, "sqlite:///mlflow.db" or "http://127.0.0.1:5000":
            parameters, metrics and files are logged there, and the model is registered under the
            name of the folder.
        progress: Called with an ``Advance`` in every stage: looking, training, measuring.

    Raises:
        UsageError: An argument cannot be used, or there is too little to tune on.
        ModelLoadError: The model cannot be loaded, or not be tuned.
        NoReadablePictureError: Not one picture could be read.
        OutputError: The disk is full, for example.
    """
    check_share(hold_out)
    settings = EncodingSettings(model, max_pixels, precision, device, cache)
    training = TuneSettings(method=method or LORA, epochs=epochs, seed=seed, device=device)
    output = Path(output)
    check_output(output, (source, other), model)
    check_writable(output)
    if track:
        check_tracking(track)
    tell = progress or (lambda advance: None)
    start, choice = open_for_words(settings)
    name = start.info.name if model == "auto" else model
    named = _checked(name, method, training)
    with tempfile.TemporaryDirectory() as scratch:
        sources = [
            read_material(item, Path(scratch), max_pixels, tell)
            for item in (source, other)
            if item is not None
        ]
        collection = collected(sources[0], sources[1] if other else None, hold_out, seed)
        _check_full(collection, named)
        _logger.info("%s", _parts_in_words(collection))
        runner = Runner(collection, settings, tell)
        outcome = runner.trained(name, start, output, training)
        tuned = start
        if not outcome.is_start:
            tuned = load_encoder(str(output), precision=precision, device=device)
        before = runner.held_out(start)
        after = before if outcome.is_start else runner.held_out(tuned)
        asked = _Asked(source, output, name, named, other, hold_out, training, settings, choice)
        result = _result(asked, (start, tuned), outcome, collection, (before, after), sources)
        write_tuning(result)
    if track:
        name = log_run(result, track)
        _logger.info("In MLflow as %s, with MLFLOW_TRACKING_URI=%s.", name, store_of(track))
    return result


@dataclass(frozen=True, slots=True)
class _Asked:
    """What was asked for."""

    source: str | Path
    output: Path
    model: str
    method: str
    other: str | Path | None
    hold_out: float
    training: TuneSettings
    settings: EncodingSettings
    choice: str

    def command(self) -> str:
        """Return the command line that does the same."""
        words = ["--model", self.model, "-o", str(self.output)]
        if self.method != HEADS:
            words += ["--method", self.method]
        usual = TuneSettings()
        for name, value, default in (
            ("--epochs", self.training.epochs, usual.epochs),
            ("--hold-out", self.hold_out, HOLD_OUT),
            ("--seed", self.training.seed, usual.seed),
        ):
            if value != default:
                words += [name, f"{value:g}"]
        if self.other is not None:
            words += option("--other", str(self.other))
        return command_line("tune", [self.source], [*words, *self.settings.machine_words()])


def _checked(model: str, method: str | None, training: TuneSettings) -> str:
    """Return the method for a model; raises ``UsageError`` where it has no such."""
    if compact_folder(model) is None:
        training.check()
        return training.method
    if method not in {None, HEADS}:
        raise UsageError(
            f"The compact encoder has no method {method}: its heads are fitted. Leave out "
            "--method, or take --model clip."
        )
    TuneSettings(epochs=training.epochs, seed=training.seed).check()
    return HEADS


def _check_full(collection: Collection, method: str) -> None:
    """Raise ``UsageError`` where the whole model would learn few pictures by heart."""
    rows = collection.rows(TRAINING).tolist()
    counts = Counter(collection.examples[row].text for row in rows)
    least = min(counts, key=lambda text: counts[text])
    if method == FULL and counts[least] < LEAST_FOR_FULL:
        raise UsageError(
            f"To train the whole model takes {LEAST_FOR_FULL} pictures of each text, and of "
            f"“{printable(least)}” there are {counts[least]} beside those that are held out. Take "
            "--method lora or --method projection."
        )


def _parts_in_words(collection: Collection) -> str:
    sizes = [len(collection.rows(part)) for part in (TRAINING, VALIDATION, HELD_OUT)]
    return "Pictures: {} to train on, {} to choose by, {} held out.".format(*sizes)


def _result(
    asked: _Asked,
    encoders: tuple[Encoder, Encoder],
    outcome: Tuned,
    collection: Collection,
    said: tuple[list[tuple[Pool, Said]], list[tuple[Pool, Said]]],
    sources: list[Material],
) -> Tuning:
    """Put together what came of it."""
    both = [(pool, one, two) for (pool, one), (_, two) in zip(*said, strict=True)]
    held = [collection.examples[row] for row in collection.rows(HELD_OUT).tolist()]
    skipped = [item for source in sources for item in source.skipped]
    return Tuning(
        output=asked.output,
        method=asked.method,
        start=encoders[0].info,
        tuned=encoders[1].info,
        outcome=outcome,
        counts=_counts(collection, len(skipped)),
        measured=_measured(both, collection),
        keywords=tuple(item for row in both for item in by_keyword(*row)),
        changed=tuple(
            (collection.examples[item.row].shown, item)
            for row in both[:1]
            for item in most_changed(*row, _MOST_CHANGED)
        ),
        held_out=tuple(
            HeldOut(item.shown, item.text, item.text in collection.trained) for item in held
        ),
        untrained=collection.untrained,
        of_captions=collection.captions[0],
        skipped=tuple(skipped),
        provenance=_provenance(asked, sources),
    )


def _counts(collection: Collection, skipped: int) -> Counts:
    sizes = {
        name: len(collection.rows(part))
        for name, part in (
            ("training", TRAINING),
            ("validation", VALIDATION),
            ("held_out", HELD_OUT),
            ("left_out", LEFT_OUT),
        )
    }
    near = len(collection.groups) - len(set(collection.groups.tolist()))
    return Counts(**sizes, near_copies=near, skipped=skipped)


def _measured(both: list[tuple[Pool, Said, Said]], collection: Collection) -> tuple[Measured, ...]:
    """Measure keywords of the source that were tuned on, its others, and those of the other one."""
    found = []
    for pool, before, after in both:
        kinds: tuple[tuple[str, bool], ...] = (("tuned", True), ("not tuned", False))
        if pool.together:
            kinds = (("captions", True),)
        elif int(pool.rows[0]) >= collection.n_own:
            kinds = (("elsewhere", False),)
        found += [measure(name, pool, before, after, trained=trained) for name, trained in kinds]
    return tuple(item for item in found if item)


def _provenance(asked: _Asked, sources: list[Material]) -> dict[str, Any]:
    return {
        "command": asked.command(),
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "encoder_choice": asked.choice,
        "sources": [source.source for source in sources],
        "pictures": sum(len(source.examples) for source in sources),
        "hold_out": asked.hold_out,
        "seed": asked.training.seed,
        "epochs": asked.training.epochs,
        "batch_size": asked.training.batch_size,
        "left_out_rows": [dict(source.left_out) for source in sources],
        "versions": versions(),
    }
