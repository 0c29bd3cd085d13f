"""Which folders hold a compact encoder: the one in the package, and those that were tuned."""

from __future__ import annotations

from pathlib import Path

from relevance.system.finding import meant
from relevance.system.locations import is_file, is_folder

IMAGE_FILE, TEXT_FILE, TOKENIZER_FILE, CONFIG_FILE = MODEL_FILES = (
    "image.onnx",
    "text.onnx",
    "tokenizer.json",
    "config.json",
)
"""What a folder with this encoder holds."""

NAME = "compact"
PACKAGED = Path(__file__).parent / NAME


def folder_of(model: str) -> Path | None:
    """Return where the compact encoder of a name or folder lies; None for every other model."""
    if model == NAME:
        return PACKAGED
    folder = meant(model) if is_folder(model) else None
    if folder and all(is_file(folder / name) for name in (IMAGE_FILE, TEXT_FILE)):
        return folder
    return None
