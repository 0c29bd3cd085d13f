"""``teach_categories``: folders of pictures in, a ``Lesson`` for every folder's name out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Unpack

import numpy as np

from relevance.embedding.embeddings import Watch
from relevance.embedding.encoding import open_for_words
from relevance.embedding.watching import watched
from relevance.encoders.base import EncoderInfo, FloatArray
from relevance.errors import UsageError
from relevance.index.standing import encode, find_pictures, fitting_settings
from relevance.jobs.teach.categories.result import Category, TaughtCategories
from relevance.judging.calibration.model import Basis
from relevance.judging.calibration.targets import F1, Target
from relevance.judging.labels import Grades
from relevance.judging.naming import NONE, Naming, name_folders
from relevance.judging.prompts import fill, without_keyword
from relevance.judging.provenance import provenance
from relevance.judging.settings import Choices, Settings
from relevance.judging.teaching.labelled import Labelled, Surroundings, Word
from relevance.judging.teaching.learning import learn
from relevance.judging.teaching.lesson import Again
from relevance.pictures.folders import Sources
from relevance.pictures.given import Found, Pictures, place_of, several_pictures
from relevance.system.command_line import option
from relevance.system.names import printable


@dataclass(frozen=True, slots=True, eq=False)
class _Concepts:
    """The keywords of folders and what they are held against, in an encoder's space.

    Attributes:
        keywords: n keywords.
        prompts: What each became.
        rows: ``(n, dim)`` unit rows.
        background: m concepts.
        background_rows: ``(m, dim)`` unit rows.
        info: The encoder's facts.
    """

    keywords: tuple[str, ...]
    prompts: tuple[tuple[str, ...], ...]
    rows: FloatArray
    background: tuple[str, ...]
    background_rows: FloatArray
    info: EncoderInfo

    def word(self, number: int) -> Word:
        """Return a keyword, and of the background what does not name it."""
        keyword = self.keywords[number]
        others = without_keyword(self.background, keyword)
        kept = [self.background.index(concept) for concept in others]
        basis = Basis(keyword, self.prompts[number], others, self.info.name, self.info.fingerprint)
        return Word(basis, self.info, self.rows[number], self.background_rows[kept])


@watched()
def teach_categories(
    paths: Pictures,
    *,
    target: str = F1,
    progress: Watch = None,
    **choices: Unpack[Choices],
) -> TaughtCategories:
    """Teach the name of every folder below ``paths`` as a keyword, in one pass over the pictures.

    The pictures of a category are relevant and those of all others irrelevant; those in folders
    that name no thing (see ``judging.naming``) have no label.

    Args:
        paths: A folder, or several; each is a category itself or holds categories.
        target: What the thresholds are for, as for ``teach``.
        progress: Called with an ``Advance`` when the cache was asked and after each batch.
        **choices: As for ``score``.

    Returns:
        A lesson for each keyword, or the reason why there is none.

    Raises:
        UsageError: An argument cannot be used, fewer than two folders name a thing, or not one
            keyword could be taught.
        ModelLoadError: The encoder cannot be loaded.
        NoReadablePictureError: Not one picture could be read.
    """
    wanted, asked = Target.parse(target), several_pictures(paths)
    settings = Settings.of(**choices)
    sources = find_pictures(asked, settings.exclude)
    settings = fitting_settings(settings, sources)
    folders = list(dict.fromkeys(ref.folder for ref in sources.refs))
    naming = name_folders(folders)
    if len(naming.keywords) < 2:
        raise UsageError(
            "Categories are told from each other, and fewer than two folders here are named after "
            "a thing. Give the folder above them, or teach one keyword with `relevance teach "
            "KEYWORD PATH`."
        )
    again = _again(asked, settings, wanted)
    opened = encoder, _ = open_for_words(settings)
    prompts = tuple([fill(settings.templates, keyword) for keyword in naming.keywords])
    flat = [prompt for group in prompts for prompt in group]
    command = again.command(encoder.info.name)
    facts = provenance(command, naming.keywords, flat, sources, opened, settings)
    background = [fill(settings.templates, concept) for concept in settings.background]
    encoded = encode([*prompts, *background], sources, encoder, settings, progress)
    n = len(naming.keywords)
    concepts = _Concepts(
        naming.keywords,
        prompts,
        encoded.concepts[:n],
        settings.background,
        encoded.concepts[n:],
        encoder.info,
    )
    own = _own_keyword(sources, folders, naming)
    return _taught(concepts, own, Surroundings(encoded.pictures), (wanted, again, facts))


def _again(paths: Sequence[Found], settings: Settings, target: Target) -> Again:
    """Keep what was asked, but for the encoder."""
    where = [word for path in paths for word in option("--categories", printable(place_of(path)))]
    more = [*settings.encoding_words(), *target.words(), *settings.exclude_words()]
    return Again((), (*where, *more))


def _own_keyword(
    sources: Sources, folders: Sequence[str], naming: Naming
) -> np.ndarray[Any, np.dtype[np.int64]]:
    """Return the number of each picture's keyword: ``(n,)``, ``NONE`` where its folder has none."""
    own = dict(zip(folders, naming.own, strict=True))
    return np.array([own[ref.folder] for ref in sources.refs], dtype=np.int64)


def _taught(
    concepts: _Concepts,
    own: np.ndarray[Any, np.dtype[np.int64]],
    among: Surroundings,
    asked: tuple[Target, Again, Mapping[str, Any]],
) -> TaughtCategories:
    """Teach one keyword after the other."""
    found = [
        _category(Labelled(among, concepts.word(number), _grades(own, number)), asked)
        for number in range(len(concepts.keywords))
    ]
    if not any(category.lesson for category in found):
        first = found[0]
        raise UsageError(f"No category could be taught; “{first.keyword}”: {first.reason}")
    return TaughtCategories(tuple(found), asked[2])


def _grades(own: np.ndarray[Any, np.dtype[np.int64]], number: int) -> Grades:
    grades = np.where(own == number, 1.0, 0.0)
    grades[own == NONE] = np.nan
    return grades


def _category(labelled: Labelled, asked: tuple[Target, Again, Mapping[str, Any]]) -> Category:
    """Teach a keyword, or say why it cannot be."""
    keyword, relevant = labelled.word.basis.keyword, int(labelled.truth.sum())
    irrelevant = len(labelled.truth) - relevant
    if not relevant:
        return Category(keyword, 0, irrelevant, None, "None of its pictures could be read.")
    try:
        lesson = learn(labelled, *asked)
    except UsageError as error:
        return Category(keyword, relevant, irrelevant, None, str(error))
    return Category(keyword, relevant, irrelevant, lesson, "")
