"""``/recognise`` and ``/references``: known types, as ``relevance recognise`` has them."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field
from starlette.concurrency import run_in_threadpool

from relevance.errors import UsageError
from relevance.index.references.changes import by_type
from relevance.pictures.guard import guarded
from relevance.pictures.reading import load_small
from relevance.server.api.common import PREFIX, PROBLEMS, library
from relevance.server.bodies import Body, described, read_body
from relevance.server.library import Library
from relevance.server.problems import NotHereError
from relevance.server.uploads import as_refs

router = APIRouter(tags=["recognise"], responses=PROBLEMS)
_SIDE, _QUALITY = 240, 75
_SHOWN = 8  # references of a type


class Asked(BaseModel):
    """What is asked of pictures."""

    model_config = ConfigDict(extra="forbid")

    type: str = Field("", max_length=1000, description="The one type to look for; all if empty")
    threshold: float | None = Field(
        None, ge=-1, le=1, description="Similarity from which on; the references say it if null"
    )
    false_matches: float = Field(0.05, gt=0, lt=1)
    grow: bool = Field(False, description="Whether sure matches become references")


class Given(BaseModel):
    """Nothing but pictures."""

    model_config = ConfigDict(extra="forbid")


class Row(BaseModel):
    """What one picture shows."""

    path: str
    status: str = Field(description="recognised, none or skipped")
    type: str
    candidate: str
    similarity: float | None
    second: str
    margin: float | None
    nearest: str = Field(description="Id of the most similar reference")
    thumbnail: str = Field(description="Path of that reference on this server")
    origin: str
    grew: bool
    reason: str


class Answer(BaseModel):
    """A row a picture, in the order in which they came."""

    threshold: float
    note: str
    notes: list[str]
    rows: list[Row]


class Type(BaseModel):
    """A known type."""

    type: str
    references: int
    grown: int
    thumbnails: list[str] = Field(description="Paths of some references on this server")


@router.post(
    "/recognise",
    summary="Say which known type pictures show",
    response_model=Answer,
    openapi_extra=described(Asked, "The pictures"),
)
async def recognise(request: Request, held: Annotated[Library, Depends(library)]) -> Any:
    """Hold pictures against the references of all types."""
    body = await read_body(request, Asked)
    if not body.pictures:
        raise UsageError("Send at least one picture, as a form (multipart/form-data).")
    return await run_in_threadpool(_recognised, held, body)


def _recognised(held: Library, body: Body[Asked]) -> dict[str, Any]:
    asked = body.fields
    found = held.references().recognise(
        [picture.content for picture in body.pictures],
        type=asked.type,
        threshold="auto" if asked.threshold is None else asked.threshold,
        false_matches=asked.false_matches,
        grow=asked.grow,
    )
    plain = found.to_dict()
    rows = [
        row | {"path": picture.name, "thumbnail": _thumbnail_path(row["nearest"])}
        for row, picture in zip(plain["rows"], body.pictures, strict=True)
    ]
    return {name: plain[name] for name in ("threshold", "note", "notes")} | {"rows": rows}


@router.get("/references", summary="The known types", response_model=list[Type])
def types(held: Annotated[Library, Depends(library)]) -> Any:
    """List the types, with some of their references."""
    return [
        {
            "type": name,
            "references": len(own),
            "grown": sum(item.is_grown for item in own),
            "thumbnails": [_thumbnail_path(item.id) for item in own[:_SHOWN]],
        }
        for name, own in by_type(held.references().references).items()
    ]


@router.post(
    "/references/{type}",
    summary="Add references of a type",
    openapi_extra=described(Given, "The pictures"),
)
async def add(request: Request, type: str, held: Annotated[Library, Depends(library)]) -> Any:
    """Keep pictures as references of a type."""
    body = await read_body(request, Given)
    if not body.pictures:
        raise UsageError("Send at least one picture, as a form (multipart/form-data).")
    return await run_in_threadpool(_added, held, type, body)


def _added(held: Library, name: str, body: Body[Given]) -> dict[str, Any]:
    added = held.references().add(as_refs(body.pictures), type=name).to_dict()
    return {name: value for name, value in added.items() if name != "store"}


@router.delete("/references", summary="Remove all references of a type")
def remove_type(
    type: Annotated[str, Query(min_length=1)],
    held: Annotated[Library, Depends(library)],
) -> dict[str, int]:
    """Remove a type; ``/references/undo`` brings it back."""
    return {"removed": len(held.references().remove(type=type))}


@router.delete("/references/{id}", summary="Remove a reference")
def remove(id: str, held: Annotated[Library, Depends(library)]) -> dict[str, int]:
    """Remove a reference; ``/references/undo`` brings it back."""
    return {"removed": len(held.references().remove(id))}


@router.post("/undo", summary="Take back the last change of references")
def undo(held: Annotated[Library, Depends(library)]) -> dict[str, Any]:
    """Take back what was added, grown or removed last."""
    undone = held.references().undo()
    return {"kind": undone.kind, "added": len(undone.gone), "removed": len(undone.back)}


@router.get(
    "/references/{id}/thumbnail",
    summary="A small WebP of a reference",
    response_class=Response,
    responses={200: {"content": {"image/webp": {}}}},
)
def thumbnail(id: str, held: Annotated[Library, Depends(library)]) -> Response:
    """Send a reference picture, small."""
    content = held.references().picture(id)
    small = guarded(load_small, content, _SIDE, _QUALITY) if content else None
    if not isinstance(small, bytes):
        raise NotHereError("There is no reference with that id, or its picture is gone.")
    headers = {"Cache-Control": "private, max-age=86400"}
    return Response(small, media_type="image/webp", headers=headers)


def _thumbnail_path(name: str) -> str:
    return f"{PREFIX}/references/{name}/thumbnail" if name else ""
