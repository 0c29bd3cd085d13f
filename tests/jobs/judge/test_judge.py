"""Streams of pictures: judged in order, in bounded memory, as ``score`` judges the same ones."""

from __future__ import annotations

import logging
import math
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image

import relevance
from relevance.embedding.cache import inspect
from tests.conftest import ROOT
from tests.support.toy import ToyEncoder

STREAM = """
import resource, sys
from PIL import Image
import relevance
from tests.support.toy import ToyEncoder

colours = ["red", "blue", "green", "white"]
def stream(count):
    for number in range(count):
        yield Image.new("RGB", (60, 60), colours[number % 4])

def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

toy = ToyEncoder()
for _ in relevance.judge("red", stream(1000), model=toy):
    pass
before = peak()
seen = relevant = 0
for judgement in relevance.judge("red", stream(20_000), model=toy):
    seen += 1
    assert judgement.number == seen, (judgement, seen)
    relevant += judgement.relevant
print(seen, relevant, peak() - before)
"""


def test_judgements_are_what_score_says(red_and_blue, toy):
    scores = relevance.score("red", red_and_blue, model=toy)
    judged = list(relevance.judge("red", iter(scores.files), model=toy))
    assert [item.place for item in judged] == list(scores.places)
    assert [item.number for item in judged] == list(range(1, 33))
    assert [item.score for item in judged] == scores.pictures.score.tolist()
    assert [item.probability for item in judged] == scores.pictures.probability.tolist()
    assert [item.relevant for item in judged] == scores.pictures.relevant.tolist()
    assert {item.status for item in judged} == {"ok"}


def test_several_keywords_are_answered_in_one_pass(toy):
    pictures = [Image.new("RGB", (9, 9), name) for name in ("red", "blue")]
    judged = list(relevance.judge(["red", "blue"], pictures, model=toy))
    assert toy.batches == [2]
    assert [(item.number, item.keyword) for item in judged] == [
        *((1, "red"), (1, "blue")),
        *((2, "red"), (2, "blue")),
    ]
    assert judged[0].score > judged[2].score
    assert judged[3].score > judged[1].score
    alone = list(relevance.judge("blue", pictures, model=toy))
    assert [item.score for item in alone] == [judged[1].score, judged[3].score]


def test_failures_keep_their_place_and_say_why(toy, tmp_path):
    stream = [Image.new("RGB", (9, 9), "red"), None, tmp_path / "gone.png", np.zeros((2, 2)), b"x"]
    first, *rest = relevance.judge("red", stream, model=toy)
    assert (first.status, first.reason, first.place) == ("ok", "", "picture 1")
    assert [item.status for item in rest] == ["skipped"] * 4
    assert [item.relevant for item in rest] == [False] * 4
    assert all(math.isnan(item.score) and math.isnan(item.probability) for item in rest)
    assert [item.reason.split(";")[0][:40] for item in rest] == [
        "NoneType is no picture",
        "the file does not exist (a broken link, ",
        "an array of shape (2, 2) and float64 is ",
        "not a picture that can be read, but a te",
    ]
    assert [item.place for item in rest][1] == str(tmp_path / "gone.png")
    assert list(relevance.judge("red", [], model=toy)) == []


def test_a_stream_is_taken_a_little_at_a_time(toy, monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "2")
    taken = []

    def stream():
        for number in range(1000):
            taken.append(number)
            yield Image.new("RGB", (9, 9), "red")

    judged = relevance.judge("red", stream(), model=toy)
    assert taken == []
    next(judged)
    assert 0 < len(taken) <= 32 * 2
    judged.close()
    assert len(taken) <= 32 * 2


def test_memory_does_not_grow_with_the_stream():
    done = subprocess.run(
        [sys.executable, "-c", STREAM], cwd=ROOT, capture_output=True, text=True, check=True
    )
    seen, relevant, grown = map(int, done.stdout.split())
    assert seen == 20_000
    assert relevant == 10_000  # red and, of the toy's colours, white
    assert grown < 20_000  # kilobytes; the pictures take 216 MB


def test_arguments_are_checked_before_anything_is_taken(toy):
    with pytest.raises(relevance.UsageError, match="probability from 0 to 1"):
        relevance.judge("red", [], threshold=2, model=toy)
    with pytest.raises(relevance.UsageError, match="at least one keyword"):
        relevance.judge([], [], model=toy)
    with pytest.raises(relevance.UsageError, match="The keyword is empty"):
        relevance.judge(" ", [], model=toy)
    with pytest.raises(relevance.UsageError, match="Pictures cannot be used: int is no picture"):
        relevance.judge("red", 3, model=toy)
    with pytest.raises(relevance.UsageError, match="judge has no use for distance"):
        relevance.judge("red", [], distance="dot", model=toy)
    with pytest.raises(TypeError, match="keyword must be one word"):
        relevance.judge([3], [], model=toy)


def test_a_calibration_says_what_is_relevant(red_and_blue, toy):
    made = relevance.calibrate("red", red_and_blue, model=toy, force=True)
    scores = relevance.score("red", red_and_blue, model=toy, calibration=made)
    judged = list(relevance.judge("red", scores.files, model=toy, calibration=made))
    assert [item.relevant for item in judged] == scores.pictures.relevant.tolist()
    assert [item.probability for item in judged] == scores.pictures.probability.tolist()
    with pytest.raises(relevance.UsageError, match="A calibration is for one keyword"):
        relevance.judge(["red", "blue"], [], model=toy, calibration=made)


def test_texts_are_encoded_once_and_warnings_said_once(caplog):
    class Counting(ToyEncoder):
        texts = 0

        def encode_texts(self, texts):
            Counting.texts += len(texts)
            return super().encode_texts(texts)

    encoder = Counting(fingerprint="c" * 32)
    picture = Image.new("RGB", (9, 9), "red")
    with caplog.at_level(logging.WARNING, "relevance"):
        for _ in range(3):
            list(relevance.judge("rötlich", picture, model=encoder))
    assert Counting.texts == 3 * 41
    assert caplog.text.count("may not understand “rötlich”") == 1


def test_the_cache_is_used_where_it_is_asked_for():
    picture = Image.new("RGB", (9, 9), "red")
    list(relevance.judge("red", picture, model=ToyEncoder()))
    assert inspect() is None
    list(relevance.judge("red", picture, model=ToyEncoder(), cache=True))
    again = ToyEncoder()
    list(relevance.judge("red", picture, model=again, cache=True))
    assert again.batches == []


def test_the_encoder_in_the_package_judges_samples(samples, compact):
    folder = samples / "google_images"
    names = ("almonds", "apples")
    files = [file for name in names for file in sorted((folder / name).glob("*"))[:5]]
    scores = relevance.score("almonds", files, model=compact)
    contents = (file.read_bytes() for file in files)
    judged = list(relevance.judge("almonds", contents, model=compact))
    np.testing.assert_allclose(
        [item.probability for item in judged], scores.pictures.probability, atol=0.002
    )
    assert [item.relevant for item in judged] == scores.pictures.relevant.tolist()
    assert sum(item.relevant for item in judged[:5]) > sum(item.relevant for item in judged[5:])
