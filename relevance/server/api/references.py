"""``/references``: known types, as ``relevance references`` has them."""

from __future__ import annotations

from functools import lru_cache
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query, Request
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field
from starlette.concurrency import run_in_threadpool

from relevance.errors import UsageError
from relevance.index.references.changes import by_type
from relevance.index.references.references import References
from relevance.index.references.types import type_name
from relevance.pictures.guard import guarded
from relevance.pictures.reading import load_small
from relevance.server.api.common import PREFIX, PROBLEMS, library
from relevance.server.bodies import Body, described, read_body
from relevance.server.fresh import LASTING, small_picture
from relevance.server.library import Library
from relevance.server.problems import NotHereError
from relevance.server.uploads import as_refs

router = APIRouter(tags=["references"], responses=PROBLEMS)
_SIDE, _QUALITY = 240, 75
_SHOWN = 8  # references of a type
_KEPT = 1024  # thumbnails, of about 8 KB each
_NO_PICTURE = "There is no reference with that id, or its picture is gone."

OfType = Annotated[str, Query(min_length=1, description="Name of the type, of any characters")]
"""In the query, since what stands in a path cannot be ``..``, nor hold a slash everywhere."""
ReferenceId = Annotated[str, Path(description="Id of a reference")]


class Given(BaseModel):
    """Nothing but pictures."""

    model_config = ConfigDict(extra="forbid")


class Type(BaseModel):
    """A known type."""

    type: str = Field(description="Its name")
    references: int = Field(description="How many references it has")
    grown: int = Field(description="How many of them recognising added by itself")
    ids: list[str] = Field(description="Ids of some references; of all where one type is asked for")
    thumbnails: list[str] = Field(description="Their pictures, as paths on this server")


class LeftOut(BaseModel):
    """A picture that did not become a reference."""

    path: str = Field(description="What its sender calls it")
    type: str = Field(description="The type it was to be of")
    reason: str = Field(description="Why it did not")


class Addition(BaseModel):
    """What was added."""

    run: str = Field(description="Id of the change")
    added: dict[str, int] = Field(description="By type, how many references are new")
    already_there: int = Field(description="How many pictures were references of it already")
    skipped: list[LeftOut] = Field(description="Pictures that did not become references")
    notes: list[str] = Field(description="What is odd about the references, in sentences")


class Removal(BaseModel):
    """What was removed."""

    removed: int = Field(description="How many references")


class Undoing(BaseModel):
    """What was taken back."""

    kind: str = Field(description="What the change was: add, grow or remove")
    added: int = Field(description="How many references that it had added are gone again")
    removed: int = Field(description="How many references that it had removed are back")


@router.get("/references", summary="The known types", response_model=list[Type])
def types(
    held: Annotated[Library, Depends(library)],
    type: Annotated[
        str, Query(description="The one type to list, with all of its references; all if empty")
    ] = "",
) -> Any:
    """List the types with some of their references, or one type with all."""
    wanted = type_name(type) if type else ""
    every = by_type(held.references().references)
    chosen = {name: own for name, own in every.items() if wanted in ("", name)}
    return [_facts(name, own, len(own) if wanted else _SHOWN) for name, own in chosen.items()]


@router.post(
    "/references",
    summary="Add references of a type",
    response_model=Addition,
    openapi_extra=described(Given, "The pictures"),
)
async def add(request: Request, type: OfType, held: Annotated[Library, Depends(library)]) -> Any:
    """Keep pictures as references of a type; ``/undo`` takes them away again."""
    body = await read_body(request, Given)
    if not body.pictures:
        raise UsageError("Send at least one picture, as a form (multipart/form-data).")
    return await run_in_threadpool(_added, held, type, body)


@router.delete("/references", summary="Remove all references of a type", response_model=Removal)
def remove_type(type: OfType, held: Annotated[Library, Depends(library)]) -> Any:
    """Remove a type; ``/undo`` brings it back."""
    return {"removed": len(held.references().remove(type=type))}


@router.delete("/references/{id}", summary="Remove a reference", response_model=Removal)
def remove(id: ReferenceId, held: Annotated[Library, Depends(library)]) -> Any:
    """Remove a reference; ``/undo`` brings it back."""
    return {"removed": len(held.references().remove(id))}


@router.post("/undo", summary="Take back the last change of references", response_model=Undoing)
def undo(held: Annotated[Library, Depends(library)]) -> Any:
    """Take back what was added, grown or removed last."""
    undone = held.references().undo()
    return {"kind": undone.kind, "added": len(undone.gone), "removed": len(undone.back)}


@router.get(
    "/references/{id}/thumbnail",
    summary="A small WebP of a reference",
    response_class=Response,
    responses={200: {"content": {"image/webp": {}}}},
)
def thumbnail(
    id: ReferenceId, request: Request, held: Annotated[Library, Depends(library)]
) -> Response:
    """Send a reference picture, small."""
    references = held.references()
    if not any(item.id == id for item in references.references):
        raise NotHereError(_NO_PICTURE)
    return small_picture(_small(references, id), request, LASTING)


def thumbnail_path(id: str) -> str:
    """Return where the small picture of a reference is on this server; nothing for no id."""
    return f"{PREFIX}/references/{id}/thumbnail" if id else ""


def _facts(name: str, own: Any, most: int) -> dict[str, Any]:
    shown = own[:most]
    return {
        "type": name,
        "references": len(own),
        "grown": sum(item.is_grown for item in own),
        "ids": [item.id for item in shown],
        "thumbnails": [thumbnail_path(item.id) for item in shown],
    }


def _added(held: Library, name: str, body: Body[Given]) -> dict[str, Any]:
    added = held.references().add(as_refs(body.pictures), type=name).to_dict()
    for row in added["skipped"]:
        row["reason"] = held.naming.text(row["reason"])
    added["notes"] = held.naming.plain(added["notes"])
    return added


@lru_cache(_KEPT)
def _small(references: References, id: str) -> bytes:
    """Make a small picture of a reference, once: what an id stands for never changes."""
    content = references.picture(id)
    small = guarded(load_small, content, _SIDE, _QUALITY) if content else None
    if not isinstance(small, bytes):
        raise NotHereError(_NO_PICTURE)
    return small
