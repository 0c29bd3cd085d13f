"""Laws of records: no order, no repetition and no file they came in matters."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from relevance.index.references.changes import (
    ADD,
    REMOVE,
    UNDO,
    Change,
    Entry,
    from_bytes,
    last_run,
    references_of,
    to_bytes,
    undone_runs,
)
from relevance.system.json_reader import JsonError

IDS = [f"e{number}" for number in range(6)]


def entry(name, kind="a", digest=None, similarity=None):
    return Entry(name, kind, digest or f"d-{name}", "there.jpg", similarity)


@st.composite
def some_changes(draw):
    made = []
    for number in range(draw(st.integers(0, 8))):
        kind = draw(st.sampled_from([ADD, REMOVE, UNDO]))
        ids = draw(st.lists(st.sampled_from(IDS), max_size=3, unique=True))
        runs = [change.run for change in made]
        made.append(
            Change(
                id=f"c{number}",
                run=f"r{number // 2}",
                when=f"2026-11-28T00:00:{number:02}",
                kind=kind,
                added=tuple([entry(name) for name in ids]) if kind == ADD else (),
                removed=tuple(ids) if kind == REMOVE else (),
                undoes=draw(st.sampled_from(runs)) if kind == UNDO and runs else "",
            )
        )
    return made


@given(some_changes(), st.randoms())
@settings(max_examples=100)
def test_order_and_repetition_do_not_matter(changes, random):
    shuffled = changes + random.sample(changes, len(changes) // 2)
    random.shuffle(shuffled)
    assert references_of(shuffled) == references_of(changes)
    assert last_run(shuffled) == last_run(changes)


@given(some_changes())
@settings(max_examples=50)
def test_a_file_gives_back_what_went_in(changes):
    assert from_bytes(to_bytes(changes)) == changes


@given(some_changes())
@settings(max_examples=50)
def test_undoing_the_last_run_brings_back_what_was_before(changes):
    run = last_run(changes)
    before = [change for change in changes if change.run != run]
    undone = [*changes, Change("c9", "r9", "2026-11-28T00:01", UNDO, undoes=run)]
    if run and not any(change.kind == UNDO for change in changes):
        assert references_of(undone) == references_of(before)


def test_a_picture_added_twice_is_one_reference_and_goes_as_one():
    twice = [
        Change("c1", "r1", "2026-11-28T00:00:01", ADD, (entry("e1", digest="d"),)),
        Change("c2", "r2", "2026-11-28T00:00:02", ADD, (entry("e2", digest="d"),)),
    ]
    (found,) = references_of(twice)
    assert found.entries == ("e1", "e2")
    assert found.when == "2026-11-28T00:00:01"
    gone = Change("c3", "r3", "2026-11-28T00:00:03", REMOVE, removed=found.entries)
    assert references_of([*twice, gone]) == []


def test_undoing_what_undid_brings_back_what_was():
    added = Change("c1", "r1", "2026-11-28T00:00:01", ADD, (entry("e1"),))
    undos = [
        Change(f"c{n}", f"r{n}", f"2026-11-28T00:00:0{n}", UNDO, undoes=f"r{n - 1}")
        for n in (2, 3, 4)
    ]
    for count in range(4):
        is_there = count % 2 == 0
        for order in (1, -1):  # clocks of several machines may disagree
            changes = [added, *undos[:count]][::order]
            assert bool(references_of(changes)) == is_there
            assert ("r1" in undone_runs(changes)) != is_there


def test_runs_that_undo_each_other_end():
    """No program writes such records, but a file may hold them."""
    circle = [
        Change("c1", "r1", "2026", UNDO, undoes="r2"),
        Change("c2", "r2", "2026", UNDO, undoes="r1"),
        Change("c3", "r3", "2026", UNDO, undoes="r3"),
    ]
    assert undone_runs(circle) == {"r1", "r2"}


def test_types_are_sorted_as_people_do():
    added = Change("c", "r", "2026", ADD, (entry("1", "M10"), entry("2", "M8"), entry("3", "m9")))
    assert [item.type for item in references_of([added])] == ["M8", "m9", "M10"]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"[]", "no record of references"),
        (b'{"format": "relevance references", "version": 2}', "version 2, and this program knows"),
        (b'{"format": "relevance references", "version": 1, "changes": [{}]}', "id is missing"),
        (b'{"format": "relevance references", "version": 1, "changes": 5}', "changes is a number"),
    ],
)
def test_what_is_no_record_is_refused(data, message):
    with pytest.raises(JsonError, match=message):
        from_bytes(data)
