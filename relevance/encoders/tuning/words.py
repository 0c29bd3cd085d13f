"""Texts as a model sees them: which are one, and whether it tells the others apart."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from relevance.encoders.base import IntArray
from relevance.encoders.hub import HubEncoder
from relevance.encoders.tuning.refusals import folded
from relevance.errors import ModelLoadError

_LOOKED_AT = 256  # texts; a tokenizer that does not fit shows in any two
_LEAST_DISTANCE = 1e-6  # 1 - cosine, above what float32 makes of one text in two batches


def number_texts(encoder: HubEncoder, texts: Sequence[str]) -> IntArray:
    """Number texts so that those that are one have one number, and check that the others differ.

    Texts are one if they differ in case and white space alone, or in nothing that is left when
    the model has cut them off. At least two must pass ``check_texts``.

    Returns:
        ``(n,)`` int64, from 0.

    Raises:
        ModelLoadError: Different texts have the same tokens or the same vector.
    """
    plain = np.array([folded(text) for text in texts], dtype=object)
    distinct, which = np.unique(plain, return_inverse=True)
    tokens = encoder.checkpoint.tokens(list(distinct))["input_ids"].numpy()
    first, number = np.unique(tokens, axis=0, return_index=True, return_inverse=True)[1:]
    if len(first) < 2:
        raise _indistinct(encoder, distinct[0], distinct[1], "have the same tokens")
    _check_vectors(encoder, [str(text) for text in distinct[np.sort(first)][:_LOOKED_AT]])
    numbers: IntArray = number.reshape(-1)[which].astype(np.int64)
    return numbers


def _check_vectors(encoder: HubEncoder, texts: list[str]) -> None:
    vectors = encoder.encode_texts(texts).astype(np.float64)
    cosines = vectors @ vectors.T - 2 * np.eye(len(texts))
    if cosines.max() > 1 - _LEAST_DISTANCE:
        one, other = np.unravel_index(cosines.argmax(), cosines.shape)
        raise _indistinct(encoder, texts[one], texts[other], "have the same vector")


def _indistinct(encoder: HubEncoder, one: str, other: str, what: str) -> ModelLoadError:
    return ModelLoadError(
        f'The texts "{one[:40]}" and "{other[:40]}" {what} in {encoder.info.name}, so it could '
        "learn nothing from them. Its tokenizer does not fit it (often the number of its "
        "end-of-text token): download or convert the model again."
    )
