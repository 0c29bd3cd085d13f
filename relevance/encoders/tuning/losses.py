"""The losses of pre-training, with several texts true of a picture and several pictures of a text.

Where no two pairs share anything they are exactly those of CLIP (Radford et al. 2021) and SigLIP
(Zhai et al. 2023).
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional


def softmax_loss(logits: Tensor, same: Tensor) -> Tensor:
    """Cross-entropy in both directions, each row's target spread evenly over what is true.

    That is the loss of UniCL (Yang et al. 2022) and, for each direction, L_out of SupCon (Khosla
    et al. 2020): what is true of one picture competes for probability, and shares it.

    Args:
        logits: ``(b, b)`` float32, pictures × texts.
        same: ``(b, b)`` bool, whether a text is true of a picture; the diagonal always is.
    """
    truth = same.to(logits.dtype)
    return (_spread(logits, truth) + _spread(logits.T, truth.T)) / 2


def sigmoid_loss(logits: Tensor, same: Tensor) -> Tensor:
    """Binary cross-entropy of every picture with every text, summed over texts; see above."""
    signs = torch.where(same, 1.0, -1.0)
    return -functional.logsigmoid(signs * logits).sum(dim=1).mean()


def _spread(logits: Tensor, truth: Tensor) -> Tensor:
    targets = truth / truth.sum(dim=1, keepdim=True)
    return -(targets * logits.log_softmax(dim=1)).sum(dim=1).mean()
