"""The description of the interface as a page of its own, without anything from elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import jinja2

_TEMPLATE = Path(__file__).parent / "docs.html"


def docs_page(schema: Mapping[str, Any]) -> str:
    """Render an OpenAPI document."""
    environment = jinja2.Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True)
    template = environment.from_string(_TEMPLATE.read_text(encoding="utf-8"))
    routes = [
        {"method": method.upper(), "path": path, "facts": facts, "fields": _fields(facts, schema)}
        for path, methods in schema["paths"].items()
        for method, facts in methods.items()
    ]
    return template.render(title=schema["info"]["title"], routes=routes)


def _fields(facts: Mapping[str, Any], schema: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """Return name, place and description of what a route takes."""
    found = [
        (item["name"], item["in"], item.get("description", ""))
        for item in facts.get("parameters", ())
    ]
    content = facts.get("requestBody", {}).get("content", {})
    body = content.get("multipart/form-data") or content.get("application/json") or {}
    part = body.get("schema", {})
    if "$ref" in part:
        part = schema["components"]["schemas"][part["$ref"].rpartition("/")[2]]
    for name, field in part.get("properties", {}).items():
        found.append((name, "body", field.get("description", "")))
    return found
