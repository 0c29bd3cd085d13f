"""What a worker is asked to do, and what tells one run from another."""

from __future__ import annotations

import hashlib
import json
import os
import platform
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from relevance.embedding.cache import FileFacts
from relevance.encoders import local_revision
from relevance.errors import RelevanceError
from relevance.pictures.reading import READING
from relevance.system.finding import meant
from relevance.system.threads import cores

_DIGITS = 12
_VERSIONED = ("keyword-relevance", "numpy", "pillow", "onnxruntime", "torch", "transformers")


@dataclass(frozen=True, slots=True)
class Job:
    """One model and all that its scores depend on.

    Attributes:
        model: Name, hub id or folder.
        title: What to call it.
        keyword: The keyword.
        paths: Where the pictures are.
        templates: Prompt templates.
        max_pixels: Largest picture that is read.
        precision: Arithmetic that was asked for.
        device: Device that was asked for.
        exclude: Patterns of what to leave out.
        like: Pictures of what the keyword means, a file each.
        unlike: The same of what it does not.
    """

    model: str
    title: str
    keyword: str
    paths: tuple[str, ...]
    templates: tuple[str, ...]
    max_pixels: int
    precision: str
    device: str
    exclude: tuple[str, ...] = ()
    like: tuple[str, ...] = ()
    unlike: tuple[str, ...] = ()

    def key(self, places: Sequence[str], distance: str) -> str:
        """Hash everything that a run's figures depend on.

        Pictures, and the files of a model in a folder, go by path, size and time of change.
        """
        facts: dict[str, Any] = {
            "job": asdict(self) | {"paths": None, "exclude": None, "title": None},
            "distance": distance,
            "versions": versions(),
            "reading": READING,
            "machine": machine(),
            "pictures": picture_facts(places),
            "examples": picture_facts((*self.like, *self.unlike)),
            "model": (_folder_facts(self.model), _revision(self.model)),
        }
        return hashlib.sha256(json.dumps(facts).encode("ascii")).hexdigest()

    def file(self, folder: Path, distance: str, key: str) -> Path:
        """Say where a run is kept."""
        name = "".join(char if char.isalnum() or char in "-." else "-" for char in self.model)
        return folder / f"{name.strip('-')[-60:]}_{distance}_{key[:_DIGITS]}.json"


def picture_facts(places: Sequence[str]) -> list[tuple[str, FileFacts | None]]:
    """Return what tells a picture from one that took its place: path, size, time of change."""
    return [(place, FileFacts.of(place)) for place in places]


def _revision(model: str) -> str:
    try:
        return local_revision(model)
    except RelevanceError:  # the worker will say what is wrong with it
        return ""


def _folder_facts(model: str) -> list[tuple[str, FileFacts | None]]:
    try:
        files = sorted(meant(model).iterdir())
    except OSError:  # a name rather than a folder
        return []
    return [(path.name, FileFacts.of(str(path))) for path in files]


def versions() -> dict[str, str]:
    """Return the versions of what computes scores; those that are not installed are left out."""
    found = {}
    for name in _VERSIONED:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def machine() -> str:
    """Return what the figures for speed hold for."""
    name = platform.processor() or platform.machine()
    info = Path("/proc/cpuinfo")
    if info.exists():
        named = [line for line in info.read_text().splitlines() if line.startswith("model name")]
        name = named[0].split(":", 1)[1].strip() if named else name
    return f"{name}, {cores()} of {os.cpu_count()} cores, {platform.system()}"
