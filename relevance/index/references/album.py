"""Where pages find the pictures that they show."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from relevance.index.references.store import ReferenceStore


@dataclass(frozen=True, slots=True, eq=False)
class Album:
    """Pictures for pages.

    Attributes:
        store: Holds the references.
        contents: Of pictures that were given as bytes, by place.
    """

    store: ReferenceStore
    contents: Mapping[str, bytes] = field(default_factory=dict)
