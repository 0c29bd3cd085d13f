"""Short names of captioning models -> what to load, as frozen data.

CIDEr is that of COCO captions, Karpathy's test split, as published and never measured by us (and
with beam search, where here the likeliest word is taken): GIT from the README of
microsoft/GenerativeImage2Text, Florence-2 from the model cards of the fine-tuned checkpoints (Xiao
et al. 2023). ``None`` says that none was published of that very checkpoint.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CaptionerEntry:
    """One captioning model that can be asked for by a short name.

    Attributes:
        name: What ``--model`` takes.
        source: Hub id.
        size_mb: Download in megabytes, about.
        licence: Licence of the weights.
        cider: CIDEr on COCO captions in per cent, as published.
        summary: When to choose it.
    """

    name: str
    source: str
    size_mb: int
    licence: str
    cider: float | None
    summary: str


_ENTRIES = (
    CaptionerEntry("git", "microsoft/git-base-coco", 709, "MIT", 131.4, "short sentences, quick"),
    CaptionerEntry("git-large", "microsoft/git-large-coco", 1577, "MIT", 138.5, "the same, slower"),
    CaptionerEntry(
        "blip-large",
        "Salesforce/blip-image-captioning-large",
        1879,
        "BSD-3-Clause",
        None,
        "short sentences",
    ),
    CaptionerEntry(
        "florence-2",
        "florence-community/Florence-2-base-ft",
        1080,
        "MIT",
        140.0,
        "a sentence or a paragraph, as --style says",
    ),
    CaptionerEntry(
        "florence-2-large",
        "florence-community/Florence-2-large-ft",
        3290,
        "MIT",
        143.3,
        "the same, better and slower",
    ),
    CaptionerEntry(
        "smolvlm",
        "HuggingFaceTB/SmolVLM-256M-Instruct",
        513,
        "Apache-2.0",
        None,
        "follows an instruction; as long as --style says",
    ),
)

CAPTIONERS = {entry.name: entry for entry in _ENTRIES}
"""Entries by short name, in the order in which they are listed."""
