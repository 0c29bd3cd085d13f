"""What was encoded is remembered, within bounds, and is the same."""

from __future__ import annotations

import numpy as np

from relevance.embedding.remembering import TextMemory
from relevance.server.batching import SharedEncoder
from tests.support.toy import ToyEncoder


def test_only_what_is_new_is_encoded_and_rows_are_in_order(toy):
    asked = []

    def encode(texts):
        asked.append(texts)
        return toy.encode_texts(texts)

    memory = TextMemory(3)
    for texts in (["red", "blue"], ["blue", "x", "red", "x"], ["red"], ["y"], ["blue"], ["red"]):
        np.testing.assert_array_equal(memory.rows(texts, encode), toy.encode_texts(texts))
    # blue was asked for longest ago when y came
    assert asked == [["red", "blue"], ["x"], ["y"], ["blue"]]


def test_what_is_returned_is_the_askers_own(toy):
    memory = TextMemory(3)
    first = memory.rows(["red"], toy.encode_texts)
    first[:] = 0
    np.testing.assert_array_equal(memory.rows(["red"], toy.encode_texts), toy.encode_texts(["red"]))


def test_a_shared_encoder_remembers():
    class Counting(ToyEncoder):
        seen = 0

        def encode_texts(self, texts):
            self.seen += len(texts)
            return super().encode_texts(texts)

    encoder = Counting()
    shared = SharedEncoder(encoder, 8)
    for _ in range(3):
        assert shared.encode_texts(["red", "green"]).shape == (2, 8)
    assert shared.encode_texts([]).shape == (0, 8)
    assert encoder.seen == 2
    shared.close()
