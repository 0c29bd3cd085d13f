"""An index where a path stands: the same as the folder, to the bit, and no file is opened."""

from __future__ import annotations

import shutil

import numpy as np
import pandas as pd
import pytest
from PIL import Image

import relevance
from relevance.cli import main
from relevance.errors import ModelLoadError, NoReadablePictureError, UsageError
from relevance.index.standing import find_pictures
from tests.support.picture_files import painted
from tests.support.toy import ToyEncoder


@pytest.fixture(scope="module")
def sample_indexes(tmp_path_factory, samples):
    """Indexes of both sample folders, by name."""
    folder = tmp_path_factory.mktemp("standing")
    for name in ("examples", "google_images"):
        with relevance.Index.create(folder / name, model="compact") as index:
            index.add(samples / name)
    return folder


def same(left, right, *, but=()):
    """But for what takes a look at the pictures, which an index does not keep."""
    for name in left.columns.drop([*but, "group", "flaws"], errors="ignore"):
        pd.testing.assert_series_equal(left[name], right[name], check_exact=True)


@pytest.mark.parametrize("name", ["examples", "google_images"])
def test_scores_are_those_of_the_folder_in_its_order(sample_indexes, samples, name):
    plain = relevance.score("almonds", samples / name, model="compact")
    known = relevance.score("almonds", sample_indexes / name)
    assert known.encoder == plain.encoder
    same(plain.images, known.images)
    same(plain.folders, known.folders)
    assert known.evaluation().to_dict() == plain.evaluation().to_dict()
    assert known.copies == plain.copies
    assert known.provenance["pictures_from_cache"] == len(known.images)
    assert "--model compact" in known.provenance["command"]


def test_categories_are_those_of_the_folder(sample_indexes, samples):
    plain = relevance.categories(samples / "google_images", model="compact")
    known = relevance.categories(sample_indexes / "google_images")
    assert known.keywords == plain.keywords
    assert known.folders == plain.folders
    np.testing.assert_array_equal(known.scores, plain.scores)


def test_the_command_takes_an_index_and_shows_what_is_there(sample_indexes, tmp_path, capsys):
    place = str(sample_indexes / "examples")
    assert main(["score", "almonds", place, "--output-dir", str(tmp_path)]) == 0
    assert "Report" in capsys.readouterr().out
    assert (tmp_path / "almonds.html").is_file()


@pytest.fixture
def shop(tmp_path):
    """Two folders, with a copy of a red among the blues."""
    reds = {"red/1": (250, 0, 0), "red/2": (250, 60, 0)}
    painted(tmp_path / "shop", reds | {"blue/1": (0, 0, 250), "blue/2_thumb": (0, 60, 250)})
    shutil.copy2(tmp_path / "shop/red/1.png", tmp_path / "shop/blue/copy.png")
    return tmp_path / "shop"


@pytest.fixture
def place(tmp_path, toy, shop):
    with relevance.Index.create(tmp_path / "shop.index", model=toy) as index:
        index.add(shop)
    return tmp_path / "shop.index"


def test_files_that_are_gone_score_as_they_did(place, shop, toy, tmp_path):
    before = relevance.score("red", shop, model=toy)
    shutil.rmtree(shop)
    after = relevance.score("red", place, model=toy)
    same(before.images, after.images)
    assert after.n_copies == 1
    assert after.to_html(tmp_path / "page.html").stat().st_size > 10_000


def test_what_is_excluded_by_name_folder_or_pattern(place, shop, toy):
    for pattern, left in (("*_thumb.png", 4), ("blue", 2), ("blue/*", 2), ("red/1.png", 4)):
        plain = relevance.score("red", shop, model=toy, exclude=pattern)
        known = relevance.score("red", place, model=toy, exclude=pattern)
        assert len(known.images) == left
        same(plain.images, known.images)
        assert known.provenance["left_out"] == {"excluded": 5 - left}
    idle = relevance.score("red", place, model=toy, exclude="green")
    assert "Nothing here is called green" in idle.provenance["warnings"][0]


def test_indexes_and_folders_together(place, shop, toy, tmp_path):
    more = tmp_path / "more"
    more.mkdir()
    Image.new("RGB", (20, 20), (240, 0, 0)).save(more / "new.png")
    (more / "broken.png").write_bytes(b"no picture")
    both = relevance.score("red", [more, place], model=toy, exclude="red")
    paths = [path.rsplit("/", 1)[1] for path in both.images["path"]]
    assert paths == ["1.png", "2_thumb.png", "copy.png", "broken.png", "new.png"]
    assert both.images["status"].tolist() == ["ok"] * 3 + ["skipped", "ok"]
    assert both.provenance["pictures_from_cache"] == 3
    alone = relevance.score("red", more, model=toy).images
    assert both.images["score"].iloc[-1] == alone["score"].iloc[-1]
    assert not [note for note in both.provenance["warnings"] if "Nothing here" in note]


def test_another_encoder_is_refused(place, tmp_path, shop):
    other = ToyEncoder(fingerprint="1" * 32)
    with pytest.raises(UsageError, match="whose vectors are not those of toy"):
        relevance.score("red", place, model=other)
    with relevance.Index.create(tmp_path / "second", model=other) as index:
        index.add(shop)
    with pytest.raises(UsageError, match="make one of them anew"):
        relevance.score("red", [place, tmp_path / "second"])


def test_an_empty_index_has_no_picture(tmp_path, toy):
    relevance.Index.create(tmp_path / "empty", model=toy).close()
    with pytest.raises(NoReadablePictureError, match="relevance index PATH -o INDEX --add"):
        relevance.score("red", tmp_path / "empty", model=toy)


def test_an_index_is_one_however_it_is_spelled_and_its_folder_adds_nothing(
    place, shop, toy, monkeypatch
):
    monkeypatch.chdir(place.parent)
    spelled = ["shop.index", "./shop.index", place]
    assert len(relevance.score("red", spelled, model=toy).images) == 5
    both = relevance.score("red", [place, shop], model=toy)
    assert len(both.images) == 5
    assert both.provenance["left_out"] == {"named twice": 5}


def test_folders_of_one_name_in_two_indexes_are_told_apart(place, tmp_path, toy):
    other = tmp_path / "more" / "red" / "3.png"
    other.parent.mkdir(parents=True)
    Image.new("RGB", (20, 20), (200, 0, 0)).save(other)
    with relevance.Index.create(tmp_path / "second.index", model=toy) as index:
        index.add(tmp_path / "more")
    scores = relevance.score("red", [place, tmp_path / "second.index"], model=toy)
    assert set(scores.images["folder"]) == {"shop/red", "blue", "second/red"}
    mixed = relevance.score("red", [place, tmp_path / "more" / "red"], model=toy)
    assert set(mixed.images["folder"]) == {"shop/red", "blue", "red"}


def test_a_folder_that_is_searched_itself_is_never_excluded(tmp_path, toy, shop):
    with relevance.Index.create(tmp_path / "reds", model=toy) as index:
        index.add(shop / "red")
    assert len(relevance.score("red", shop / "red", model=toy, exclude="red").images) == 2
    assert len(relevance.score("red", tmp_path / "reds", model=toy, exclude="red").images) == 2


def test_an_index_below_a_folder_is_left_out(shop, toy):
    with relevance.Index.create(shop / "blue" / "my.index", model=toy) as index:
        index.add(shop)
    found = find_pictures([shop])
    assert len(found.refs) == 5
    assert found.left_out == {"index of pictures": 1}


def test_arithmetic_that_is_asked_for_is_not_passed_over(sample_indexes):
    with pytest.raises(ModelLoadError, match="fp32 on the CPU"):
        relevance.score("almonds", sample_indexes / "examples", precision="int8")


def test_compare_wants_the_folders(sample_indexes):
    with pytest.raises(UsageError, match="name the folders that it was made from"):
        relevance.compare("almonds", sample_indexes / "examples", models=["compact", "clip"])


def test_labels_and_calibrations_hold_for_an_index(sample_indexes, samples, tmp_path):
    table = tmp_path / "labels.csv"
    plain = relevance.score("almonds", samples / "examples", model="compact")
    plain.to_csv(table)
    known = relevance.score("almonds", sample_indexes / "examples", labels=table)
    assert known.evaluation().to_dict() == plain.evaluation().to_dict()
    made = relevance.calibrate("almonds", sample_indexes / "examples")
    assert made.curve == relevance.calibrate("almonds", samples / "examples", model="compact").curve


def test_a_folder_with_other_things_is_no_index(tmp_path, shop):
    (shop / "current").write_text("1\n")
    assert len(find_pictures([shop]).refs) == 5
    assert find_pictures([shop]).left_out == {"not in a supported picture format": 1}
