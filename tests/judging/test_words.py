from __future__ import annotations

import pytest

from relevance.judging.words import same_words


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
