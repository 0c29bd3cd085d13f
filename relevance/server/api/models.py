"""``/models``: the encoders that are here."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Depends
from pydantic import BaseModel, Field

from relevance.encoders import CATALOG
from relevance.server.api.common import PROBLEMS, library
from relevance.server.library import Library
from relevance.server.naming import name_of

router = APIRouter(tags=["server"], responses=PROBLEMS)


class Loaded(BaseModel):
    """An encoder that requests can use."""

    name: str = Field(description="Short name, hub id, or name of the folder it was loaded from")
    revision: str = Field(description='Version of the weights; "local" for a folder')
    dim: int = Field(description="Length of a vector")
    image_size: int = Field(description="Side of the square in which it sees pictures, in pixels")
    max_tokens: int = Field(description="Longest text in tokens; 0 where it knows no words")
    logit_scale: float = Field(description="Factor on cosines before they become probabilities")
    logit_bias: float | None = Field(
        description="What is added to that before it becomes a probability; null with softmax"
    )
    runtime: str = Field(description="Engine and its version")
    precision: str = Field(description="Arithmetic, such as fp32 or int8")
    licence: str = Field(description="Licence of the weights")
    languages: str = Field(description="Languages of its texts: English, many, or not stated")
    fingerprint: str = Field(description="The same for encoders that give the same vectors")
    device: str = Field(description="Where it runs: cpu, cuda or mps")
    least_cosine: float | None = Field(
        description="Smallest cosine with vectors of the unexported model, in [-1, 1]; or null"
    )
    rank_correlation: float | None = Field(
        description="Spearman's correlation with the unexported model's order, in [-1, 1]; null "
        "if not measured"
    )
    disk_bytes: int = Field(description="Size of its files in bytes")
    precision_reason: str = Field(description="Why this arithmetic, where it was measured")
    has_text: bool = Field(description="Whether it knows words")


class Listed(BaseModel):
    """An encoder that a server can be started with."""

    name: str = Field(description="What --model takes")
    source: str = Field(description="Hub id; empty for the encoder inside the package")
    size_mb: int = Field(description="Download in megabytes, about")
    licence: str = Field(description="Licence of the weights")
    imagenet: float | None = Field(
        description="Zero-shot ImageNet-1k top-1 in per cent, as published; null if it is not"
    )
    food101: float | None = Field(
        description="Zero-shot Food-101 top-1 in per cent, as published; null if it is not"
    )
    languages: str = Field(description="Languages of its texts")
    summary: str = Field(description="When to choose it")


class Models(BaseModel):
    """Encoders."""

    loaded: list[Loaded] = Field(description="Those that are loaded")
    catalogue: list[Listed] = Field(description="Those that could be")


@router.get("/models", summary="Encoders", response_model=Models)
def models(held: Annotated[Library, Depends(library)]) -> Any:
    """List the encoders that are loaded, and those that could be."""
    loaded = [encoder.info for encoder in held.encoders]
    return {
        "loaded": [asdict(info) | {"name": name_of(info.name)} for info in loaded],
        "catalogue": [asdict(entry) for entry in CATALOG.values()],
    }
