"""Labelled scores -> a threshold and a probability for new pictures."""

from __future__ import annotations

from relevance.judging.calibration.model import Calibration

__all__ = ["Calibration"]
