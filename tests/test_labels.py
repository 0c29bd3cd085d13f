from __future__ import annotations

from pathlib import Path

import pytest

from relevance.errors import UsageError
from relevance.labels import label_folders
from relevance.sources import ImageRef


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
