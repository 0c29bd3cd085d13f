"""The two towers of a checkpoint as modules that the ONNX exporter takes.

What surrounds a transformers model is put inside the graph: rescaling and normalisation of uint8
pixels in front, nothing behind.
"""

from __future__ import annotations

import copy

import torch
from torch import nn

from relevance.encoders.checkpoint import Checkpoint, image_features, pooled


class ImageTower(nn.Module):
    """``(1, height, width, 3)`` uint8 -> ``(1, dim)`` float32, not normalised."""

    def __init__(self, checkpoint: Checkpoint) -> None:
        super().__init__()
        self.model = copy.deepcopy(checkpoint.model)
        _patches_as_matrices(self.model)
        rules = checkpoint.processor
        factor = rules.rescale_factor if rules.do_rescale else 1.0
        mean = torch.tensor(rules.image_mean if rules.do_normalize else [0.0] * 3)
        std = torch.tensor(rules.image_std if rules.do_normalize else [1.0] * 3)
        self.scale = nn.Buffer((factor / std)[None, :, None, None])
        self.shift = nn.Buffer((-mean / std)[None, :, None, None])

    def forward(self, pixels: torch.Tensor) -> torch.Tensor:
        """Embed one picture."""
        values = pixels.permute(0, 3, 1, 2).float() * self.scale + self.shift
        return image_features(self.model, pixel_values=values)


class TextTower(nn.Module):
    """``(1, n_tokens)`` int64 -> ``(1, dim)`` float32, not normalised."""

    def __init__(self, checkpoint: Checkpoint) -> None:
        super().__init__()
        self.model = checkpoint.model

    def forward(self, input_ids: torch.Tensor) -> torch.Tensor:
        """Embed one text."""
        return pooled(self.model.get_text_features(input_ids=input_ids))


class _Patches(nn.Module):
    """A convolution whose kernels do not overlap, as one matrix product.

    ONNX Runtime has fast 8-bit matrix products but no fast 8-bit convolution.
    """

    def __init__(self, convolution: nn.Conv2d) -> None:
        super().__init__()
        self.weight = convolution.weight  # models ask for its dtype
        self.bias = convolution.bias
        self.size = convolution.kernel_size[0]

    def forward(self, pixels: torch.Tensor) -> torch.Tensor:
        batch, channels, height, width = pixels.shape
        rows, columns, size = height // self.size, width // self.size, self.size
        patches = pixels.reshape(batch, channels, rows, size, columns, size)
        flat = patches.permute(0, 2, 4, 1, 3, 5).reshape(batch, rows * columns, -1)
        found = flat @ self.weight.reshape(self.weight.shape[0], -1).T
        if self.bias is not None:
            found = found + self.bias
        return found.transpose(1, 2).reshape(batch, -1, rows, columns)


def _patches_as_matrices(model: nn.Module) -> None:
    """Swap every convolution that cuts a picture into patches."""
    for parent in list(model.modules()):
        for name, child in list(parent.named_children()):
            if isinstance(child, nn.Conv2d) and _cuts_patches(child):
                setattr(parent, name, _Patches(child))


def _cuts_patches(convolution: nn.Conv2d) -> bool:
    return (
        convolution.kernel_size == convolution.stride
        and convolution.kernel_size[0] == convolution.kernel_size[1]
        and convolution.groups == 1
        and convolution.padding in {"valid", (0, 0)}
    )
