"""What runs on the machines of a cluster: an encoder in a process of its own."""

from __future__ import annotations

import platform
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace

import numpy as np

from relevance.embedding.encoding import open_model
from relevance.embedding.fetched import Outcome
from relevance.embedding.settings import EncodingSettings
from relevance.index.encoding import RowEncoder
from relevance.index.source import Wanted


@dataclass(frozen=True, slots=True)
class Recipe:
    """How workers encode.

    Attributes:
        model: Name by which each can load the encoder.
        precision: Arithmetic of its towers.
        device: Where it runs.
        max_pixels: Larger pictures are skipped.
        fingerprint: What the encoder must have.
    """

    model: str
    precision: str
    device: str
    max_pixels: int
    fingerprint: str


@dataclass(frozen=True, slots=True)
class Report:
    """What came of some rows.

    Attributes:
        outcomes: One for each, in their order.
        notes: What is odd about pictures that were used.
        fault: Why this worker is of no use; empty where it is.
    """

    outcomes: tuple[Outcome, ...] = ()
    notes: tuple[str, ...] = ()
    fault: str = ""


class Worker:
    """Encodes rows; becomes an actor."""

    def __init__(self, recipe: Recipe) -> None:
        self._recipe = recipe
        self._stack = ExitStack()
        self._encoder: RowEncoder | None = None

    def start(self) -> Report:
        """Load the encoder, and say what is wrong with it, if anything is."""
        settings = EncodingSettings(
            model=self._recipe.model,
            precision=self._recipe.precision,
            device=self._recipe.device,
            max_pixels=self._recipe.max_pixels,
            cache=False,
        )
        encoder, _ = open_model(settings)
        if encoder.info.fingerprint != self._recipe.fingerprint:
            return Report(fault=self._other(encoder.info.fingerprint))
        self._encoder = self._stack.enter_context(RowEncoder.of(encoder, settings))
        return Report()

    def encode(self, wanted: Sequence[Wanted], digests: Sequence[bytes]) -> Report:
        """Encode the pictures of rows, or say why that is not possible."""
        assert self._encoder, "start comes first"
        self._encoder.notes.clear()
        outcomes = map(_small, self._encoder.encode(wanted, digests))
        return Report(tuple(outcomes), tuple(self._encoder.notes))

    def _other(self, fingerprint: str) -> str:
        return (
            f"The encoder {self._recipe.model} is another on {platform.node()} (fingerprint "
            f"{fingerprint[:8]}, not {self._recipe.fingerprint[:8]}); install the same version of "
            "relevance and the same model on every machine."
        )


def _small(outcome: Outcome) -> Outcome:
    """Return an outcome in the precision of stores: half as much goes over the network."""
    if outcome.vector is None:
        return outcome
    half = outcome.vector.astype(np.float16)  # an index's is of that precision too
    return replace(outcome, vector=half)  # type: ignore[arg-type]
