"""Taking back what a run did, also where that run took back another."""

from __future__ import annotations

from dataclasses import dataclass

from relevance.errors import UsageError
from relevance.index.references.changes import (
    UNDO,
    Change,
    Reference,
    last_run,
    new_id,
    now,
    undone_runs,
)
from relevance.index.references.store import ReferenceStore
from relevance.system.names import printable


@dataclass(frozen=True, slots=True)
class Undone:
    """What ``References.undo`` did.

    Attributes:
        run: The run that counts no more.
        kind: What it was: "add", "grow", "remove" or "undo".
        gone: References that were there until now.
        back: References that are there again.
    """

    run: str
    kind: str
    gone: tuple[Reference, ...]
    back: tuple[Reference, ...]


def undo(store: ReferenceStore, run: str) -> Undone:
    """Take back a run, the last that was not undone if it is empty; see ``References.undo``."""
    changes = store.changes()
    chosen = run or last_run(changes)
    kinds = [change.kind for change in changes if change.run == chosen]
    if not kinds:
        raise UsageError(
            f"There is no run {printable(run)} to undo; `relevance references log` lists them."
            if run
            else f"There is nothing to undo in {store.name}."
        )
    if chosen in undone_runs(changes):
        raise UsageError(f"Run {printable(run)} is undone already; undo what undid it instead.")
    before = store.references()
    store.record(Change(new_id(), new_id(), now(), UNDO, undoes=chosen))
    after = store.references()
    return Undone(chosen, kinds[0], _beyond(before, after), _beyond(after, before))


def _beyond(some: list[Reference], others: list[Reference]) -> tuple[Reference, ...]:
    known = {(item.type, item.digest) for item in others}
    return tuple([item for item in some if (item.type, item.digest) not in known])
