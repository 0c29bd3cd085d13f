"""Which keywords folders give."""

from __future__ import annotations

import pytest

from relevance.errors import UsageError
from relevance.judging.naming import NONE, name_keywords, unknown_folders


@pytest.mark.parametrize(
    ("folders", "added", "keywords", "own"),
    [
        (["Running_Shoes", "T-shirt"], [], ["running shoes", "t shirt"], [0, 1]),
        (["Running_Shoes", "cap", "the running shoe"], [], ["running shoes", "cap"], [0, 1, 0]),
        (["shop/a/Red  Hats", "shop/Bags"], [], ["red hats", "bags"], [0, 1]),
        (["Relevant", "x/irrelevant", "nuts"], ["figs"], ["nuts", "figs"], [-1, -1, 0]),
        (["nuts"], ["Nut", "figs", "FIG", "dates"], ["nuts", "figs", "dates"], [0]),
        (["2024", "--", "the", "🥜", "nuts"], ["figs"], ["nuts", "figs"], [-1, -1, -1, -1, 0]),
        (["501", "2024"], ["501", " jeans "], ["501", "jeans"], [0, -1]),
        (["Relevant", "nuts"], ["relevant"], ["nuts", "relevant"], [-1, 0]),
        (["A\u0308pfel", "アーモンド"], [], ["\u00e4pfel", "アーモンド"], [0, 1]),
        (["10345_Red_Hats", "red hats final v2", "Bags (2)"], [], ["red hats", "bags"], [0, 0, 1]),
        (["IMG_Cups", "sku00412 cups backup", "jars copy 3"], [], ["cups", "jars"], [0, 0, 1]),
        (
            ["img", "Backup 2024", "final fantasy", "501 jeans"],
            [],
            ["final fantasy", "501 jeans"],
            [-1, -1, 0, 1],
        ),
        (["7up", "c++", "C#"], [], ["7up", "c++", "c#"], [0, 1, 2]),
    ],
)
def test_keywords_from_folder_names(folders, added, keywords, own):
    naming = name_keywords(folders, added)
    assert list(naming.keywords) == keywords
    assert list(naming.own) == own


@pytest.mark.parametrize(
    ("folders", "added", "message"),
    [
        (["almonds"], [], 'relevance score "almonds" PATH'),
        (["almonds", "Almond"], ["ALMOND"], "only one keyword, “almonds”"),
        (["Relevant", "2024"], [], "No folder is named after a thing .Relevant, 2024."),
        (["a1", "b1"], [" "], "A keyword is empty"),
        (["a1", "b1"], ["nuts\x1b[31m"], "characters that are not text"),
    ],
)
def test_keywords_that_cannot_be_used(folders, added, message):
    with pytest.raises(UsageError, match=message):
        name_keywords(folders, added)


@pytest.mark.parametrize("label", ["Not_Relevant", "non-relevant", "unrelevant", " Relevant "])
def test_what_denies_relevance_is_a_label_and_no_keyword(label):
    naming = name_keywords([label, "nuts", "lamps"])
    assert naming.keywords == ("nuts", "lamps")
    assert naming.own[0] == NONE


def test_names_that_are_given_count_in_place_of_the_folders():
    folders = ["a/Kat 7", "b/Kat 7", "Hats", "Odds"]
    given = {"Kat 7": "cups", "b/kat 7": "jars", "odds": ""}
    naming = name_keywords(folders, given=given)
    assert naming.keywords == ("cups", "jars", "hats")
    assert naming.own == (0, 1, 2, NONE)
    alone = name_keywords(folders, ["hat", "mugs"], given=given, only_added=True)
    assert (alone.keywords, alone.own) == (("hat", "mugs"), (NONE, NONE, 0, NONE))
    assert unknown_folders({"kat 7": "x", "at 7": "x"}, folders) == ["at 7"]


def test_what_is_set_aside_is_known():
    naming = name_keywords(["x/10345 red hats", "bags final v2", "jars"])
    assert naming.aside == {"x/10345 red hats": "10345", "bags final v2": "final v2"}
