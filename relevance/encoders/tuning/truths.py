"""Which texts are true of which pictures, as far as the pairs say; those are no negatives."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from relevance.encoders.base import IntArray

BoolArray = npt.NDArray[np.bool_]


class Truths:
    """A text is true of a picture if any pair, in this batch or not, joins the two."""

    def __init__(self, texts: IntArray, digests: Sequence[str]) -> None:
        """Take the pairs.

        Args:
            texts: ``(n,)``, the number of each pair's text; equal texts have one number.
            digests: ``(n,)``, what tells pictures apart.
        """
        self._texts = texts
        self._pictures = np.unique(np.asarray(digests), return_inverse=True)[1].astype(np.int64)
        self._n_texts = int(texts.max()) + 1
        self._known = np.unique(self._pictures * self._n_texts + texts)

    def among(self, rows: IntArray) -> BoolArray:
        """Say for pairs ``(b,)`` whether text j is true of picture i: ``(b, b)``."""
        keys = self._pictures[rows][:, None] * self._n_texts + self._texts[rows][None, :]
        found: BoolArray = np.isin(keys, self._known)
        return found
