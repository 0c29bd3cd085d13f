"""What is said of the answer to a query, in words."""

from __future__ import annotations

import math
from pathlib import PurePath

from relevance.index.search.found import Found, Hit
from relevance.index.search.query import Given, name_of
from relevance.pages.wording import counted, number, share
from relevance.system.names import end_of, printable

_LONGEST = 40
_FEW = 3


def asked(found: Found) -> str:
    """Say what was looked for."""
    query = found.query
    parts = [_joined([f"“{word}”" for word in query.words])] if query.words else []
    if query.like:
        parts.append(f"like {_joined(list(map(short_name, query.like)))}")
    text = ", ".join(parts)
    if query.unlike:
        text += f", unlike {_joined(list(map(short_name, query.unlike)))}"
    return text


def answer(found: Found) -> str:
    """Say how many pictures were found."""
    if not found.hits:
        return f"Nothing found: {asked(found)}"
    return f"The {_nearest(len(found.hits))}: {asked(found)}"


def _nearest(count: int) -> str:
    return "nearest picture" if count == 1 else f"{count} nearest pictures"


def explanation(found: Found) -> str:
    """Say among which pictures was looked, and what was asked of them."""
    among = found.among
    parts = [f"Among {counted(found.count, 'picture')} of {printable(found.index)}"]
    if among.folders:
        parts.append(f"in folders {_joined(list(map(printable, among.folders)))}")
    parts += [
        f"with {printable(name)} {' or '.join(map(printable, values))}"
        for name, values in among.where.items()
    ]
    if among.minimum is not None:
        what = "a probability" if found.query.has_probability else "a score"
        parts.append(f"with {what} of at least {among.minimum:g}")
    return ", ".join(parts) + "."


def worth(found: Found, hit: Hit) -> str:
    """Write what a picture was found by: its probability, or its score where there is none."""
    if math.isnan(hit.probability):
        return number(hit.score)
    return share(hit.probability)


def worth_name(found: Found) -> str:
    """Name what ``worth`` writes."""
    return "probability" if found.query.has_probability else "score"


def places(hit: Hit) -> str:
    """Say in how many places a picture is, if in more than one."""
    return f"in {len(hit.places)} places" if len(hit.places) > 1 else ""


def _joined(words: list[str]) -> str:
    shown = words[:_FEW]
    rest = len(words) - len(shown)
    return " and ".join(shown) + (f" and {rest} more" if rest else "")


def short_name(item: Given) -> str:
    """Return the end of a place, which tells pictures apart, or words as they are."""
    name = name_of(item)
    return end_of(PurePath(name).name or name, _LONGEST)
