"""What all routes share."""

from __future__ import annotations

from typing import Any

from fastapi import Request

from relevance.errors import UsageError
from relevance.pictures.fetching import is_address
from relevance.server.library import Library
from relevance.server.work.desk import Desk

PREFIX = "/api/v1"
PROBLEMS: dict[int | str, dict[str, Any]] = {
    status: {
        "description": description,
        "content": {
            "application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}
        },
    }
    for status, description in (
        (400, "What is asked for cannot be done as it is asked"),
        (401, "An API key is needed"),
        (403, "A page of another site asked"),
        (404, "There is no such thing"),
        (408, "The body took too long to arrive"),
        (413, "The body is too large"),
        (415, "The body is of another type"),
        (422, "A field is not as it should be, or no picture can be read"),
        (429, "Too much is waiting; see Retry-After"),
        (503, "Something that is needed is out of reach"),
    )
}


def library(request: Request) -> Library:
    """Return what the server holds open."""
    found: Library = request.app.state.library
    return found


def desk(request: Request) -> Desk:
    """Return where long work is given in."""
    found: Desk = request.app.state.desk
    return found


def check_fetching(place: str, held: Library) -> str:
    """Return a place that a request names; raises ``UsageError`` for an address it must not."""
    if is_address(place) and not place.startswith("data:") and not held.settings.allow_fetch:
        raise UsageError(
            "This server fetches no addresses (--allow-fetch); send the picture itself."
        )
    return place
