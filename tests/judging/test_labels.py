from __future__ import annotations

import re
import unicodedata
from pathlib import Path

import pytest

from relevance.errors import UsageError
from relevance.judging.labels import label_folders, label_notes
from relevance.pictures.folders import ImageRef


def refs(*folders: str) -> list[ImageRef]:
    return [ImageRef(Path("data", folder, "x.png"), folder) for folder in folders]


@pytest.mark.parametrize(
    ("folders", "labels"),
    [
        (["Relevant", "IRRELEVANT"], ["relevant", "irrelevant"]),
        (["a/relevant/b", "irrelevant/relevant"], ["relevant", "relevant"]),
        (["almond", "walnuts"], ["relevant", "irrelevant"]),
        (["nuts/Almonds", "nuts/pecans"], ["relevant", "irrelevant"]),
        (["almonds", "Irrelevant", "misc"], ["relevant", "irrelevant", ""]),
        (["Irrelevant/almonds", "almonds"], ["irrelevant", "relevant"]),
        (["one", "two"], ["", ""]),
    ],
)
def test_names_say_it(folders, labels):
    assert list(label_folders(refs(*folders), "almonds").values()) == labels


def test_the_user_has_the_last_word():
    folders = refs("Relevant", "almonds", "Best/1", "Bestiary")
    assert label_folders(folders, "almonds", ["best/"]) == {
        "Relevant": "irrelevant",
        "almonds": "irrelevant",
        "Best/1": "relevant",
        "Bestiary": "irrelevant",
    }


def test_a_folder_can_be_named_by_its_path(tmp_path):
    folders = [ImageRef(tmp_path / name / "x.png", name) for name in ("a", "b/c")]
    for given in (tmp_path / "b", f"{tmp_path}/b/c/"):
        labels = label_folders(folders, "almonds", [str(given)])
        assert labels == {"a": "irrelevant", "b/c": "relevant"}


def test_a_folder_that_is_not_there():
    with pytest.raises(UsageError, match='No folder is called "nope"; the folders are: a, b'):
        label_folders(refs("a", "b"), "almonds", ["a", "nope"])
    with pytest.raises(UsageError, match=r"0, 1, 2, 3, 4, 5, 6, 7, 8, 9, …\."):
        label_folders(refs(*map(str, range(30))), "almonds", ["nope"])


@pytest.mark.parametrize(
    "name",
    [
        "Not_Relevant",
        "not relevant",
        "NOT-RELEVANT",
        "NotRelevant",
        "non-relevant",
        "nonrelevant",
        "Non Relevant",
        "unrelevant",
        "Unrelevant",
        "Not  Relevant",
        "shop/not_relevant/2024",
        "not almonds",
        "No_Almonds",
        "non-almonds",
        "without almond",
    ],
)
def test_what_denies_relevance_is_irrelevant_and_said(name):
    folders = refs("Relevant", name)
    assert label_folders(folders, "almonds") == {"Relevant": "relevant", name: "irrelevant"}
    assert label_notes(folders, "almonds") == [f"Counted as irrelevant by their names: “{name}”."]


def test_a_denied_keyword_does_not_keep_the_others_from_being_irrelevant():
    labels = label_folders(refs("almonds", "not almonds", "walnuts"), "almonds")
    assert list(labels.values()) == ["relevant", "irrelevant", "irrelevant"]
    assert label_folders(refs("not almonds", "walnuts"), "almonds")["walnuts"] == ""
    assert label_folders(refs("non-stick pans"), "pans") == {"non-stick pans": ""}


@pytest.mark.parametrize(
    ("folders", "said"),
    [
        (["Relevant", "Relevant_old"], "have no label, though their names look like one: “Relev"),
        (["Relevant", "irrelevant_pics"], "have no label, though .*: “irrelevant_pics”"),
        (["Relevant", "Irelevant"], "have no label, though .*: “Irelevant”"),
        (["relevent", "x"], "have no label, though .*: “relevent”"),
        (["Positive", "negatives"], "have no label, though .*: “Positive”, “negatives”"),
        (["Relevant", "other"], "have no label, though .*: “other”"),
        (["almonds", "Relevant old"], "count as irrelevant, though .*: “Relevant old”"),
        (["almonds/irrelevant-2", "almonds"], "count as relevant, though .*: “almonds/irrelevant"),
    ],
)
def test_a_near_miss_of_a_label_is_named(folders, said):
    (note,) = label_notes(refs(*folders), "almonds")
    assert re.search(said, note)
    assert note.endswith("or name the relevant ones with --relevant.")


@pytest.mark.parametrize(
    "folders",
    [
        ["Relevant", "Irrelevant"],
        ["almonds", "other"],
        ["shop/other", "shop/nuts"],
        ["elephants"],
        ["Relevant/other", "Irrelevant/positive"],
        ["almonds", "walnuts", "negative irrelevant"],
    ],
)
def test_what_is_labelled_as_it_seems_needs_no_word(folders):
    assert label_notes(refs(*folders), "almonds") == []


def test_folders_are_named_in_either_form_of_unicode():
    written, there = "Äpfel", unicodedata.normalize("NFD", "Äpfel")
    for given, folder in ((written, there), (there, written)):
        labels = label_folders(refs(f"{folder}/1", "b"), "apples", [given])
        assert labels == {f"{folder}/1": "relevant", "b": "irrelevant"}


@pytest.mark.parametrize(
    ("given", "near"),
    [
        ("almnods", "shop/almonds"),
        ("almonds", "shop/almonds"),
        ("shop\\Almonds", "shop/almonds"),
        ("shop/ almonds", "shop/almonds"),
        ("data/almonds", "shop/almonds"),
    ],
)
def test_a_near_miss_of_a_folder_is_named(given, near):
    with pytest.raises(UsageError, match=f'did you mean "{near}"'):
        label_folders(refs("shop/almonds", "shop/x"), "x", [given])
