"""Captions of tags: the words that stand out, in a table that other commands take."""

from __future__ import annotations

import shutil
from collections import Counter
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from PIL import Image

import relevance
from relevance.cli import main
from relevance.encoders.base import unit_rows
from relevance.errors import UsageError
from relevance.jobs.describe.doubting import OF_BACKGROUND, OF_OTHERS, Others, words_of
from relevance.jobs.describe.tagging import Tags, Vocabulary
from relevance.jobs.describe.vocabulary import read_vocabulary
from relevance.judging.prompts import BACKGROUND_CONCEPTS
from relevance.judging.words import same_words
from relevance.tables import open_table
from tests.support.picture_server import png
from tests.support.toy import INFO

COLUMNS = ["path", "caption", "status", "reason", "model", "similarity"]


@pytest.fixture
def colours(tmp_path):
    """Pictures of one colour each, a copy of one, and a file that is none."""
    folder = tmp_path / "pictures"
    folder.mkdir()
    for name, colour in (("a", "red"), ("b", "green"), ("c", "blue"), ("d", "red")):
        (folder / f"{name}.png").write_bytes(png(colour))
    (folder / "e.png").write_bytes(b"no picture")
    words = tmp_path / "words.txt"
    words.write_text("# a comment\nred\ngreen\n\nblue\nred\n")
    return tmp_path


def test_the_nouns_of_the_package_are_words_once_each():
    nouns = read_vocabulary(None)
    assert len(nouns) == 1908
    assert len({noun.casefold() for noun in nouns}) == len(nouns)
    assert not [noun for noun in nouns if not noun.replace(" ", "").replace("-", "").isalpha()]
    assert {"almond", "walnut", "shoe", "t-shirt", "sofa", "mug"} <= set(nouns)


def test_each_picture_has_its_row_and_copies_share_a_caption(toy, colours):
    found = relevance.describe(colours / "pictures", tags=colours / "words.txt", encoder=toy)
    table = found.table
    assert table.columns.tolist() == COLUMNS
    assert table["caption"].tolist() == [
        *(f"A product photo of {word}." for word in ("red", "green", "blue", "red")),
        "",
    ]
    assert table["status"].tolist()[-1] == "skipped"
    assert table["reason"].tolist()[-1].startswith("not a picture")
    assert set(table["model"]) == {"tags by toy"}
    assert found.similarity[0] == found.similarity[3]
    picture = toy.encode_images([Image.new("RGB", (4, 4), "blue")])[0]
    own = float(picture @ toy.encode_texts(["A product photo of blue."])[0])
    assert found.similarity[2] == pytest.approx(own, abs=1e-3)
    assert np.isnan(found.similarity[-1])
    assert found.to_dict()["pictures"][-1]["similarity"] is None
    assert "4 of 5 pictures described" in repr(found)


@pytest.mark.parametrize("kind", ["csv", "jsonl", "parquet"])
def test_tables_say_the_same_in_every_kind(toy, colours, kind):
    target = colours / f"captions.{kind}"
    choices = {"tags": colours / "words.txt", "encoder": toy, "style": "short"}
    found = relevance.describe(colours / "pictures", target, **choices)
    table = open_table(target)
    (batch,) = table.batches(100)
    assert list(table.columns) == COLUMNS
    assert list(batch.column(0)) == [f"pictures/{name}.png" for name in "abcde"]
    assert list(batch.column(1)) == list(found.captions)
    assert batch.column(1)[0] == "A photo of red."
    assert [str(cell or "")[:4] for cell in batch.column(5)] == [
        str(round(float(value), 4))[:4] if value == value else "" for value in found.similarity
    ]
    elsewhere = colours / "tables" / f"captions.{kind}"
    relevance.describe(colours / "pictures", elsewhere, **choices)
    (batch,) = open_table(elsewhere).batches(100)
    assert batch.column(0)[0] == str(colours / "pictures" / "a.png")
    assert not list(colours.rglob("*.part"))


def vocabulary(cosines: list[float], words: list[str]) -> tuple[Vocabulary, np.ndarray]:
    """A picture that has these cosines with words, and 0 with the background."""
    dim = len(words) + 1
    rows = np.zeros((len(words), dim), np.float32)
    for number, value in enumerate(cosines):
        rows[number, 0], rows[number, number + 1] = value, np.sqrt(1 - value**2)
    picture = np.eye(1, dim, dtype=np.float32)
    return Vocabulary(words, rows, np.zeros((3, dim), np.float32), INFO), picture


def test_tags_are_half_as_likely_as_the_best_at_least_and_say_something_new():
    words = ["nut", "walnut", "walnuts", "pecan nut", "shoe", "bag"]
    cosines = [0.8, 0.79, 0.785, 0.78, 0.74, 0.72]
    own, picture = vocabulary(cosines, words)
    chances = np.exp(INFO.logit_scale * np.array(cosines))
    likely = [w for w, p in zip(words, chances, strict=True) if 2 * p >= chances.max()]
    assert likely == words[:5]
    assert [*own.tags(picture, "detailed")] == [Tags(("nut", "walnut", "shoe"), True)]
    assert [*own.tags(picture, "short")] == [Tags(("nut",), True)]
    assert Tags(("nut", "walnut", "shoe"), True).sentence("detailed") == (
        "A photo that shows nut, walnut or shoe."
    )
    own, picture = vocabulary([0.01, -0.1], ["nut", "shoe"])
    assert [*own.tags(picture, "product")] == [Tags(("nut",), False)]


def test_what_no_word_fits_is_doubtful(toy, colours):
    (colours / "words.txt").write_text("umbrella\nteapot\n")
    found = relevance.describe(colours / "pictures", tags=colours / "words.txt", encoder=toy)
    assert found.status == ["doubtful"] * 4 + ["skipped"]
    assert found.table["reason"][0].startswith("no word of the vocabulary stands out")


def judged(captions: list[str], pictures: np.ndarray, texts: np.ndarray, **more):
    """Doubts about captions of different pictures."""
    settings = {"background": -np.eye(4, 3, dtype=np.float32), "concepts": ["a", "b", "c", "d"]}
    settings |= more
    rows = np.arange(len(pictures))
    others = Others.among(pictures, captions, rows, *settings.values())
    return others.judge(rows.tolist(), pictures, captions, texts)


def test_a_caption_that_fits_strangers_as_well_is_doubtful():
    rng = np.random.default_rng(3)
    kinds = np.repeat(np.arange(3), 20)
    pictures = unit_rows(np.eye(3)[kinds] + 0.1 * rng.normal(size=(60, 3)))
    texts = np.eye(3, dtype=np.float32)[kinds]
    names = np.array(["a red shoe", "some green apples", "blue teapots"], dtype=object)
    captions = names[kinds]
    right = judged(captions.tolist(), pictures, texts)
    assert {doubt for _, doubt in right} == {""}
    assert [value for value, _ in right] == pytest.approx((pictures * texts).sum(axis=1), abs=1e-6)
    swapped = [0, 25, 50]
    texts[swapped], captions[swapped] = texts[np.roll(swapped, 1)], captions[np.roll(swapped, 1)]
    doubts = [doubt for _, doubt in judged(captions.tolist(), pictures, texts)]
    assert [row for row, doubt in enumerate(doubts) if doubt == OF_OTHERS] == swapped
    assert Counter(doubts) == {"": 57, OF_OTHERS: 3}


def test_a_run_of_one_product_is_held_against_the_background():
    rng = np.random.default_rng(4)
    pictures = unit_rows(np.eye(3)[0] + 0.1 * rng.normal(size=(40, 3)))
    texts = unit_rows(np.eye(3)[0] + 0.1 * rng.normal(size=(40, 3)))
    captions = [f"almonds {number}" for number in range(40)]
    assert {doubt for _, doubt in judged(captions, pictures, texts)} == {""}
    near = {"background": pictures[:4]}
    assert Counter(doubt for _, doubt in judged(captions, pictures, -texts, **near)) == {
        OF_BACKGROUND: 40
    }


def test_words_that_every_caption_may_have_do_not_make_captions_alike():
    assert words_of("A product photo of Walnuts, on the table.") == words_of("walnut table")
    assert not words_of("a photo of the picture")


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ({"style": "long"}, 'There is no style "long"; choose one of short, product, detailed'),
        ({"output": "a.xls"}, "must end in one of .csv"),
        ({"output": ""}, "must end in one of"),
        ({"tags": "none.txt"}, "none.txt"),
        ({"tags": "empty.txt"}, "has no keyword"),
    ],
)
def test_what_cannot_be_used_is_said_first(toy, colours, monkeypatch, more, reason):
    monkeypatch.chdir(colours)
    (colours / "empty.txt").write_text("\n")
    with pytest.raises(UsageError, match=reason):
        relevance.describe("pictures", encoder=toy, **more)
    with pytest.raises(TypeError, match="describe takes no distance"):
        relevance.describe("pictures", encoder=toy, distance="dot")


@pytest.fixture(scope="module")
def described(samples, tmp_path_factory):
    """A picture of each of ten folders, described by the command with the shipped encoder."""
    desk = tmp_path_factory.mktemp("described")
    for folder in sorted((samples / "google_images").iterdir()):
        (desk / "pictures" / folder.name).mkdir(parents=True)
        for file in sorted(folder.iterdir())[:1]:
            shutil.copy(file, desk / "pictures" / folder.name)
    nouns = read_vocabulary(None)
    wanted = [n for n in nouns if any(same_words(n, f.name) for f in (desk / "pictures").iterdir())]
    (desk / "words.txt").write_text("\n".join(sorted({*nouns[::20], *wanted})))
    words = ["describe", str(desk / "pictures"), "-o", str(desk / "captions.csv"), "--quiet"]
    words += ["--encoder", "compact", "--tags", str(desk / "words.txt")]
    assert main(words) == 0
    return SimpleNamespace(desk=desk, table=pd.read_csv(desk / "captions.csv"), words=len(wanted))


def test_tags_name_the_folder_far_more_often_than_chance(described):
    """Three words drawn of a hundred name it three times in a hundred."""
    table = described.table
    assert described.words == 10
    assert set(table["model"]) == {"tags by compact"}
    folders = [path.split("/")[1].rstrip("s") for path in table["path"]]
    folders = [{"strawberrie": "strawberry"}.get(name, name) for name in folders]
    hits = [name in text for name, text in zip(folders, table["caption"], strict=True)]
    assert np.mean(hits) >= 0.5
    assert len(BACKGROUND_CONCEPTS) == 40  # what the doubts of a small run rest on


def test_captions_and_index_take_the_table_as_it_is(described):
    desk = described.desk
    scored = desk / "scored.csv"
    words = [str(desk / "captions.csv"), "--output", str(scored), "--model", "compact", "--quiet"]
    assert main(["captions", *words]) == 0
    table = pd.read_csv(scored)
    assert table.columns.tolist()[len(COLUMNS) :] == [
        f"fit_{name}" for name in ("similarity", "clip_score", "status", "reason")
    ]
    assert set(table["fit_status"]) == {"ok"}
    assert table["fit_similarity"].to_numpy() == pytest.approx(table["similarity"], abs=1e-3)
    place = str(desk / "shop.index")
    index = ["index", str(desk / "captions.csv"), "-o", place, "--model", "compact", "--quiet"]
    assert main(index) == 0
    with relevance.Index.open(place) as shop:
        found = shop.search("almonds", k=1).table
    assert (
        found["caption"].tolist()
        == table[table["path"].str.endswith(found["path"][0].rpartition("/")[2])][
            "caption"
        ].tolist()
    )
