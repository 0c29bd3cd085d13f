"""Small real models with random weights, saved in the hub's format: real code, no download."""

from __future__ import annotations

import gzip
import importlib.util
import json
from pathlib import Path

import torch
from tokenizers import Tokenizer, decoders, models, normalizers, processors, trainers
from transformers import (
    AltCLIPConfig,
    AltCLIPModel,
    BitImageProcessorPil,
    CLIPConfig,
    CLIPImageProcessorPil,
    CLIPModel,
    CLIPTokenizer,
    Dinov2Config,
    Dinov2Model,
    Dinov2WithRegistersConfig,
    Dinov2WithRegistersModel,
    MetaClip2Config,
    MetaClip2Model,
    PreTrainedModel,
    PreTrainedTokenizerFast,
    Siglip2Config,
    Siglip2ImageProcessorPil,
    Siglip2Model,
    SiglipConfig,
    SiglipImageProcessorPil,
    SiglipModel,
    ViTConfig,
    ViTForImageClassification,
    ViTImageProcessorPil,
    ViTModel,
)

_TOWER = {
    "hidden_size": 32,
    "intermediate_size": 64,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
}
_CLIP_TEXT = {"vocab_size": 49408, "bos_token_id": 49406, "eos_token_id": 49407, "pad_token_id": 1}
SIGLIP_LENGTH = 16

_CORPUS = [
    "a photo of almonds",
    "a product photo of red apples and green pears on a white table",
    "a close-up photo of walnuts, pecans and other nuts in a bowl",
    "fabric, shoes, furniture, books, bottles, boxes, toys, tools and machines",
]


def save_clip(folder: Path, *, tiny: bool = True, layers: int = 12) -> CLIPModel:
    """Save a CLIP with the real BPE vocabulary.

    Args:
        folder: Where to.
        tiny: Whether it is as small as can be; otherwise it is ViT-B/32.
        layers: Of both towers of the latter, in place of its 12: time of an export goes by them.
    """
    if tiny:
        config = CLIPConfig(
            text_config={**_TOWER, **_CLIP_TEXT},
            vision_config={**_TOWER, "image_size": 32, "patch_size": 8},
            projection_dim=16,
        )
        size = 32
    else:
        depth = {"num_hidden_layers": layers}
        config, size = CLIPConfig(text_config=_CLIP_TEXT | depth, vision_config=depth), 224
    torch.manual_seed(0)
    model = CLIPModel(config).eval()
    model.save_pretrained(folder)
    CLIPImageProcessorPil(
        size={"shortest_edge": size}, crop_size={"height": size, "width": size}
    ).save_pretrained(folder)
    clip_tokenizer().save_pretrained(folder)
    return model


def save_little_clip(folder: Path, *, eos: int = 1) -> Path:
    """Save a CLIP of one layer with a vocabulary of 400; its text tower looks for ``eos``."""
    folder.mkdir(parents=True, exist_ok=True)
    vocabulary, tower = 400, _TOWER | {"num_hidden_layers": 1}
    text = {**tower, "vocab_size": vocabulary, "max_position_embeddings": 16}
    tokens = {"bos_token_id": 2, "eos_token_id": eos, "pad_token_id": 0}
    vision = {**tower, "image_size": 32, "patch_size": 8}
    torch.manual_seed(4)
    config = CLIPConfig(text_config=text | tokens, vision_config=vision, projection_dim=16)
    CLIPModel(config).eval().save_pretrained(folder)
    CLIPImageProcessorPil(
        size={"shortest_edge": 32}, crop_size={"height": 32, "width": 32}
    ).save_pretrained(folder)
    save_case_sensitive_tokenizer(folder, vocabulary)
    file = str(folder / "tokenizer.json")
    tokenizer = Tokenizer.from_file(file)
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<bos> $A <eos>", special_tokens=[("<bos>", 2), ("<eos>", 1)]
    )
    tokenizer.save(file)
    return folder


def clip_tokenizer() -> CLIPTokenizer:
    """Make CLIP's tokenizer from the vocabulary that open_clip carries."""
    spec = importlib.util.find_spec("open_clip")
    assert spec, "install the dev requirements: make test does"
    package = Path(next(iter(spec.submodule_search_locations)))
    lines = gzip.decompress((package / "bpe_simple_vocab_16e6.txt.gz").read_bytes()).decode()
    merges = [tuple(line.split()) for line in lines.split("\n")[1 : 49152 - 256 - 2 + 1]]
    letters = list(_byte_letters())
    vocabulary = letters + [f"{letter}</w>" for letter in letters]
    vocabulary += ["".join(merge) for merge in merges] + ["<|startoftext|>", "<|endoftext|>"]
    return CLIPTokenizer(
        vocab={token: number for number, token in enumerate(vocabulary)},
        merges=merges,
        model_max_length=77,
    )


def save_siglip(folder: Path) -> SiglipModel:
    """Save a SigLIP (the class that fixed-size SigLIP 2 checkpoints use) with a new tokenizer."""
    vocabulary = 400
    torch.manual_seed(1)
    model = SiglipModel(
        SiglipConfig(
            text_config={
                **_TOWER,
                "vocab_size": vocabulary,
                "max_position_embeddings": SIGLIP_LENGTH,
                "projection_size": 32,
            },
            vision_config={**_TOWER, "image_size": 32, "patch_size": 8},
        )
    ).eval()
    model.save_pretrained(folder)
    SiglipImageProcessorPil(size={"height": 32, "width": 32}).save_pretrained(folder)
    save_case_sensitive_tokenizer(folder, vocabulary)
    return model


def save_relative(folder: Path, kind: str) -> PreTrainedModel:
    """Save a small MetaCLIP 2, AltCLIP or free-aspect SigLIP 2, with a new tokenizer."""
    torch.manual_seed(2)
    vocabulary = 400
    text = {**_TOWER, "vocab_size": vocabulary, "bos_token_id": 2, "eos_token_id": 1}
    vision = {**_TOWER, "image_size": 32, "patch_size": 8}
    clip_processor = CLIPImageProcessorPil(
        size={"shortest_edge": 32}, crop_size={"height": 32, "width": 32}
    )
    if kind == "metaclip2":
        config = MetaClip2Config(text_config=text, vision_config=vision, projection_dim=16)
        model, processor = MetaClip2Model(config), clip_processor
    elif kind == "altclip":
        text |= {"project_dim": 16, "max_position_embeddings": 40, "pad_token_id": 0}
        config = AltCLIPConfig(text_config=text, vision_config=vision, projection_dim=16)
        model, processor = AltCLIPModel(config), clip_processor
    else:
        text |= {"max_position_embeddings": SIGLIP_LENGTH, "projection_size": 32}
        patches = {**_TOWER, "patch_size": 8, "num_patches": 16}
        config = Siglip2Config(text_config=text, vision_config=patches)
        model = Siglip2Model(config)
        processor = Siglip2ImageProcessorPil(patch_size=8, max_num_patches=16)
    model.eval().save_pretrained(folder)
    processor.save_pretrained(folder)
    save_case_sensitive_tokenizer(folder, vocabulary)
    return model


def save_image_only(folder: Path, kind: str) -> PreTrainedModel:
    """Save a small image-only model: "vit", "vit-classifier", "dinov2" or "dinov2-registers".

    Both DINOv2 see 42 pixels and state 56, as published ones see 224 and state 518.
    """
    torch.manual_seed(3)
    if kind.startswith("vit"):
        config = ViTConfig(**_TOWER, image_size=32, patch_size=8)
        # as google/vit-base-patch16-224-in21k is saved, and as google/vit-base-patch16-224
        model = ViTModel(config) if kind == "vit" else ViTForImageClassification(config)
        processor = ViTImageProcessorPil(size={"height": 32, "width": 32})
    else:
        tower = {**_TOWER, "image_size": 56, "patch_size": 14}
        if kind == "dinov2":
            model = Dinov2Model(Dinov2Config(**tower))
        else:
            registers = Dinov2WithRegistersConfig(**tower, num_register_tokens=4)
            model = Dinov2WithRegistersModel(registers)
        processor = BitImageProcessorPil(
            size={"shortest_edge": 48}, crop_size={"height": 42, "width": 42}
        )
    model.eval().save_pretrained(folder)
    processor.save_pretrained(folder)
    return model


def save_case_sensitive_tokenizer(folder: Path, vocabulary: int) -> None:
    """Train a BPE tokenizer that, like Gemma's in SigLIP 2, leaves upper case as it is."""
    tokenizer = Tokenizer(models.BPE(unk_token="<unk>"))
    tokenizer.normalizer = normalizers.Replace(" ", "▁")
    tokenizer.decoder = decoders.Replace("▁", " ")
    trainer = trainers.BpeTrainer(
        vocab_size=vocabulary,
        special_tokens=["<pad>", "<eos>", "<bos>", "<unk>"],
        initial_alphabet=[chr(code) for code in range(33, 127)],
    )
    tokenizer.train_from_iterator(_CORPUS, trainer)
    PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        pad_token="<pad>",
        eos_token="<eos>",
        unk_token="<unk>",
        model_max_length=1_000_000,
    ).save_pretrained(folder)
    settings = json.loads((folder / "tokenizer_config.json").read_text())
    assert settings["model_max_length"] == 1_000_000


def _byte_letters() -> list[str]:
    """Printable stand-ins of the 256 bytes, in the order of GPT-2's vocabulary."""
    printable = [*range(33, 127), *range(161, 173), *range(174, 256)]
    others = [byte for byte in range(256) if byte not in printable]
    return [chr(byte) for byte in printable] + [chr(256 + n) for n in range(len(others))]
