"""What a model is asked, and how long its answer may be, by style and by the kind of model."""

from __future__ import annotations

from collections.abc import Mapping

LENGTHS = {"short": 24, "product": 48, "detailed": 160}
"""New tokens at most. BLIP and GIT end after one sentence by themselves."""

TASKS: Mapping[str, Mapping[str, str]] = {
    "florence2": {
        "short": "<CAPTION>",
        "product": "<DETAILED_CAPTION>",
        "detailed": "<MORE_DETAILED_CAPTION>",
    }
}
"""Words for a task that a model was trained with, by ``model_type``."""

INSTRUCTIONS = {
    "short": "Name what this picture shows in one short phrase.",
    "product": "Describe the product in this picture in one sentence.",
    "detailed": "Describe in detail what this picture shows.",
}
"""For models that follow instructions, which have a chat template."""
