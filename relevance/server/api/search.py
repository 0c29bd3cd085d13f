"""``/search``: pictures of an index by words, by pictures, by both."""

from __future__ import annotations

from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Depends, Query, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.concurrency import run_in_threadpool

from relevance.errors import UsageError
from relevance.exports.json_file import without_nan
from relevance.index.search.found import Found, Hit
from relevance.index.search.query import Words
from relevance.server.api.common import PREFIX, PROBLEMS, library
from relevance.server.bodies import Body, described, read_body
from relevance.server.library import Library, Shelf

router = APIRouter(tags=["search"], responses=PROBLEMS)
_MOST = 1000
_K = "How many pictures to find"
_INDEX = "Name of the index; the first if empty"
_FOLDER = "Patterns of folders to look in, such as nuts or *nuts; all if none"
Text = Annotated[str, Field(min_length=1, max_length=1000)]


class Asked(BaseModel):
    """What is looked for."""

    model_config = ConfigDict(extra="forbid")

    text: Text | None = Field(None, description="What pictures are to show")
    texts: list[Text] = Field([], max_length=20, description="Several; they count together")
    like: list[Text] = Field(
        [], max_length=20, description="Ids of pictures of the index to be like"
    )
    unlike: list[Text] = Field(
        [], max_length=20, description="Words, or ids of pictures, not to be like"
    )
    index: str = Field("", description=_INDEX)
    folder: list[Text] = Field([], max_length=100, description=_FOLDER)
    label: list[Text] = Field(
        [], max_length=100, description="Values that the column named label must have one of"
    )
    where: dict[str, list[str]] = Field({}, description="By column the values it must have")
    k: int = Field(20, ge=1, le=_MOST, description=_K)
    minimum: float | None = Field(
        None,
        description="The least probability, in [0, 1]; where pictures are given, the least score",
    )


class Result(BaseModel):
    """A picture that was found."""

    id: str = Field(description="Of its place in the index; what like and unlike take")
    path: str = Field(description="Where it is, on the server or the web")
    folder: str = Field(description="Its category")
    score: float | None = Field(description="What pictures are ranked by; see unit")
    probability: float | None = Field(
        description="That it fits, in [0, 1]; null where pictures are given"
    )
    cosine: float | None = Field(
        description="With the words, or the mean of the pictures to be like, in [-1, 1]"
    )
    rank: int = Field(description="From 1, the best")
    places: list[str] = Field(description="Where it and its copies are")
    columns: dict[str, str | int | float | bool | None] = Field(
        description="Cells of the table that it came from, by column"
    )
    picture: str = Field(description="Path of the picture on this server")
    thumbnail: str = Field(description="Path of a small WebP of it on this server")


class Results(BaseModel):
    """What was found, the best first."""

    index: str = Field(description="Name of the index")
    count: int = Field(description="How many rows the index holds")
    unit: str = Field(description="What the score is measured in")
    has_probability: bool = Field(description="Whether results have probabilities")
    notes: list[str] = Field(description="What is worth knowing about the answer, in sentences")
    results: list[Result] = Field(description="The best first, copies as one")


@router.get("/search", summary="Search by words", response_model=Results)
def search_by_words(
    text: Annotated[str, Query(min_length=1, max_length=1000, description="What to look for")],
    held: Annotated[Library, Depends(library)],
    k: Annotated[int, Query(ge=1, le=_MOST, description=_K)] = 20,
    minimum: Annotated[float | None, Query(description="The least probability, in [0, 1]")] = None,
    index: Annotated[str, Query(description=_INDEX)] = "",
    folder: Annotated[list[str] | None, Query(description=_FOLDER)] = None,
) -> Any:
    """Find pictures that show a text; for people and curl."""
    asked = {"text": text, "k": k, "minimum": minimum, "index": index, "folder": folder or []}
    return _searched(held, Body(Asked.model_validate(asked)))


@router.post(
    "/search",
    summary="Search by words and pictures",
    response_model=Results,
    openapi_extra=described(Asked, "Pictures to be like"),
)
async def search(request: Request, held: Annotated[Library, Depends(library)]) -> Any:
    """Find pictures of an index, the best first, copies as one."""
    body = await read_body(request, Asked)
    return await run_in_threadpool(_searched, held, body)


def _searched(held: Library, body: Body[Asked]) -> dict[str, Any]:
    asked = body.fields
    shelf = held.index(asked.index)
    where = dict(asked.where) | ({"label": asked.label} if asked.label else {})
    found = shelf.index.search(
        [*([asked.text] if asked.text else []), *asked.texts],
        like=[*_ids(asked.like, shelf), *(item.content for item in body.pictures)],
        unlike=_unlike(asked.unlike, shelf),
        k=asked.k,
        minimum=asked.minimum,
        folders=asked.folder,
        where=where,
    )
    return plain(found, shelf)


def _ids(names: list[str], shelf: Shelf) -> list[str]:
    """Return the ids of pictures of an index; a path of the server is none."""
    there = shelf.index.rows(names)
    if unknown := [name for name in names if name not in there]:
        raise UsageError(f"There is no picture {unknown[0]} in the index {shelf.name}.")
    return names


def _unlike(items: list[str], shelf: Shelf) -> list[str]:
    """Return ids of pictures of an index as they are, all else as words: never a path."""
    there = shelf.index.rows(items)
    return [item if item in there else Words(item) for item in items]


def plain(found: Found, shelf: Shelf) -> dict[str, Any]:
    """Return an answer as JSON types, with where its pictures are on this server."""
    answer: dict[str, Any] = without_nan(
        {
            "index": shelf.name,
            "count": found.count,
            "unit": found.unit,
            "has_probability": found.query.has_probability,
            "notes": list(found.notes),
            "results": [_result(hit, shelf) for hit in found],
        }
    )
    return answer


def _result(hit: Hit, shelf: Shelf) -> dict[str, Any]:
    at = f"{PREFIX}/pictures/{hit.id}"
    end = f"?index={quote(shelf.name)}"
    return hit.facts() | {
        "places": [place.encode("utf-8", "replace").decode() for place in hit.places],
        "columns": dict(hit.columns),
        "picture": f"{at}{end}",
        "thumbnail": f"{at}/thumbnail{end}",
    }
