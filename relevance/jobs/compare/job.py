"""``compare``: a keyword, labelled folders and models in, a ``Comparison`` out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Unpack

from relevance.embedding.copies import first_copies
from relevance.embedding.embeddings import Progress
from relevance.embedding.encoding import find_pictures
from relevance.errors import (
    ModelLoadError,
    NoReadablePictureError,
    UsageError,
    check_choice,
)
from relevance.exports.csv_file import write_csv
from relevance.exports.json_file import JsonExport, without_nan
from relevance.exports.page_file import PageExport
from relevance.exports.slugs import slug
from relevance.jobs.compare.assignment import Job
from relevance.jobs.compare.disagreement import disagreements
from relevance.jobs.compare.measuring import Listener, Measured, measure
from relevance.jobs.compare.run import as_dict
from relevance.jobs.compare.standing import Standing, standings
from relevance.jobs.compare.table import ComparisonTable
from relevance.jobs.score.job import Question
from relevance.judging.labels import Grades, label_names
from relevance.judging.prompts import fill
from relevance.judging.provenance import versions
from relevance.judging.settings import EncodingChoices, Settings
from relevance.judging.similarity import SIMILARITIES
from relevance.pictures.folders import Sources
from relevance.system.arguments import one_keyword, several, several_paths
from relevance.system.command_line import command_line
from relevance.system.names import printable

if TYPE_CHECKING:
    import pandas as pd


class Comparison(ComparisonTable, JsonExport, PageExport):
    """Models side by side, with ways out (HTML, CSV, JSON, notebook); see ``ComparisonTable``."""

    def __repr__(self) -> str:
        names = ", ".join(item.run.name for item in self.standings)
        return f"<Comparison for {self.keyword!r}: {len(self.places)} pictures; {names}>"

    @cached_property
    def table(self) -> pd.DataFrame:
        """A row a run: quality with intervals, gains on the first run, and cost.

        A model that could not be measured has a row too, with status "failed" and the reason.
        """
        import pandas as pd

        return pd.DataFrame(self._rows())

    def _rows(self) -> list[dict[str, Any]]:
        rows = [row(standing) for standing in self.standings]
        empty = dict.fromkeys(rows[0])
        failed = [
            empty | {"model": item.model, "status": "failed", "reason": item.reason}
            for item in self.failures
        ]
        return rows + failed

    def check_all_measured(self) -> None:
        """Raise ``ModelLoadError`` where a model that was asked for could not be measured."""
        if self.failures:
            names = ", ".join(failure.model for failure in self.failures)
            raise ModelLoadError(f"Not measured: {names}. What was measured has been written.")

    def to_dict(self) -> dict[str, Any]:
        """Return the table, failures and provenance as plain JSON types."""
        plain: dict[str, Any] = without_nan(
            {
                "keyword": self.keyword,
                "runs": [row(standing) for standing in self.standings],
                "measured": [as_dict(standing.run) for standing in self.standings],
                "agreement": [
                    {"first": item.first.name, "other": item.other.name, "spearman": item.spearman}
                    for item in self.disagreements
                ],
                "failures": [asdict(failure) for failure in self.failures],
                "skipped": [
                    {"path": path, "reason": reason}
                    for path, reason in zip(self.paths, self.standings[0].run.reasons, strict=True)
                    if reason
                ],
                "provenance": dict(self.provenance),
            }
        )
        return plain

    def to_csv(self, path: str | Path) -> Path:
        """Write ``table`` as UTF-8."""
        rows = self._rows()
        return write_csv(path, rows[0], (list(row.values()) for row in rows))

    def html_text(self, target: Path) -> str:
        """Return the page, the same wherever it will be."""
        from relevance.jobs.compare.page import render_comparison  # brings matplotlib

        return render_comparison(self)

    def _repr_html_(self) -> str:
        from relevance.jobs.compare.page import render_comparison_summary

        return render_comparison_summary(self)


def compare(
    keyword: str,
    paths: str | Path | Sequence[str | Path],
    *,
    models: str | Sequence[str],
    distances: str | Sequence[str] = ("cosine",),
    relevant: str | Sequence[str] = (),
    labels: str | Path | None = None,
    output_dir: str | Path = "reports",
    again: bool = False,
    tell: Callable[[str], None] = lambda line: None,
    progress: Progress = lambda advance: None,
    **choices: Unpack[EncodingChoices],
) -> Comparison:
    """Measure models on the same pictures, each in a process of its own.

    Args:
        keyword: As for ``score``, like the next three.
        paths: A folder, or several.
        relevant: Names of the folders known to be relevant.
        labels: Table of labels, in place of labels by folder.
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
    question = Question(one_keyword(keyword), several_paths(paths), several(relevant), labels)
    if unknown := set(choices) - set(EncodingChoices.__annotations__):
        raise TypeError(f"compare() takes no {', '.join(sorted(unknown))}")
    for kind in kinds:
        check_choice("distance", kind, SIMILARITIES)
    settings = Settings.of(**choices)
    facts = _provenance(question, settings)
    sources = find_pictures(question.paths, settings.exclude)
    grades, odd = question.grades(sources)
    places = tuple([ref.place for ref in sources.refs])
    folder = Path(output_dir) / f"{slug(question.keyword)}-compare"
    jobs = [_job(name, title, question, settings) for name, title in _titles(names).items()]
    listener = Listener(tell, progress)
    measured = measure(jobs, kinds, places, folder, again=again, listener=listener)
    _check(measured)
    facts["command"] = _command(question, settings, names, kinds)
    facts |= sources.facts() | {"runs": printable(folder), "warnings": [*sources.notes, *odd]}
    return _comparison(question, sources, grades, measured, facts)


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


def _job(model: str, title: str, question: Question, settings: Settings) -> Job:
    return Job(
        model=model,
        title=title,
        keyword=question.keyword,
        paths=tuple(map(str, question.paths)),
        templates=settings.templates,
        max_pixels=settings.max_pixels,
        precision=settings.precision,
        device=settings.device,
        exclude=settings.exclude,
    )


def unique(names: str | Sequence[str]) -> tuple[str, ...]:
    """Return names without repetitions, in their order."""
    return tuple(dict.fromkeys(several(names)))


def row(standing: Standing) -> dict[str, Any]:
    """Return a run as one flat row; what is not known is None."""
    run = standing.run
    cells: dict[str, Any] = {"model": run.model, "distance": run.distance}
    for name in ("roc_auc", "average_precision", "auc_gain", "precision_gain"):
        estimate = getattr(standing, name)
        for part in ("value", "low", "high"):
            column = name if part == "value" else f"{name}_{part}"
            cells[column] = getattr(estimate, part) if estimate else None
    best = standing.best
    return cells | {
        "k": best.k if best else None,
        "precision_at_k": best.precision if best else None,
        "ndcg_at_k": best.ndcg if best else None,
        "pictures_per_second": run.rate,
        "start_seconds": run.start_seconds,
        "peak_bytes": run.peak_bytes,
        "disk_bytes": run.encoder["disk_bytes"],
        "precision": run.encoder["precision"],
        "licence": run.encoder["licence"],
        "on_pareto_front": standing.on_front if standing.roc_auc else None,
        "scored": sum(not reason for reason in run.reasons),
        "skipped": sum(bool(reason) for reason in run.reasons),
        "status": "measured",
        "reason": None,
    }


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
        [question.keyword, *question.paths],
        [*words, *question.label_words()],
    )
