"""``/captions``: how well pictures fit captions."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.concurrency import run_in_threadpool

from relevance.errors import UsageError
from relevance.exports.json_file import without_nan
from relevance.jobs.captions.job import caption_similarity
from relevance.server.api.common import PROBLEMS, check_fetching, library
from relevance.server.bodies import Body, described, read_body
from relevance.server.library import Library

router = APIRouter(tags=["captions"], responses=PROBLEMS)
_MOST = 200


class Pair(BaseModel):
    """A picture and what it is said to show."""

    model_config = ConfigDict(extra="forbid")

    picture: str = Field(
        min_length=1,
        description="data: address with the picture in it, id of a picture of the first index, "
        "or address on the web where the server fetches any",
    )
    caption: str = Field(max_length=10_000, description="What the picture is said to show")


class Asked(BaseModel):
    """Pairs; in a form, as many captions as pictures."""

    model_config = ConfigDict(extra="forbid")

    pairs: list[Pair] = Field([], max_length=_MOST, description="Pictures, each with a caption")
    caption: list[str] = Field([], max_length=_MOST, description="In a form: one a picture")


class Row(BaseModel):
    """How well one pair fits."""

    caption: str = Field(description="As it was given")
    similarity: float | None = Field(description="Cosine, in [-1, 1]; null where skipped")
    clip_score: float | None = Field(description="100 times the cosine, in [0, 100]")
    status: str = Field(description="ok, or skipped")
    reason: str = Field(description="Why it was skipped; else empty")


@router.post(
    "/captions/similarity",
    summary="How well pictures fit captions",
    response_model=list[Row],
    openapi_extra=described(Asked, "The pictures, one a caption"),
)
async def similarity(request: Request, held: Annotated[Library, Depends(library)]) -> Any:
    """Say for each pair how well it fits, in the order in which they came."""
    body = await read_body(request, Asked)
    return await run_in_threadpool(_scored, held, body)


def _scored(held: Library, body: Body[Asked]) -> list[dict[str, Any]]:
    import pandas as pd

    pairs = _pairs(held, body)
    found = caption_similarity(
        pd.DataFrame(pairs, columns=["image", "caption"]),
        "image",
        "caption",
        model=held.encoder(),
        max_pixels=held.settings.max_pixels,
        public_only=True,
    )
    names = ["caption", "similarity", "clip_score", "status", "reason"]
    plain = without_nan(found[names].to_dict("records"))
    named: list[dict[str, Any]] = held.naming.plain(plain)
    return named


def _pairs(held: Library, body: Body[Asked]) -> list[tuple[bytes | str, str]]:
    asked = body.fields
    if len(asked.caption) != len(body.pictures):
        raise UsageError(
            f"There are {len(body.pictures)} pictures and {len(asked.caption)} captions; send one "
            "a picture."
        )
    uploads = zip(body.pictures, asked.caption, strict=True)
    pairs: list[tuple[bytes | str, str]] = [(item.content, text) for item, text in uploads]
    pairs += [(_place(held, pair.picture), pair.caption) for pair in asked.pairs]
    if not pairs:
        raise UsageError("Send at least one pair of a picture and a caption.")
    return pairs


def _place(held: Library, named: str) -> str:
    """Return where a picture is that a request names: in an index, in itself, or on the web."""
    if named.lower().startswith(("data:", "http://", "https://")):
        return check_fetching(named, held)
    row = held.index().row(named)
    if not row:
        raise UsageError("A picture is given as data: address, or by its id in the first index.")
    return check_fetching(row.path, held)
