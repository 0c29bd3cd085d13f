"""Pictures inside the table: ``data:`` addresses (RFC 2397)."""

from __future__ import annotations

import urllib.request
from binascii import Error as Base64Error

from relevance.pictures.fetching.failure import FetchError


def read_inline(place: str) -> tuple[bytes, str]:
    """Return the bytes of a ``data:`` address and its media type.

    Raises:
        FetchError: It is malformed.
    """
    try:
        with urllib.request.urlopen(place) as stream:
            data, kind = stream.read(), stream.headers.get_content_type()
    except (ValueError, Base64Error, OSError) as error:
        raise FetchError("a data: address that cannot be read") from error
    if not data:  # also what is left of base64 that is none
        raise FetchError("a data: address that holds nothing, or cannot be read")
    return data, kind
