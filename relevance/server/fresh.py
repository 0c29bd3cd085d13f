"""Answers that a browser may keep, and asks about again by their ETag."""

from __future__ import annotations

import os
from hashlib import blake2b

from fastapi import Request
from fastapi.responses import Response
from fastapi.staticfiles import StaticFiles
from starlette.staticfiles import NotModifiedResponse, PathLike
from starlette.types import Scope

CHANGING = "private, max-age=300"
"""Of what an id of a place leads to: another picture may lie there later."""
LASTING = "private, max-age=86400, immutable"
"""Of what an id leads to for ever."""
_ASKED_AGAIN = "no-cache"


class Assets(StaticFiles):
    """Files of the page, the same for everybody: kept by browsers, and asked about each time."""

    def file_response(
        self, full_path: PathLike, stat_result: os.stat_result, scope: Scope, status_code: int = 200
    ) -> Response:
        """Send a file, or 304 to those who have it."""
        answer = super().file_response(full_path, stat_result, scope, status_code)
        answer.headers["cache-control"] = _ASKED_AGAIN
        return answer


def kept(answer: Response, request: Request, how: str) -> Response:
    """Let a browser keep an answer, and send 304 in its place where the browser has it already.

    Args:
        answer: With an ``ETag``.
        request: What is answered.
        how: Value of ``Cache-Control``.
    """
    answer.headers["cache-control"] = how
    known = request.headers.get("if-none-match", "").split(",")
    if answer.headers["etag"] in [tag.strip().removeprefix("W/") for tag in known]:
        return NotModifiedResponse(answer.headers)
    return answer


def small_picture(content: bytes, request: Request, how: str) -> Response:
    """Send a small WebP, which is its own ``ETag``; see ``kept``."""
    tag = f'"{blake2b(content, digest_size=16).hexdigest()}"'
    answer = Response(content, media_type="image/webp", headers={"ETag": tag})
    return kept(answer, request, how)
