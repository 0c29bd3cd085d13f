"""The process that measures one model: ``python -m relevance.jobs.compare.worker JOB RESULT``.

JOB is a JSON file; RESULT is a folder for what was measured. A process of its own makes the figures
for memory and start-up true. Without distances it only loads the model, which exports it if need
be, so that the export does not count. Standard output tells how far it is, a JSON object a line.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from relevance.embedding.embeddings import Advance, Embeddings, embed_images
from relevance.embedding.encoding import encode, find_pictures, open_for_words
from relevance.encoders import Encoder
from relevance.errors import RelevanceError
from relevance.jobs.compare.assignment import Job, machine
from relevance.jobs.compare.run import Run
from relevance.jobs.compare.timing import load_average, timed
from relevance.jobs.score.examples import by_examples, encode_examples, find_examples
from relevance.judging.prompts import fill, without_keyword
from relevance.judging.provenance import warnings_on
from relevance.judging.scoring import probability, score_keyword
from relevance.judging.settings import Settings
from relevance.pictures.folders import ImageRef, Sources
from relevance.system.json_reader import read_object


def main(arguments: Sequence[str]) -> int:
    """Do the job; return an exit code, with the reason on standard error."""
    job_file, folder = map(Path, arguments)
    try:
        _measure(read_object(job_file), folder)
    except RelevanceError as error:
        sys.stderr.write(str(error))
        return error.exit_code
    return 0


def _measure(asked: dict[str, Any], folder: Path) -> None:
    several = ("paths", "templates", "exclude", "like", "unlike")
    job = Job(**asked["job"] | {name: tuple(asked["job"][name]) for name in several})
    settings = Settings(
        model=job.model,
        templates=job.templates,
        max_pixels=job.max_pixels,
        precision=job.precision,
        device=job.device,
        cache=False,
    )
    encoder, _ = open_for_words(settings)
    prompts = fill(job.templates, job.keyword)
    _open_towers(encoder, prompts[0])
    ready = time.time()
    if not asked["distances"]:
        return
    sources = find_pictures(job.paths, job.exclude)
    examples = encode_examples(find_examples(job.like, job.unlike), encoder, settings)
    load = load_average()
    started = time.perf_counter()
    background = without_keyword(settings.background, job.keyword)
    concepts = [prompts, *(fill(job.templates, concept) for concept in background)]
    encoded = encode(concepts, sources, encoder, settings, _tell)
    seconds = time.perf_counter() - started
    own = different(encoded.pictures, sources)
    timing = timed(_again(own, encoder, settings), len(sources.refs) / seconds, load)
    keyword, *others = encoded.concepts
    scores = score_keyword(encoded.pictures.vectors, keyword, np.stack(others), encoder.info)
    if examples:
        scores = by_examples(examples, probability(scores, len(others), encoder.info), encoded)
    for distance in asked["distances"]:
        Run(
            model=job.model,
            title=job.title,
            distance=distance,
            encoder=asdict(encoder.info),
            start_seconds=ready - asked["started"],
            seconds=seconds,
            timing=timing,
            peak_bytes=peak_bytes(),
            places=tuple([ref.place for ref in sources.refs]),
            reasons=encoded.pictures.reasons,
            scores=scores,
            date=datetime.now(UTC).isoformat(timespec="seconds"),
            machine=machine(),
            warnings=(
                *warnings_on([job.keyword], prompts, encoder),
                *encoded.pictures.remarks(),
                *(examples.notes if examples else ()),
            ),
        ).save(folder / f"{distance}.json", "")


def different(pictures: Embeddings, sources: Sources) -> list[ImageRef]:
    """Return the pictures that could be read, each of copies once: copies take no time."""
    return [
        ref
        for row, (ref, reason) in enumerate(zip(sources.refs, pictures.reasons, strict=True))
        if not reason and pictures.first_copy[row] == row
    ]


def _again(refs: Sequence[ImageRef], encoder: Encoder, settings: Settings) -> Callable[[int], int]:
    """Return what reads and encodes so many pictures, or all there are, and counts them."""

    def work(count: int) -> int:
        some = refs[:count]
        embed_images(some, encoder, cache=None, max_pixels=settings.max_pixels)
        return len(some)

    return work


def _open_towers(encoder: Encoder, prompt: str) -> None:
    """Encode one of each: a tower that is opened at its first use belongs to start-up."""
    encoder.encode_texts([prompt])
    encoder.encode_images([Image.new("RGB", (8, 8))])


def _tell(advance: Advance) -> None:
    sys.stdout.write(json.dumps(asdict(advance)) + "\n")
    sys.stdout.flush()


def peak_bytes() -> int | None:
    """Return the largest memory this process has had, in bytes; None where nothing tells it.

    Linux keeps it in /proc; ``getrusage`` would count the parent's memory before exec as well.
    """
    status = Path("/proc/self/status")
    if status.exists():
        lines = dict(line.split(":", 1) for line in status.read_text().splitlines() if ":" in line)
        return int(lines["VmHWM"].split()[0]) * 1024 if "VmHWM" in lines else None
    try:
        import resource
    except ImportError:  # Windows
        return None
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss  # bytes, on macOS


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
