"""The OpenAPI document: what FastAPI finds, and what it cannot see."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

_PROBLEM = {
    "type": "object",
    "description": "What is wrong, and what to do next (RFC 9457)",
    "required": ["title", "status", "detail"],
    "properties": {
        "title": {"type": "string", "description": "The status in words"},
        "status": {"type": "integer", "description": "HTTP status"},
        "detail": {"type": "string", "description": "What is wrong and what to do, in a sentence"},
        "errors": {
            "type": "array",
            "description": "Of fields that are wrong, which and why",
            "items": {"type": "object"},
        },
    },
}
_KEYS = {
    "bearer": {"type": "http", "scheme": "bearer"},
    "header": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
}
_NO_KEY: dict[str, list[str]] = {}  # a server need not ask for one


def describe(app: FastAPI) -> dict[str, Any]:
    """Make the document."""
    document = get_openapi(title=app.title, version=app.version, routes=app.routes)
    document["components"]["schemas"] |= {"Problem": _PROBLEM} | _inner_schemas(document)
    document["components"]["securitySchemes"] = _KEYS
    document["security"] = [_NO_KEY, *({name: []} for name in _KEYS)]
    return document


def _inner_schemas(document: dict[str, Any]) -> dict[str, Any]:
    """Take the schemas out of bodies that are described by hand, to be put where all others are."""
    found: dict[str, Any] = {}
    for methods in document["paths"].values():
        for operation in methods.values():
            for content in operation.get("requestBody", {}).get("content", {}).values():
                found |= content["schema"].pop("$defs", {})
    return found
