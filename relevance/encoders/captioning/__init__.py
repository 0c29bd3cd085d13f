"""Captioning models: pictures in, sentences out."""

from __future__ import annotations

from relevance.encoders.captioning.base import STYLES, Captioner, CaptionerInfo

__all__ = ["STYLES", "Captioner", "CaptionerInfo"]
