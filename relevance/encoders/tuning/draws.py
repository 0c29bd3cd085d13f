"""Which pairs meet in which batch: classes alike often, whatever number of pictures they have."""

from __future__ import annotations

import numpy as np

from relevance.encoders.base import IntArray


def steps_per_epoch(n_pairs: int, batch_size: int) -> int:
    """Count whole batches; fewer pairs than a batch are one."""
    return max(1, n_pairs // batch_size)


def epoch_batches(texts: IntArray, batch_size: int, seed: int, epoch: int) -> list[IntArray]:
    """Draw one epoch: as many pairs as there are, each text in turn, in a new order every round.

    Pairs of one text come in a random order, and again in another when all were there. So texts
    with few pictures show them more than once in an epoch, and those with many not all of theirs;
    where every text has one pair, this is an ordinary shuffle. What is left of the last batch is
    dropped, since a batch of few pairs has few negatives.

    Args:
        texts: ``(n,)``, the number of each pair's text.
        batch_size: Pairs a batch.
        seed: Of the training.
        epoch: Its number.

    Returns:
        Batches of row numbers, ``(batch_size,)`` each, or one of ``(n,)``.
    """
    rng = np.random.default_rng([seed, epoch])
    classes = np.split(
        np.argsort(texts, kind="stable"), np.flatnonzero(np.diff(np.sort(texts))) + 1
    )
    n_rounds = -(-len(texts) // len(classes))
    turns = np.stack([_rounds(rows, n_rounds, rng) for rows in classes], axis=1)
    drawn = rng.permuted(turns, axis=1).reshape(-1)[: len(texts)]
    steps = steps_per_epoch(len(texts), batch_size)
    return np.split(drawn[: steps * min(batch_size, len(texts))], steps)


def _rounds(rows: IntArray, count: int, rng: np.random.Generator) -> IntArray:
    """Deal rows ``(m,)`` in random order, again and again, to ``(count,)``."""
    deals = [rng.permutation(rows) for _ in range(-(-count // len(rows)))]
    return np.concatenate(deals)[:count]
