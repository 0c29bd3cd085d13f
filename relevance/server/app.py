"""The ASGI app: routes, layers round them, and what is open while it runs."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import version
from pathlib import Path
from typing import Any

from anyio.to_thread import current_default_thread_limiter
from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse, Response
from starlette.middleware.cors import CORSMiddleware

from relevance.server.api import (
    captions,
    embed,
    facts,
    models,
    pictures,
    recognise,
    references,
    score,
    search,
    work,
)
from relevance.server.api.common import PREFIX
from relevance.server.description import describe
from relevance.server.docs import docs_page
from relevance.server.ending import told
from relevance.server.fresh import Assets
from relevance.server.guarding import Guard
from relevance.server.library import Library
from relevance.server.marks import Marks
from relevance.server.problems import answer_problems
from relevance.server.settings import ServerSettings
from relevance.server.work.desk import Desk

_STATIC = Path(__file__).parent / "static"
_THREADS = 40
"""For requests that do not wait for the encoder."""


def create_app(settings: ServerSettings | None = None, **options: Any) -> FastAPI:
    """Make the app, for Uvicorn or any other ASGI server.

    Args:
        settings: How it is set up.
        **options: Fields of ``ServerSettings``, where no settings are given.

    Raises:
        UsageError: A setting cannot be used. Models and indexes are loaded when the app starts.
    """
    settings = settings or ServerSettings.of(**options)
    held = Library(settings)
    given = Desk(settings.work_folder / "jobs", held.naming)

    @asynccontextmanager
    async def running(app: FastAPI) -> AsyncIterator[None]:
        held.open()
        # so many may wait for the encoder, and others want to be answered meanwhile
        current_default_thread_limiter().total_tokens = settings.waiting + _THREADS
        try:
            with told(given.end):
                yield
        finally:
            given.close()
            held.close()

    app = FastAPI(
        title="relevance",
        version=version("keyword-relevance"),
        docs_url=None,
        redoc_url=None,
        lifespan=running,
    )
    app.state.library, app.state.desk = held, given
    for part in (
        search,
        score,
        recognise,
        references,
        captions,
        embed,
        pictures,
        work,
        models,
        facts,
    ):
        app.include_router(part.router, prefix=PREFIX)
    _add_pages(app)
    answer_problems(app, held.naming)
    app.add_middleware(Guard, settings=settings)
    if settings.origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=list(settings.origins),
            allow_methods=["GET", "POST", "DELETE"],
            allow_headers=["Authorization", "Content-Type", "X-API-Key"],
        )
    app.add_middleware(Marks)  # the last is the outermost
    return app


def _add_pages(app: FastAPI) -> None:
    """Add the page, what it loads, and the description of the interface."""
    assets = Assets(directory=_STATIC)
    app.mount("/static", assets, name="static")

    @app.get("/", include_in_schema=False)
    async def page(request: Request) -> Response:
        return await assets.get_response("index.html", request.scope)

    @app.get("/docs", include_in_schema=False)
    def docs() -> HTMLResponse:
        return HTMLResponse(docs_page(app.openapi()))

    def described() -> dict[str, Any]:
        if not app.openapi_schema:
            app.openapi_schema = describe(app)
        return app.openapi_schema

    app.openapi = described  # type: ignore[method-assign]
