"""Bodies of requests: JSON, or forms with pictures, checked the same way."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Generic, TypeVar, get_origin

from fastapi import Request
from pydantic import BaseModel, ValidationError
from starlette.datastructures import FormData, UploadFile
from starlette.exceptions import HTTPException

from relevance.system.names import printable

_Fields = TypeVar("_Fields", bound=BaseModel)
_FILES, _FIELDS = 200, 200


@dataclass(frozen=True, slots=True)
class Upload:
    """A picture that came with a request.

    Attributes:
        name: What its sender calls it, fit to print.
        content: Its bytes.
    """

    name: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Body(Generic[_Fields]):
    """What came.

    Attributes:
        fields: Checked.
        pictures: In the order in which they came.
    """

    fields: _Fields
    pictures: tuple[Upload, ...] = ()


async def read_body(request: Request, kind: type[_Fields]) -> Body[_Fields]:
    """Read a body.

    Raises:
        HTTPException: It is of another type (415), or no JSON or form at all (400).
        ValidationError: Its fields are not as they should be.
    """
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type == "application/json":
        return Body(kind.model_validate_json(await request.body()))
    if media_type in ("multipart/form-data", "application/x-www-form-urlencoded"):
        async with _form(request) as form:
            pictures = [
                Upload(printable(item.filename or "picture"), await item.read())
                for name, item in form.multi_items()
                if isinstance(item, UploadFile) and name in ("picture", "pictures")
            ]
            return Body(kind.model_validate(_fields(form, kind)), tuple(pictures))
    raise HTTPException(
        415, "Send JSON (application/json), or a form with pictures (multipart/form-data)."
    )


@asynccontextmanager
async def _form(request: Request) -> AsyncIterator[FormData]:
    """Read a form; large files in it lie in a nameless temporary file until this ends."""
    form = await request.form(max_files=_FILES, max_fields=_FIELDS)
    try:
        yield form
    finally:
        await form.close()


def _fields(form: FormData, kind: type[BaseModel]) -> Mapping[str, Any]:
    """Gather a form's texts: of fields that hold several, all; of others the last."""
    found: dict[str, Any] = {}
    for name, item in form.multi_items():
        if isinstance(item, UploadFile):
            continue
        field = kind.model_fields.get(name)
        if field and get_origin(field.annotation) is list:
            found.setdefault(name, []).append(item)
        elif item != "":
            found[name] = item
    return found


def described(kind: type[BaseModel], pictures: str) -> dict[str, Any]:
    """Return what OpenAPI says of a body that may come either way.

    Args:
        kind: Its fields.
        pictures: What the pictures of a form are.
    """
    schema = kind.model_json_schema(ref_template="#/components/schemas/{model}")
    texts = {
        name: field for name, field in schema.get("properties", {}).items() if _fits_a_form(field)
    }
    form = schema | {
        "properties": texts
        | {
            "picture": {
                "type": "array",
                "description": pictures,
                "items": {"type": "string", "contentMediaType": "image/*"},
            }
        }
    }
    return {
        "requestBody": {
            "required": True,
            "content": {
                "application/json": {"schema": schema},
                "multipart/form-data": {"schema": form},
            },
        }
    }


def _fits_a_form(field: Mapping[str, Any]) -> bool:
    """Say whether a field is a text or several: JSON can hold more than that."""
    return field.get("type") != "object" and "$ref" not in field.get("items", {})


__all__ = ["Body", "Upload", "ValidationError", "described", "read_body"]
