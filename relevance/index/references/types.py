"""What is said of types: their thresholds, and what is odd about them."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from relevance.encoders.base import IntArray
from relevance.errors import UsageError
from relevance.index.references.changes import Reference
from relevance.index.references.known import Known
from relevance.index.references.recognitions import KnownType
from relevance.judging.recognising.drift import find_drift
from relevance.judging.recognising.likeness import Types
from relevance.judging.recognising.thresholds import Threshold
from relevance.system.finding import DID_YOU_MEAN, nearest, same_name
from relevance.system.names import printable

_SHOWN = 8
_FEW = 5
_LISTED = 12


def type_name(given: str) -> str:
    """Return how a type is called in a store, however its name is composed and printed.

    Raises:
        UsageError: It is empty.
    """
    name = same_name(printable(given.strip()))
    if not name:
        raise UsageError("The name of the type is empty; is a shell variable not set?")
    return name


def no_type(name: str, types: Collection[str], store: str) -> UsageError:
    """Return what to raise where a store knows no type of a name."""
    near = nearest(name, types)
    if near:
        return UsageError(f"There is no type {printable(name)} in {store}{DID_YOU_MEAN}{near}?")
    listed = ", ".join([*list(types)[:_LISTED], *(["…"] if len(types) > _LISTED else [])])
    return UsageError(f"There is no type {printable(name)} in {store}: {listed or 'none'}.")


def known_types(known: Known, threshold: Threshold, sizes: IntArray) -> tuple[KnownType, ...]:
    """Describe the types that pictures were held against.

    Args:
        known: As it is after the run.
        threshold: As it was set before it.
        sizes: ``(T,)`` count of references before it.
    """
    found = []
    for number, name in enumerate(known.types.names):
        rows = known.rows_of(name)
        own = known.references[rows.start : rows.stop]
        found.append(
            KnownType(
                name=name,
                n_references=len(own),
                n_grown=sum(item.is_grown for item in own),
                n_judged=int(sizes[number]),
                recognised=int(threshold.recognised[number]),
                mistaken=int(threshold.mistaken[number]),
                digests=tuple([item.digest for item in own[:_SHOWN]]),
            )
        )
    return tuple(found)


def notes_on(types: Types, missing: Sequence[Reference], *, is_auto: bool) -> tuple[str, ...]:
    """Say what is worth knowing before one trusts an answer."""
    notes = []
    if missing:
        first = missing[0]
        notes.append(
            f"{len(missing)} of the reference pictures are gone from the store or cannot be read, "
            f"such as {first.id} of {printable(first.type)}; they do not count. Add them again, or "
            "remove them."
        )
    if is_auto and 1 < len(types) < _FEW:
        notes.append(
            f"{len(types)} types say little about strangers: in trials with two or three, up to "
            "twice as many as wanted were taken for one of them."
        )
    notes += [f"{drift}; look at these references." for drift in find_drift(types)]
    return tuple(notes)
