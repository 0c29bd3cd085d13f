"""What ``relevance cache`` does and says."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from relevance.embedding.cache import Contents, clear, inspect, prune
from relevance.system.locations import cache_folder, models_folder


def show_cache() -> None:
    """Print where embeddings and exported models are, how many, and how large."""
    contents = inspect()
    if contents:
        _say(f"Embeddings: {contents.path}, {_megabytes(contents.size)}")
        _say(f"  {contents.files:,} files known by path, {contents.thumbnails:,} thumbnails")
        for line in _by_encoder(contents):
            _say(f"  {line}")
    else:
        _say(f"Embeddings: none yet; they will be in {cache_folder()}")
    size = _folder_size(models_folder())
    _say(
        f"Exported models: {models_folder()}, {_megabytes(size)}"
        if size
        else "Exported models: none"
    )


def clear_cache(*, models: bool) -> None:
    """Delete the embeddings, and exported models if asked, and say what that freed."""
    _say(f"Deleted the embeddings: {_megabytes(clear())} freed.")
    if models:
        size = _folder_size(models_folder())
        shutil.rmtree(models_folder(), ignore_errors=True)
        _say(f"Deleted the exported models: {_megabytes(size)} freed.")


def prune_cache() -> None:
    """Drop what is of no use any more and say how much that was."""
    pruned = prune()
    _say(
        f"Forgot {pruned.files:,} files that are gone or changed and {pruned.pictures:,} "
        "embeddings that no file needs."
    )


def _by_encoder(contents: Contents) -> list[str]:
    names = sorted({*contents.pictures, *contents.texts})
    return [
        f"{name}: {contents.pictures.get(name, 0):,} pictures, "
        f"{contents.texts.get(name, 0):,} texts"
        for name in names
    ]


def _folder_size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def _megabytes(size: int) -> str:
    return f"{size / 1e6:,.1f} MB"


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
