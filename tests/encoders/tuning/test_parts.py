"""Losses against PyTorch's and the models' own, draws and variations against their laws."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from PIL import Image
from torch.nn import functional

from relevance.encoders.tuning.draws import epoch_batches
from relevance.encoders.tuning.losses import sigmoid_loss, softmax_loss
from relevance.encoders.tuning.truths import Truths
from relevance.encoders.tuning.variation import varied


def test_without_sharing_the_losses_are_those_of_pretraining():
    logits = torch.randn(6, 6, generator=torch.Generator().manual_seed(0)) * 5
    alone = torch.eye(6, dtype=torch.bool)
    # as in figure 3 of CLIP's paper, and in algorithm 1 of SigLIP's
    labels = torch.arange(6)
    rows, columns = (functional.cross_entropy(side, labels) for side in (logits, logits.T))
    assert softmax_loss(logits, alone).item() == pytest.approx((rows + columns).item() / 2)
    published = -functional.logsigmoid((2 * torch.eye(6) - 1) * logits).sum() / 6
    assert sigmoid_loss(logits, alone).item() == pytest.approx(published.item())


def test_what_is_true_by_any_pair_is_no_negative():
    texts = np.array([0, 0, 1, 2, 1])
    digests = ["a", "b", "a", "c", "d"]
    truths = Truths(texts, digests)
    # picture a has texts 0 and 1; b has 0, c has 2, d has 1
    assert truths.among(np.array([0, 1, 3, 4])).tolist() == [
        [True, True, False, True],
        [True, True, False, False],
        [False, False, True, False],
        [False, False, False, True],
    ]


def test_every_text_is_drawn_alike_often_and_every_picture_of_a_rare_one():
    texts = np.repeat([0, 1, 2], [40, 5, 3])
    batches = epoch_batches(texts, 12, seed=3, epoch=0)
    assert [len(rows) for rows in batches] == [12, 12, 12, 12]
    for rows in batches:
        assert np.bincount(texts[rows]).tolist() == [4, 4, 4]
    drawn = np.concatenate(batches)
    assert set(drawn) >= set(range(40, 48))
    assert len(set(drawn[drawn < 40])) == 16
    again = np.concatenate(epoch_batches(texts, 12, seed=3, epoch=0))
    assert (drawn == again).all()
    assert (drawn != np.concatenate(epoch_batches(texts, 12, seed=3, epoch=1))).any()


def test_texts_of_one_picture_each_are_shuffled():
    batches = epoch_batches(np.arange(10), 4, seed=0, epoch=0)
    assert len(batches) == 2
    assert len(set(np.concatenate(batches))) == 8
    assert sorted(epoch_batches(np.arange(3), 4, seed=0, epoch=0)[0]) == [0, 1, 2]


@pytest.mark.parametrize("size", [(100, 60), (7, 300), (1, 1)])
def test_variations_keep_most_of_a_picture(size):
    across, down = np.meshgrid(*(np.linspace(60, 190, side) for side in size))
    picture = Image.fromarray(np.stack([across, down, across], axis=2).astype(np.uint8))
    seen = [varied(picture, np.random.default_rng(seed)) for seed in range(40)]
    for one in seen:
        assert one.mode == "RGB"
        kept = (one.width + 1) * (one.height + 1) / (picture.width * picture.height)
        assert kept >= 0.8
        assert one.width <= picture.width
        assert one.height <= picture.height
    assert varied(picture, np.random.default_rng(3)) == seen[3]
    falls = [np.diff(np.asarray(one, int)[0, [0, -1], 0])[0] < 0 for one in seen]
    assert (10 < sum(falls) < 30) == (picture.width > 1)
