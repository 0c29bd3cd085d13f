"""Where a table says a picture is -> the picture's file or bytes, or the reason why not."""

from relevance.pictures.fetching.doors import Doors
from relevance.pictures.fetching.fetcher import Fetched, Fetcher, is_address
from relevance.pictures.fetching.limits import Limits
from relevance.pictures.fetching.local import MISSING
from relevance.pictures.fetching.places import Place, place_of

__all__ = ["MISSING", "Doors", "Fetched", "Fetcher", "Limits", "Place", "is_address", "place_of"]
