"""Short names -> what to load, as frozen data.

Accuracy is zero-shot top-1 as published, never measured by us: ImageNet-1k and Food-101 of the
OpenAI, LAION, DataComp and multilingual SigLIP checkpoints from OpenCLIP's evaluation table
(``docs/openclip_results.csv`` of that project), SigLIP 2 from its paper (Tschannen et al. 2025),
TinyCLIP from its paper (Wu et al. 2023). ``None`` says that none was published.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ModelEntry:
    """One encoder that can be asked for by a short name.

    Attributes:
        name: What ``--model`` takes.
        source: Hub id; empty for the encoder inside the package.
        size_mb: Download in megabytes, about.
        licence: Licence of the weights.
        imagenet: Zero-shot ImageNet-1k top-1 in per cent, as published.
        food101: Zero-shot Food-101 top-1 in per cent, as published.
        languages: Languages its text side was trained on.
        summary: When to choose it.
    """

    name: str
    source: str
    size_mb: int
    licence: str
    imagenet: float | None
    food101: float | None
    languages: str
    summary: str


_ENTRIES = (
    ModelEntry(
        "compact", "", 38, "Apache-2.0", None, None, "English", "in the package; needs no network"
    ),
    ModelEntry(
        "clip",
        "openai/clip-vit-base-patch32",
        605,
        "MIT",
        63.3,
        84.0,
        "English",
        "the usual baseline; what auto takes",
    ),
    ModelEntry(
        "clip-b16",
        "openai/clip-vit-base-patch16",
        599,
        "MIT",
        68.3,
        88.7,
        "English",
        "finer patches, about 4 times slower than clip",
    ),
    ModelEntry(
        "clip-l14",
        "openai/clip-vit-large-patch14",
        1711,
        "MIT",
        75.5,
        93.1,
        "English",
        "accurate and slow without a GPU",
    ),
    ModelEntry(
        "datacomp-b32",
        "laion/CLIP-ViT-B-32-DataComp.XL-s13B-b90K",
        605,
        "MIT",
        69.2,
        86.3,
        "English",
        "as fast as clip, more accurate",
    ),
    ModelEntry(
        "siglip2",
        "google/siglip2-base-patch16-224",
        1501,
        "Apache-2.0",
        78.2,
        None,
        "many",
        "best accuracy at base size; absolute probabilities",
    ),
    ModelEntry(
        "siglip-multilingual",
        "google/siglip-base-patch16-256-multilingual",
        1483,
        "Apache-2.0",
        75.1,
        91.7,
        "many",
        "keywords in languages other than English",
    ),
    ModelEntry(
        "tinyclip",
        "wkcn/TinyCLIP-ViT-39M-16-Text-19M-YFCC15M",
        334,
        "MIT",
        63.5,
        None,
        "English",
        "half of clip's size at its accuracy",
    ),
)

CATALOG = {entry.name: entry for entry in _ENTRIES}
"""Entries by short name, in the order in which they are listed."""
