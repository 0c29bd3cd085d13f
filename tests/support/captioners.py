"""Small captioning models with random weights, saved in the hub's format: real code."""

from __future__ import annotations

from pathlib import Path

import torch
from tokenizers import Tokenizer, models, pre_tokenizers
from transformers import (
    BertTokenizer,
    BlipConfig,
    BlipForConditionalGeneration,
    BlipImageProcessorPil,
    BlipProcessor,
    CLIPImageProcessorPil,
    Florence2Config,
    Florence2ForConditionalGeneration,
    Florence2Processor,
    GitConfig,
    GitForCausalLM,
    GitProcessor,
    Idefics3Config,
    Idefics3ForConditionalGeneration,
    Idefics3ImageProcessorPil,
    Idefics3Processor,
    PreTrainedModel,
    PreTrainedTokenizerFast,
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
_CHAT = ["<image>", "<fake_token_around_image>", "<end_of_utterance>", "<global-img>"]
_TEMPLATE = (
    "{% for m in messages %}{% for c in m['content'] %}{% if c['type'] == 'image' %}<image>"
    "{% else %}{{ c['text'] }}{% endif %}{% endfor %} <end_of_utterance> {% endfor %}a photo of"
)
_SPECIAL = {"pad_token_id": 0, "bos_token_id": 2, "eos_token_id": 3, "sep_token_id": 3}


def save_captioner(folder: Path, kind: str) -> PreTrainedModel:
    """Save a "blip", "git", "idefics3" (SmolVLM's class) or "florence2" of some twenty words."""
    folder.mkdir(parents=True, exist_ok=True)
    if kind in {"idefics3", "florence2"}:
        return _save_prompted(folder, kind)
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


def _save_prompted(folder: Path, kind: str) -> PreTrainedModel:
    """Save a model that is told what to do: by an instruction, or by a task's words."""
    tokenizer, count = _tokenizer(_CHAT)
    torch.manual_seed(1 if kind == "idefics3" else 4)
    ids = {"pad_token_id": 0, "bos_token_id": 1, "eos_token_id": 2, "vocab_size": count}
    image = tokenizer.convert_tokens_to_ids("<image>")
    if kind == "idefics3":
        text = {"model_type": "llama", **_TOWER, "num_key_value_heads": 2, **ids}
        vision = {**_TOWER, "image_size": SIDE, "patch_size": 8}
        config = Idefics3Config(
            text_config=text, vision_config=vision, image_token_id=image, scale_factor=2
        )
        model = Idefics3ForConditionalGeneration(config)
        side = {"longest_edge": SIDE}
        pictures = Idefics3ImageProcessorPil(size=side, max_image_size=side)
        processor = Idefics3Processor(pictures, tokenizer, image_seq_len=4, chat_template=_TEMPLATE)
    else:
        model = Florence2ForConditionalGeneration(_florence2(ids, image))
        size = {"height": SIDE, "width": SIDE}
        pictures = CLIPImageProcessorPil(
            size=size, crop_size=size, do_center_crop=False, image_seq_length=17
        )
        processor = Florence2Processor(pictures, tokenizer)
    _excite(model, *((6, 6) if kind == "idefics3" else (20, 10)))
    model.eval().save_pretrained(folder)
    processor.save_pretrained(folder)
    return model


def _florence2(ids: dict[str, int], image: int) -> Florence2Config:
    layers = {"encoder_layers": 1, "decoder_layers": 1}
    heads = {"encoder_attention_heads": 2, "decoder_attention_heads": 2}
    widths = {"d_model": 16, "encoder_ffn_dim": 32, "decoder_ffn_dim": 32}
    text = {"model_type": "bart", **layers, **heads, **widths, **ids}
    return Florence2Config(
        text_config=text | {"max_position_embeddings": 256, "decoder_start_token_id": 2},
        vision_config={
            **{"depths": [1, 1], "patch_size": [7, 3], "patch_stride": [4, 2]},
            **{"patch_padding": [3, 1], "patch_prenorm": [False, True], "embed_dim": [8, 16]},
            **{"num_heads": [2, 2], "num_groups": [2, 2], "window_size": 4, "projection_dim": 16},
        },
        image_token_id=image,
    )


def _tokenizer(special: list[str]) -> tuple[PreTrainedTokenizerFast, int]:
    """Make a tokenizer of whole words, and count them."""
    words = ["<pad>", "<s>", "</s>", "<unk>", *special, *WORDS[5:-1]]
    tokenizer = Tokenizer(models.WordLevel({w: n for n, w in enumerate(words)}, unk_token="<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    made = PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        **{"pad_token": "<pad>", "bos_token": "<s>", "eos_token": "</s>", "unk_token": "<unk>"},
        additional_special_tokens=special,
        extra_special_tokens={"image_token": "<image>"},
    )
    return made, len(words)


def _excite(model: PreTrainedModel, sight: float, words: float) -> None:
    """Make random weights large enough for pictures to decide what is written."""
    with torch.no_grad():
        for name, weights in model.named_parameters():
            if weights.ndim > 1:
                weights.mul_(sight if "vision" in name or "visual" in name else words)
