"""Encoding on many machines, by Ray: workers that may die, results as of one machine."""

from __future__ import annotations

from relevance.index.cluster.embedding import embed_pictures

__all__ = ["embed_pictures"]
