"""Keywords that an English encoder hardly knows, by a list of words and its own tokenizer."""

from __future__ import annotations

import dataclasses
from types import SimpleNamespace

import pytest

from relevance.judging.provenance import warnings_on
from relevance.judging.vocabulary import filter_of, hardly_known, holds

KNOWN = (
    *("almonds", "Green Apples", "running_shoes", "wine glass", "geese", "t-shirt"),
    *("jeans", "yoghurt", "Granny Smith apple", "usb cable", "4k tv", "501", ""),
)
UNKNOWN = (
    *("asdkjh", "pomme verte", "gruener apfel", "manzana verde", "xingren", "zorblax asdkjh"),
    *("アーモンド", "Äpfel"),
)


def test_words_of_the_list_and_of_the_tokenizer_are_known(compact):
    assert hardly_known([*KNOWN, *UNKNOWN], compact) == list(UNKNOWN)


def test_half_the_words_are_enough_and_less_are_not(compact):
    assert hardly_known(["asdkjh apples", "asdkjh green apples"], compact) == ["asdkjh apples"]


def test_one_warning_names_three_of_them(compact):
    (warning,) = warnings_on([*UNKNOWN[:4], "almonds"], [], compact)
    assert warning == (
        "The encoder compact knows English only and may not understand “asdkjh”, “pomme verte”, "
        "“gruener apfel”, …. Check the spelling, use an English word, or a multilingual encoder "
        "such as siglip2."
    )


@pytest.mark.parametrize("languages", ["many", "not stated"])
def test_encoders_that_may_know_other_languages_are_not_doubted(compact, languages):
    info = dataclasses.replace(compact.info, languages=languages)
    other = SimpleNamespace(info=info, count_tokens=compact.count_tokens)
    assert warnings_on(UNKNOWN, [], other) == []


def test_the_filter_has_as_many_bits_as_one_error_in_a_thousand_takes():
    """Of 20,000 words that are in no list, 20 are to be expected; never one of the list is lost."""
    words = [f"word{number}" for number in range(2_000)]
    made = filter_of(words)
    assert len(made) == 3_600
    others = [f"other{number}" for number in range(20_000)]
    assert all(holds(made, word) for word in words)
    assert sum(holds(made, word) for word in others) < 40
