"""Workers, one after the other: start, wait, and take in what they measured."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from relevance.embedding.embeddings import Advance, Progress
from relevance.jobs.compare.assignment import Job, picture_facts
from relevance.jobs.compare.run import Failure, Run
from relevance.system.json_reader import JsonError, build, parse


@dataclass(frozen=True, slots=True)
class Listener:
    """Whom to tell what is being done, and how far it is."""

    tell: Callable[[str], None]
    progress: Progress


@dataclass(frozen=True, slots=True)
class Measured:
    """What came of all models: runs in the order asked for, and failures."""

    runs: tuple[Run, ...]
    failures: tuple[Failure, ...]


def measure(
    jobs: Sequence[Job],
    distances: Sequence[str],
    places: Sequence[str],
    folder: Path,
    *,
    again: bool,
    listener: Listener,
) -> Measured:
    """Measure each model with each distance, unless a run with the same key exists.

    Args:
        jobs: One for each model.
        distances: Names of similarities.
        places: The pictures.
        folder: Where runs are kept.
        again: Measure also what exists.
        listener: Told what is being done, and how far it is.
    """
    runs: list[Run] = []
    failures: list[Failure] = []
    for job in jobs:
        outcome = _runs_of(job, distances, places, folder, again=again, listener=listener)
        if isinstance(outcome, Failure):
            failures.append(outcome)
        else:
            runs += outcome
    return Measured(tuple(runs), tuple(failures))


def _runs_of(
    job: Job,
    distances: Sequence[str],
    places: Sequence[str],
    folder: Path,
    *,
    again: bool,
    listener: Listener,
) -> list[Run] | Failure:
    """Take what was measured before, and measure what was not."""
    found = {} if again else _kept(job, distances, places, folder)
    missing = [distance for distance in distances if distance not in found]
    if not missing:
        listener.tell(f"{job.model}: measured before ({folder})")
    else:
        outcome = _measure_apart(job, missing, places, listener)
        if isinstance(outcome, Failure):
            return outcome
        for distance, run in outcome.items():  # a model that had to be fetched has its key now
            key = job.key(places, distance)
            run.save(job.file(folder, distance, key), key)
        found |= outcome
    return [found[distance] for distance in distances]


def _kept(
    job: Job, distances: Sequence[str], places: Sequence[str], folder: Path
) -> dict[str, Run]:
    keys = {distance: job.key(places, distance) for distance in distances}
    runs = {d: Run.load(job.file(folder, d, key), key) for d, key in keys.items()}
    return {d: replace(run, title=job.title) for d, run in runs.items() if run}


def _measure_apart(
    job: Job, distances: Sequence[str], places: Sequence[str], listener: Listener
) -> dict[str, Run] | Failure:
    """Load the model in one process, so that it is exported, and measure it in another."""
    before = picture_facts(places)
    with tempfile.TemporaryDirectory() as folder:
        for step, asked in (("loading", ()), ("measuring", distances)):
            listener.tell(f"{job.model}: {step}")
            failure = _work(job, asked, Path(folder), listener.progress)
            if failure:
                return failure
        runs = {distance: Run.load(Path(folder, f"{distance}.json"), "") for distance in distances}
    done = {distance: run for distance, run in runs.items() if run}
    if len(done) < len(distances):
        return Failure(job.model, "the process that measured it left no result")
    moved = any(run.places != tuple(places) for run in done.values())
    if moved or picture_facts(places) != before:
        return Failure(job.model, "pictures came, went or changed meanwhile; run it again")
    return done


def _work(job: Job, distances: Sequence[str], folder: Path, progress: Progress) -> Failure | None:
    """Run a worker; return why it failed, if it did."""
    file = folder / "job.json"
    asked = {"job": asdict(job), "distances": list(distances), "started": time.time()}
    file.write_text(json.dumps(asked), encoding="utf-8")
    # -P: a module of the folder that one stands in must not take the place of ours
    module = ["-P", "-m", "relevance.jobs.compare.worker"]
    command = [sys.executable, *module, str(file), str(folder)]
    # what it says goes to a file: a full pipe that nobody reads would stop it
    with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as said:
        worker = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=said, text=True)
        try:
            _follow(worker, progress)
        except BaseException:  # also when interrupted: no process outlives this one
            worker.kill()
            worker.wait()
            raise
        said.seek(0)
        lines = said.read().strip().splitlines()
    if worker.returncode == 0:
        return None
    reason = lines[-1] if lines else f"it ended with code {worker.returncode}"
    return Failure(job.model, reason, worker.returncode)


def _follow(worker: subprocess.Popen[str], progress: Progress) -> None:
    """Pass on how far a worker is, until it ends."""
    assert worker.stdout is not None
    with worker.stdout:
        for line in worker.stdout:
            with contextlib.suppress(JsonError):  # a library may print as well
                progress(build(Advance, parse(line)))
    worker.wait()
