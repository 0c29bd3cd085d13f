"""One encoder for many requests: batches, bounds, failures."""

from __future__ import annotations

import threading
import time

import numpy as np
import pytest
from PIL import Image

from relevance.server.batching import BusyError, SharedEncoder
from tests.support.toy import ToyEncoder


class SlowEncoder(ToyEncoder):
    """Waits for a sign before it encodes, and fails on black pictures."""

    def __init__(self):
        super().__init__()
        self.sign = threading.Event()
        self.texts = []

    def encode_texts(self, texts):
        self.sign.wait(10)
        self.texts.append(len(texts))
        return super().encode_texts(texts)

    def encode_images(self, images):
        self.sign.wait(10)
        if any(image.getpixel((0, 0)) == (0, 0, 0) for image in images):
            raise RuntimeError("the engine broke")
        return super().encode_images(images)


@pytest.fixture
def slow():
    encoder = SlowEncoder()
    yield encoder
    encoder.sign.set()


def asked(work):
    """Do something in threads; return what each got, results and errors."""
    found = [None] * len(work)

    def run(number):
        try:
            found[number] = work[number]()
        except Exception as error:
            found[number] = error

    threads = [threading.Thread(target=run, args=(number,)) for number in range(len(work))]
    for thread in threads:
        thread.start()
        time.sleep(0.01)  # in this order
    return threads, found


def test_each_gets_its_own_rows_whatever_the_batch(slow, toy):
    shared = SharedEncoder(slow, 64)
    texts = [[f"word {number}", f"other {number}"] for number in range(20)]
    threads, found = asked([lambda t=t: shared.encode_texts(t) for t in texts])
    slow.sign.set()
    for thread in threads:
        thread.join()
    for rows, own in zip(found, texts, strict=True):
        np.testing.assert_array_equal(rows, toy.encode_texts(own))
    assert sum(slow.texts) == 40
    assert len(slow.texts) < 20  # those that waited went together
    assert max(slow.texts) <= 64
    shared.close()


def test_past_the_bound_others_are_sent_away(slow):
    shared = SharedEncoder(slow, 3)
    picture = Image.new("RGB", (4, 4), "red")
    threads, found = asked([lambda: shared.encode_images([picture] * 8) for _ in range(20)])
    slow.sign.set()
    for thread in threads:
        thread.join()
    refused = [item for item in found if isinstance(item, BusyError)]
    assert 20 - 3 - 8 <= len(refused) < 20
    assert all(len(item) == 8 for item in found if not isinstance(item, BusyError))
    assert "try again in 2 s" in str(refused[0])
    shared.close()


def test_a_picture_that_breaks_the_encoder_costs_nobody_else(slow):
    shared = SharedEncoder(slow, 64)
    pictures = [Image.new("RGB", (4, 4), colour) for colour in ("red", "black", "blue", "green")]
    threads, found = asked([lambda p=p: shared.encode_images([p]) for p in pictures * 3])
    slow.sign.set()
    for thread in threads:
        thread.join()
    for number, item in enumerate(found):
        if number % 4 == 1:
            assert isinstance(item, RuntimeError)
        else:
            assert item.shape == (1, 8)
    assert shared.encode_texts(["still here"]).shape == (1, 8)
    shared.close()


def test_closing_finishes_what_waits_and_takes_no_more(slow):
    shared = SharedEncoder(slow, 64)
    threads, found = asked([lambda: shared.encode_texts(["red"]) for _ in range(4)])
    slow.sign.set()
    shared.close()
    for thread in threads:
        thread.join()
    assert all(rows.shape == (1, 8) for rows in found)
    with pytest.raises(BusyError):
        shared.encode_texts(["red"])
