"""A checkpoint -> a folder that ONNX Runtime runs without torch and transformers.

Importing this module imports torch, transformers and onnx.
"""

from __future__ import annotations

from dataclasses import replace
from math import isfinite
from pathlib import Path
from typing import Any

import torch
from torch import nn
from transformers.image_processing_backends import PilBackend

from relevance.encoders.base import fingerprint
from relevance.encoders.hub import HubEncoder
from relevance.encoders.onnx.agreement import least_cosine, rank_correlation
from relevance.encoders.onnx.encoder import (
    IMAGE_FILE,
    TEXT_FILE,
    TOKENIZER_FILE,
    Files,
    Manifest,
    OnnxEncoder,
    runtime,
)
from relevance.encoders.onnx.measuring import embed, write_samples
from relevance.encoders.onnx.pictures import PictureRules
from relevance.encoders.onnx.quantise import quantise
from relevance.encoders.onnx.samples import TEXTS
from relevance.encoders.onnx.store import EXPORT_VERSION
from relevance.encoders.onnx.texts import TextRules, TextTokens
from relevance.encoders.onnx.towers import ImageTower, TextTower
from relevance.encoders.quiet import quiet

_SAME = 0.9999  # least cosine of a float32 graph to its source; below, the export went wrong


class NotExportableError(Exception):
    """The model or its processor does something that the exported form does not know."""


def export(source: HubEncoder, folder: Path) -> None:
    """Write the towers, tokenizer, manifest and samples, and measure them against their source.

    Args:
        source: The model in float32 on the CPU.
        folder: An empty folder.

    Raises:
        NotExportableError: This model has to run on PyTorch.
    """
    draft = Manifest(source.info, _picture_rules(source), _text_rules(source), {})
    _write_image_tower(source, draft.pictures, folder / IMAGE_FILE)
    if draft.texts:
        _write_tokenizer(source, folder)
        _write_text_tower(source, folder, draft.texts)
    wanted = embed(source)
    found = embed(OnnxEncoder(Files.of(folder, folder, folder), draft))
    right = wanted.rows()
    cosines = [least_cosine(rows, right[tower]) for tower, rows in found.rows().items()]
    if not min(cosines) >= _SAME:
        raise NotExportableError("the exported graph gives other vectors than the model")
    rank = rank_correlation(found, wanted)
    info = replace(
        source.info,
        runtime=runtime(),
        least_cosine=min(cosines),
        rank_correlation=rank if isfinite(rank) else None,
    )
    write_samples(wanted, folder)
    _finish(replace(draft, info=info), folder, folder)


def in_8_bits(exact: Path, folder: Path) -> None:
    """Write the towers in 8 bits, with a manifest.

    Args:
        exact: The export in float32.
        folder: An empty folder.
    """
    draft = Manifest.read(exact)
    for name in (IMAGE_FILE, TEXT_FILE) if draft.texts else (IMAGE_FILE,):
        quantise(exact / name, folder / name)
    _finish(draft, folder, exact)


def _finish(draft: Manifest, folder: Path, exact: Path) -> None:
    """Write the manifest, with fingerprints of what decides the vectors of each tower."""
    files = Files.of(folder, folder, exact)
    pictures, texts = ([*folder.glob(f"{part.name}*")] for part in (files.image, files.text))
    arithmetic = {"export": EXPORT_VERSION}
    prints = {"pictures": fingerprint(pictures, arithmetic | {"rules": repr(draft.pictures)})}
    if draft.texts:
        rules = arithmetic | {"rules": repr(draft.texts)}
        prints["texts"] = fingerprint([*texts, files.tokenizer], rules)
    replace(draft, fingerprints=prints).write(folder)


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


def _text_rules(source: HubEncoder) -> TextRules | None:
    known = source.checkpoint
    if not known.has_text:
        return None
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
