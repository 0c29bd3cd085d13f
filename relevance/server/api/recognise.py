"""``/recognise``: which known type pictures show, as ``relevance recognise`` has it."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.concurrency import run_in_threadpool

from relevance.errors import UsageError
from relevance.server.api.common import PROBLEMS, library
from relevance.server.api.references import thumbnail_path
from relevance.server.bodies import Body, described, read_body
from relevance.server.library import Library
from relevance.server.naming import name_of

router = APIRouter(tags=["recognise"], responses=PROBLEMS)


class Asked(BaseModel):
    """What is asked of pictures."""

    model_config = ConfigDict(extra="forbid")

    type: str = Field("", max_length=1000, description="The one type to look for; all if empty")
    threshold: float | None = Field(
        None,
        ge=-1,
        le=1,
        description="Cosine from which a picture counts as of a type, in [-1, 1]; the references "
        "say it if null",
    )
    false_matches: float = Field(
        0.05,
        gt=0,
        lt=1,
        description="Wanted share of pictures of nothing known that are taken for a type, in "
        "(0, 1); it sets the threshold where none is given",
    )
    grow: bool = Field(False, description="Whether sure matches become references")


class Row(BaseModel):
    """What one picture shows."""

    path: str = Field(description="What its sender calls it")
    status: str = Field(description="recognised, none or skipped")
    type: str = Field(description="The type it shows; empty where it shows none")
    candidate: str = Field(description="The most similar type, sure or not")
    similarity: float | None = Field(
        description="Cosine with the candidate, in [-1, 1]; null where skipped"
    )
    second: str = Field(description="The next type; empty where there is none")
    margin: float | None = Field(
        description="How much less similar that is, as a difference of cosines"
    )
    nearest: str = Field(description="Id of the most similar reference")
    thumbnail: str = Field(description="Path of that reference on this server")
    origin: str = Field(description="Name of the file that the reference was")
    grew: bool = Field(description="Whether the picture became a reference")
    reason: str = Field(description="Why it was skipped, or is of no type; else empty")


class Answer(BaseModel):
    """A row a picture, in the order in which they came."""

    threshold: float = Field(
        description="Cosine from which a picture counts as of a type, in [-1, 1]"
    )
    note: str = Field(description="Why the threshold is no better one; empty where it is well set")
    notes: list[str] = Field(description="What is odd about the references, in sentences")
    rows: list[Row] = Field(description="A row a picture")


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
    plain = (
        held.references()
        .recognise(
            [picture.content for picture in body.pictures],
            type=asked.type,
            threshold="auto" if asked.threshold is None else asked.threshold,
            false_matches=asked.false_matches,
            grow=asked.grow,
        )
        .to_dict()
    )
    rows = [
        row
        | {
            "path": picture.name,
            "thumbnail": thumbnail_path(row["nearest"]),
            "origin": name_of(row["origin"]),
        }
        for row, picture in zip(plain["rows"], body.pictures, strict=True)
    ]
    said = {name: held.naming.plain(plain[name]) for name in ("note", "notes")}
    return said | {"threshold": plain["threshold"], "rows": rows}
