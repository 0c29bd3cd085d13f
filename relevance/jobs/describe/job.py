"""``describe``: pictures in, a caption for each out, every one scored against its own picture."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Unpack

import numpy as np
import numpy.typing as npt

from relevance.embedding.embeddings import Embeddings, Watch, embed_concepts, embed_texts
from relevance.embedding.encoding import cache_of, open_for_words
from relevance.embedding.watching import watched
from relevance.encoders import Encoder
from relevance.encoders.base import FloatArray
from relevance.encoders.captioning import Captioner, load_captioner
from relevance.index.standing import encode, find_pictures, fitting_settings
from relevance.jobs.describe.captioning import Describer
from relevance.jobs.describe.doubting import Others
from relevance.jobs.describe.files import Files
from relevance.jobs.describe.journal import Journal
from relevance.jobs.describe.result import Descriptions
from relevance.jobs.describe.settings import TEMPLATES, DescribeChoices, Question
from relevance.jobs.describe.tagging import Vocabulary
from relevance.jobs.describe.vocabulary import read_vocabulary
from relevance.judging.prompts import fill
from relevance.judging.provenance import versions
from relevance.judging.settings import Settings
from relevance.pictures.given import Pictures, several_pictures
from relevance.pictures.reading import READING

_BLOCK = 256  # captions that are encoded and judged together
_NOTHING_STANDS_OUT = "no word of the vocabulary stands out against the background"


@watched()
def describe(
    paths: Pictures,
    output: str | Path | None = None,
    *,
    model: str | Captioner | None = None,
    tags: str | Path | None = None,
    style: str = "product",
    resume: bool = False,
    progress: Watch = None,
    **choices: Unpack[DescribeChoices],
) -> Descriptions:
    """Give every picture below ``paths`` a caption.

    Each is what a captioning model writes or, without one, a sentence of the few words that stand
    out in the picture, chosen by the encoder. It is scored against its own picture, and marked as
    doubtful where it fits others as well; see ``jobs.describe.doubting``.

    Args:
        paths: Folders, pictures and indexes; pictures also in memory. See ``score``.
        output: Table to write, of any kind that ``caption_table`` reads: path, caption, status
            ("ok", "doubtful" or "skipped"), reason, model and similarity. Paths of what lies below
            its folder begin there, so that both can be moved.
        model: A captioning model: a name in ``encoders.captioning.CAPTIONERS``, a hub id, a local
            folder, or one that is loaded. Tags if not given.
        tags: File of words to choose tags from, one a line, or a table with a column ``keyword``;
            the package's nouns of food and goods if not given.
        style: "short", "product" or "detailed".
        resume: Go on where a run with a captioning model was stopped, if there is one: what it
            wrote is kept in a journal beside the output. Tags need none, since the cache has the
            pictures.
        progress: Called with an ``Advance`` when the cache was asked and after each batch.
        **choices: encoder, max_pixels, precision, device, cache and exclude; see
            ``describe.settings.DescribeChoices``.

    Returns:
        A caption for each picture, or why it has none. Copies share theirs.

    Raises:
        UsageError: An argument or path cannot be used as given.
        ModelLoadError: A model cannot be loaded.
        NoReadablePictureError: Not one picture could be read.
    """
    question = Question.of(several_pictures(paths), model, tags, style, **choices)
    files = Files(Path(output)) if output is not None else None
    if files:
        files.check([question.tags])
    with _journal(question, files, resume=resume) as journal:
        found = _answer(question, files, journal, progress)
        if files:
            files.write(found)
    return found


@contextmanager
def _journal(question: Question, files: Files | None, *, resume: bool) -> Iterator[Journal | None]:
    """Keep what a captioning model writes: on disk where there is an output."""
    if question.model is None:
        yield None
    elif files:
        with files.running(resume=resume) as journal:
            yield journal
    else:
        with closing(Journal(Path(":memory:"))) as journal:
            yield journal


@dataclass(frozen=True, slots=True)
class _Said:
    """What was said of each of n pictures: its caption, why it has none, and why to doubt it."""

    captions: list[str]
    reasons: list[str]
    doubts: list[str]


def _answer(
    question: Question, files: Files | None, journal: Journal | None, progress: Watch
) -> Descriptions:
    """Do what was asked for, step by step."""
    words = () if journal else read_vocabulary(question.tags)
    sources = find_pictures(question.paths, question.engine.exclude)
    settings = fitting_settings(question.encoding, sources)
    describer = _describer(question, journal) if journal else None
    encoder, choice = open_for_words(settings)
    background = [fill(TEMPLATES, concept) for concept in settings.background]
    encoded = encode(background, sources, encoder, settings, progress)
    pictures = encoded.pictures
    if describer:
        captions, reasons = describer.describe(pictures, progress)
        said = _Said(captions, reasons, [""] * len(captions))
    else:
        said = _by_tags(question, words, pictures, encoded.concepts, encoder, settings)
    similarity = _judged(said, pictures, encoded.concepts, encoder, settings)
    output = files.output if files else None
    return Descriptions(
        refs=pictures.refs,
        captions=said.captions,
        doubts=said.doubts,
        reasons=said.reasons,
        similarity=similarity,
        model=describer.captioner.info.name if describer else f"tags by {encoder.info.name}",
        encoder=encoder.info,
        output=output,
        provenance={
            "command": question.command(encoder.info.name, output),
            "date": datetime.now(UTC).isoformat(timespec="seconds"),
            "encoder_choice": choice,
            "style": question.style,
            "words": len(words),
            "captioner": asdict(describer.captioner.info) if describer else None,
            "pictures_from_cache": pictures.cached,
            "warnings": [*sources.notes, *pictures.remarks()],
            **sources.facts(),
            "versions": versions(),
        },
    )


def _describer(question: Question, journal: Journal) -> Describer:
    """Load the captioning model, and see that the journal is of one like it."""
    model, engine = question.model, question.engine
    if isinstance(model, str):
        model = load_captioner(model, precision=engine.precision, device=engine.device)
    assert model, "there is a journal for captioning models alone"
    journal.begin(
        {
            "reading": READING,
            "model": f"{model.info.name} {model.info.fingerprint}",
            "style": question.style,
            "max pixels": engine.max_pixels,
        }
    )
    return Describer(model, question.style, journal, engine.max_pixels)


def _by_tags(
    question: Question,
    words: Sequence[str],
    pictures: Embeddings,
    background: FloatArray,
    encoder: Encoder,
    settings: Settings,
) -> _Said:
    """Put the words that stand out in each picture into a sentence."""
    with cache_of(encoder, settings) as cache:
        prompts = [fill(TEMPLATES, word) for word in words]
        rows = embed_concepts(prompts, encoder, cache=cache)
    vocabulary = Vocabulary(words, rows, background, encoder.info)
    captions = [""] * len(pictures.refs)
    doubts = [""] * len(pictures.refs)
    seen = _described(pictures.reasons)
    tags = vocabulary.tags(pictures.vectors[seen], question.style)
    for row, found in zip(seen.tolist(), tags, strict=True):
        captions[row] = found.sentence(question.style)
        doubts[row] = "" if found.stand_out else _NOTHING_STANDS_OUT
    return _Said(captions, list(pictures.reasons), doubts)


def _described(reasons: Sequence[str]) -> npt.NDArray[np.int64]:
    """Return the rows that were not skipped."""
    return np.flatnonzero([not reason for reason in reasons])


def _judged(
    said: _Said,
    pictures: Embeddings,
    background: FloatArray,
    encoder: Encoder,
    settings: Settings,
) -> npt.NDArray[np.float32]:
    """Score each caption against its own picture, and enter why it is doubtful, if it is.

    Returns:
        ``(n,)`` cosines; NaN where there is no caption.
    """
    similarity = np.full(len(pictures.refs), np.nan, dtype=np.float32)
    rows = _described(said.reasons)
    first = pictures.first_copy[rows]
    others = Others.among(
        pictures.vectors, said.captions, np.unique(first), background, settings.background
    )
    with cache_of(encoder, settings) as cache:
        for start in range(0, len(rows), _BLOCK):
            some = slice(start, start + _BLOCK)
            captions = [said.captions[row] for row in rows[some].tolist()]
            embeddings = embed_texts(captions, encoder, cache=cache)
            vectors = pictures.vectors[rows[some]]
            judged = others.judge(first[some].tolist(), vectors, captions, embeddings)
            for row, (value, doubt) in zip(rows[some].tolist(), judged, strict=True):
                similarity[row] = value
                said.doubts[row] = said.doubts[row] or doubt
    return similarity
