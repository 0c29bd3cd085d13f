"""The best by signal are found for certain, whatever a store hands over first."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from relevance.encoders.base import unit_rows
from relevance.index.search.ranking import best
from relevance.index.search.signals import Concept, Unlike
from relevance.index.stores import create_store
from relevance.index.stores.base import ALL, Filter, Origin
from relevance.judging.directions import Plane, ahead
from tests.support.stores import DIM, row, vectors
from tests.support.toy import INFO

COUNT = 3000
KEYWORD, *BACKGROUND = unit_rows(vectors(9, seed=5)).astype(np.float32)
CONCEPT = Concept(KEYWORD, np.array(BACKGROUND), INFO)
SIGMOID = replace(CONCEPT, info=replace(INFO, logit_bias=-10.0))
CENTRE = np.full(DIM, 0.05, np.float32)
PICTURES = Plane.of_pictures(vectors(2, seed=6), CENTRE)
WORDS = Plane.of_words(KEYWORD, np.array(BACKGROUND), CENTRE)
SIGNALS = {
    "words": CONCEPT,
    "words of a sigmoid encoder": SIGMOID,
    "pictures": PICTURES,
    "both": PICTURES.and_also(WORDS, 0.25),
    "words unlike words": Unlike(CONCEPT, [SIGMOID, PICTURES], 0.25),
    "pictures unlike words": Unlike(PICTURES, [WORDS], 0.25),
}


@pytest.fixture(scope="module")
def known():
    """Rows with vectors; every tenth a copy of the one before, every seventh as near as it."""
    rows, rest = [row(number) for number in range(COUNT)], vectors(COUNT)
    for number in range(7, COUNT, 7):
        rest[number] = rest[number - 1]
    for number in range(10, COUNT, 10):
        rest[number] = rest[number - 1]
        rows[number] = rows[number]._replace(digest=rows[number - 1].digest)
    return rows, rest


@pytest.fixture(scope="module")
def store(known, tmp_path_factory):
    origin = Origin("toy", "1", "fp32", "0" * 32, "r", DIM)
    made = create_store(tmp_path_factory.mktemp("ranking") / "index", origin)
    made.add(*known)
    yield made
    made.close()


def brute(signal, known, k, chosen=ALL, but=()):
    """The k best of all: score and ids of the copies, ties by the first id."""
    rows, rest = known
    groups: dict[bytes, tuple[float, list[str]]] = {}
    for item, score in zip(rows, signal.scores(rest).tolist(), strict=True):
        if chosen.admits(item) and item.digest not in but:
            groups.setdefault(item.digest, (score, []))[1].append(item.id)
    return sorted(groups.values(), key=lambda pair: (-pair[0], pair[1][0]))[:k]


def found(store, signal, k, chosen=ALL, but=()):
    matches = best(store, signal, k, chosen, but)
    return [(match.score, [item.id for item in match.rows]) for match in matches]


@pytest.mark.parametrize("name", SIGNALS)
@pytest.mark.parametrize("k", [1, 10, 500, COUNT])
def test_the_best_are_those_of_a_plain_search_with_their_copies(store, known, name, k):
    assert found(store, SIGNALS[name], k) == brute(SIGNALS[name], known, k)


@pytest.mark.parametrize("name", SIGNALS)
def test_a_filter_and_what_is_not_wanted(store, known, name):
    chosen = Filter(folders=("nuts",), where={"brand": ("a",)})
    (first, second), but = brute(SIGNALS[name], known, 2, chosen), set()
    by_id = {item.id: item.digest for item in known[0]}
    but = {by_id[first[1][0]], by_id[second[1][0]]}
    assert found(store, SIGNALS[name], 20, chosen, but) == brute(
        SIGNALS[name], known, 20, chosen, but
    )


def test_a_query_without_a_direction_finds_by_id(store, known):
    nothing = Plane(np.zeros(DIM, np.float32), 0.0)
    assert [ids[0] for _, ids in found(store, nothing, 3)] == ["id00000", "id00001", "id00002"]


@pytest.mark.parametrize("name", SIGNALS)
@given(seed=st.integers(0, 2**32 - 1), spread=st.floats(0, 3))
@settings(max_examples=30)
def test_no_signal_rises_above_its_plane(name, seed, spread):
    rng = np.random.default_rng(seed)
    near = np.concatenate([KEYWORD[None], np.array(BACKGROUND)])
    rows = unit_rows(near[rng.integers(len(near), size=50)] + spread * rng.normal(size=(50, DIM)))
    signal = SIGNALS[name]
    assert (signal.scores(rows) <= ahead(signal.direction, rows) + signal.offset + 1e-6).all()


def test_planes_are_what_they_are_said_to_be():
    rows = vectors(2, seed=6).astype(np.float64)
    unit = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    mean = unit.mean(axis=0)
    arrow = mean / np.linalg.norm(mean) - CENTRE
    arrow /= np.linalg.norm(arrow)
    others = vectors(5, seed=7).astype(np.float64)
    others /= np.linalg.norm(others, axis=1, keepdims=True)
    assert PICTURES.scores(others) == pytest.approx((others - CENTRE) @ arrow, abs=1e-6)
    said = KEYWORD - np.mean(BACKGROUND, axis=0)
    said = said / np.linalg.norm(said)
    both = SIGNALS["both"].scores(others)
    assert both == pytest.approx((others - CENTRE) @ (0.75 * arrow + 0.25 * said), abs=1e-6)
    shadow = np.maximum(0, (others - CENTRE) @ said)
    less = SIGNALS["pictures unlike words"].scores(others)
    assert less == pytest.approx((others - CENTRE) @ arrow - 0.25 * shadow, abs=1e-6)
