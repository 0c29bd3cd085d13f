"""What was recognised, in words that the page and the terminal share."""

from __future__ import annotations

from relevance.index.references.recognitions import NONE, RECOGNISED, SKIPPED, Recognitions
from relevance.pages.wording import counted, number, percent
from relevance.system.names import printable


def answer(found: Recognitions) -> str:
    """Say in half a sentence how many pictures show what is known."""
    counts, total = found.counts, len(found)
    what = printable(found.asked_type) if found.asked_type else "a known type"
    if total == 1 and not counts[SKIPPED]:
        row = found.rows[0]
        if row.type:
            return f"It shows {printable(row.type)}"
        return f"It does not show {what}" if found.asked_type else "It shows none of the types"
    parts = [f"{counts[RECOGNISED]} of {counted(total, 'picture')} show {what}"]
    parts += [f"{counts[NONE]} do not"] if counts[NONE] else []
    parts += [f"{counts[SKIPPED]} could not be read"] if counts[SKIPPED] else []
    parts += [f"{len(found.grown)} became references"] if found.grown else []
    return ", ".join(parts)


def explanation(found: Recognitions) -> str:
    """Say what was compared with what, and where the line is drawn."""
    references = sum(item.n_judged for item in found.types)
    held = (
        f"Held against {counted(references, 'reference')} of {counted(len(found.types), 'type')}; "
        f"a type is recognised from a similarity of {number(found.threshold)} on"
    )
    if found.note:
        return f"{held} ({found.note})."
    if found.false_matches is None:
        return f"{held}, as asked for."
    return (
        f"{held}, set by the references so that about {percent(found.false_matches)} of pictures "
        "of other things are taken for one of them."
    )


def expectations(found: Recognitions) -> list[str]:
    """Say what the threshold does to the references themselves, where that can be known."""
    several = [item for item in found.types if item.n_judged > 1]
    if not several:
        return []
    own = sum(item.n_judged for item in several)
    recognised = sum(item.recognised for item in several)
    mistaken = sum(item.mistaken for item in found.types)
    line = (
        f"What to expect: of the {own} references themselves, each judged without itself, "
        f"{recognised} are as alike to their own type as that asks"
    )
    if len(found.types) > 1:
        line += f", and {mistaken or 'none'} to another type"
    return [f"{line}. Fewer false matches cost misses, and the other way round (--false-matches)."]
