"""References and recognition with a toy encoder."""

from __future__ import annotations

import json

import numpy as np
import pytest
from PIL import Image

from relevance import References, UsageError
from relevance.errors import NoReadablePictureError, NoReferencesError, StoreError
from relevance.judging.recognising.growth import MOST
from tests.index.references.conftest import picture
from tests.support.toy import ToyEncoder


def test_each_folder_is_a_type(references, colours):
    assert references.types == {"blue": 4, "green": 4, "red": 4}
    assert {item.origin for item in references.references if item.type == "red"} == {
        str(colours / "red" / f"{number}.png") for number in range(4)
    }


def test_a_picture_is_of_its_type_and_a_stranger_of_none(references, tmp_path):
    red = picture(tmp_path / "new" / "a.png", "red", 9)
    black = picture(tmp_path / "new" / "b.png", (-50, -50, -50), 9)
    found = references.recognise([red, black], false_matches=0.2)
    assert [row.type for row in found] == ["red", ""]
    assert found[0].status == "recognised"
    assert found[0].similarity > found.threshold > found[1].similarity
    assert found[0].nearest.type == "red"
    assert found[0].second in ("blue", "green")
    assert repr(found) == (
        "<Recognitions: 1 of 2 pictures recognised, 1 of none of 3 types, 0 skipped>"
    )


def test_similarity_and_margin_are_those_of_the_definition(references, colours, tmp_path, toy):
    new = picture(tmp_path / "new.png", "green", 11)
    (row,) = references.recognise(new)
    likeness = {}
    (asked,) = toy.encode_images([Image.open(new).convert("RGB")])
    for colour in ("blue", "green", "red"):
        own = toy.encode_images(
            [Image.open(path).convert("RGB") for path in sorted((colours / colour).iterdir())]
        )
        mean = own.mean(axis=0) / np.linalg.norm(own.mean(axis=0))
        likeness[colour] = ((own @ asked).max() + mean @ asked) / 2
    first, second, _ = sorted(likeness.values(), reverse=True)
    assert row.candidate == max(likeness, key=likeness.get)
    assert row.similarity == pytest.approx(first, abs=2e-3)  # vectors of pictures are halves
    assert row.margin == pytest.approx(first - second, abs=4e-3)


def test_order_is_kept_and_what_cannot_be_read_is_skipped(references, tmp_path):
    folder = tmp_path / "asked"
    picture(folder / "1.png", "red", 5)
    (folder / "2.png").write_bytes(b"no picture")
    picture(folder / "3.png", "blue", 5)
    content = (folder / "1.png").read_bytes()
    found = references.recognise([folder, content, b"nothing"], threshold=0.5)
    assert [row.status for row in found] == [
        *("recognised", "skipped", "recognised"),
        *("recognised", "skipped"),
    ]
    assert [row.place for row in found][3:] == ["picture 2", "picture 3"]
    assert found[3].similarity == pytest.approx(found[0].similarity, abs=1e-3)
    with pytest.raises(NoReadablePictureError, match="No picture could be read, of 1"):
        references.recognise(folder / "2.png")


def test_bytes_and_paths_come_out_as_they_went_in(references, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    first, second = (picture(tmp_path / f"{name}.png", "red", 5) for name in "zy")
    (tmp_path / "picture 2").write_bytes(first.read_bytes())  # what no bytes stand for
    found = references.recognise([first.read_bytes(), b"", first, second.read_bytes(), second])
    assert [row.place for row in found] == [
        *("picture 1", "picture 2", str(first), "picture 4", str(second))
    ]
    assert found[1].reason == "the file is empty"


def test_a_type_is_known_however_its_name_is_written(references, tmp_path):
    new = picture(tmp_path / "a.png", "red", 9)
    references.add(new, type=" cafe\u0301\n ")
    references.add(picture(tmp_path / "caf\u00e9" / "b.png", "green", 9))
    assert references.types["caf\u00e9"] == 2
    odd = tmp_path / "no\udcff name"
    references.add(picture(odd / "c.png", "blue", 9))
    (found,) = references.recognise(new, type="cafe\u0301", threshold=0.5)
    assert found.candidate == "caf\u00e9"
    assert len(references.remove(type=odd.name)) == 1
    with pytest.raises(UsageError, match=r"no type Red in .*; did you mean red\?"):
        references.remove(type="Red")
    with pytest.raises(UsageError, match="name of the type is empty"):
        references.add(new, type="  ")


def test_what_is_left_out_of_folders_is_said(references, tmp_path):
    picture(tmp_path / "new" / "a.png", "red", 9)
    (tmp_path / "new" / "notes.docx").write_bytes(b"-")
    note = "Left out: 1 not in a supported picture format. Not supported: 1 .docx."
    assert note in references.recognise(tmp_path / "new").notes
    assert note in references.add(tmp_path / "new", type="red").notes


def test_the_command_asks_the_same(references, tmp_path):
    red = picture(tmp_path / "red.png", "red", 9)
    found = references.recognise(
        [red, red.read_bytes()], type="red", threshold=0.5, grow=lambda row: False, exclude=["x"]
    )
    assert found.provenance["command"] == (
        f"relevance recognise {red} 'picture 2' --store {tmp_path / 'store'} --type red "
        "--threshold 0.5 --grow=ask --exclude x --model toy"
    )


def test_one_type_can_be_asked_for(references, tmp_path):
    red = picture(tmp_path / "red.png", "red", 9)
    assert references.recognise(red, type="red", threshold=0.5)[0].type == "red"
    other = references.recognise(red, type="blue", threshold=-1)[0]
    assert (other.status, other.candidate, other.second) == ("none", "blue", "red")
    assert other.margin < 0  # red is more alike, so that it is not blue, however low the threshold
    with pytest.raises(UsageError, match=r"no type pink in .*: blue, green, red"):
        references.recognise(red, type="pink")


def test_what_is_given_twice_is_there_once(references, colours, tmp_path):
    again = references.add(colours)
    assert (again.counts.total(), again.there) == (0, 12)
    wrong = references.add(colours / "red" / "0.png", type="blue")
    assert wrong.skipped == [
        (
            str(colours / "red" / "0.png"),
            "blue",
            "a reference of red; a picture stands for one type",
        )
    ]
    (tmp_path / "pair").mkdir()
    for name in ("x.png", "y.png"):
        Image.new("RGB", (9, 9), "white").save(tmp_path / "pair" / name)
    pair = references.add(tmp_path / "pair", type="white")
    assert (pair.counts["white"], pair.there) == (1, 1)


def test_what_cannot_be_read_is_not_taken_and_said(references, tmp_path):
    (tmp_path / "bad.png").write_bytes(b"no picture")
    added = references.add(tmp_path / "bad.png", type="red")
    assert added.skipped == [
        (
            str(tmp_path / "bad.png"),
            "red",
            "not a picture that can be read, but a text; download the picture again",
        )
    ]
    assert references.types["red"] == 4


def test_removing_and_undoing(references):
    first = references.references[0]
    assert references.remove(first.id) == (first,)
    assert references.types["blue"] == 3
    assert len(references.remove(type="red")) == 4
    assert "red" not in references.types
    undone = references.undo()
    assert (undone.kind, undone.gone, len(undone.back)) == ("remove", (), 4)
    assert references.undo().back == (first,)
    assert references.types == {"blue": 4, "green": 4, "red": 4}
    references.undo()
    assert references.types == {}
    with pytest.raises(UsageError, match="nothing to undo"):
        references.undo()
    with pytest.raises(UsageError, match="no run nope to undo"):
        references.undo("nope")
    with pytest.raises(UsageError, match="no reference cafe in"):
        references.remove("cafe")


def test_what_undoing_says_is_what_it_does(references, colours, tmp_path):
    (start,) = references.history
    red = references.remove(type="red")
    references.add(colours / "red")  # as new references of the same pictures
    (_, removal, again) = references.history
    assert references.undo(removal.run).back == ()
    assert references.undo(again.run).gone == ()
    with pytest.raises(UsageError, match="is undone already"):
        references.undo(removal.run)
    undone = references.undo(references.history[3].run)  # what undid the removal
    assert (undone.kind, len(undone.gone)) == ("undo", len(red))
    assert references.undo(start.run).run == start.run
    assert references.types == {}


def test_another_encoder_encodes_what_is_kept(references, colours, tmp_path):
    for path in colours.rglob("*.png"):
        path.unlink()  # the originals are not needed
    other = ToyEncoder(name="other", fingerprint="1" * 32)
    found = References(tmp_path / "store", model=other)
    red = picture(tmp_path / "red.png", "red", 9)
    assert found.recognise(red, threshold=0.5)[0].type == "red"
    assert sum(other.batches) == 13
    again = ToyEncoder(name="other", fingerprint="1" * 32)
    References(tmp_path / "store", model=again).recognise(red)
    assert sum(again.batches) == 0  # the vectors are kept, and the picture is in the cache


def test_growing_adds_what_is_sure_and_new(references, tmp_path):
    near = picture(tmp_path / "asked" / "near.png", "red", 21)
    grey = picture(tmp_path / "asked" / "grey.png", (128, 128, 128), 1)
    copy = tmp_path / "asked" / "copy.png"
    copy.write_bytes((tmp_path / "types" / "red" / "0.png").read_bytes())
    found = references.recognise([near, grey, copy], threshold=0.2, grow=True)
    by_name = {row.place.rpartition("/")[2]: row for row in found}
    assert by_name["copy.png"].reason == "adds nothing new"
    assert by_name["grey.png"].reason == "not sure enough"  # alike to all, so ahead of none
    assert (by_name["near.png"].grew, by_name["near.png"].reason) in (
        (True, ""),
        (False, "adds nothing new"),
    )


def distinct(tmp_path, colour, count):
    """Pictures whose vectors are less than .97 alike: shades of a colour towards the others."""
    paths = []
    for number in range(count):
        angle = 2 * np.pi * number / count
        shade = (230, int(120 + 110 * np.cos(angle)), int(120 + 110 * np.sin(angle)))
        path = tmp_path / "shades" / f"{number:03}.png"
        path.parent.mkdir(exist_ok=True)
        Image.new("RGB", (10 + number, 10), shade).save(path)
        paths.append(path)
    return paths


@pytest.fixture
def lone(tmp_path, toy):
    """One type with one red picture, beside which there is much room to grow."""
    picture(tmp_path / "lone" / "red" / "0.png", "red", 0)
    made = References(tmp_path / "lone.store", model=toy)
    made.add(tmp_path / "lone")
    return made


def test_what_grew_is_logged_with_its_origin_and_undone(lone, tmp_path):
    shades = distinct(tmp_path, "red", 8)
    found = lone.recognise(shades, threshold=0.2, grow=True)
    assert len(found.grown) >= 2
    grown = [item for item in lone.references if item.is_grown]
    assert {item.origin for item in grown} == {row.place for row in found.grown}
    assert [item.similarity for item in grown] == [row.similarity for row in found.grown]
    assert {change.kind for change in lone.history} == {"add", "grow"}
    assert len(lone.undo().gone) == len(found.grown)  # all of the run
    assert lone.types == {"red": 1}


def test_growing_asks_who_wants_to_be_asked(lone, tmp_path):
    shades = distinct(tmp_path, "red", 8)
    asked = []

    def agree_once(row):
        asked.append(row.place)
        return len(asked) == 1

    found = lone.recognise(shades, threshold=0.2, grow=agree_once)
    assert [row.place for row in found.grown] == asked[:1]
    assert {row.reason for row in found if row.place in asked[1:]} == {"not confirmed"}


def test_only_the_picture_that_was_judged_grows(lone, tmp_path):
    shades = distinct(tmp_path, "red", 8)
    judged = []

    def swap(row):
        judged.append(row)
        Image.new("RGB", (9, 9), (20, 20, 240)).save(row.place)
        return True

    found = lone.recognise(shades, threshold=0.2, grow=swap)
    assert judged
    assert found.grown == ()
    assert {row.reason for row in found if row.place in {row.place for row in judged}} == {
        "another picture meanwhile"
    }
    assert lone.types == {"red": 1}


def test_pictures_with_names_like_addresses_grow(lone, tmp_path, monkeypatch):
    shades = distinct(tmp_path, "red", 8)
    monkeypatch.chdir(tmp_path)
    names = ["data:a,b.png", "a\\b.png", "file:c.png", "s3:d.png", "no\udcff.png"]
    for path, name in zip(shades[:5], names, strict=True):
        path.rename(tmp_path / name)
    found = lone.recognise(names, threshold=-1, grow=lambda row: True)
    assert {row.reason for row in found} <= {"", "adds nothing new", "not sure enough"}
    assert found.grown


def test_a_type_grows_to_a_limit(lone, tmp_path, monkeypatch):
    assert MOST == 50
    monkeypatch.setattr("relevance.index.references.growing.MOST", 3)
    shades = distinct(tmp_path, "red", 24)
    lone.recognise(shades, threshold=-1, grow=True)
    lone.recognise(list(reversed(shades)), threshold=-1, grow=True)
    grown = [item for item in lone.references if item.is_grown]
    assert len(grown) == 3
    assert len(lone.references) == 4  # what was given stays


def test_one_type_says_that_its_threshold_is_fixed(lone, tmp_path):
    found = lone.recognise(picture(tmp_path / "r.png", "red", 3))
    assert found.threshold == 0.85
    assert found.note.startswith("fixed at 0.85: with one type")
    assert found.false_matches is None


def test_wrong_use_is_said(tmp_path, toy, colours):
    empty = References(tmp_path / "nowhere", model=toy)
    with pytest.raises(NoReferencesError, match=r"no references in .*nowhere; `relevance ref"):
        empty.recognise(colours)
    assert empty.types == {}
    assert not (tmp_path / "nowhere").exists()
    with pytest.raises(UsageError, match="place of the references is empty"):
        References("")
    with pytest.raises(UsageError, match="Nothing can be written to https"):
        References("https://shop/refs")
    with pytest.raises(UsageError, match="cannot be opened"):
        References("nosuch://x")
    made = References(tmp_path / "s", model=toy)
    made.add(colours)
    with pytest.raises(UsageError, match='similarity or "auto", not high'):
        made.recognise(colours, threshold="high")


def test_ways_out(references, tmp_path):
    folder = tmp_path / "asked"
    picture(folder / "1.png", "red", 5)
    (folder / "=2.png").write_bytes(b"no picture")
    found = references.recognise(folder, threshold=0.5)
    plain = json.loads(found.json_text())
    assert plain["rows"][0]["type"] == "red"
    assert plain["rows"][1]["similarity"] is None
    assert [item["n_references"] for item in plain["types"]] == [4, 4, 4]
    lines = found.to_csv(tmp_path / "out.csv").read_text().splitlines()
    assert lines[0].startswith("path,status,type,candidate,similarity,second,margin,nearest")
    assert len(lines) == 3
    assert found.table["type"].tolist() == ["red", ""]
    assert "1 of 2 pictures show a known type" in found.to_html(tmp_path / "p.html").read_text()
    assert "Held against 12 references of 3 types" in found._repr_html_()


def test_what_others_change_is_seen(references, colours, tmp_path, toy):
    other = References(tmp_path / "store", model=toy)
    assert len(other.references) == 12
    references.remove(type="red")
    red = picture(tmp_path / "red.png", "red", 9)
    assert other.recognise(red, threshold=0.5)[0].candidate != "red"
    references.undo()
    assert other.recognise(red, threshold=0.5)[0].type == "red"


def test_a_store_of_another_version_is_refused(references, tmp_path, colours):
    mark = tmp_path / "store" / "relevance.json"
    mark.write_text(mark.read_text().replace('"version": 1', '"version": 2'))
    for use in (lambda: references.recognise(colours), lambda: references.add(colours)):
        with pytest.raises(StoreError, match="version 2, and this program knows version 1"):
            use()
