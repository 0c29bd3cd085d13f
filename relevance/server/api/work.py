"""``/jobs``: long work, to be given in, followed, cancelled and looked at."""

from __future__ import annotations

import json
import pathlib
from collections.abc import AsyncIterator, Mapping
from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path
from fastapi.responses import FileResponse, JSONResponse, StreamingResponse
from pydantic import BaseModel, ConfigDict, Field

from relevance.embedding.embeddings import Progress
from relevance.exports.json_file import without_nan
from relevance.index.index import Index
from relevance.server.api.common import PREFIX, PROBLEMS, desk, library
from relevance.server.library import Library
from relevance.server.naming import name_of
from relevance.server.work.desk import Desk, follow
from relevance.server.work.task import Task

router = APIRouter(tags=["jobs"], responses=PROBLEMS)
WorkId = Annotated[str, Path(description="Id of the work")]
_TYPES = {".html": "text/html; charset=utf-8", ".csv": "text/csv", ".json": "application/json"}
_REPORT_POLICY = (
    "default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'unsafe-inline'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'self'; sandbox allow-scripts "
    "allow-downloads"
)
"""For pages that runs wrote; what each says of itself, its script's hash, holds beside it."""


class WorkState(BaseModel):
    """Long work as it stands."""

    id: str = Field(description="Its own")
    kind: str = Field(description="score, or index")
    status: str = Field(description="queued, running, done, failed, cancelled or lost")
    what: dict[str, Any] = Field(description="What was asked for")
    made: str = Field(description="When it was given in, as ISO 8601 in UTC")
    done: int = Field(description="How many pictures are finished")
    total: int = Field(description="How many there are; 0 until that is known")
    detail: str = Field(description="What went wrong, or what to know, in a sentence; else empty")
    result: Any = Field(None, description="What came of it; null until it is done, and in lists")
    files: dict[str, str] = Field(description="Paths on this server, by name")
    url: str = Field(description="Path of the work on this server")


class Extension(BaseModel):
    """What an index is brought up to date with."""

    model_config = ConfigDict(extra="forbid")

    folder: str = Field(
        "", max_length=4000, description="Folder of the server; all it is made from if empty"
    )


def state_of(task: Task) -> Mapping[str, Any]:
    """Return work as JSON types."""
    url = f"{PREFIX}/jobs/{task.id}"
    files = {name: f"{url}/files/{name}" for name in task.files}
    plain: dict[str, Any] = without_nan(asdict(task)) | {"files": files, "url": url}
    return plain


@router.get("/jobs", summary="All long work, the latest first", response_model=list[WorkState])
def jobs(given: Annotated[Desk, Depends(desk)]) -> Any:
    """List long work, without its results."""
    return [{**state_of(task), "result": None} for task in given.tasks()]


@router.get("/jobs/{id}", summary="One piece of long work", response_model=WorkState)
def job(id: WorkId, given: Annotated[Desk, Depends(desk)]) -> Any:
    """Say how far work is, and what came of it."""
    return state_of(given.task(id))


@router.get(
    "/jobs/{id}/events",
    summary="Follow long work",
    response_class=StreamingResponse,
    responses={200: {"content": {"text/event-stream": {}}}},
)
def events(id: WorkId, given: Annotated[Desk, Depends(desk)]) -> StreamingResponse:
    """Send an event whenever something is new, until the work has ended."""
    given.task(id)  # what is not there is said as everywhere
    return StreamingResponse(_events(given, id), media_type="text/event-stream")


@router.delete("/jobs/{id}", summary="Cancel long work", response_model=WorkState)
def cancel(id: WorkId, given: Annotated[Desk, Depends(desk)]) -> Any:
    """Ask for work to end."""
    return state_of(given.cancel(id))


@router.get(
    "/jobs/{id}/files/{name}",
    summary="A file that work left",
    response_class=FileResponse,
    responses={200: {"content": {kind.partition(";")[0]: {} for kind in _TYPES.values()}}},
)
def file(
    id: WorkId,
    name: Annotated[str, Path(description="One of its files")],
    given: Annotated[Desk, Depends(desk)],
) -> FileResponse:
    """Send a report, table or JSON file."""
    path = given.file(id, name)
    kind = _TYPES.get(pathlib.Path(name).suffix, "application/octet-stream")
    headers = {"Content-Security-Policy": _REPORT_POLICY} if path.suffix == ".html" else None
    return FileResponse(path, media_type=kind, headers=headers)


@router.post(
    "/indexes/{name}/update",
    summary="Bring an index up to date",
    status_code=202,
    response_model=WorkState,
)
def update(
    name: Annotated[str, Path(description="Name of the index")],
    asked: Extension,
    held: Annotated[Library, Depends(library)],
    given: Annotated[Desk, Depends(desk)],
) -> Any:
    """Add a folder to an index, or look for what is new, changed or gone; long work (202)."""
    shelf = held.index(name)
    folder = held.folder(asked.folder) if asked.folder else None

    def work(place: pathlib.Path, progress: Progress) -> tuple[Any, tuple[str, ...]]:
        with Index.open(shelf.place, model=shelf.index.encoder()) as index:
            changes = index.add(folder or (), progress=progress)
        plain = changes.to_dict()
        skipped = [row | {"path": name_of(row["path"])} for row in plain["skipped"]]
        return plain | {"index": name, "skipped": skipped}, ()

    task = given.give("index", {"index": name, "folder": asked.folder}, work)
    return JSONResponse(state_of(task), 202)


async def _events(given: Desk, name: str) -> AsyncIterator[str]:
    async for task in follow(given, name):
        yield f"event: state\ndata: {json.dumps(state_of(task))}\n\n"
