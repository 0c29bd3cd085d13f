from __future__ import annotations

import pytest

from relevance.errors import UsageError
from relevance.labels import label_folders


@pytest.mark.parametrize(
    ("folders", "labels"),
    [
        (["Relevant", "IRRELEVANT"], ["relevant", "irrelevant"]),
        (["a/relevant/b", "irrelevant/relevant"], ["relevant", "relevant"]),
        (["almond", "walnuts"], ["relevant", "irrelevant"]),
        (["nuts/Almonds", "nuts/pecans"], ["relevant", "irrelevant"]),
        (["Relevant", "almonds"], ["relevant", ""]),
        (["one", "two"], ["", ""]),
    ],
)
def test_names_say_it(folders, labels):
    assert list(label_folders(folders, "almonds").values()) == labels


def test_the_user_has_the_last_word():
    folders = ["Relevant", "almonds", "Best/1", "Bestiary"]
    assert label_folders(folders, "almonds", ["best/"]) == {
        "Relevant": "irrelevant",
        "almonds": "irrelevant",
        "Best/1": "relevant",
        "Bestiary": "irrelevant",
    }


def test_a_folder_that_is_not_there():
    with pytest.raises(UsageError, match='No folder is called "nope"; the folders are: a, b'):
        label_folders(["a", "b"], "almonds", ["a", "nope"])
