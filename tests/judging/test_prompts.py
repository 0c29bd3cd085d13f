from __future__ import annotations

import pytest

from relevance.errors import UsageError
from relevance.judging.prompts import BACKGROUND_CONCEPTS, fill, without_keyword


def test_the_keyword_goes_where_the_braces_are():
    assert fill(["a photo of {}", "{}, {}"], " almonds ") == (
        "a photo of almonds",
        "almonds, almonds",
    )


def test_braces_in_a_keyword_are_plain_text():
    assert fill(["a {}"], "{0.__class__} {}") == ("a {0.__class__} {}",)


@pytest.mark.parametrize(
    ("templates", "keyword", "message"),
    [
        (["a {}"], "  ", "keyword is empty"),
        ([], "nuts", "no prompt template"),
        (["a photo"], "nuts", "has no {}"),
    ],
)
def test_what_cannot_be_filled(templates, keyword, message):
    with pytest.raises(UsageError, match=message):
        fill(templates, keyword)


@pytest.mark.parametrize(
    ("keyword", "dropped"),
    [
        ("almonds", set()),
        ("toys", {"a toy"}),
        ("Fruits", {"fruit"}),
        ("cheese board", {"cheese"}),
        ("cardboard box", {"a cardboard box"}),
        ("plastic", {"plastic packaging"}),
        ("the", set()),
        ("アーモンド", set()),
    ],
)
def test_concepts_that_say_the_keyword_are_no_background(keyword, dropped):
    assert set(BACKGROUND_CONCEPTS) - set(without_keyword(BACKGROUND_CONCEPTS, keyword)) == dropped
