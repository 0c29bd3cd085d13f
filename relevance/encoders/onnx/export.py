"""A checkpoint -> a folder that ONNX Runtime runs without torch and transformers.

Importing this module imports torch, transformers and onnx.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from torch import nn
from transformers.image_processing_backends import PilBackend

from relevance.encoders.base import fingerprint
from relevance.encoders.hub import HubEncoder
from relevance.encoders.onnx.agreement import ENOUGH, Embedded, least_cosine, rank_correlation
from relevance.encoders.onnx.encoder import (
    IMAGE_FILE,
    TEXT_FILE,
    TOKENIZER_FILE,
    Manifest,
    OnnxEncoder,
    runtime,
)
from relevance.encoders.onnx.pictures import PictureRules
from relevance.encoders.onnx.quantise import quantise
from relevance.encoders.onnx.samples import TEXTS, sample_pictures
from relevance.encoders.onnx.texts import TextRules, TextTokens
from relevance.encoders.onnx.towers import ImageTower, TextTower
from relevance.encoders.quiet import quiet

_SAME = 0.9999  # least cosine of a float32 graph to its source; below, the export went wrong


class NotExportableError(Exception):
    """The model or its processor does something that the exported form does not know."""


def export(source: HubEncoder, folder: Path, precision: str) -> Manifest:
    """Write both towers, tokenizer and manifest, and measure them against their source.

    Args:
        source: The model in float32 on the CPU.
        folder: An empty folder.
        precision: "fp32" or "int8"; an 8-bit tower with a cosine below ``ENOUGH`` to its source
            on any sample is refused, and its float32 form stays.

    Returns:
        What was written as manifest.

    Raises:
        NotExportableError: This model has to run on PyTorch.
    """
    draft = Manifest(source.info, _picture_rules(source), _text_rules(source), ())
    _write_tokenizer(source, folder)
    _write_image_tower(source, draft.pictures, folder / IMAGE_FILE)
    _write_text_tower(source, folder, draft.texts)
    wanted = _embed(source)
    found = _embed(OnnxEncoder(folder, draft))
    if not min(_cosines(found, wanted).values()) >= _SAME:
        raise NotExportableError("the exported graph gives other vectors than the model")
    refused: dict[str, str] = {}
    if precision == "int8":
        refused = _quantise_towers(folder, draft, wanted)
        found = _embed(OnnxEncoder(folder, draft))
    info = replace(
        source.info,
        runtime=runtime(),
        precision=_precision(precision, refused),
        fingerprint=_fingerprint(folder, draft),
        least_cosine=min(_cosines(found, wanted).values()),
        rank_correlation=rank_correlation(found, wanted),
    )
    manifest = Manifest(info, draft.pictures, draft.texts, tuple(refused.values()))
    manifest.write(folder)
    return manifest


def _quantise_towers(folder: Path, draft: Manifest, wanted: Embedded) -> dict[str, str]:
    """Replace each tower by its 8-bit form, unless that is too far off; say which were and why."""
    trial = folder / "trial"
    trial.mkdir()
    for name in (IMAGE_FILE, TEXT_FILE):
        quantise(folder / name, trial / name)
    (trial / TOKENIZER_FILE).write_bytes((folder / TOKENIZER_FILE).read_bytes())
    cosines = _cosines(_embed(OnnxEncoder(trial, draft)), wanted)
    refused = {}
    for tower, cosine in cosines.items():
        name = {"pictures": IMAGE_FILE, "texts": TEXT_FILE}[tower]
        if cosine >= ENOUGH:
            for old in folder.glob(f"{name}*"):
                old.unlink()
            (trial / name).rename(folder / name)
        else:
            (trial / name).unlink()
            refused[tower] = (
                f"8-bit arithmetic for {tower} was refused: its least cosine to float32 is "
                f"{cosine:.4f}, below {ENOUGH}"
            )
    (trial / TOKENIZER_FILE).unlink()
    trial.rmdir()
    return refused


def _precision(asked: str, refused: dict[str, str]) -> str:
    kept = {tower: "fp32" if tower in refused else asked for tower in ("pictures", "texts")}
    if len(set(kept.values())) == 1:
        return kept["pictures"]
    return ", ".join(f"{precision} {tower}" for tower, precision in kept.items())


def _cosines(found: Embedded, wanted: Embedded) -> dict[str, float]:
    return {
        "pictures": least_cosine(found.pictures, wanted.pictures),
        "texts": least_cosine(found.texts, wanted.texts),
    }


def _embed(encoder: HubEncoder | OnnxEncoder) -> Embedded:
    return Embedded(encoder.encode_images(sample_pictures()), encoder.encode_texts(TEXTS))


def _fingerprint(folder: Path, draft: Manifest) -> str:
    files = [path for path in folder.iterdir() if path.is_file()]
    return fingerprint(files, {"pictures": repr(draft.pictures), "texts": repr(draft.texts)})


def _picture_rules(source: HubEncoder) -> PictureRules:
    """Read the processor's settings.

    Raises:
        NotExportableError: It is none that ``PictureRules`` can follow.
    """
    rules = source.checkpoint.processor
    plain = isinstance(rules, PilBackend) and type(rules)._preprocess is PilBackend._preprocess
    if not plain or rules.do_pad or not rules.do_resize:
        raise NotExportableError(f"{type(rules).__name__} prepares pictures in its own way")
    size, crop = dict(rules.size), dict(rules.crop_size or {})
    if rules.do_center_crop and set(size) == {"shortest_edge"}:
        edge, final = size["shortest_edge"], crop
    elif not rules.do_center_crop and set(size) == {"height", "width"}:
        edge, final = 0, size
    else:
        raise NotExportableError(f"pictures are resized by {size} and cut to {crop}")
    return PictureRules(int(edge), int(final["height"]), int(final["width"]), int(rules.resample))


def _text_rules(source: HubEncoder) -> TextRules:
    known = source.checkpoint
    padding = known.tokenizer.pad_token_id if known.is_sigmoid else None
    return TextRules(known.max_tokens, known.is_sigmoid, padding)


def _write_tokenizer(source: HubEncoder, folder: Path) -> None:
    backend: Any = getattr(source.checkpoint.tokenizer, "backend_tokenizer", None)
    if backend is None:
        raise NotExportableError("its tokenizer has no form that the tokenizers library reads")
    backend.save(str(folder / TOKENIZER_FILE))


def _write_image_tower(source: HubEncoder, rules: PictureRules, target: Path) -> None:
    example = torch.zeros(1, rules.height, rules.width, 3, dtype=torch.uint8)
    _write_graph(ImageTower(source.checkpoint), example, "pixels", {}, target)


def _write_text_tower(source: HubEncoder, folder: Path, rules: TextRules) -> None:
    """Export with as many tokens as a text has, unless every text is padded to one length."""
    example = torch.from_numpy(TextTokens(folder / TOKENIZER_FILE, rules).ids(TEXTS[-1]))
    lengths = torch.export.Dim("n_tokens", min=2, max=rules.max_tokens)
    free = {1: lengths} if rules.padding is None else {}
    _write_graph(TextTower(source.checkpoint), example, "input_ids", free, folder / TEXT_FILE)


def _write_graph(
    tower: nn.Module, example: torch.Tensor, name: str, free: dict[int, Any], target: Path
) -> None:
    """Trace a tower and write it as ONNX.

    Raises:
        NotExportableError: The exporter cannot follow what the model does.
    """
    with quiet("torch.onnx", "onnxscript", "onnx_ir"):
        try:
            torch.onnx.export(
                tower.eval(),
                (example,),
                target,
                input_names=[name],
                output_names=["features"],
                dynamic_shapes=(free,),
                dynamo=True,
                verbose=False,
            )
        except (torch.onnx.OnnxExporterError, RuntimeError) as error:
            raise NotExportableError(str(error).splitlines()[0][:200]) from error
