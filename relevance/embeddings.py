"""Pictures and texts + encoder -> embeddings, aligned row by row with what went in."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image

from relevance.encoders.base import Encoder, FloatArray, unit_rows
from relevance.images import MAX_PIXELS, Skipped, load_image
from relevance.sources import ImageRef

BATCH_SIZE = 32
_BATCH_PIXELS = 40_000_000  # bounds memory where pictures are huge: 120 MB of RGB, or one picture

Progress = Callable[[int, int], None]
"""Called after each batch with (pictures done, pictures in all)."""


@dataclass(frozen=True, slots=True)
class Embeddings:
    """One row for each picture that went in, in the same order.

    Attributes:
        refs: The pictures, n of them.
        vectors: ``(n, dim)`` float32; unit rows, or NaN where the picture was skipped.
        reasons: Why a picture was skipped; empty where it was not.
    """

    refs: tuple[ImageRef, ...]
    vectors: FloatArray
    reasons: tuple[str, ...]


def embed_images(
    refs: Sequence[ImageRef],
    encoder: Encoder,
    *,
    max_pixels: int = MAX_PIXELS,
    progress: Progress | None = None,
) -> Embeddings:
    """Read and encode pictures batch by batch; pixels of one batch are held at a time.

    Args:
        refs: Pictures to encode.
        encoder: What encodes them.
        max_pixels: Largest width × height to decode; see ``load_image``.
        progress: Told after each batch how far the work is.

    Returns:
        As many rows as ``refs``; unreadable pictures keep theirs, as NaN with a reason.
    """
    vectors = np.full((len(refs), encoder.info.dim), np.nan, dtype=np.float32)
    reasons = [""] * len(refs)
    batch: dict[int, Image.Image] = {}
    for row, ref in enumerate(refs):
        picture = load_image(ref.path, max_pixels)
        if isinstance(picture, Skipped):
            reasons[row] = picture.reason
        else:
            batch[row] = picture
        if _is_full(batch) or row == len(refs) - 1:
            _encode(batch, encoder, vectors, reasons)
            batch.clear()
            if progress:
                progress(row + 1, len(refs))
    return Embeddings(tuple(refs), vectors, tuple(reasons))


def _is_full(batch: Mapping[int, Image.Image]) -> bool:
    pixels = sum(picture.width * picture.height for picture in batch.values())
    return len(batch) >= BATCH_SIZE or pixels >= _BATCH_PIXELS


def _encode(
    batch: Mapping[int, Image.Image], encoder: Encoder, vectors: FloatArray, reasons: list[str]
) -> None:
    """Fill in the rows of a batch; a row that is not finite is no embedding."""
    if not batch:
        return
    encoded = encoder.encode_images(list(batch.values()))
    for row, vector in zip(batch, encoded, strict=True):
        if np.isfinite(vector).all():
            vectors[row] = vector
        else:
            reasons[row] = "the encoder gave no finite embedding"


def embed_concepts(prompts: Sequence[Sequence[str]], encoder: Encoder) -> FloatArray:
    """Embed concepts, each given by its prompts, as mean of unit embeddings, normalised again.

    Source: prompt ensembling in embedding space, Radford et al. 2021 (CLIP), section 3.1.4.

    Args:
        prompts: For each of n concepts its prompts, the same number for each.
        encoder: What encodes them; all prompts go to it in one call.

    Returns:
        ``(n, dim)`` float32 unit rows.
    """
    flat = [prompt for group in prompts for prompt in group]
    vectors = encoder.encode_texts(flat).reshape(len(prompts), -1, encoder.info.dim)
    return unit_rows(vectors.mean(axis=1))
