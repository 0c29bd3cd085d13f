"""Searches by words that an index is ready for find what others find."""

from __future__ import annotations

import numpy as np
import pytest

import relevance
from relevance.encoders.base import unit_rows
from relevance.index.search.readiness import Readiness
from relevance.index.search.signals import Concept
from relevance.index.stores import create_store
from relevance.index.stores.base import Filter, LevelStore, Origin
from tests.support.stores import DIM, row
from tests.support.toy import INFO

COUNT = 20_000  # enough for sign bits to choose which rows are looked at
ORIGIN = Origin("toy", "1", "fp32", "0" * 32, "r", DIM)


def clustered(count, seed):
    """Rows round forty centres, as pictures lie."""
    rng = np.random.default_rng(seed)
    centres = np.random.default_rng(0).normal(size=(40, DIM))
    return unit_rows(
        centres[rng.integers(40, size=count)] + rng.normal(scale=0.6, size=(count, DIM))
    )


@pytest.fixture
def ready():
    return Readiness(clustered(9, seed=8).astype(np.float32), INFO)


@pytest.fixture
def store(tmp_path, ready):
    made = create_store(tmp_path / "index", ORIGIN)
    made.add([row(number) for number in range(COUNT)], clustered(COUNT, seed=1))
    made.prepare(ready.level)
    yield made
    made.close()


@pytest.fixture(scope="module")
def indexes(tmp_path_factory, samples, compact):
    """One index, as it is and made ready."""
    place = tmp_path_factory.mktemp("ready") / "index"
    with relevance.Index.create(place, model=compact) as index:
        index.add([samples / "google_images" / name for name in ("almonds", "garlic", "apples")])
    with (
        relevance.Index.open(place, model=compact) as index,
        relevance.Index.open(place, model=compact) as ready,
    ):
        ready.prepare()
        ready.prepare()  # once more changes nothing
        yield index, ready


def scored(store, ready, query, chosen=lambda item: True):
    """Scores and ids of rows, the highest first: the long way."""
    (batch,) = store.batches(2 * COUNT)
    scores = Concept(query, ready.vectors, INFO).scores(batch.vectors).tolist()
    found = zip(scores, batch.rows, strict=True)
    return sorted((-score, item.id) for score, item in found if chosen(item))


def check(store, ready):
    hits = 0
    for query in clustered(6, seed=3).astype(np.float32):
        found = store.above(query, ready.level, 10)
        wanted = scored(store, ready, query)[:10]
        hits += len({name for _, name in wanted} & {*found.ids})
        assert found.cosines[0] == pytest.approx(-wanted[0][0], abs=1e-6)
        assert list(found.cosines) == sorted(found.cosines, reverse=True)
        assert 10 <= len(found.ids) < 30
    assert hits >= 59  # sign bits may miss one


def test_the_highest_above_their_level_are_found_also_of_rows_that_came_later(store, ready):
    assert isinstance(store, LevelStore)
    check(store, ready)
    store.add([row(COUNT + number) for number in range(3000)], clustered(3000, seed=2))
    store.remove([row(number).id for number in range(0, 4000, 3)])
    check(store, ready)
    store.compact()  # slots have other rows now
    check(store, ready)


def test_filters_hold(store, ready):
    query = clustered(1, seed=4)[0].astype(np.float32)
    first = scored(store, ready, query, lambda item: item.folder == "fruit")[0][1]
    found = store.above(query, ready.level, 5, Filter(("fruit",), {}, frozenset({first})))
    wanted = scored(store, ready, query, lambda item: item.folder == "fruit" and item.id != first)
    assert list(found.ids[:5]) == [name for _, name in wanted[:5]]


def test_a_level_that_was_not_prepared_is_not_known(store):
    other = Readiness(clustered(9, seed=9).astype(np.float32), INFO)
    assert store.above(other.vectors[0], other.level, 10) is None


@pytest.mark.parametrize(
    "query",
    [
        {"words": "almonds"},
        {"words": ["garlic", "white"], "unlike": "lemons"},
        {"words": "fish"},  # one of the background itself, which does not count off then
        {"words": "red fruit", "folders": "*s", "k": 30},
        {"words": "almonds", "minimum": 0.3},
        {"words": "almonds", "templates": "a drawing of {}"},
        {"words": "almonds", "background": ["a shoe", "a car"]},
    ],
    ids=str,
)
def test_an_index_that_is_ready_answers_alike(indexes, query):
    wanted, found = (index.search(**query) for index in indexes)
    assert len(found) > 0
    assert [hit.id for hit in found] == [hit.id for hit in wanted]
    for hit, other in zip(found, wanted, strict=True):
        assert hit.score == pytest.approx(other.score, abs=1e-6)
        assert hit.probability == pytest.approx(other.probability, abs=1e-5, nan_ok=True)
