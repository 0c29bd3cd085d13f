"""The encoder that ships inside the package; see MODEL_CARD.md beside this file."""

from relevance.encoders.compact.encoder import CompactEncoder

__all__ = ["CompactEncoder"]
