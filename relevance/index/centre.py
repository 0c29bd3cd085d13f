"""The centre of an index's vectors, which what is said of one picture is relative to.

Vectors of pictures share a direction that says no more than that they are pictures; what tells one
from others is what is left without it (the first of "all-but-the-top", Mu and Viswanath 2018).
"""

from __future__ import annotations

from base64 import b64decode, b64encode

import numpy as np

from relevance.encoders.base import FloatArray
from relevance.index.stores.base import Store

_NOTE, _COUNT = "centre", "centred"
_BATCH = 4096
_SETTLED = 2  # times as many, or as few, rows until it is found anew
_FEW = 4096  # rows whose centre is found anew at every change


def keep_centre(store: Store) -> None:
    """Find the centre anew where the store has grown or shrunk much since it was found."""
    info = store.info
    before = int(info.notes.get(_COUNT, "0"))
    is_settled = before / _SETTLED < info.count < before * _SETTLED
    if not info.count or (is_settled and info.count > _FEW):
        return
    total = np.zeros(info.origin.dim)
    for batch in store.batches(_BATCH):
        total += batch.vectors.sum(axis=0, dtype=np.float64)
    centre = (total / info.count).astype("<f4")
    text = b64encode(centre.tobytes()).decode("ascii")
    if text != info.notes.get(_NOTE):
        store.note({_NOTE: text, _COUNT: str(info.count)})


def centre_of(store: Store) -> FloatArray:
    """Return the centre, ``(dim,)`` float32; zeros where none was found yet."""
    info = store.info
    if text := info.notes.get(_NOTE):
        return np.frombuffer(b64decode(text), dtype="<f4")
    return np.zeros(info.origin.dim, np.float32)
