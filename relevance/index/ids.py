"""Ids of rows: short, the same for the same place every time, safe in file names and addresses."""

from __future__ import annotations

from base64 import b32hexencode
from hashlib import blake2b

_BYTES = 10  # 16 characters; two of a million places share one with a chance of 4 in 10^13


def id_of(path: str, number: int = 0) -> str:
    """Return the id of a picture's place; ``number`` tells rows of one place apart, from 0 up."""
    name = f"{path}\0{number}" if number else path
    digest = blake2b(name.encode("utf-8", "surrogatepass"), digest_size=_BYTES).digest()
    return b32hexencode(digest).decode().lower()
