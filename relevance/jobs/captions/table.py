"""``CaptionTable``: what came of a table of picture–caption pairs; data only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from relevance.encoders.base import EncoderInfo
from relevance.jobs.captions.retrieval import Retrieval
from relevance.jobs.captions.tally import Tally


@dataclass(frozen=True, eq=False)
class CaptionTable:
    """How well pictures fit their captions.

    Attributes:
        source: The table that was read, fit to print.
        output: The table that was written.
        image_column: Its column of pictures.
        caption_column: Its column of captions.
        encoder: Facts about the encoder.
        distance: Name of the similarity.
        folder: Where relative paths of pictures started, fit to print.
        long_captions: What was done with long captions: "truncate" or "chunk".
        tally: Counts, similarities and the best and worst pairs.
        thumbnails: WebP files of shown pictures, by the key of the picture.
        retrieval: How pictures and captions find each other, if that was asked for.
        provenance: What is needed to do it again.
    """

    source: str
    output: Path
    image_column: str
    caption_column: str
    encoder: EncoderInfo
    distance: str
    folder: str
    long_captions: str
    tally: Tally
    thumbnails: Mapping[bytes, bytes]
    retrieval: Retrieval | None
    provenance: Mapping[str, Any]
