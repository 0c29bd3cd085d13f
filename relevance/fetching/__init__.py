"""Where a table says a picture is -> the picture's file or bytes, or the reason why not."""

from relevance.fetching.doors import Doors
from relevance.fetching.fetcher import Fetched, Fetcher
from relevance.fetching.limits import Limits
from relevance.fetching.local import MISSING
from relevance.fetching.places import Place, place_of

__all__ = ["MISSING", "Doors", "Fetched", "Fetcher", "Limits", "Place", "place_of"]
