"""``Index.search``: words rank as scoring does; pictures, columns, folders, copies."""

from __future__ import annotations

import io
import json
import shutil

import numpy as np
import pandas as pd
import pytest
from PIL import Image

import relevance
from relevance.errors import NoReadablePictureError, UsageError
from relevance.index.centre import centre_of
from relevance.index.search.found import Found
from tests.support.picture_files import painted
from tests.support.toy import ToyEncoder

SHADES = {
    "red/1": (250, 0, 0),
    "red/2": (250, 60, 0),
    "red/3": (250, 0, 90),
    "blue/1": (0, 0, 250),
    "blue/2": (0, 60, 250),
    "green/1": (0, 250, 0),
}


@pytest.fixture
def shop(tmp_path):
    painted(tmp_path / "shop", SHADES)
    shutil.copy2(tmp_path / "shop/red/1.png", tmp_path / "shop/blue/copy.png")
    return tmp_path / "shop"


@pytest.fixture
def index(tmp_path, toy, shop):
    with relevance.Index.create(tmp_path / "index", model=toy) as made:
        made.add(shop)
        yield made


def names(found):
    return ["/".join(hit.path.split("/")[-2:]) for hit in found]


@pytest.fixture(scope="module")
def sample_index(tmp_path_factory, samples):
    with relevance.Index.create(tmp_path_factory.mktemp("s") / "i", model="compact") as made:
        made.add(samples / "google_images")
        yield made


@pytest.mark.parametrize("keyword", ["almonds", "strawberries", "a red toy"])
def test_words_rank_as_scoring_does_to_the_bit(sample_index, samples, keyword):
    found = sample_index.search(keyword, k=1000)
    frame = relevance.score(keyword, samples / "google_images", model="compact").images
    frame = frame.sort_values(["score", "path"], ascending=[False, True], ignore_index=True)
    assert len(found) == len(frame)
    assert [hit.score for hit in found] == frame["score"].tolist()
    assert [hit.probability for hit in found] == frame["probability"].tolist()
    assert {hit.path.split("/google_images/")[1] for hit in found[:9]} == {
        path.split("/google_images/")[1] for path in frame["path"][:9]
    }
    assert [hit.rank for hit in found] == list(range(1, len(frame) + 1))


def test_three_most_similar_of_the_samples(sample_index, samples):
    """Measured: 0.82 of the three nearest to each sample picture are of its category."""
    own = []
    for batch in sample_index.batches():
        for row in batch.rows:
            found = sample_index.search(like=row.id, k=3)
            assert row.path not in [place for hit in found for place in hit.places]
            own += [hit.folder == row.folder for hit in found]
    assert len(own) == 240
    assert np.mean(own) > 0.75


def test_a_calibration_gives_the_probability(sample_index, samples):
    calibration = relevance.calibrate(
        "almonds", samples / "google_images", relevant="almonds", model="compact"
    )
    found = sample_index.search("almonds", k=5, calibration=calibration)
    expected = calibration.probability(np.array([hit.score for hit in found]))
    assert [hit.probability for hit in found] == expected.tolist()
    with pytest.raises(UsageError, match="keyword “almonds”, not “garlic”"):
        sample_index.search("garlic", calibration=calibration)
    with pytest.raises(UsageError, match="one keyword"):
        sample_index.search("almonds", unlike="garlic", calibration=calibration)


def test_words_pictures_both_and_unlike(index, shop):
    assert set(names(index.search("red", k=3))[:2]) <= {"red/1.png", "red/2.png", "red/3.png"} | {
        "blue/copy.png"
    }
    assert names(index.search(like=shop / "blue/1.png", k=1)) == ["blue/2.png"]
    near = index.search(like=shop / "red/2.png", k=5)
    assert "red/2.png" not in names(near)
    away = index.search("red", unlike="blue", k=6)
    plain = {hit.id: hit.score for hit in index.search("red", k=6)}
    for hit in away:  # what is blue loses, nothing gains
        assert hit.score <= plain[hit.id]
    reds = [hit for hit in away if hit.folder == "red" and not hit.path.endswith("3.png")]
    assert all(hit.score == plain[hit.id] for hit in reds)
    pushed = index.search("red", unlike=shop / "red/3.png", k=6)
    assert names(pushed)[0] != "red/3.png"


def test_copies_are_one_hit_in_all_their_places(index, shop):
    (hit,) = index.search("red", k=1, folders="red")[:1]
    (both,) = [hit for hit in index.search("red", k=6) if len(hit.places) > 1]
    assert sorted(both.places) == sorted([str(shop / "red/1.png"), str(shop / "blue/copy.png")])
    assert hit.folder == "red"


def test_a_picture_may_be_bytes_a_path_or_an_id(index, shop):
    path = shop / "blue/1.png"
    (row,) = [r for b in index.batches() for r in b.rows if r.path == str(path)]
    by_path, by_text = index.search(like=path), index.search(like=str(path))
    by_bytes, by_id = index.search(like=path.read_bytes()), index.search(like=row.id)
    ids = [hit.id for hit in by_path]
    assert ids == [hit.id for hit in by_text] == [hit.id for hit in by_bytes]
    assert set(ids) == {hit.id for hit in by_id}
    stream = io.BytesIO()
    Image.new("RGB", (30, 30), (0, 0, 240)).save(stream, "PNG")
    assert names(index.search(like=stream.getvalue(), k=1)) == ["blue/1.png"]


def test_the_centre_is_the_mean_of_the_vectors(index, shop):
    every = np.concatenate([batch.vectors for batch in index.batches()]).astype(np.float64)
    assert centre_of(index._store) == pytest.approx(every.mean(axis=0), abs=1e-6)
    (shop / "green/1.png").unlink()
    index.add()
    every = np.concatenate([batch.vectors for batch in index.batches()]).astype(np.float64)
    assert centre_of(index._store) == pytest.approx(every.mean(axis=0), abs=1e-6)


def test_columns_filter_and_come_back(tmp_path, toy, shop):
    table = tmp_path / "offers.csv"
    pd.DataFrame(
        {
            "image": [str(shop / f"{name}.png") for name in SHADES],
            "price": [1.5, 2, 3, 4, 5, 6],
            "title": ["=cmd", "b", "c", "d", "e", "f"],
        }
    ).to_csv(table, index=False)
    with relevance.Index.create(tmp_path / "offers", model=toy) as index:
        index.add(table)
        found = index.search("red", where={"price": ["1.5", "2.0", "5.0"]})
        assert {hit.columns["price"] for hit in found} == {"1.5", "2.0", "5.0"}
        with pytest.raises(UsageError, match='no column "colour"; there are: price, title'):
            index.search("red", where={"colour": "red"})
        frame = found.table
        assert list(frame.columns[-2:]) == ["price", "title"]
        written = pd.read_csv(found.to_csv(tmp_path / "hits.csv"))
        assert "'=cmd" in written["title"].tolist()
        assert written["rank"].tolist() == [1, 2, 3]


def test_a_minimum_is_about_the_probability_or_else_the_score(index, shop):
    every = index.search("red", k=6)
    bound = every[2].probability
    assert [hit.id for hit in index.search("red", k=6, minimum=bound)] == [
        hit.id for hit in every if hit.probability >= bound
    ]
    near = index.search(like=shop / "red/2.png", k=5)
    assert all(np.isnan(hit.probability) for hit in near)
    kept = index.search(like=shop / "red/2.png", k=5, minimum=near[1].score)
    assert [hit.id for hit in kept] == [hit.id for hit in near[:2]]
    assert index.search("red", minimum=1).hits == ()
    with pytest.raises(UsageError, match=r"probability from 0 to 1, not 1\.01"):
        index.search("red", minimum=1.01)


def test_json_has_all_of_it_and_no_nan(index, shop):
    found = index.search(like=shop / "red/2.png", k=2)
    plain = json.loads(found.json_text())
    assert plain["query"] == {"words": [], "like": [str(shop / "red/2.png")], "unlike": []}
    assert plain["hits"][0]["probability"] is None
    assert plain["hits"][0]["id"] == found[0].id
    assert plain["unit"] == "cosine above the centre"
    assert "--like" in plain["provenance"]["command"]
    assert isinstance(found, Found)
    assert repr(found).startswith("<Found: 2 of 7 pictures in ")


@pytest.mark.parametrize(
    ("query", "error", "words"),
    [
        ({}, UsageError, "Say what to look for"),
        ({"words": " "}, UsageError, "empty"),
        ({"words": "red", "k": 0}, UsageError, "at least 1"),
        ({"like": "nowhere.jpg"}, NoReadablePictureError, "nowhere.jpg cannot be used"),
        ({"words": "red", "unlike": "nowhere.jpg"}, NoReadablePictureError, "cannot be used"),
        ({"words": "red\udce4"}, UsageError, "not text"),
        ({"words": "red", "templates": "a photo"}, UsageError, "has no {}"),
    ],
)
def test_what_cannot_be_asked_is_refused_in_a_sentence(index, query, error, words):
    with pytest.raises(error, match=words):
        index.search(**query)


def test_an_encoder_without_words_is_asked_by_pictures_alone(tmp_path, shop):
    eyes = ToyEncoder(has_text=False, max_tokens=0, logit_scale=0.0)
    with relevance.Index.create(tmp_path / "eyes", model=eyes) as index:
        index.add(shop)
        assert names(index.search(like=shop / "blue/1.png", k=1)) == ["blue/2.png"]
        with pytest.raises(UsageError, match="pictures only"):
            index.search("red")
