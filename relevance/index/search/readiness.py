"""The usual background, embedded once for the searches to come."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from relevance.embedding.embeddings import embed_concepts
from relevance.encoders.base import Encoder, EncoderInfo, FloatArray, HalfArray
from relevance.judging.prompts import BACKGROUND_CONCEPTS, DEFAULT_TEMPLATES, fill
from relevance.judging.scoring import Floats, background_level


@dataclass(frozen=True, slots=True, eq=False)
class Readiness:
    """What searches by words have in common.

    Attributes:
        vectors: ``(n, dim)`` embeddings of the usual background with the usual prompts.
        info: The encoder's facts.
    """

    vectors: FloatArray
    info: EncoderInfo

    @classmethod
    def of(cls, encoder: Encoder) -> Readiness:
        """Embed the background."""
        prompts = [fill(DEFAULT_TEMPLATES, concept) for concept in BACKGROUND_CONCEPTS]
        return cls(embed_concepts(prompts, encoder), encoder.info)

    def level(self, vectors: HalfArray) -> Floats:
        """Say what the whole background takes off each of ``(n, dim)`` pictures."""
        return background_level(vectors, self.vectors, self.info)

    def known(self, templates: Sequence[str], background: Sequence[str]) -> FloatArray | None:
        """Return the embeddings of a background; None where it is not of the usual."""
        if tuple(templates) != DEFAULT_TEMPLATES or not set(background) <= {*BACKGROUND_CONCEPTS}:
            return None
        return self.vectors[[BACKGROUND_CONCEPTS.index(concept) for concept in background]]
