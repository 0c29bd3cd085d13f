"""Pictures that were sent, as jobs take them."""

from __future__ import annotations

from collections.abc import Sequence

from relevance.pictures.folders import ImageRef
from relevance.pictures.held import Held
from relevance.server.bodies import Upload

FOLDER = "uploads"
"""Category of what was sent."""


def as_refs(pictures: Sequence[Upload]) -> list[ImageRef]:
    """Return pictures by the names that their sender gave them, in memory."""
    return [ImageRef(picture.name, FOLDER, Held(picture.content)) for picture in pictures]
