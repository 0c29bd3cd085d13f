"""``categories``: folders of pictures in, many keywords compared at once, ``Categories`` out."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Unpack

import numpy as np

from relevance.embedding.cosines import cosine
from relevance.embedding.embeddings import Watch
from relevance.embedding.encoding import Encoded, open_for_words
from relevance.embedding.watching import watched
from relevance.encoders.base import EncoderInfo, FloatArray
from relevance.errors import UsageError, check_choice
from relevance.index.standing import encode, find_pictures, fitting_settings
from relevance.jobs.categories.correction import CORRECTIONS, NO_CORRECTION
from relevance.jobs.categories.result import Categories
from relevance.jobs.categories.wording import aside_note, unknown_note
from relevance.judging.keyword_file import read_names
from relevance.judging.naming import Naming, name_keywords, unknown_folders
from relevance.judging.prompts import fill, sharing_background
from relevance.judging.provenance import provenance
from relevance.judging.scoring import score_of
from relevance.judging.settings import Choices, Settings
from relevance.pictures.given import Found, Pictures, held_among, place_of, several_pictures
from relevance.system.arguments import several
from relevance.system.command_line import command_line, option

_logger = logging.getLogger("relevance")
_NO_NAMES: Mapping[str, str] = {}


@dataclass(frozen=True, slots=True)
class _Question:
    """What is asked of the pictures; see ``categories``."""

    paths: tuple[Found, ...]
    keywords: tuple[str, ...]
    only_keywords: bool
    names: Mapping[str, str] | str | Path
    correction: str

    def words(self) -> list[str]:
        """Command-line options that ask the same; a keyword may start with a hyphen."""
        words = [f"--keyword={keyword}" for keyword in self.keywords]
        words += ["--only-keywords"] if self.only_keywords else []
        if self.names and not isinstance(self.names, Mapping):
            words += option("--names", str(self.names))
        return [*words, "--correction", self.correction]

    def naming(self, folders: Sequence[str]) -> tuple[Naming, list[str]]:
        """Name the folders; return also what in their names, or the user's, had no use."""
        given = self.names if isinstance(self.names, Mapping) else read_names(self.names)
        found = name_keywords(folders, self.keywords, given=given, only_added=self.only_keywords)
        unknown = unknown_note(unknown_folders(given, folders))
        if unknown:
            _logger.warning("%s", unknown)
        return found, [*filter(None, (aside_note(found.aside), unknown))]


@watched()
def categories(
    paths: Pictures,
    *,
    keywords: str | Sequence[str] = (),
    only_keywords: bool = False,
    names: Mapping[str, str] | str | Path = _NO_NAMES,
    correction: str = NO_CORRECTION,
    progress: Watch = None,
    **choices: Unpack[Choices],
) -> Categories:
    """Score every picture below ``paths`` against every folder's name.

    Args:
        paths: A folder, or several; each is a category itself or holds categories.
        keywords: Further keywords; see ``name_keywords`` for those that folders give.
        only_keywords: Whether folders give none: ``keywords`` alone are compared, and a folder
            bears one of them if that is its name.
        names: Keywords of folders by their name, or the last parts of it, in place of what the name
            says, "" for none; or a table with the columns "folder" and "keyword".
        correction: "none" compares scores as they are; "nearest-neighbours" keeps a keyword that is
            near to everything from being called best everywhere (Chowdhury et al. 2024; see
            ``relevance.jobs.categories.correction.offsets``). Means do not depend on it.
        progress: Called with an ``Advance`` when the cache was asked and after each batch.
        **choices: model, templates, max_pixels, precision, device, exclude and cache; see
            ``judging.settings.Choices``. Scores are as ``score`` gives them by default, so
            there is neither a background nor a distance to choose.

    Returns:
        Means of every keyword and folder, best keywords of every picture, skipped ones with their
        reason, and how often the best keyword is the folder's name.

    Raises:
        UsageError: An argument or path cannot be used as given, or there are fewer than two
            keywords.
        ModelLoadError: The encoder cannot be loaded.
        NoReadablePictureError: Not one picture could be read.
    """
    check_choice("correction", correction, CORRECTIONS)
    if "background" in choices:
        raise UsageError("Keywords are held against each other here; leave the background out.")
    settings = Settings.of(**choices)
    if settings.distance != "cosine":
        raise UsageError("Scores of many keywords rest on the cosine; leave the distance out.")
    question = _Question(
        several_pictures(paths), several(keywords), only_keywords, names, correction
    )
    return _answer(question, settings, progress)


def _answer(question: _Question, settings: Settings, progress: Watch) -> Categories:
    """Do what was asked for, step by step."""
    sources = find_pictures(question.paths, settings.exclude)
    settings = fitting_settings(settings, sources)
    folders = list(dict.fromkeys(ref.folder for ref in sources.refs))
    naming, notes = question.naming(folders)
    prompts = [fill(settings.templates, keyword) for keyword in naming.keywords]
    opened = encoder, _ = open_for_words(settings)
    words = [*settings.words(encoder.info.name), *question.words(), *settings.exclude_words()]
    command = command_line("categories", [*map(place_of, question.paths)], words)
    flat = [prompt for group in prompts for prompt in group]
    facts = provenance(command, naming.keywords, flat, sources, opened, settings)
    background = [fill(settings.templates, concept) for concept in settings.background]
    encoded = encode([*prompts, *background], sources, encoder, settings, progress)
    numbers = {folder: number for number, folder in enumerate(folders)}
    more = {
        "templates": list(settings.templates),
        "correction": question.correction,
        "pictures_from_cache": encoded.pictures.cached,
        "warnings": [*facts["warnings"], *notes, *encoded.pictures.remarks()],
        "set_aside": dict(naming.aside),
    }
    return Categories(
        keywords=naming.keywords,
        folders=tuple(folders),
        folder_keyword=np.array(naming.own, dtype=np.int64),
        places=tuple([ref.place for ref in sources.refs]),
        folder_of=np.array([numbers[ref.folder] for ref in sources.refs], dtype=np.int64),
        reasons=encoded.pictures.reasons,
        scores=_scores(encoded, naming.keywords, settings.background, encoder.info),
        correction=question.correction,
        encoder=encoder.info,
        distance=settings.distance,
        provenance=facts | more,
        first_copy=encoded.pictures.first_copy,
        held=held_among(sources.refs),
    )


def _scores(
    encoded: Encoded, keywords: Sequence[str], background: Sequence[str], info: EncoderInfo
) -> FloatArray:
    """Score every picture against every keyword, each as ``score`` does: ``(n, m)`` float32.

    Most keywords have the same background; those that it names themselves do without that part.
    """
    m = len(keywords)
    own = cosine(encoded.pictures.vectors, encoded.concepts[:m])
    others = cosine(encoded.pictures.vectors, encoded.concepts[m:])
    for numbers, columns in sharing_background(keywords, background):
        own[:, numbers] = score_of(own[:, numbers], others[:, columns], info)
    return own
