"""Where a table says a picture is -> the picture's file or bytes, or the reason why not."""

from relevance.fetching.fetcher import Fetched, Fetcher
from relevance.fetching.limits import Limits

__all__ = ["Fetched", "Fetcher", "Limits"]
