"""Captions -> unit rows, also of captions that are longer than the encoder's context."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt
import sentencex

from relevance.embedding.cache import EncoderView
from relevance.embedding.embeddings import embed_texts
from relevance.encoders import Encoder
from relevance.encoders.base import FloatArray, unit_rows

LONG_CAPTIONS = ("truncate", "chunk")
"""What to do with long captions: let their beginning stand for all, or the mean of chunks."""

_WORDS = re.compile(r"\S+\s*")


def embed_captions(
    captions: Sequence[str], encoder: Encoder, *, long: str, cache: EncoderView | None = None
) -> tuple[FloatArray, npt.NDArray[np.bool_]]:
    """Embed captions as they are, without a prompt around them.

    Args:
        captions: At least one.
        encoder: What encodes them.
        long: "truncate": the encoder cuts what is longer than its context. "chunk": such a caption
            is split into runs of whole sentences that fit, and its embedding is the mean of theirs,
            normalised again.
        cache: Where known texts come from and new ones go to.

    Returns:
        ``(n, dim)`` float32 unit rows, and which of the captions are longer than the context.
    """
    is_long = encoder.count_tokens(captions) > encoder.info.max_tokens
    if long == "truncate" or not is_long.any():
        return embed_texts(captions, encoder, cache=cache), is_long

    def fits(text: str) -> bool:
        return bool(encoder.count_tokens([text])[0] <= encoder.info.max_tokens)

    groups = [
        chunks(text, fits) if beyond else [text]
        for text, beyond in zip(captions, is_long, strict=True)
    ]
    rows = embed_texts([chunk for group in groups for chunk in group], encoder, cache=cache)
    ends = np.cumsum([len(group) for group in groups])
    means = [part.mean(axis=0) for part in np.split(rows, ends[:-1])]
    return unit_rows(means), is_long


def chunks(text: str, fits: Callable[[str], bool]) -> list[str]:
    """Split a text into the fewest runs of whole sentences that fit, in order.

    A sentence that does not fit is split between words, a word that does not fit between letters.
    Joined again, chunks have all of the text but white space at their ends.
    """
    return _packed(sentencex.segment("en", text), fits) or [text]


def _packed(units: Sequence[str], fits: Callable[[str], bool]) -> list[str]:
    """Join neighbours as long as they fit."""
    found: list[str] = []
    current = ""
    for unit in units:
        if fits(current + unit):
            current += unit
            continue
        found.append(current)
        current = ""
        if fits(unit):
            current = unit
        elif len(unit) > 1:
            found += _packed(_finer(unit), fits)
            current = found.pop() if found else ""
    return [chunk.strip() for chunk in (*found, current) if chunk.strip()]


def _finer(unit: str) -> list[str]:
    words = _WORDS.findall(unit)
    return words if len(words) > 1 else list(unit)
