"""Several keywords in one pass: each has the figures that it has alone."""

from __future__ import annotations

import logging

import numpy as np
import pandas as pd
import pytest
from PIL import Image

import relevance
from relevance.errors import UsageError
from relevance.jobs.score.keywords.result import KeywordScores
from tests.support.toy import COLOURS, ToyEncoder

KEYWORDS = ("red", "blue", "yellow paint", "cheese board", "chairs")
OPTIONS = (
    {},
    {"distance": "euclidean", "threshold": 0.1},
    {"templates": ["{}", "dark {}"], "background": ["green things", "cheese", "a blue bag"]},
)


@pytest.fixture
def colours(tmp_path):
    """A folder for each of the toy's colours, three shades and a copy in each; one file is bad."""
    rng = np.random.default_rng(1)
    for name, colour in COLOURS.items():
        (tmp_path / name).mkdir()
        for number in range(3):
            shade = np.clip(np.array(colour) * 180 + rng.normal(30, 25, 3), 0, 255)
            picture = Image.new("RGB", (9, 9 + number), tuple(map(int, shade)))
            picture.save(tmp_path / name / f"{number}.png")
        (tmp_path / name / "copy.png").write_bytes((tmp_path / name / "0.png").read_bytes())
    (tmp_path / "red" / "bad.jpg").write_bytes(b"")
    return tmp_path


@pytest.mark.parametrize("options", OPTIONS, ids=["plain", "euclidean", "words"])
@pytest.mark.parametrize("bias", [None, -5.0])
def test_each_keyword_is_scored_as_alone(colours, options, bias):
    encoder = ToyEncoder(logit_bias=bias)
    found = relevance.score_keywords(KEYWORDS, colours, model=encoder, **options)
    assert found.keywords == KEYWORDS
    for keyword in KEYWORDS:
        alone = relevance.score(keyword, colours, model=encoder, **options)
        own = found.of(keyword)
        pd.testing.assert_frame_equal(own.images, alone.images, check_exact=True)
        assert own.folder_rows == alone.folder_rows
        left_out = {"date", "pictures_from_cache"}
        facts = {key: value for key, value in own.provenance.items() if key not in left_out}
        for key, value in alone.provenance.items():
            assert key in left_out or facts[key] == value, key
        np.testing.assert_equal(own.evaluation().to_dict(), alone.evaluation().to_dict())


def test_pictures_are_encoded_once(colours, toy):
    relevance.score_keywords(KEYWORDS, colours, model=toy, cache=False)
    assert sum(toy.batches) == 20  # those that can be read
    alone = ToyEncoder()
    relevance.score("red", colours, model=alone, cache=False)
    assert sum(alone.batches) == 20


def test_pictures_in_memory(colours, toy):
    pictures = {"reds": [Image.open(colours / "red" / "1.png")], "blues": [colours / "blue/1.png"]}
    found = relevance.score_keywords(["red", "blue"], pictures, model=toy)
    assert found.best_keyword == ["red", "blue"]
    assert "data:image/webp" in found.of("red").html_text(colours / "red.html")


def test_the_order_of_keywords_changes_no_figure(colours, toy):
    found = relevance.score_keywords(KEYWORDS, colours, model=toy)
    turned = relevance.score_keywords(KEYWORDS[::-1], colours, model=toy)
    for name in ("scores", "probabilities", "verdicts", "similarities", "grades", "mean_matrix"):
        np.testing.assert_array_equal(getattr(found, name), getattr(turned, name)[:, ::-1])
    assert found.best_keyword == turned.best_keyword
    assert found.shown_keywords == turned.shown_keywords


def test_which_keywords_a_picture_shows(colours, toy):
    found = relevance.score_keywords(["red", "blue", "red and blue"], colours, model=toy)
    table = found.table
    for row, image in table.iterrows():
        chances = [image[f"{keyword}: probability"] for keyword in found.keywords]
        if image["status"] == "skipped":
            assert image["shows"] == image["best_keyword"] == ""
            assert pd.isna(image["red: relevant"])
            continue
        shown = [word for word, chance in zip(found.keywords, chances, strict=True) if chance > 0.5]
        assert set(found.shown_keywords[row]) == set(filter(None, image["shows"].split("; ")))
        assert set(shown) == set(found.shown_keywords[row])
        assert image["best_keyword"] == found.keywords[int(np.argmax(chances))]
        assert not shown or found.shown_keywords[row][0] == image["best_keyword"]
    several, none = int((found.n_shown > 1).sum()), int((found.n_shown == 0).sum() - 1)
    assert several > 0 < none
    assert found.to_dict()["counts"] == {
        "scored": 20,
        "show_none": none,
        "show_several": several,
    }


def test_folders_by_keyword(colours, toy):
    found = relevance.score_keywords(["red", "blue"], colours, model=toy)
    for keyword in found.keywords:
        alone = found.of(keyword).folders.set_index("folder")
        assert found.folders[keyword].to_dict() == alone["mean"].to_dict()
        assert found.shown[keyword].to_dict() == alone["n_relevant"].to_dict()
        facts = found.facts(found.keywords.index(keyword))
        assert facts["best_folder"] == alone.index[0] == keyword
        assert facts["labelled"]["roc_auc"] == pytest.approx(
            found.of(keyword).evaluation().roc_auc.value
        )


def test_keywords_given_twice_are_one(colours, toy, caplog):
    with caplog.at_level(logging.WARNING, "relevance"):
        found = relevance.score_keywords(["Red", " red ", "blue", "RED"], colours, model=toy)
    assert found.keywords == ("Red", "blue")
    said = "Keywords that were given twice are asked once: “red” is “Red”, “RED” is “Red”."
    assert said in caplog.text
    assert found.provenance["warnings"] == [said]
    assert found.of("blue").provenance["warnings"] == []


def test_labels_by_table(colours, toy):
    table = colours / "labels.csv"
    table.write_text("path,red,blue\nred/0.png,yes,no\nblue/1.png,no,3\nwhite/1.png,,no\n")
    found = relevance.score_keywords(["red", "blue", "white"], colours, labels=table, model=toy)
    assert np.nansum(found.grades, axis=0).tolist() == [1, 3, 0]
    assert (~np.isnan(found.grades)).sum(axis=0).tolist() == [2, 3, 0]
    assert found.of("white").provenance["warnings"] == [f"{table} has no label of “white”."]
    alone = relevance.score("blue", colours, labels=table, model=toy)
    np.testing.assert_array_equal(alone.pictures.grade, found.grades[:, 1])


def test_the_table_corrected_is_a_table_of_labels(colours, toy, tmp_path):
    found = relevance.score_keywords(["red", "=blue"], colours, model=toy)
    table = found.to_csv(tmp_path / "corrected.csv")
    text = table.read_text()
    row = next(line for line in text.splitlines() if "green/1.png" in line)
    table.write_text(text.replace(row, row.replace("False", "relevant", 1)))
    again = relevance.score_keywords(["red", "=blue"], colours, labels=table, model=toy)
    expected = found.verdicts.astype(float)
    expected[~found.is_scored] = np.nan
    expected[next(n for n, path in enumerate(found.path) if path.endswith("green/1.png")), 0] = 1
    np.testing.assert_array_equal(again.grades, expected)


def test_files_hold_the_table(colours, toy, tmp_path):
    found = relevance.score_keywords(["red", "=blue"], colours, model=toy)
    read = pd.read_csv(found.to_csv(tmp_path / "t.csv"), keep_default_na=False)
    plain = [name.removeprefix("'") for name in read.columns]
    assert plain == found.table.columns.tolist()
    assert (
        read["shows"].tolist()
        == found.table["shows"]
        .map(lambda text: f"'{text}" if text.startswith("=") else text)
        .tolist()
    )
    pytest.importorskip("pyarrow")
    kept = pd.read_parquet(found.to_parquet(tmp_path / "t.parquet"))
    verdicts = [name for name in kept if name.endswith(": relevant")]
    for name in verdicts:
        assert (
            kept[name].tolist()
            == found.table[name].astype(object).where(found.is_scored, None).tolist()
        )
    rest = found.table.drop(columns=verdicts)
    pd.testing.assert_frame_equal(kept.drop(columns=verdicts), rest, check_dtype=False)


def test_of_no_keyword(colours, toy):
    found = relevance.score_keywords(["red", "blue"], colours, model=toy)
    assert isinstance(found, KeywordScores)
    assert found.of(" RED ").keyword == "red"
    with pytest.raises(UsageError, match="“bleu” is none of the keywords; did you mean “blue”"):
        found.of("bleu")


@pytest.mark.parametrize(
    ("keywords", "message"),
    [([], "at least one keyword"), (["red", " "], "is empty"), (["\udcff"], "not text")],
)
def test_what_is_refused(colours, toy, keywords, message):
    with pytest.raises(UsageError, match=message):
        relevance.score_keywords(keywords, colours, model=toy)


def test_the_folders_names_come_first_for_most(samples, compact):
    folders = sorted(path.name for path in (samples / "google_images").iterdir())
    found = relevance.score_keywords(folders, samples / "google_images", model=compact)
    own = [found.facts(number)["best_folder"] for number in range(len(folders))]
    assert sum(name == best for name, best in zip(folders, own, strict=True)) >= 7
    right = np.mean([best == f for best, f in zip(found.best_keyword, found.folder, strict=True)])
    assert right > 0.6
