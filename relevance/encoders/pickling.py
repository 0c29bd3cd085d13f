"""Encoders that travel to another process: what is pickled is how to load one, never a session."""

from __future__ import annotations

from relevance.encoders.base import EncoderInfo
from relevance.errors import ModelLoadError


def check_arrived(sent: EncoderInfo, fingerprint: str) -> None:
    """Check that what was loaded where an encoder arrived gives the vectors of the one sent.

    Args:
        sent: Facts about the encoder that was pickled.
        fingerprint: Of what lies in its place here; empty for nothing.

    Raises:
        ModelLoadError: It is another encoder, or there is none.
    """
    if fingerprint != sent.fingerprint:
        what = "other files lie in its place here" if fingerprint else "its files are not here"
        raise ModelLoadError(
            f"The encoder {sent.name} was sent from another process, and {what}; load it in this "
            "one with relevance.load_encoder."
        )
