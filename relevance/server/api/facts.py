"""What is here, and whether it works."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field

from relevance.server.api.common import PROBLEMS, library
from relevance.server.guarding import COOKIE, same
from relevance.server.library import Library
from relevance.server.metrics import exposition
from relevance.server.naming import name_of
from relevance.server.problems import Problem

router = APIRouter(tags=["server"], responses=PROBLEMS)


class IndexFacts(BaseModel):
    """An index that can be searched."""

    name: str = Field(description="What requests call it")
    count: int = Field(description="How many pictures it holds, copies counted each")
    encoder: str = Field(description="Name of the encoder that made its vectors")
    columns: list[str] = Field(description="Columns of the tables that it was made from")
    made: str = Field(description="When it was made, as ISO 8601 in UTC")
    folders: list[str] = Field(description="Some of the categories, sorted")


class Key(BaseModel):
    """An API key."""

    model_config = ConfigDict(extra="forbid")

    key: str = Field(max_length=1000, description="As whoever runs the server has it")


class Offer(BaseModel):
    """What a server offers."""

    roots: list[str] = Field(description="Names of folders that may be scored or indexed")
    references: bool = Field(description="Whether there is a store of references")
    indexes: int = Field(description="How many indexes can be searched")
    max_megabytes: int = Field(description="Largest body of a request, in MiB")


class Status(BaseModel):
    """How the server is."""

    status: str = Field(description="alive, or ready")


@router.get("/indexes", summary="The indexes", response_model=list[IndexFacts])
def indexes(held: Annotated[Library, Depends(library)]) -> Any:
    """List the indexes that can be searched; the first is asked where none is named."""
    found = []
    for shelf in held.shelves.values():
        info = shelf.index.info
        found.append(
            {
                "name": shelf.name,
                "count": info.count,
                "encoder": name_of(info.origin.encoder),
                "columns": list(info.columns),
                "made": info.made,
                "folders": shelf.folders(),
            }
        )
    return found


@router.get("/server", summary="What this server offers", response_model=Offer)
def server(held: Annotated[Library, Depends(library)]) -> Any:
    """Say what the page can show."""
    return {
        "roots": [root.resolve().name for root in held.settings.roots],
        "references": held.has_references(),
        "indexes": len(held.shelves),
        "max_megabytes": held.settings.max_megabytes,
    }


@router.get("/health", summary="Whether the server is alive", response_model=Status)
def health() -> Any:
    """Answer, which is all that is asked."""
    return {"status": "alive"}


@router.get("/ready", summary="Whether models and indexes are loaded", response_model=Status)
def ready(held: Annotated[Library, Depends(library)]) -> Any:
    """Say whether requests can be answered."""
    return {"status": "ready"} if held.is_open else Problem(503, "Still starting.")


@router.get(
    "/metrics",
    summary="Metrics for Prometheus",
    response_class=Response,
    responses={200: {"content": {"text/plain": {}}}},
)
def metrics() -> Response:
    """Count requests, seconds, what waits for the encoder, and its time."""
    return Response(exposition(), media_type="text/plain; version=0.0.4; charset=utf-8")


@router.post("/session", summary="Sign a browser in", response_model=None, status_code=204)
def session(asked: Key, request: Request, held: Annotated[Library, Depends(library)]) -> Response:
    """Take an API key and give a browser a cookie in its place."""
    settings = held.settings
    if not same(asked.key, settings.api_key):
        return Problem(401, "That is not the API key of this server.")
    answer = Response(status_code=204)
    answer.set_cookie(
        COOKIE,
        settings.cookie,
        httponly=True,
        samesite="strict",
        secure=request.url.scheme == "https",
        path="/",
    )
    return answer
