"""``compare``: a keyword, labelled folders and models in, a ``Comparison`` out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Unpack

from relevance.embedding.copies import first_copies
from relevance.embedding.embeddings import Watch
from relevance.embedding.encoding import find_pictures
from relevance.embedding.watching import watched
from relevance.errors import (
    ModelLoadError,
    NoReadablePictureError,
    UsageError,
    check_choice,
)
from relevance.exports.slugs import slug
from relevance.index.stores import is_store
from relevance.jobs.compare.assignment import Job
from relevance.jobs.compare.disagreement import disagreements
from relevance.jobs.compare.measuring import Listener, Measured, measure
from relevance.jobs.compare.result import Comparison
from relevance.jobs.compare.standing import standings
from relevance.jobs.score.examples import find_examples
from relevance.jobs.score.question import Question
from relevance.judging.labels import Grades, label_names
from relevance.judging.prompts import fill
from relevance.judging.provenance import versions
from relevance.judging.settings import EncodingChoices, Settings
from relevance.judging.similarity import SIMILARITIES
from relevance.pictures.folders import ImageRef, Sources
from relevance.pictures.given import Found, place_of, several_pictures
from relevance.system.arguments import one_keyword, several
from relevance.system.command_line import command_line
from relevance.system.names import printable


@watched()
def compare(
    keyword: str,
    paths: str | Path | Sequence[str | Path],
    *,
    models: str | Sequence[str],
    distances: str | Sequence[str] = ("cosine",),
    relevant: str | Sequence[str] = (),
    labels: str | Path | None = None,
    like: str | Path | Sequence[str | Path] = (),
    unlike: str | Path | Sequence[str | Path] = (),
    output_dir: str | Path = "reports",
    again: bool = False,
    tell: Callable[[str], None] = lambda line: None,
    progress: Watch = None,
    **choices: Unpack[EncodingChoices],
) -> Comparison:
    """Measure models on the same pictures, each in a process of its own.

    Args:
        keyword: As for ``score``, like the next three.
        paths: A folder, or several.
        relevant: Names of the folders known to be relevant.
        labels: Table of labels, in place of labels by folder.
        like: Pictures of what the keyword means, as for ``score``.
        unlike: Pictures of what it does not.
        models: Names for ``load_encoder``, at least two, or one with two distances.
        distances: "cosine", "dot", "euclidean" or "angular".
        output_dir: Runs are kept in ``<keyword>-compare/`` below this folder.
        again: Measure also what was measured before.
        tell: Told what is being done, in words.
        progress: Called with an ``Advance`` after each batch of each model's pictures.
        **choices: templates, max_pixels, precision, device and exclude; see
            ``settings.EncodingChoices``.

    Returns:
        How the runs stand to each other, and models that could not be measured.

    Raises:
        UsageError: An argument or path cannot be used, or there is nothing to compare.
        NoReadablePictureError: There is no picture, or not one that all models could read.
        ModelLoadError: Not one model could be measured.
    """
    names, kinds = unique(models), unique(distances)
    if len(names) * len(kinds) < 2:
        raise UsageError("Name at least two models to compare, or two distances.")
    question = Question(
        *(one_keyword(keyword), several_pictures(paths), several(relevant), labels),
        like=several_pictures(like),
        unlike=several_pictures(unlike),
    )
    if unknown := set(choices) - set(EncodingChoices.__annotations__):
        raise TypeError(f"compare() takes no {', '.join(sorted(unknown))}")
    for kind in kinds:
        check_choice("distance", kind, SIMILARITIES)
    _check_files((*question.paths, *question.like, *question.unlike))
    shown = find_examples(question.like, question.unlike)
    settings = Settings.of(**choices)
    if known := [path for path in map(place_of, question.paths) if is_store(path)]:
        raise UsageError(
            f"compare encodes pictures afresh, and {printable(known[0])} is an index; name the "
            "folders that it was made from."
        )
    facts = _provenance(question, settings)
    sources = find_pictures(question.paths, settings.exclude)
    grades, odd = question.grades(sources)
    places = tuple([ref.place for ref in sources.refs])
    folder = Path(output_dir) / f"{slug(question.keyword)}-compare"
    jobs = [_job(name, title, question, shown, settings) for name, title in _titles(names).items()]
    listener = Listener(tell, progress or (lambda advance: None))
    measured = measure(jobs, kinds, places, folder, again=again, listener=listener)
    _check(measured)
    facts["command"] = _command(question, settings, names, kinds)
    facts |= sources.facts() | {"runs": printable(folder), "warnings": [*sources.notes, *odd]}
    return _comparison(question, sources, grades, measured, facts)


def _check_files(given: Sequence[Found]) -> None:
    """Raise ``UsageError`` for a picture at no path."""
    for item in given:
        if isinstance(item, ImageRef):
            raise UsageError(
                f"compare reads pictures in processes of their own, and {printable(item.place)} is "
                "no path; save it in a folder."
            )


def _comparison(
    question: Question,
    sources: Sources,
    grades: Grades,
    measured: Measured,
    provenance: dict[str, Any],
) -> Comparison:
    places = tuple([ref.place for ref in sources.refs])
    copies = first_copies(places)
    return Comparison(
        keyword=question.keyword,
        places=places,
        paths=tuple(map(printable, places)),
        folders=tuple(ref.folder for ref in sources.refs),
        labels=tuple(label_names(grades)),
        standings=standings(measured.runs, grades, copies),
        disagreements=disagreements(measured.runs, copies),
        failures=measured.failures,
        provenance=provenance,
    )


def _provenance(question: Question, settings: Settings) -> dict[str, Any]:
    return {
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "prompts": list(fill(settings.templates, question.keyword)),
        "labels": printable(question.labels) if question.labels else None,
        "like": list(map(printable, map(place_of, question.like))),
        "unlike": list(map(printable, map(place_of, question.unlike))),
        "max_pixels": settings.max_pixels,
        "versions": versions(),
    }


def _titles(models: Sequence[str]) -> dict[str, str]:
    """Call each model by the end of its path, unless two would be called the same."""
    short = {model: printable(Path(model).name or model) for model in models}
    ends = list(short.values())
    return {
        model: end if ends.count(end) == 1 else printable(model) for model, end in short.items()
    }


def _job(
    model: str, title: str, question: Question, shown: Mapping[str, Sources], settings: Settings
) -> Job:
    files = {name: tuple([ref.place for ref in found.refs]) for name, found in shown.items()}
    return Job(
        model=model,
        title=title,
        keyword=question.keyword,
        paths=tuple(map(place_of, question.paths)),
        templates=settings.templates,
        max_pixels=settings.max_pixels,
        precision=settings.precision,
        device=settings.device,
        exclude=settings.exclude,
        like=files.get("--like", ()),
        unlike=files.get("--unlike", ()),
    )


def unique(names: str | Sequence[str]) -> tuple[str, ...]:
    """Return names without repetitions, in their order."""
    return tuple(dict.fromkeys(several(names)))


def _check(measured: Measured) -> None:
    """Raise unless there is something to show."""
    if measured.runs:
        return
    codes = {failure.exit_code for failure in measured.failures}
    if codes == {NoReadablePictureError.exit_code}:
        raise NoReadablePictureError(measured.failures[0].reason)
    reasons = "; ".join(f"{item.model}: {item.reason}" for item in measured.failures)
    raise ModelLoadError(f"No model could be measured. {reasons}")


def _command(
    question: Question, settings: Settings, models: Sequence[str], distances: Sequence[str]
) -> str:
    words = [word for name in models for word in ("--model", name)]
    if distances != ("cosine",):
        words += [word for name in distances for word in ("--distance", name)]
    words += settings.encoding_words() + settings.exclude_words()
    return command_line(
        "compare",
        question.subjects,
        [*words, *question.words()],
    )
