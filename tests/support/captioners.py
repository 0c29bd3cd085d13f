"""Small captioning models with random weights, saved in the hub's format: real code."""

from __future__ import annotations

from pathlib import Path

import torch
from transformers import (
    BertTokenizer,
    BlipConfig,
    BlipForConditionalGeneration,
    BlipImageProcessorPil,
    BlipProcessor,
    CLIPImageProcessorPil,
    GitConfig,
    GitForCausalLM,
    GitProcessor,
    PreTrainedModel,
)

SIDE = 32
WORDS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "a", "red", "green", "blue", "thing", "on"]
WORDS += ["white", "table", "photo", "of", "almond", "walnut", "bowl", "with", "and", "the", "##s"]
_TOWER = {
    "hidden_size": 16,
    "intermediate_size": 32,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
}
_SPECIAL = {"pad_token_id": 0, "bos_token_id": 2, "eos_token_id": 3, "sep_token_id": 3}


def save_captioner(folder: Path, kind: str) -> PreTrainedModel:
    """Save a "blip" or a "git" with a vocabulary of 22 words; pictures of two colours differ."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "vocab.txt").write_text("\n".join(WORDS) + "\n")
    tokenizer = BertTokenizer(vocab=str(folder / "vocab.txt"))
    torch.manual_seed(9 if kind == "blip" else 5)
    text = {**_TOWER, **_SPECIAL, "vocab_size": len(WORDS), "max_position_embeddings": 256}
    vision = {**_TOWER, "image_size": SIDE, "patch_size": 8}
    if kind == "blip":
        text |= {"encoder_hidden_size": 16, "projection_dim": 16}
        model = BlipForConditionalGeneration(
            BlipConfig(text_config=text, vision_config=vision | {"projection_dim": 16})
        )
        size = {"height": SIDE, "width": SIDE}
        processor = BlipProcessor(BlipImageProcessorPil(size=size), tokenizer)
    else:
        model = GitForCausalLM(GitConfig(vision_config=vision, **text))
        pictures = CLIPImageProcessorPil(
            size={"shortest_edge": SIDE}, crop_size={"height": SIDE, "width": SIDE}
        )
        processor = GitProcessor(pictures, tokenizer)
    _excite(model, *((30, 20) if kind == "blip" else (12, 6)))
    model.eval().save_pretrained(folder)
    processor.save_pretrained(folder)
    return model


def _excite(model: PreTrainedModel, sight: float, words: float) -> None:
    """Make random weights large enough for pictures to decide what is written."""
    with torch.no_grad():
        for name, weights in model.named_parameters():
            if weights.ndim > 1:
                weights.mul_(sight if "vision" in name or "visual" in name else words)
