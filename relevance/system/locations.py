"""Where this program keeps what it can make again: exported models and embeddings."""

from __future__ import annotations

import os
from pathlib import Path

from platformdirs import user_cache_path

from relevance.system.finding import meant

VARIABLE = "RELEVANCE_CACHE"


def cache_folder() -> Path:
    """Return the folder; it may not exist yet. ``RELEVANCE_CACHE`` overrides the platform's."""
    chosen = os.environ.get(VARIABLE, "")
    return Path(chosen).expanduser() if chosen else user_cache_path("relevance", appauthor=False)


def models_folder() -> Path:
    """Return where exported models lie; it may not exist."""
    return cache_folder() / "models"


def is_file(name: str | Path) -> bool:
    """Say whether a word names a file; unlike pathlib, of any word, however long."""
    try:
        return Path(name).is_file()
    except (OSError, ValueError):
        return False


def is_folder(name: str | Path) -> bool:
    """Say whether a user's word names a folder; unlike pathlib, of any word, however long."""
    try:
        return bool(name) and meant(name).is_dir()
    except (OSError, ValueError):
        return False
