"""Errors as problem details (RFC 9457), with the sentence that the command line would say."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import ValidationError
from starlette.exceptions import HTTPException

from relevance.errors import (
    ModelLoadError,
    NoIndexError,
    NoReadablePictureError,
    NoReferencesError,
    RelevanceError,
    StoreError,
    UsageError,
)
from relevance.server.batching import BusyError
from relevance.server.naming import Naming

MEDIA_TYPE = "application/problem+json"
_STATUS: tuple[tuple[type[RelevanceError], int], ...] = (
    (BusyError, 429),
    (NoIndexError, 404),
    (NoReferencesError, 404),
    (NoReadablePictureError, 422),
    (UsageError, 400),
    (StoreError, 503),
    (ModelLoadError, 503),
)
"""The first kind that an error is of; any other is our fault, 500."""


class NotHereError(RelevanceError):
    """There is no such thing to answer about."""


class Problem(JSONResponse):
    """A problem as an answer."""

    media_type = MEDIA_TYPE

    def __init__(
        self, status: int, detail: str, *, headers: dict[str, str] | None = None, **more: Any
    ) -> None:
        """Make an answer.

        Args:
            status: HTTP status.
            detail: What is wrong and what to do next, in a sentence.
            headers: Further headers.
            **more: Further members, such as ``errors``.
        """
        content = {"title": HTTPStatus(status).phrase, "status": status, "detail": detail} | more
        super().__init__(content, status, headers=headers)


def answer_problems(app: FastAPI, naming: Naming) -> None:
    """Let all errors that are foreseen become problem details; ``Guard`` answers the others.

    Args:
        app: What answers.
        naming: How places of the server are called in them.
    """

    @app.exception_handler(RelevanceError)
    def _ours(request: Request, error: RelevanceError) -> Problem:
        if isinstance(error, NotHereError):
            return Problem(404, naming.text(str(error)))
        status = next((status for kind, status in _STATUS if isinstance(error, kind)), 500)
        headers = {"Retry-After": str(BusyError.seconds)} if isinstance(error, BusyError) else None
        return Problem(status, naming.text(str(error)), headers=headers)

    @app.exception_handler(RequestValidationError)
    def _wrong_fields(request: Request, error: RequestValidationError) -> Problem:
        return invalid(error.errors())

    @app.exception_handler(ValidationError)
    def _wrong_body(request: Request, error: ValidationError) -> Problem:
        return invalid(error.errors())

    @app.exception_handler(HTTPException)
    def _http(request: Request, error: HTTPException) -> Problem:
        headers = dict(error.headers) if error.headers else None
        return Problem(error.status_code, str(error.detail), headers=headers)


def invalid(errors: Any) -> Problem:
    """Say which fields of a request are wrong, without what was in them."""
    found = [
        {"field": ".".join(map(str, error["loc"])), "message": error["msg"]} for error in errors
    ]
    listed = "; ".join(f"{item['field']}: {item['message']}" for item in found)
    return Problem(422, f"The request is not as it should be: {listed}.", errors=found)
