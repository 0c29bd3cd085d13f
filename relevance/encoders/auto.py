"""``--model auto``: CLIP where it can be had at once, the encoder in the package otherwise."""

from __future__ import annotations

import os
from dataclasses import dataclass
from importlib.util import find_spec

from relevance.encoders.catalog import CATALOG
from relevance.system.installing import install_command

PREFERRED = "clip"
FALLBACK = "compact"
VARIABLE = "RELEVANCE_MODEL"
_CLIP_PACKAGES = ("torch", "transformers")


@dataclass(frozen=True, slots=True)
class Choice:
    """The encoder to load, and one sentence on why and how to get a better one.

    ``is_preset`` says that somebody named it, though not in the call.
    """

    name: str
    reason: str
    is_preset: bool = False


def has_clip_extra() -> bool:
    """Say whether the packages of the ``clip`` extra are installed, without importing them."""
    return all(find_spec(package) for package in _CLIP_PACKAGES)


def can_run(source: str) -> bool:
    """Say whether a hub model can run: its packages are there, or it was exported before."""
    if has_clip_extra():
        return True
    from relevance.encoders.runtimes import is_exported

    return is_exported(source)


def choose(name: str = "auto") -> Choice:
    """Resolve "auto", which ``RELEVANCE_MODEL`` decides where it is set; others are as they are.

    Costs an offline user at most the two seconds that ``is_reachable`` waits.
    """
    if name == "auto" and (preset := os.environ.get(VARIABLE, "auto").strip() or "auto") != "auto":
        return Choice(choose(preset).name, f"named by {VARIABLE}", is_preset=True)
    if name != "auto":
        return Choice(name.lower() if name.lower() in CATALOG else name, "as asked for")
    source = CATALOG[PREFERRED].source
    if not can_run(source):
        return Choice(
            FALLBACK,
            "chosen by auto, since the clip extra is not installed. CLIP is more accurate: "
            + install_command("clip"),
        )
    from relevance.encoders.snapshots import find, is_reachable

    if find(source):
        return Choice(PREFERRED, "chosen by auto, since its weights are on this machine")
    if is_reachable(source):
        return Choice(
            PREFERRED, f"chosen by auto; downloading {CATALOG[PREFERRED].size_mb} MB, once"
        )
    return Choice(
        FALLBACK,
        "chosen by auto, since CLIP's weights are not on this machine and the hub cannot be "
        "reached. CLIP is more accurate: run once with a network connection and --model clip",
    )
