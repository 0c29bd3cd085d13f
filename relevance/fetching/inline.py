"""Pictures inside the table: ``data:`` addresses (RFC 2397)."""

from __future__ import annotations

import urllib.request
from binascii import Error as Base64Error

from relevance.fetching.failure import FetchError


def read_inline(place: str) -> tuple[bytes, str]:
    """Return the bytes of a ``data:`` address and its media type.

    Raises:
        FetchError: It is malformed.
    """
    try:
        with urllib.request.urlopen(place) as stream:
            return stream.read(), stream.headers.get_content_type()
    except (ValueError, Base64Error, OSError) as error:
        raise FetchError("a data: address that cannot be read") from error
