"""What may befall a store, in a folder and on a real S3 server: others, kills and damage."""

from __future__ import annotations

import io
import os
import shutil
import signal
import subprocess
import sys
import time
import zipfile
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from PIL import Image

from relevance import References
from relevance.errors import MissingExtraError, StoreError, UsageError
from relevance.index.references import archive
from relevance.index.references.changes import ADD, Change, Entry, new_id, now, references_of
from relevance.index.references.pieces import _MANY
from relevance.index.references.places import place_at
from relevance.index.references.places.folder import Folder
from relevance.index.references.store import ReferenceStore
from tests.support.seaweed_server import access, seaweed_server

SIDE = 6  # shades a side, each too unlike the next to be a near copy
OBJECTS = "relevance.index.references.places.objects"
PROGRAM = [sys.executable, "-m", "tests.support.reference_grower"]


@pytest.fixture(scope="module")
def endpoint(tmp_path_factory):
    with seaweed_server(tmp_path_factory.mktemp("seaweed")) as endpoint:
        yield endpoint


@pytest.fixture(params=["folder", "driver", "s3"])
def place(request, tmp_path, monkeypatch):
    """An address with nothing at it yet."""
    if request.param == "folder":
        return str(tmp_path / "store")
    if request.param == "driver":
        return f"file://{tmp_path}/store"
    for name, value in access(request.getfixturevalue("endpoint")).items():
        monkeypatch.setenv(name, value)
    return f"s3://shop/{new_id()}/refs"


@pytest.fixture(scope="module")
def shades(tmp_path_factory):
    """A picture of each of many colours."""
    folder = tmp_path_factory.mktemp("shades")
    paths = []
    for number, (green, blue) in enumerate(np.ndindex(SIDE, SIDE)):
        path = folder / f"{number:02}.png"
        Image.new("RGB", (8, 8), (160, 48 * green, 48 * blue)).save(path)
        paths.append(str(path))
    return paths


def made(place, toy, shades):
    references = References(place, model=toy)
    references.add(shades[0], type="thing")
    return references


def test_nothing_is_there_until_something_is_added(place, toy, shades):
    references = References(place, model=toy)
    assert references.types == {}
    references.add(shades[:3], type="thing")
    assert References(place, model=toy).types == {"thing": 3}
    (row,) = references.recognise(shades[1])
    assert (row.type, row.nearest.origin) == ("thing", shades[1])


def test_two_processes_grow_one_type_and_lose_nothing(place, toy, shades):
    made(place, toy, shades)
    halves = shades[1::2], shades[2::2]
    running = [
        subprocess.Popen([*PROGRAM, place, *half], stdout=subprocess.PIPE, text=True)
        for half in halves
    ]
    said = [
        line.split(" ", 1) for process in running for line in process.communicate()[0].split("\n")
    ]
    assert [process.returncode for process in running] == [0, 0]
    grew = {picture for picture, *rest in said if rest == ["grew"]}
    kept = {item.origin for item in References(place, model=toy).references}
    assert len(grew) >= 6
    assert kept == grew | {shades[0]}


def test_a_killed_process_loses_nothing_that_it_confirmed(place, toy, shades):
    made(place, toy, shades)
    confirmed = set()
    for start in range(4):
        process = subprocess.Popen(
            [*PROGRAM, place, *shades[1 + start :: 4]], stdout=subprocess.PIPE, text=True
        )
        for line in process.stdout:
            if line.endswith(" grew\n"):
                confirmed.add(line.removesuffix(" grew\n"))
            if len(confirmed) > start:
                time.sleep(0.003 * start)  # somewhere in the next
                process.send_signal(signal.SIGKILL)
                break
        process.wait()
        process.stdout.close()
    found = References(place, model=toy)
    kept = {item.origin for item in found.references}
    assert confirmed
    assert confirmed <= kept
    assert found.recognise(shades)[0].type == "thing"


def test_many_records_are_merged_and_say_the_same(place, toy, shades):
    references = made(place, toy, shades)
    store = ReferenceStore(place_at(place))
    digest = references.references[0].digest
    entries = [Entry(new_id(), f"t{number}", digest, "x") for number in range(2 * _MANY)]
    other = ReferenceStore(place_at(place))
    for entry in entries:
        store.record(Change(new_id(), new_id(), now(), ADD, (entry,)))
        assert len(store.place.names("log")) <= _MANY + 1
        other.references()  # reads while the other merges
    wanted = Counter({"thing": 1} | {entry.type: 1 for entry in entries})
    for reader in (store, other, ReferenceStore(place_at(place))):
        assert Counter(item.type for item in reader.references()) == wanted


class Lagging(Folder):
    """A folder of a drive that lists for a while what is gone, as NFS and some stores do."""

    def __init__(self, folder, listings):
        super().__init__(folder)
        self.old = list(listings)

    def names(self, folder):
        return self.old.pop() if folder == "log" and self.old else super().names(folder)


def test_a_listing_that_lags_behind_is_waited_for(tmp_path):
    first = ReferenceStore(Folder(tmp_path))
    for number in range(_MANY):
        first.record(change(f"t{number}"))
    before = first.place.names("log")
    first.record(change("last"))  # merges
    lagging = ReferenceStore(Lagging(tmp_path, 3 * [before]))
    assert len({entry.type for done in lagging.changes() for entry in done.added}) == _MANY + 1
    assert lagging.place.old == []


def change(name):
    return Change(new_id(), new_id(), now(), ADD, (Entry(new_id(), name, "d", "x"),))


def test_a_merge_that_was_killed_is_counted_once_and_made_up_for(tmp_path, monkeypatch):
    store = ReferenceStore(Folder(tmp_path))
    monkeypatch.setattr(store.place, "remove", killed)
    for number in range(_MANY):
        store.record(change(f"t{number}"))
    with pytest.raises(KeyboardInterrupt):
        store.record(change(f"t{_MANY}"))
    assert len(store.place.names("log")) == _MANY + 2
    again = ReferenceStore(Folder(tmp_path))
    wanted = sorted(f"t{number}" for number in range(_MANY + 1))
    assert sorted(item.type for item in references_of(again.changes())) == wanted
    again.record(change("u"))
    assert len(again.place.names("log")) == 1
    assert len(references_of(again.changes())) == _MANY + 2


def killed(name):
    raise KeyboardInterrupt


def test_threads_share_one_store(tmp_path):
    store = ReferenceStore(Folder(tmp_path))

    def use(thread):
        for number in range(40):
            store.record(change(f"{thread}-{number}"))
            store.contents()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(use, range(4)))
    assert len({item.type for item in references_of(store.changes())}) == 160
    assert [*map(len, store.contents())] == [0, 160]  # pictures there are none


def test_a_place_that_cannot_be_is_said(toy, shades):
    with pytest.raises(StoreError, match=r"file:///proc/nowhere/x cannot be used"):
        References("file:///proc/nowhere/x", model=toy).add(shades[0], type="thing")


def test_a_picture_that_is_gone_does_not_count_and_is_named(place, toy, shades):
    references = made(place, toy, shades)
    references.add(shades[1:4], type="thing")
    gone = references.references[1]
    place_at(place).remove(f"pictures/{gone.digest}")
    found = References(place, model=toy).recognise(shades[5])
    assert found.types[0].n_references == 3
    assert found.notes[0].startswith(
        "1 of the reference pictures are gone from the store or cannot be read, "
        f"such as {gone.id} of thing"
    )
    references.add(gone.origin, type="thing")
    assert len(References(place, model=toy).references) == 4


def test_a_half_written_picture_is_never_matched(place, toy, shades):
    """As on a drive whose files appear before they are whole."""
    references = made(place, toy, shades)
    references.add(shades[1:3], type="thing")
    half = references.references[1]
    at = place_at(place)
    content = at.read(f"pictures/{half.digest}")
    at.write(f"pictures/{half.digest}", content[: len(content) // 2])
    for folder in at.names("vectors"):
        for name in at.names(f"vectors/{folder}"):
            at.remove(f"vectors/{folder}/{name}")
    found = References(place, model=toy).recognise(shades[5])
    assert found.types[0].n_references == 2
    assert f"such as {half.id} of thing; they do not count. Add them again" in found.notes[0]
    added = References(place, model=toy).add(half.origin, type="thing")
    assert (added.there, added.notes) == (1, [])
    assert References(place, model=toy).recognise(shades[5]).types[0].n_references == 3


def test_damaged_vectors_are_made_again(place, toy, shades, caplog):
    references = made(place, toy, shades)
    at = place_at(place)
    (folder,) = at.names("vectors")
    (name,) = at.names(f"vectors/{folder}")
    at.write(f"vectors/{folder}/{name}", b"PK nonsense")
    assert References(place, model=toy).recognise(shades[0])[0].similarity > 0.99
    assert f"The vectors {name} are damaged" in caplog.text
    caplog.clear()
    assert References(place, model=toy).recognise(shades[0])[0].similarity > 0.99
    assert "damaged" not in caplog.text  # what was made again took their place
    assert references.types == {"thing": 1}


def test_a_damaged_record_is_named(place, toy, shades):
    made(place, toy, shades)
    place_at(place).write("log/20261128-x.json", b'{"format": ')
    with pytest.raises(StoreError, match=r"damaged \(log/20261128-x.json: it is not JSON"):
        References(place, model=toy).recognise(shades[0])


def test_references_are_passed_on_as_a_file(place, toy, shades, tmp_path):
    references = made(place, toy, shades)
    references.add(shades[1:5], type="other")
    references.remove(references.references[0].id)
    assert references.export_to(tmp_path / "a.zip") == 4
    there = References(tmp_path / "there", model=toy)
    assert there.import_from(tmp_path / "a.zip") == 4
    assert there.types == references.types
    assert there.import_from(tmp_path / "a.zip") == 0
    batches = len(toy.batches)
    there.recognise(shades[0])
    assert len(toy.batches) == batches + 1  # the vectors came along: only the question is new


def test_an_export_holds_what_is_sound_whatever_others_do(place, toy, shades, tmp_path):
    references = made(place, toy, shades)
    references.add(shades[1:4], type="thing")
    half, *_ = references.references
    at = place_at(place)
    at.write(f"pictures/{half.digest}", b"half")
    store = ReferenceStore(at)
    read = at.read

    def read_while_others_merge(name):
        if name.startswith("vectors"):
            at.remove(name)
        if name.startswith("pictures"):
            store.record(change("added meanwhile"))
        return read(name)

    at.read = read_while_others_merge
    assert archive.export_to(store, tmp_path / "a.zip") == 3
    there = References(tmp_path / "there", model=toy)
    assert there.import_from(tmp_path / "a.zip") == 3
    assert there.types == {"thing": 3}


def damaged(file, name, data):
    """Write a file that is like another but for one member."""
    with zipfile.ZipFile(file) as whole, zipfile.ZipFile(file.with_name("bad.zip"), "w") as made:
        for item in whole.namelist():
            made.writestr(item, data if item.startswith(name) else whole.read(item))
    return file.with_name("bad.zip")


@pytest.mark.parametrize(
    ("name", "data", "message"),
    [
        ("relevance.json", b"{}", "it is no mark of references"),
        ("log/", b'{"format": "relevance references", "version": 1, "changes": 5}', "changes is a"),
        ("log/", b"PK", "it is not JSON"),
        ("pictures/", b"another", "is not what it was"),
    ],
)
def test_a_damaged_export_changes_nothing(tmp_path, toy, shades, name, data, message):
    references = made(tmp_path / "store", toy, shades)
    references.export_to(tmp_path / "a.zip")
    there = References(tmp_path / "there", model=toy)
    with pytest.raises(UsageError, match=message):
        there.import_from(damaged(tmp_path / "a.zip", name, data))
    assert there.types == {}


def test_an_encrypted_export_is_refused_and_strange_names_are_passed_over(tmp_path, toy, shades):
    references = made(tmp_path / "store", toy, shades)
    references.export_to(tmp_path / "a.zip")
    data = bytearray((tmp_path / "a.zip").read_bytes())
    listing = int.from_bytes(data[-6:-2], "little")
    data[6] |= 1  # the flag of the first member, which is the mark
    data[listing + 8] |= 1
    (tmp_path / "locked.zip").write_bytes(data)
    there = References(tmp_path / "there" / "store", model=toy)
    with pytest.raises(UsageError, match=r"cannot be taken in .*encrypted"):
        there.import_from(tmp_path / "locked.zip")
    with zipfile.ZipFile(tmp_path / "a.zip", "a") as more:
        for name in ("../evil", "pictures/../../evil", "/evil", "notes.txt"):
            more.writestr(name, b"evil")
    assert there.import_from(tmp_path / "a.zip") == 1
    assert {path.name for path in (tmp_path / "there").rglob("*") if path.is_file()} & {
        *("evil", "notes.txt")
    } == set()


def test_what_cannot_be_exported_to_is_named(tmp_path, toy, shades):
    references = made(tmp_path / "store", toy, shades)
    with pytest.raises(UsageError, match=r"/proc/x\.zip cannot be written .* another place\.$"):
        references.export_to("/proc/x.zip")


def test_what_is_no_export_is_refused(tmp_path, toy):
    (tmp_path / "x.zip").write_text("nothing")
    references = References(tmp_path / "store", model=toy)
    with pytest.raises(UsageError, match=r"x\.zip cannot be taken in"):
        references.import_from(tmp_path / "x.zip")
    with pytest.raises(UsageError, match="There is no file"):
        references.import_from(tmp_path / "y.zip")
    assert not (tmp_path / "store").exists()


def test_a_store_out_of_reach_is_said(monkeypatch, toy, shades):
    for name, value in access("http://127.0.0.1:9").items():
        monkeypatch.setenv(name, value)
    with pytest.raises(StoreError, match=r"s3://shop/x cannot be used .*check the address"):
        References("s3://shop/x", model=toy).add(shades[0], type="thing")


def test_a_missing_driver_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "obstore.store", None)
    monkeypatch.delitem(sys.modules, OBJECTS, raising=False)
    with pytest.raises(MissingExtraError, match=r"A place at s3:// needs .*\[objects\]"):
        References("s3://shop/x")


@pytest.mark.parametrize("name", ["x.npz", "x.npy"])
def test_vectors_that_are_something_else_do_no_harm(tmp_path, toy, shades, name):
    made(tmp_path / "store", toy, shades)
    (folder,) = (tmp_path / "store" / "vectors").iterdir()
    buffer = io.BytesIO()
    if name == "x.npy":
        np.save(buffer, np.zeros(3))
    else:
        np.savez(buffer, digests=np.array("x"), vectors=np.zeros(3))
    (folder / "20260101-a.npz").write_bytes(buffer.getvalue())
    assert References(tmp_path / "store", model=toy).recognise(shades[0])[0].similarity > 0.99


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_cannot_be_written_is_said(tmp_path, toy, shades):
    tmp_path.chmod(0o500)
    with pytest.raises(UsageError, match="cannot be written"):
        References(tmp_path / "store", model=toy).add(shades[0], type="thing")


def test_a_store_that_cannot_be_written_is_read_all_the_same(tmp_path, toy, shades, caplog):
    made(tmp_path / "store", toy, shades)
    (folder,) = (tmp_path / "store" / "vectors").iterdir()
    shutil.rmtree(folder)
    folder.write_text("in the way")  # of anybody, root included
    found = References(tmp_path / "store", model=toy)
    assert found.recognise(shades[0])[0].type == "thing"
    assert "The next run encodes reference pictures again" in caplog.text
    assert "choose another place with --store" in caplog.text


def test_a_store_is_not_made_among_other_files(place, toy, shades):
    place_at(place).write("pictures/mine.jpg", b"mine")
    with pytest.raises(UsageError, match="holds other files; name an empty or new place"):
        References(place, model=toy).add(shades[0], type="thing")
    assert place_at(place).names("") == {"pictures"}


def test_a_store_is_no_folder_of_pictures(tmp_path, toy, shades):
    made(tmp_path / "all" / "store", toy, shades)
    Image.new("RGB", (8, 8)).save(tmp_path / "all" / "x.png")
    found = References(tmp_path / "other", model=toy)
    assert found.add(tmp_path / "all").counts == {"all": 1}
