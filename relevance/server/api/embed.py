"""``/embed``: vectors, for other programs."""

from __future__ import annotations

from typing import Annotated, Any

import numpy as np
from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.concurrency import run_in_threadpool

from relevance.encoders.base import without_words
from relevance.errors import UsageError
from relevance.pictures.guard import guarded
from relevance.pictures.reading import Skipped, load_for_encoder
from relevance.server.api.common import PROBLEMS, library
from relevance.server.bodies import Body, described, read_body
from relevance.server.library import Library
from relevance.server.naming import name_of

router = APIRouter(tags=["embed"], responses=PROBLEMS)


class Asked(BaseModel):
    """What is embedded: texts, or pictures in a form."""

    model_config = ConfigDict(extra="forbid")

    texts: list[Annotated[str, Field(max_length=10_000)]] = Field(
        [], max_length=256, description="Encoded as they are"
    )


class Vectors(BaseModel):
    """Unit vectors of one encoder, in the order in which things came: texts, then pictures."""

    encoder: str = Field(description="Name of the encoder")
    fingerprint: str = Field(description="The same for encoders that give the same vectors")
    dim: int = Field(description="Length of a vector")
    vectors: list[list[float] | None] = Field(description="null where a picture cannot be read")
    reasons: list[str] = Field(description="Why it cannot; empty where it can")


@router.post(
    "/embed",
    summary="Unit vectors of texts and pictures",
    response_model=Vectors,
    openapi_extra=described(Asked, "Pictures"),
)
async def embed(request: Request, held: Annotated[Library, Depends(library)]) -> Any:
    """Embed texts and pictures as they are, without prompts round them."""
    body = await read_body(request, Asked)
    return await run_in_threadpool(_embedded, held, body)


def _embedded(held: Library, body: Body[Asked]) -> dict[str, Any]:
    encoder, texts = held.encoder(), body.fields.texts
    if not (texts or body.pictures):
        raise UsageError("Send texts, or pictures as a form (multipart/form-data).")
    if texts and not encoder.info.has_text:
        raise without_words(encoder.info.name)
    vectors: list[list[float] | None] = []
    reasons = [""] * len(texts)
    if texts:
        vectors += _rounded(encoder.encode_texts(texts))
    for picture in body.pictures:
        found = guarded(
            load_for_encoder, picture.content, encoder.info.image_size, held.settings.max_pixels
        )
        if isinstance(found, Skipped):
            vectors.append(None)
            reasons.append(found.reason)
        else:
            vectors += _rounded(encoder.encode_images([found]))
            reasons.append("")
    info = encoder.info
    return {
        "encoder": name_of(info.name),
        "fingerprint": info.fingerprint,
        "dim": info.dim,
        "vectors": vectors,
        "reasons": reasons,
    }


def _rounded(rows: Any) -> list[list[float]]:
    """Return rows as numbers that are no longer than single precision is exact."""
    plain: list[list[float]] = np.round(rows.astype(np.float64), 8).tolist()
    return plain
