"""The boundary round a row: whatever is raised inside costs that row, and nothing beside it."""

from __future__ import annotations

import csv
import signal
import subprocess
import sys
import time
from pathlib import Path

import fsspec
import numpy as np
import pandas as pd
import pytest
from PIL import Image

import relevance
from relevance.embedding import embeddings
from relevance.embedding.embeddings import embed_images
from relevance.errors import UsageError
from relevance.pictures.fetching import Doors, Fetcher, Limits
from relevance.pictures.folders import ImageRef
from relevance.pictures.guard import guarded, named
from relevance.pictures.reading import Skipped
from tests.jobs.captions.test_command import rows_in, wait_for
from tests.support.picture_server import serving
from tests.support.toy import ToyEncoder


class Panic(BaseException):
    """What libraries written in Rust raise is no ``Exception``."""


class MuteError(Exception):
    """Its own message fails."""

    def __str__(self) -> str:
        raise ValueError("no words")


ANYTHING = [
    (KeyError("x"), "KeyError: 'x'"),
    (MemoryError(), "MemoryError: not enough memory"),
    (RecursionError("maximum recursion depth"), "RecursionError: maximum recursion depth"),
    (OverflowError("port must be\n 0-65535"), "OverflowError: port must be 0-65535"),
    (Panic("index out of bounds"), "Panic: index out of bounds"),
    (StopIteration(), "StopIteration"),
    (MuteError(), "MuteError"),
    (ExceptionGroup("several", [ValueError("a")]), "ValueError: a"),
]
IDS = [type(error).__name__ for error, _ in ANYTHING]


def throw(error: BaseException) -> None:
    raise error


@pytest.mark.parametrize(("error", "reason"), ANYTHING, ids=IDS)
def test_whatever_is_raised_becomes_a_reason_with_its_name(error, reason):
    assert named(error) == reason
    assert guarded(throw, error) == Skipped(reason)


def test_a_message_is_one_line_of_bounded_length():
    assert len(named(ValueError("data:" + "x" * 1_000_000))) < 400


@pytest.mark.parametrize("error", [KeyboardInterrupt(), SystemExit(3), UsageError("no")])
def test_who_wants_the_run_to_end_is_heard(error):
    with pytest.raises(type(error)):
        guarded(throw, error)


class Fussy(ToyEncoder):
    """Refuses a call with a picture of one pixel, or with a text that has an "odd" in it."""

    def __init__(self, error: BaseException) -> None:
        super().__init__()
        self.error = error

    def encode_images(self, images):
        if any(image.size == (1, 1) for image in images):
            raise self.error
        return super().encode_images(images)

    def encode_texts(self, texts):
        if any("odd" in text for text in texts):
            raise self.error
        return super().encode_texts(texts)


@pytest.fixture
def pictures(tmp_path):
    """Twenty pictures, the twelfth of one pixel."""
    names = [f"{number:02}.png" for number in range(20)]
    for number, name in enumerate(names):
        side = 1 if number == 11 else 9
        Image.new("RGB", (side, side), (number * 9, 90, 30)).save(tmp_path / name)
    return [tmp_path / name for name in names]


def refs_of(paths: list[Path]) -> list[ImageRef]:
    return [ImageRef(str(path), "") for path in paths]


@pytest.mark.parametrize(("error", "reason"), ANYTHING, ids=IDS)
def test_a_picture_that_cannot_be_encoded_costs_its_neighbours_nothing(pictures, error, reason):
    found = embed_images(refs_of(pictures), Fussy(error))
    assert found.reasons == tuple(reason if number == 11 else "" for number in range(20))
    rest = [number for number in range(20) if number != 11]
    alone = embed_images(refs_of([pictures[number] for number in rest]), ToyEncoder())
    assert np.array_equal(found.vectors[rest], alone.vectors)
    assert np.isnan(found.vectors[11]).all()


def test_a_decoder_that_raises_anything_costs_its_picture(pictures, monkeypatch):
    real = embeddings.load_for_encoder

    def load(path, *rest):
        return throw(Panic("boom")) if path.name == "03.png" else real(path, *rest)

    monkeypatch.setattr(embeddings, "load_for_encoder", load)
    found = embed_images(refs_of(pictures), ToyEncoder())
    assert found.reasons == tuple("Panic: boom" if n == 3 else "" for n in range(20))


def test_an_encoder_that_gives_the_wrong_number_of_rows_is_asked_one_by_one(pictures):
    encoder = ToyEncoder()
    right = encoder.encode_images
    encoder.encode_images = lambda images: right(images)[:1]
    assert set(embed_images(refs_of(pictures), encoder).reasons) == {""}


def test_an_interrupt_ends_a_run(pictures):
    with pytest.raises(KeyboardInterrupt):
        embed_images(refs_of(pictures), Fussy(KeyboardInterrupt()))


@pytest.mark.parametrize(("error", "reason"), ANYTHING, ids=IDS)
def test_pictures_and_captions_of_a_table(pictures, error, reason):
    frame = pd.DataFrame({"image": [path.name for path in pictures], "caption": "red"})
    frame.loc[[4, 15], "caption"] = "odd"
    found = relevance.caption_similarity(frame, folder=pictures[0].parent, model=Fussy(error))
    assert found["reason"][11] == reason
    assert set(found["reason"][[4, 15]]) == {f"the caption cannot be encoded: {reason}"}
    assert (found["status"] == "ok").sum() == 17


def test_captions_that_no_one_foresees(compact, pictures):
    """Half a character, NUL, controls, right-to-left marks, a million letters."""
    odd = ["\ud800", "\0", "a\0b", "\x1b[31m", "\u202e", "\ufffe", "x" * 10**6, "nuts " * 20_000]
    captions = pd.Series([*odd, "nuts"], dtype=object)
    frame = pd.DataFrame({"image": pictures[0].name, "caption": captions})
    for long in ("truncate", "chunk"):
        rows = frame if long == "truncate" else frame.drop(6)  # letter by letter takes long
        found = relevance.caption_similarity(
            rows, folder=pictures[0].parent, model=compact, long_captions=long
        )
        assert found["status"].iloc[-1] == "ok"
        assert all(found["reason"][found["status"] == "skipped"])


def test_cells_that_cannot_be_read(pictures):
    frame = pd.DataFrame({"image": pictures[0].name, "caption": ["red", 10**5000, "red"]})
    frame["caption"] = frame["caption"].astype(object)
    found = relevance.caption_similarity(frame, folder=pictures[0].parent, model=ToyEncoder())
    assert found["status"].tolist() == ["ok", "skipped", "ok"]
    assert "ValueError" in found["reason"][1]


class Broken(fsspec.AbstractFileSystem):
    """A store whose driver raises what it likes."""

    protocol = "broken"
    error: BaseException

    def _open(self, path, mode="rb", **kwargs):
        raise Broken.error


@pytest.mark.parametrize("error", [*(error for error, _ in ANYTHING), SystemExit(2)])
def test_a_driver_that_raises_anything(tmp_path, error):
    fsspec.register_implementation("broken", Broken, clobber=True)
    Broken.error = error
    started = time.monotonic()
    with Fetcher(tmp_path, Limits(seconds=30), Doors(frozenset({"broken"}))) as fetcher:
        found = fetcher.fetch("broken://a.png")
    assert isinstance(found, Skipped)
    assert named(error) in found.reason
    assert time.monotonic() - started < 20  # not until the time is over


@pytest.mark.parametrize("bad", ["http://127.0.0.1:99999/x.png", "to_port"])
def test_row_401_of_402_does_not_end_a_table(tmp_path, bad):
    with serving() as server:
        place = f"{server.url}/{bad}/" if bad == "to_port" else bad
        places = [f"{server.url}/slowly/red-{number % 200}.png" for number in range(402)]
        places[400] = place
        table = tmp_path / "a.csv"
        with table.open("w", newline="") as stream:
            csv.writer(stream).writerows(
                [["image", "caption"], *([item, "red"] for item in places)]
            )
        words = [sys.executable, "-m", "relevance", "captions", str(table), "--model", "compact"]
        words += ["--no-cache", "--connections", "4"]
        started = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        journal = tmp_path / "a-similarity.csv.journal"
        wait_for(lambda: started.poll() is not None or rows_in(journal) >= 64)
        started.send_signal(signal.SIGKILL)
        started.wait()
        done = subprocess.run([*words, "--resume"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "Going on after" in done.stderr
    with (tmp_path / "a-similarity.csv").open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert [number for number, row in enumerate(rows) if row["status"] != "ok"] == [400]
    assert rows[400]["reason"] == "not a valid web address: there is no port 99999"
