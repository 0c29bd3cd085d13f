"""What is here, and whether it works."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field

from relevance.encoders import CATALOG
from relevance.server.api.common import PROBLEMS, library
from relevance.server.guarding import COOKIE, same
from relevance.server.library import Library
from relevance.server.metrics import exposition
from relevance.server.naming import name_of
from relevance.server.problems import Problem

router = APIRouter(tags=["server"], responses=PROBLEMS)


class IndexFacts(BaseModel):
    """An index that can be searched."""

    name: str
    count: int
    encoder: str
    columns: list[str]
    made: str
    folders: list[str] = Field(description="Some of the categories, sorted")


class Key(BaseModel):
    """An API key."""

    model_config = ConfigDict(extra="forbid")

    key: str = Field(max_length=1000)


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


@router.get("/models", summary="Encoders")
def models(held: Annotated[Library, Depends(library)]) -> dict[str, Any]:
    """List the encoders that are loaded, and those that could be."""
    return {
        "loaded": [
            asdict(encoder.info) | {"name": name_of(encoder.info.name)} for encoder in held.encoders
        ],
        "catalogue": [asdict(entry) for entry in CATALOG.values()],
    }


@router.get("/server", summary="What this server offers")
def server(held: Annotated[Library, Depends(library)]) -> dict[str, Any]:
    """Say what the page can show."""
    return {
        "roots": [root.resolve().name for root in held.settings.roots],
        "references": held.has_references(),
        "indexes": len(held.shelves),
        "max_megabytes": held.settings.max_megabytes,
    }


@router.get("/health", summary="Whether the server is alive")
def health() -> dict[str, str]:
    """Answer, which is all that is asked."""
    return {"status": "alive"}


@router.get("/ready", summary="Whether models and indexes are loaded", response_model=None)
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
