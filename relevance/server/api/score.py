"""``/score``: a keyword over pictures that are sent, or over a folder of the server."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field
from starlette.concurrency import run_in_threadpool

from relevance.embedding.embeddings import Progress
from relevance.errors import UsageError
from relevance.exports.json_file import without_nan
from relevance.jobs.score.files import write_scores
from relevance.jobs.score.job import score
from relevance.jobs.score.result import Scores
from relevance.pictures.folders import ImageRef
from relevance.server.api.common import PROBLEMS, desk, library
from relevance.server.api.work import WorkState, state_of
from relevance.server.bodies import Upload, described, read_body
from relevance.server.library import Library
from relevance.server.uploads import FOLDER, as_refs
from relevance.server.work.desk import Desk

router = APIRouter(tags=["score"], responses=PROBLEMS)


class Asked(BaseModel):
    """What is asked of pictures."""

    model_config = ConfigDict(extra="forbid")

    keyword: str = Field(min_length=1, max_length=1000, description="What they may show")
    folder: str = Field(
        "", max_length=4000, description="Folder of the server, below what it may read"
    )
    threshold: float | None = Field(None, ge=0, le=1)
    relevant: list[str] = Field([], description="Names of folders known to be relevant")


class Row(BaseModel):
    """One picture."""

    path: str
    folder: str
    label: str
    score: float | None
    cosine: float | None
    probability: float | None
    relevant: bool | None
    status: str = Field(description="ok, or skipped")
    reason: str


class Answer(BaseModel):
    """Rows in the order in which the pictures came, and what the command says of folders."""

    keyword: str
    unit: str
    threshold: float
    rows: list[Row]
    folders: list[dict[str, Any]]


@router.post(
    "/score",
    summary="Score pictures against a keyword",
    response_model=Answer,
    responses={202: {"model": WorkState, "description": "A folder: work that takes longer"}},
    openapi_extra=described(Asked, "The pictures; a folder is named instead of them"),
)
async def score_pictures(
    request: Request,
    held: Annotated[Library, Depends(library)],
    given: Annotated[Desk, Depends(desk)],
) -> Any:
    """Score pictures at once, or give a folder in as long work (202)."""
    body = await read_body(request, Asked)
    asked = body.fields
    if bool(asked.folder) == bool(body.pictures):
        raise UsageError("Send pictures, or name a folder of the server; one of the two.")
    if body.pictures:
        return await run_in_threadpool(_score_uploads, asked, body.pictures, held)
    folder = held.folder(asked.folder)

    def work(place: Path, progress: Progress) -> tuple[Any, tuple[str, ...]]:
        scores = _scored(asked, folder, held, progress)
        written = write_scores(scores, place)
        names = [path.name for path in (written.html, written.csv, written.json) if path]
        return _answer(scores, [ref.rpartition("/")[2] for ref in scores.places]), tuple(names)

    task = given.give("score", asked.model_dump(exclude_defaults=True), work)
    return JSONResponse(state_of(task), 202)


def _score_uploads(asked: Asked, pictures: Sequence[Upload], held: Library) -> dict[str, Any]:
    """Score what was sent."""
    scores = _scored(asked, as_refs(pictures), held, None, cache=False)
    return _answer(scores, [picture.name for picture in pictures], folder=FOLDER)


def _scored(
    asked: Asked,
    paths: Path | Sequence[ImageRef],
    held: Library,
    progress: Progress | None,
    *,
    cache: bool = True,
) -> Scores:
    return score(
        asked.keyword,
        paths,
        relevant=asked.relevant,
        threshold=asked.threshold,
        progress=progress,
        model=held.encoder(),
        max_pixels=held.settings.max_pixels,
        cache=cache,
    )


def _answer(scores: Scores, names: Sequence[str], folder: str = "") -> dict[str, Any]:
    pictures = scores.pictures
    rows = zip(
        names,
        pictures.folder,
        pictures.label,
        pictures.score.tolist(),
        pictures.similarity.tolist(),
        pictures.probability.tolist(),
        pictures.relevant.tolist(),
        pictures.reason,
        strict=True,
    )
    found: dict[str, Any] = without_nan(
        {
            "keyword": scores.keyword,
            "unit": scores.unit,
            "threshold": scores.threshold,
            "rows": [
                {
                    "path": name,
                    "folder": folder or where,
                    "label": label,
                    "score": value,
                    "cosine": cosine,
                    "probability": chance,
                    "relevant": None if reason else verdict,
                    "status": "skipped" if reason else "ok",
                    "reason": reason,
                }
                for name, where, label, value, cosine, chance, verdict, reason in rows
            ],
            "folders": [
                row | ({"folder": folder} if folder else {}) for row in scores.to_dict()["folders"]
            ],
        }
    )
    return found
