"""Sorting by verdicts of a toy encoder that understands colours, and by tables."""

from __future__ import annotations

import hashlib
import os
import shutil
from pathlib import Path

import numpy as np
import pytest

import relevance
from relevance.errors import OutputError, UsageError
from relevance.jobs.sort.choosing import Item, Layout
from relevance.jobs.sort.filing import Work, file_items
from relevance.jobs.sort.log import Log
from relevance.jobs.sort.verdicts import Verdict
from relevance.judging.listing import is_unsure


def tree(folder: Path) -> dict[str, str]:
    """Hash of each file below a folder, logs left out, by its path."""
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file() and path.suffix != ".jsonl"
    }


@pytest.fixture
def shop(red_and_blue):
    """The reddish and bluish pictures in a folder of their own, which is the working directory."""
    home = red_and_blue / "shop"
    home.mkdir()
    for name in ("Relevant", "Irrelevant"):
        (red_and_blue / name).rename(home / name)
    return home


@pytest.mark.parametrize("action", ["copy", "move", "link"])
def test_all_pictures_go_below_their_verdict_and_come_back(shop, toy, tmp_path, action):
    before = tree(shop)
    scores = relevance.score("red", shop, model=toy)
    sorting = relevance.sort("red", shop, tmp_path / "to", action=action, model=toy)
    expected = {
        f"{'relevant' if verdict else 'irrelevant'}/{os.path.relpath(place, shop)}": before[
            os.path.relpath(place, shop)
        ]
        for place, verdict in zip(scores.places, scores.pictures.relevant, strict=True)
    }
    assert tree(tmp_path / "to") == expected
    assert dict(sorting.counts) == {"done": 32}
    assert tree(shop) == ({} if action == "move" else before)
    links = [path.is_symlink() for path in (tmp_path / "to").rglob("*.png")]
    assert set(links) == {action == "link"}
    undone = relevance.undo_sort(sorting.log)
    assert not undone.kept
    assert tree(shop) == before
    assert [path.name for path in (tmp_path / "to").iterdir()] == [sorting.log.name]


def test_a_move_keeps_time_and_mode_on_another_drive(shop, toy, tmp_path):
    drive = Path("/dev/shm")
    if not drive.exists() or drive.stat().st_dev == tmp_path.stat().st_dev:
        pytest.skip("needs a second drive")
    before = {path.name: path.stat() for path in (shop / "Relevant").iterdir()}
    (shop / "Relevant" / "1.png").chmod(0o640)
    to = drive / f"relevance-{os.getpid()}"
    try:
        found = relevance.sort("red", shop / "Relevant", to, action="move", which="all", model=toy)
        moved = {Path(item.target).name: to / item.target for item in found.pictures}
        assert {name: path.stat().st_mtime_ns for name, path in moved.items()} == {
            name: status.st_mtime_ns for name, status in before.items()
        }
        assert moved["1.png"].stat().st_mode & 0o777 == 0o640
        assert not list((shop / "Relevant").iterdir())
    finally:
        shutil.rmtree(to, ignore_errors=True)


def test_selections_are_what_the_scores_say(shop, toy, tmp_path):
    pictures = relevance.score("red", shop, model=toy, threshold=0.3).pictures
    label = np.array(pictures.label) == "relevant"
    wanted = {
        "relevant": pictures.relevant,
        "misfits": pictures.relevant != label,
        "unsure": is_unsure(pictures.probability, 0.3),
    }
    for which, rows in wanted.items():
        found = relevance.sort(
            "red", shop, tmp_path / which, which=which, threshold=0.3, model=toy, dry_run=True
        )
        paths = [os.path.abspath(pictures.path[row]) for row in np.flatnonzero(rows)]
        assert [item.source for item in found.pictures] == paths
        assert {item.outcome for item in found.pictures} <= {"planned"}
    assert not any((tmp_path / which).exists() for which in wanted)
    assert 0 < wanted["misfits"].sum() < 32


def test_unsure_is_a_factor_of_three_in_odds():
    probability = np.array([0.24, 0.25, 0.5, 0.75, 0.76, np.nan, 0.1, 0.03])
    assert is_unsure(probability, 0.5).tolist() == [0, 1, 1, 1, 0, 0, 0, 0]
    # odds of 0.1 are 1/9: from 1/27 (0.0357) to 1/3 (0.25)
    assert is_unsure(probability, 0.1).tolist() == [1, 1, 0, 0, 0, 0, 1, 0]
    assert is_unsure(np.array([0.0, 1.0]), 1.0).tolist() == [False, True]


def test_nothing_is_written_over(shop, toy, tmp_path):
    to = tmp_path / "to"
    first, second = sorted((shop / "Relevant").iterdir())[:2]
    there = to / "Relevant"
    there.mkdir(parents=True)
    (there / first.name).write_bytes(b"somebody's")
    shutil.copy(second, there)
    every = {"table": tmp_path / "all.csv"}
    rows = "".join(f"shop/Relevant/{path.name},yes\n" for path in (first, second))
    every["table"].write_text("path,label\n" + rows)
    found = relevance.sort("red", shop, to, which="relevant", **every)
    outcomes = {item.source: (item.outcome, item.target) for item in found.pictures}
    assert outcomes[str(first)] == ("done", f"Relevant/{first.stem} (2).png")
    assert outcomes[str(second)] == ("there", f"Relevant/{second.name}")
    assert (there / first.name).read_bytes() == b"somebody's"
    again = relevance.sort("red", shop, to, which="relevant", **every)
    assert (again.counts["there"], again.counts["done"], again.log) == (2, 0, None)
    assert relevance.undo_sort(found.log).kept == []
    assert sorted(path.name for path in there.iterdir()) == sorted([first.name, second.name])


def test_a_corrected_table_of_scores_decides(shop, toy, tmp_path):
    scores = relevance.score("red", shop, model=toy)
    table = scores.to_csv(tmp_path / "red.csv")
    wrong = Path(scores.places[0])
    lines = table.read_text().splitlines()
    was = str(bool(scores.pictures.relevant[0]))
    assert f",{was}," in lines[1]
    lines[1] = lines[1].replace(f",{was},", ",False," if was == "True" else ",True,")
    table.write_text("\n".join(lines[:-3]))
    found = relevance.sort("red", shop, tmp_path / "to", table=table, dry_run=True)
    item = next(item for item in found.pictures if item.source == str(wrong))
    assert item.target.startswith("irrelevant/" if was == "True" else "relevant/")
    skipped = [item for item in found.pictures if item.outcome == "skipped"]
    assert [item.reason for item in skipped] == ["not in the table"] * 3
    with pytest.raises(UsageError, match="not how sure"):
        relevance.sort("red", shop, tmp_path / "to", table=table, which="unsure")
    with pytest.raises(UsageError, match="leave out threshold"):
        relevance.sort("red", shop, tmp_path / "to", table=table, threshold=0.2)


def test_misfits_need_labels(shop, toy, tmp_path):
    (shop / "Relevant").rename(shop / "one")
    (shop / "Irrelevant").rename(shop / "two")
    with pytest.raises(UsageError, match="No picture has a label"):
        relevance.sort("red", shop, tmp_path / "to", which="misfits", model=toy)
    assert not (tmp_path / "to").exists()


def test_undo_keeps_what_was_changed_since(shop, toy, tmp_path):
    before = tree(shop)
    copied = relevance.sort("red", shop / "Relevant", tmp_path / "a", model=toy)
    places = [tmp_path / "a" / item.target for item in copied.pictures]
    places[0].write_bytes(b"edited")
    places[1].unlink()
    undone = relevance.undo_sort(copied.log)
    assert [(item.outcome, item.reason) for item in undone.kept] == [
        ("kept", "it was changed since")
    ]
    assert tree(tmp_path / "a") == {
        copied.pictures[0].target: hashlib.sha256(b"edited").hexdigest()
    }
    with pytest.raises(OutputError, match="1 picture could not be brought back"):
        undone.check_all_back()

    moved = relevance.sort("red", shop, tmp_path / "b", action="move", model=toy)
    first, second = moved.pictures[:2]
    Path(first.source).write_bytes(b"a new one")
    (tmp_path / "b" / second.target).unlink()
    undone = relevance.undo_sort(moved.log)
    assert {item.source: item.reason for item in undone.kept} == {
        first.source: "something else is where it was",
        second.source: "it is no longer there",
    }
    assert Path(first.source).read_bytes() == b"a new one"
    assert (tmp_path / "b" / first.target).exists()
    assert len(tree(shop)) == len(before) - 1
    assert len(relevance.undo_sort(moved.log).kept) == 2  # again, and no harm done


def test_links_are_not_moved_and_copied_as_what_they_show(shop, toy, tmp_path):
    aside = tmp_path / "aside"
    (shop / "Relevant").rename(aside)
    (shop / "Relevant").symlink_to(aside)
    (shop / "Irrelevant" / "link.png").symlink_to(aside / "1.png")
    found = relevance.sort("red", shop, tmp_path / "to", action="move", model=toy)
    failed = [item for item in found.pictures if item.outcome == "failed"]
    assert len(failed) == 13
    assert {item.reason.split(",")[0] for item in failed} == {"reached through a symbolic link"}
    assert len(list(aside.iterdir())) == 12
    with pytest.raises(OutputError, match="13 pictures could not be put"):
        found.check_all_done()
    copied = relevance.sort("red", shop, tmp_path / "copies", model=toy)
    assert copied.counts["done"] == 13
    assert not any(path.is_symlink() for path in (tmp_path / "copies").rglob("*"))


def test_folders_within_each_other(shop, toy, tmp_path):
    first = relevance.sort("red", shop, shop / "sorted", model=toy)
    assert first.counts["done"] == 32
    second = relevance.sort("red", shop, shop / "sorted", model=toy)
    assert dict(second.counts) == {"there": 32, "failed": 32}
    reasons = {item.reason for item in second.pictures if item.outcome == "failed"}
    assert reasons == {"lies in that folder already"}
    outer = relevance.sort("red", shop / "Relevant", shop, action="move", model=toy)
    assert outer.counts["done"] == 12
    assert relevance.undo_sort(outer.log).kept == []
    with pytest.raises(UsageError, match="is what is to be sorted"):
        relevance.sort("red", shop, tmp_path / "x" / ".." / "shop", model=toy)


def test_names_that_are_no_text_come_back(shop, toy, tmp_path):
    odd = os.fsdecode(b"caf\xe9\nx.png")
    (shop / "Relevant" / "1.png").rename(shop / "Relevant" / odd)
    before = tree(shop)
    found = relevance.sort("red", shop, tmp_path / "to", action="move", model=toy)
    assert found.counts["done"] == 32
    assert any(path.name == odd for path in (tmp_path / "to").rglob("*.png"))
    assert "\\udce9" in found.json_text()
    assert relevance.undo_sort(found.log).kept == []
    assert tree(shop) == before


def test_several_paths_keep_their_names(shop, toy, tmp_path):
    shutil.copytree(shop, tmp_path / "other")
    found = relevance.sort("red", [shop, tmp_path / "other"], tmp_path / "to", model=toy)
    tops = {Path(item.target).parts[1] for item in found.pictures}
    assert tops == {"shop", "other"}


def test_what_is_unreadable_is_listed_and_stays(shop, toy, tmp_path):
    (shop / "Relevant" / "bad.png").write_bytes(b"no picture")
    found = relevance.sort("red", shop, tmp_path / "to", action="move", model=toy)
    assert found.counts["skipped"] == 1
    assert (shop / "Relevant" / "bad.png").exists()
    assert len(found.table) == 33


PIXEL = (
    "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAE"
    "hQGAhKmMIQAAAABJRU5ErkJggg=="
)


def test_addresses_are_copied_and_not_moved(tmp_path):
    def item(action: str, place: str) -> Item:
        verdict = Verdict(place, "nuts/../x", "", True, False, "")
        return Layout([], tmp_path, action).item(verdict, "relevant")

    web = item("copy", "https://shop.example/a%20b.jpg?w=3")
    assert (web.target, web.reason) == ("relevant/nuts/x/a b.jpg", "")
    assert "copied only" in item("move", "s3://bucket/a.jpg").reason
    with Work(tmp_path, "copy", lambda: Log(tmp_path, {})) as work:
        found = list(file_items([item("copy", PIXEL)], work, None))
    assert [one.outcome for one in found] == ["done"]
    assert (tmp_path / "relevant/nuts/x/picture").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("", "not a log"),
        ('{"step": "intent"}\n', "not a log"),
        ("HEAD{]\n", "damaged in line 2"),
        ('HEAD{"step": "folder", "target": "../x"}\n', "leads out of the folder"),
        (
            'HEAD{"step": "intent", "number": 1, "source": "/x", "target": "/etc/passwd", '
            '"size": 1, "action": "move"}\n',
            "leads out of the folder",
        ),
    ],
)
def test_a_log_that_is_none_is_refused(tmp_path, line, message):
    head = '{"step": "head", "format": "relevance sort", "version": 1}\n'
    (tmp_path / "log.jsonl").write_text(line.replace("HEAD", head))
    with pytest.raises(UsageError, match=message):
        relevance.undo_sort(tmp_path / "log.jsonl")


def test_a_sort_that_runs_is_not_undone(tmp_path):
    log = Log(tmp_path, {})
    with pytest.raises(UsageError, match="still runs"):
        relevance.undo_sort(log.path)
    log.close()
    assert relevance.undo_sort(log.path).pictures == ()
