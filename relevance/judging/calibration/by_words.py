"""A probability where few pictures are labelled: what words say of all pictures."""

from __future__ import annotations

import numpy as np

from relevance.encoders.base import IntArray
from relevance.judging.calibration.curves import Logistic, fit_to_chances, soft_targets
from relevance.judging.metrics import Bools, Floats


def fit_by_words(scores: Floats, by_words: Floats, known: IntArray, truth: Bools) -> Logistic:
    """Fit how likely a score makes a picture, by the probabilities that words alone give.

    What words say is right on average if not picture by picture, and a curve asks for no more: at
    each score it has the mean of their probabilities. So it learns from all pictures, of which the
    few labelled ones are a part.

    Args:
        scores: ``(n,)`` of all pictures.
        by_words: ``(n,)`` probabilities by words alone.
        known: ``(m,)`` numbers of the labelled pictures.
        truth: ``(m,)`` bool.

    Returns:
        The curve; level where words fall as the scores rise.
    """
    chances = np.array(by_words, dtype=np.float64)
    chances[known] = soft_targets(truth)
    return fit_to_chances(scores, chances)
