"""Many keywords at once: means, best keywords, accuracy and files."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from PIL import Image
from scipy.special import logsumexp
from sklearn.metrics import accuracy_score, confusion_matrix, top_k_accuracy_score
from sklearn.preprocessing import MinMaxScaler

import relevance
from relevance.errors import UsageError
from relevance.jobs.categories.accuracy import Proportion
from relevance.jobs.categories.correction import offsets
from relevance.judging.prompts import BACKGROUND_CONCEPTS
from tests.support.toy import COLOURS, INFO, ToyEncoder


def made(scores, folder_of, **changes) -> relevance.Categories:
    """Categories of given scores, a folder for each keyword."""
    m = scores.shape[1]
    facts = {
        "keywords": tuple(f"k{number}" for number in range(m)),
        "folders": tuple(f"K{number}" for number in range(m)),
        "folder_keyword": np.arange(m),
        "places": tuple(f"{number}.png" for number in range(len(scores))),
        "folder_of": np.asarray(folder_of),
        "reasons": tuple("broken" if np.isnan(row[0]) else "" for row in scores),
        "scores": np.asarray(scores, dtype=np.float32),
        "correction": "nearest-neighbours",
        "encoder": INFO,
        "distance": "cosine",
        "provenance": {"max_pixels": 1_000_000},
    }
    return relevance.Categories(**facts | changes)


@pytest.fixture(scope="module")
def random_table():
    """Two hundred pictures of seven keywords, some skipped, one keyword near to everything."""
    rng = np.random.default_rng(5)
    truth = rng.integers(0, 7, 200)
    scores = rng.normal(0, 0.1, (200, 7)) + 0.2 * np.eye(7)[truth] + 0.15 * (np.arange(7) == 3)
    scores[rng.choice(200, 9, replace=False)] = np.nan
    return made(scores, truth)


@pytest.fixture
def colours(tmp_path):
    """Five colours, a folder each, six noisy pictures each."""
    rng = np.random.default_rng(3)
    for name, base in COLOURS.items():
        (tmp_path / "in" / name.capitalize()).mkdir(parents=True)
        for number in range(6):
            shade = np.clip(np.array(base) * 200 + rng.normal(25, 50, 3), 0, 255).astype(int)
            path = tmp_path / "in" / name.capitalize() / f"{number}.png"
            Image.new("RGB", (9, 9), tuple(map(int, shade))).save(path)
    return tmp_path / "in"


def test_means_are_those_of_single_keywords(colours):
    found = relevance.categories(colours, model=ToyEncoder())
    assert found.keywords == ("blue", "green", "red", "white", "yellow")
    assert found.folders == ("Blue", "Green", "Red", "White", "Yellow")
    for keyword in found.keywords:
        one = relevance.score(keyword, colours, model=ToyEncoder()).folders.set_index("folder")
        own = one.loc[list(found.folders)]
        # Scores of many keywords are kept in single precision.
        np.testing.assert_allclose(found.means.loc[keyword], own["mean"], rtol=1e-6, atol=1e-7)
        np.testing.assert_allclose(found.scaled.loc[keyword], own["scaled"], atol=1e-5)


def test_means_against_the_encoder_itself(colours):
    """Scores made from the encoder by hand; the cache holds half precision, hence 0.001."""
    toy = ToyEncoder()
    found = relevance.categories(colours, model=toy, templates="a {}")
    texts = toy.encode_texts([f"a {keyword}" for keyword in found.keywords])
    background = toy.encode_texts([f"a {concept}" for concept in BACKGROUND_CONCEPTS])
    for column, folder in enumerate(found.folders):
        opened = [Image.open(path) for path in sorted((colours / folder).iterdir())]
        pictures = toy.encode_images(opened)
        level = (logsumexp(5 * background @ pictures.T, axis=0) - np.log(len(background))) / 5
        expected = (texts @ pictures.T - level).mean(axis=1)
        np.testing.assert_allclose(found.mean_matrix[:, column], expected, atol=1e-3)
    scaled = MinMaxScaler().fit_transform(found.means.to_numpy().T).T
    np.testing.assert_allclose(found.scaled.to_numpy(), scaled, atol=1e-12)


def test_texts_and_pictures_are_encoded_once(colours):
    class Counting(ToyEncoder):
        texts = 0

        def encode_texts(self, texts):
            self.texts += len(texts)
            return super().encode_texts(texts)

    encoder = Counting()
    relevance.categories(colours, model=encoder, keywords="pink")
    assert (encoder.texts, sum(encoder.batches)) == ((6 + len(BACKGROUND_CONCEPTS)) * 3, 5 * 6)
    again = Counting()
    found = relevance.categories(colours, model=again)
    assert (again.texts, sum(again.batches)) == (0, 0)
    assert found.provenance["pictures_from_cache"] == 30


def by_hand(table) -> tuple[np.ndarray, np.ndarray]:
    """Corrected scores of the scored pictures, and their truth, by sorting."""
    known = ~np.isnan(table.scores).any(axis=1)
    scores = table.scores[known].astype(np.float64)
    k = max(1, round(len(scores) / 10))
    hubs = np.array([sorted(column, reverse=True)[:k] for column in scores.T]).mean(axis=1)
    return scores - 0.5 * hubs, table.folder_of[known]


def test_accuracy_against_scikit_learn(random_table):
    corrected, truth = by_hand(random_table)
    best, accuracy = corrected.argmax(axis=1), random_table.accuracy
    labels = np.arange(7)
    assert accuracy.n == len(truth) == 191
    assert accuracy.top1.value == pytest.approx(accuracy_score(truth, best))
    assert accuracy.top5.value == pytest.approx(
        top_k_accuracy_score(truth, corrected, k=5, labels=labels)
    )
    plain = random_table.scores[random_table.is_scored].argmax(axis=1)
    assert accuracy.top1_uncorrected.value == pytest.approx(accuracy_score(truth, plain))
    np.testing.assert_array_equal(
        random_table.confusion, confusion_matrix(truth, best, labels=labels)
    )
    assert (accuracy.chance(1), accuracy.chance(5)) == (1 / 7, 5 / 7)


def test_best_second_and_rank(random_table):
    corrected, truth = by_hand(random_table)
    order = np.argsort(-corrected, axis=1, kind="stable")
    images = random_table.images[random_table.images["status"] == "ok"]
    assert list(images["best_keyword"]) == [f"k{best}" for best in order[:, 0]]
    assert list(images["second_keyword"]) == [f"k{second}" for second in order[:, 1]]
    ranks = (order == truth[:, None]).argmax(axis=1) + 1
    np.testing.assert_array_equal(images["rank"].astype(int), ranks)
    scores = random_table.scores[random_table.is_scored]
    rows = np.arange(len(scores))
    np.testing.assert_array_equal(images["score"], scores[rows, order[:, 0]])
    np.testing.assert_array_equal(images["second_score"], scores[rows, order[:, 1]])


def test_a_hub_is_not_called_best_everywhere(random_table):
    """The keyword near to everything: with the correction it is best less often, rightly."""
    plain = made(random_table.scores, random_table.folder_of, correction="none")
    called = [int((table.picks.best == 3).sum()) for table in (plain, random_table)]
    assert called[0] > called[1] > (random_table.truth[random_table.is_scored] == 3).sum()
    assert random_table.accuracy.top1.value > plain.accuracy.top1.value
    assert random_table.accuracy.top1_uncorrected == plain.accuracy.top1
    np.testing.assert_array_equal(random_table.mean_matrix, plain.mean_matrix)
    assert not plain.offsets.any()


matrices = arrays.arrays(
    np.float32,
    st.tuples(st.integers(1, 40), st.integers(2, 6)),
    elements=st.floats(-1, 1, width=32),
)


@given(matrices)
def test_the_correction_keeps_the_order_of_pictures(scores):
    """Whatever the scores, no two pictures change places within a keyword."""
    table = made(scores, np.zeros(len(scores), dtype=int))
    for before, after in zip(scores.T, table.compared.T, strict=True):
        assert (np.diff(after[np.argsort(before)]) >= 0).all()


@given(matrices, st.floats(-1, 1, width=32))
def test_a_constant_added_to_a_keyword_comes_off_by_half(scores, constant):
    raised = scores.astype(np.float64) + constant
    expected = offsets(scores, "nearest-neighbours") + constant / 2
    np.testing.assert_allclose(offsets(raised, "nearest-neighbours"), expected, atol=1e-6)


@pytest.mark.parametrize(("hits", "n"), [(0, 5), (5, 5), (46, 80), (1, 1)])
def test_the_interval_is_wilsons(hits, n):
    z, share = 1.959963984540054, hits / n
    middle = (share + z**2 / (2 * n)) / (1 + z**2 / n)
    reach = z * np.sqrt(share * (1 - share) / n + z**2 / (4 * n**2)) / (1 + z**2 / n)
    found = Proportion.of(hits, n)
    assert (found.value, found.hits, found.n) == (share, hits, n)
    np.testing.assert_allclose([found.low, found.high], [middle - reach, middle + reach], atol=1e-9)


def test_confused_pairs_come_most_frequent_and_clearest_first():
    scores = np.array([[0.1, 0.9, 0], [0.3, 0.4, 0], [0.9, 0, 0], [0, 0.1, 0.2], [0.2, 0.7, 0]])
    table = made(scores, [0, 0, 0, 1, 0], correction="none")
    pairs = [(pair.true, pair.best, pair.pictures) for pair in table.confused_pairs]
    assert pairs == [(0, 1, (0, 4, 1)), (1, 2, (3,))]
    assert table.confused.to_dict(orient="records")[0] == {
        "true_keyword": "k0",
        "best_keyword": "k1",
        "count": 3,
        "examples": ["0.png", "4.png", "1.png"],
    }


def test_equal_scores_take_the_first_keyword():
    table = made(np.full((4, 3), 0.5), [0, 1, 2, 2], correction="none")
    assert table.picks.best.tolist() == [0, 0, 0, 0]
    assert table.picks.second.tolist() == [1, 1, 1, 1]
    assert table.picks.rank.tolist() == [1, 2, 3, 3]


def test_folders_that_share_a_keyword_and_folders_without(colours):
    (colours / "Red").rename(colours / "the-reds")
    (colours / "Blue").rename(colours / "red")
    (colours / "Green").rename(colours / "2024")
    found = relevance.categories(colours, model=ToyEncoder(), keywords=["green"])
    assert found.folders == ("2024", "red", "the-reds", "White", "Yellow")
    assert found.keywords == ("red", "white", "yellow", "green")
    images = found.images.set_index("folder")
    assert set(images.loc["the-reds", "true_keyword"]) == {"red"}
    assert set(images.loc["2024", "true_keyword"]) == {""}
    assert images.loc["2024", "rank"].isna().all()
    assert images.loc["2024", "best_keyword"].value_counts().idxmax() == "green"
    assert found.accuracy.n == 24
    assert found.fits_own_folder.tolist()[0]  # either of its folders will do
    assert found.without_keyword == ["2024"]
    assert found.has_own_folder.tolist() == [True, True, True, False]


def test_skipped_pictures_keep_their_rows(colours):
    (colours / "Red" / "bad.png").write_bytes(b"")
    (colours / "nothing").mkdir()
    (colours / "nothing" / "bad.png").write_bytes(b"x")
    found = relevance.categories(colours, model=ToyEncoder())
    assert list(found.skipped["folder"]) == ["nothing", "Red"]
    assert found.skipped["reason"][1] == "the file is empty"
    row = found.images[found.images["path"].str.endswith("Red/bad.png")].iloc[0]
    assert (row["true_keyword"], row["best_keyword"], row["status"]) == ("red", "", "skipped")
    assert np.isnan(row["score"])
    assert row["rank"] is pd.NA
    assert found.means["nothing"].isna().all()
    assert found.means.drop(columns="nothing").notna().all(axis=None)
    assert found.accuracy.n == 30
    assert json.loads(found.json_text())["folders"][2] == {
        "folder": "nothing",
        "keyword": "nothing",
        "n": 0,
        "called": {},
    }


def test_without_a_true_keyword_there_is_no_accuracy(red_and_blue):
    found = relevance.categories(red_and_blue, model=ToyEncoder(), keywords=["red", "blue"])
    assert found.accuracy.n == 0
    assert np.isnan(found.accuracy.top1.value)
    facts = json.loads(found.json_text())
    assert facts["accuracy"]["top1"]["value"] is None
    assert facts["folders"][1]["called"] == {"red": 12}
    assert list(found.means.columns) == ["Irrelevant", "Relevant"]


def test_one_folder_and_added_keywords(colours):
    found = relevance.categories(colours / "Red", model=ToyEncoder(), keywords="blue")
    assert found.scaled.isna().all(axis=None)
    assert found.accuracy.n == 6


@pytest.mark.parametrize(
    ("choices", "message"),
    [
        ({"correction": "softmax"}, "no correction"),
        ({"background": "x"}, "leave the background out"),
        ({"distance": "far"}, "no distance"),
        ({"distance": "dot"}, "leave the distance out"),
        ({"templates": "photo"}, "has no {}"),
    ],
)
def test_wrong_choices(colours, choices, message):
    with pytest.raises(UsageError, match=message):
        relevance.categories(colours, model=ToyEncoder(), **choices)


def test_files(colours, tmp_path):
    (colours / "=1+1 red").mkdir()
    Image.new("RGB", (9, 9), "red").save(colours / "=1+1 red" / "x.png")
    found = relevance.categories(colours, model=ToyEncoder(), keywords="-pink")
    table = pd.read_csv(found.to_csv(tmp_path / "c.csv"))
    images = found.images
    assert list(table.columns) == list(images.columns)
    np.testing.assert_allclose(table["score"], images["score"], atol=1e-8)
    assert list(table["rank"]) == list(images["rank"])
    assert table["folder"][0] == "'=1+1 red"
    means = pd.read_csv(found.means_to_csv(tmp_path / "m.csv"), index_col="keyword")
    np.testing.assert_allclose(means, found.means, atol=1e-8)
    assert (means.columns[0], means.index[-1]) == ("'=1+1 red", "'-pink")
    facts = json.loads(found.to_json(tmp_path / "c.json").read_text())
    np.testing.assert_array_equal(facts["means"], found.mean_matrix)
    np.testing.assert_array_equal(facts["confusion"], found.confusion_matrix)
    assert facts["correction"] == {"name": "none", "neighbours": None, "offsets": [0.0] * 7}
    assert facts["keywords"][0]["keyword"] == "=1+1 red"
    assert sum(folder["n"] for folder in facts["folders"]) == 31


@pytest.fixture(scope="module")
def google(samples):
    return relevance.categories(samples / "google_images", model="compact")


def test_the_shipped_encoder_on_ten_categories(google):
    """For most categories the folder of that name fits best, and twice as many as by chance."""
    assert google.means.shape == (10, 10)
    assert google.fits_own_folder.sum() >= 7
    assert google.accuracy.n == 80
    assert google.accuracy.top1.low > 0.2
    assert google.accuracy.top5.low > google.accuracy.chance(5)
    truth, best = google.images["true_keyword"], google.images["best_keyword"]
    np.testing.assert_array_equal(
        google.confusion, confusion_matrix(truth, best, labels=list(google.keywords))
    )


def test_files_stay_small_however_many_keywords(tmp_path):
    """Of 600 keywords the matrices have 360,000 cells: JSON holds the best, CSV all means."""
    rng = np.random.default_rng(6)
    found = made(rng.normal(0, 0.1, (1200, 600)), np.arange(1200) % 600, correction="none")
    path = found.to_json(tmp_path / "c.json")
    assert path.stat().st_size < 3_000_000
    facts = json.loads(path.read_text())
    assert (facts["means"], facts["scaled"], facts["confusion"]) == (None, None, None)
    for number in (0, 7, 599):
        order = np.argsort(-found.mean_matrix[number])[:10]
        best = facts["keywords"][number]["best_folders"]
        assert [item["folder"] for item in best] == [f"K{folder}" for folder in order]
        assert [item["mean"] for item in best] == found.mean_matrix[number][order].tolist()
    assert all(len(folder["called"]) <= 10 for folder in facts["folders"])
    means = pd.read_csv(found.means_to_csv(tmp_path / "m.csv"), index_col="keyword")
    np.testing.assert_allclose(means, found.mean_matrix, atol=1e-6)


def test_scores_are_compared_as_they_are_unless_asked(colours):
    found = relevance.categories(colours, model=ToyEncoder())
    assert found.correction == "none"
    assert found.accuracy.top1 == found.accuracy.top1_uncorrected
    assert not found.offsets.any()
