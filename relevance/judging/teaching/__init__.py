"""Labelled pictures -> a direction that tells relevant from irrelevant ones better than words."""

from __future__ import annotations

from relevance.judging.teaching.lesson import Lesson

__all__ = ["Lesson"]
