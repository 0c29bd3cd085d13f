"""Pictures in memory wherever a path may stand: every job gives what it gives for their files."""

from __future__ import annotations

import hashlib

import numpy as np
import pandas as pd
import pytest
from PIL import Image

import relevance
from relevance.embedding.cache import inspect
from relevance.errors import NoReadablePictureError, UsageError
from tests.support.picture_server import png, serving
from tests.support.toy import ToyEncoder


@pytest.fixture
def pictures(red_and_blue):
    """The pictures by category, as Pillow has them, in the order of their files."""
    return {
        folder: [Image.open(red_and_blue / folder / f"{n}.png") for n in range(1, count + 1)]
        for folder, count in (("Irrelevant", 20), ("Relevant", 12))
    }


def test_scores_are_those_of_the_files(red_and_blue, pictures, toy):
    of_files = relevance.score("red", red_and_blue, model=toy)
    held = relevance.score("red", pictures, model=toy)
    assert held.places[0] == "picture 1"
    assert list(held.images["folder"]) == list(of_files.images["folder"])
    assert list(held.images["label"]) == list(of_files.images["label"])
    np.testing.assert_allclose(held.images["score"], of_files.images["score"], atol=1e-3)
    assert held.evaluation().to_dict() == of_files.evaluation().to_dict()


def test_a_report_shows_them(pictures, toy, tmp_path):
    scores = relevance.score(
        "red", pictures, model=toy, like=[pictures["Relevant"][0]], unlike=np.zeros((9, 9, 3), "u1")
    )
    page = scores.to_html(tmp_path / "page.html").read_text()
    assert page.count("data:image/webp;base64,") >= 32 + 2
    assert scores.like == ("like picture 1",)
    assert scores.unlike == ("unlike picture 1",)
    assert (
        relevance.categories(pictures, keywords=["red", "blue"], model=toy)
        .to_html(tmp_path / "matrix.html")
        .stat()
        .st_size
    )


def test_what_is_known_is_not_encoded_again(pictures):
    first, second = ToyEncoder(), ToyEncoder()
    relevance.score("red", pictures, model=first)
    assert sum(first.batches) == 32
    assert dict(inspect().pictures) == {"toy (fp32)": 32}
    arrays = {name: [np.asarray(item) for item in own] for name, own in pictures.items()}
    scores = relevance.score("red", arrays, model=second)
    assert second.batches == []
    assert scores.provenance["pictures_from_cache"] == 32


def test_one_wrong_picture_is_a_skipped_row_and_alone_an_error(toy):
    red = Image.new("RGB", (9, 9), "red")
    scores = relevance.score("red", [red, np.zeros((9, 9)), red, b"nothing", None], model=toy)
    assert list(scores.images["status"]) == ["ok", "skipped", "ok", "skipped", "skipped"]
    assert scores.images["reason"][1].startswith("an array of shape (9, 9) and float64 is no")
    assert scores.copies == {0: [0, 2]}
    with pytest.raises(UsageError, match=r"array of shape \(9, 9\) and float64 is no picture"):
        relevance.score("red", np.zeros((9, 9)), model=toy)
    with pytest.raises(NoReadablePictureError, match="picture 1: NoneType is no picture"):
        relevance.score("red", [None], model=toy)
    with pytest.raises(UsageError, match="compare reads pictures in processes of their own"):
        relevance.compare("red", [red], models=["compact", "clip"])


def test_paths_addresses_and_memory_in_one_list(tmp_path, toy):
    (tmp_path / "a.png").write_bytes(png("red"))
    with serving() as server:
        address = f"{server.url}/colour/red.png"
        given = [tmp_path / "a.png", png("red"), address, Image.open(tmp_path / "a.png")]
        scores = relevance.score("red", given, model=toy)
    folders = [tmp_path.name, "in memory", "addresses", "in memory"]
    assert list(scores.images["folder"]) == folders
    assert list(scores.images["status"]) == ["ok"] * 4
    assert len(set(scores.images["score"])) == 1
    assert scores.copies == {0: [0, 1, 2]}


def test_calibrate_and_teach_learn_from_them(pictures, toy):
    calibration = relevance.calibrate("red", pictures, model=toy, force=True)
    assert (calibration.n_relevant, calibration.n_irrelevant) == (12, 20)
    taught = relevance.teach(
        "red", {**pictures, "more": [Image.new("RGB", (9, 9), "orange")]}, model=toy, suggest=1
    )
    assert [item.place for item in taught.suggested] == ["picture 33"]
    assert taught.known[0] == ("picture 1", "irrelevant")
    scores = relevance.score("red", pictures, model=toy, lesson=taught.lesson)
    assert scores.evaluation().roc_auc.value > 0.99


def test_an_index_takes_and_finds_them(tmp_path, toy):
    colours = ("red", "green", "blue")
    made = {name: Image.new("RGB", (9, 9), name) for name in colours}
    with relevance.Index.create(tmp_path / "i", model=toy) as index:
        changes = index.add({name: [picture] for name, picture in made.items()})
        assert changes.added == 3
        assert index.add(list(made.values())).added == 0
        assert len(index) == 3
        found = index.search(like=np.asarray(Image.new("RGB", (5, 5), (250, 10, 0))), k=1)
        assert found.hits[0].folder == "in memory"
        with pytest.raises(UsageError, match="A picture cannot be used: an array of shape"):
            index.search(like=[np.zeros((4, 4), np.uint8)])
        with pytest.raises(NoReadablePictureError):
            index.search(like=b"nothing")


def test_references_keep_and_recognise_them(tmp_path, toy):
    references = relevance.References(tmp_path / "types", model=toy)
    shades = {
        "red": [Image.new("RGB", (9, 9), (shade, 0, 0)) for shade in (200, 220, 240)],
        "blue": [Image.new("RGB", (9, 9), (0, 0, shade)) for shade in (200, 220, 240)],
    }
    assert dict(references.add(shades).counts) == {"red": 3, "blue": 3}
    again = relevance.References(tmp_path / "types", model=toy)
    found = again.recognise([np.full((9, 9, 3), (210, 5, 0), np.uint8), None], threshold=0.9)
    assert [(row.place, row.type) for row in found.rows] == [
        ("picture 1", "red"),
        ("picture 2", ""),
    ]
    assert "NoneType is no picture" in found.rows[1].reason


def test_captions_take_arrays(toy):
    red, wrong = np.full((9, 9, 3), (255, 0, 0), np.uint8), np.zeros((3, 9, 9), np.uint8)
    frame = pd.DataFrame({"image": [red, Image.fromarray(red), wrong], "caption": ["red"] * 3})
    rows = relevance.caption_similarity(frame, model=toy)
    assert rows["similarity"][0] == rows["similarity"][1] > 0.9
    assert list(rows["status"]) == ["ok", "ok", "skipped"]
    assert "an array of shape (3, 9, 9) and uint8 is no picture" in rows["reason"][2]


def test_the_encoder_in_the_package_scores_arrays_as_files(samples, compact):
    files = sorted((samples / "google_images" / "almonds").glob("*"))[:3]
    arrays = [np.asarray(Image.open(file).convert("RGB")) for file in files]
    of_files = relevance.score("almonds", files, model=compact)
    held = relevance.score("almonds", arrays, model=compact)
    np.testing.assert_allclose(held.images["score"], of_files.images["score"], atol=0.01)
    assert len({hashlib.sha256(array).digest() for array in arrays}) == 3
