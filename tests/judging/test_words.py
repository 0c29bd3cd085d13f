from __future__ import annotations

import re

import pandas as pd
import pytest
import snowballstemmer

from relevance.judging import words
from relevance.judging.words import same_words, stems
from tests.support.threads import THREADS, at_once


@pytest.mark.parametrize(
    ("left", "right", "same"),
    [
        ("almonds", "Almond", True),
        ("Running_Shoes", "running shoe", True),
        ("the-olives", "olive", True),
        ("strawberries", "strawberry", True),
        ("almonds", "almond milk", False),
        ("car", "card", False),
        ("A\u0308pfel", "\u00c4pfel", True),  # as macOS stores it and as it is typed
        ("", "", False),
    ],
)
def test_same_words(left, right, same):
    assert same_words(left, right) is same


def test_threads_do_not_mix_up_each_others_words(samples):
    """Once wrong, a stem would be remembered."""
    captions = pd.read_csv(samples / "captions.csv")["caption"]
    several = sorted(set(re.findall("[a-z]{3,}", " ".join(captions).lower())) - {"the"})
    expected = [[snowballstemmer.stemmer("english").stemWord(word)] for word in several]
    assert len(several) > 60

    def work():
        words._stem.cache_clear()
        return [stems(word) for word in several]

    for _ in range(10):
        assert at_once(work) == [expected] * THREADS
