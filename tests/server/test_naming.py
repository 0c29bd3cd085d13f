"""Where things lie on the server's disks is nobody else's business."""

from __future__ import annotations

import shutil
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import relevance
from relevance.server.naming import Naming, name_of
from relevance.server.settings import ServerSettings
from relevance.server.work.task import ENDED
from tests.server.conftest import serving
from tests.server.test_described import OPERATIONS

API = "/api/v1"


@pytest.fixture
def lost(samples, compact, tmp_path, garlic):
    """A server in a folder, without references, with an index and roots that can be spoilt."""
    root = tmp_path / "data" / "root"
    shutil.copytree(samples / "google_images/garlic", root / "garlic")
    (root / "empty").mkdir()
    with relevance.Index.create(tmp_path / "shop.index", model=compact) as index:
        index.add(root)
    with serving(
        indexes=(tmp_path / "shop.index",),
        store=str(tmp_path / "parts.references"),
        roots=(root,),
        state=tmp_path / "state",
    ) as client:
        yield client


def told(answer, place):
    """Return a problem's sentence, in which no place is."""
    assert str(place) not in answer.text
    assert "/tmp/" not in answer.text
    return answer.json()["detail"]


def ended(client, answer):
    """Return work that has ended, as events and the list tell of it too."""
    url = answer.json()["url"]
    while (state := client.get(url).json())["status"] not in ENDED:
        time.sleep(0.02)
    return state, client.get(url).text + client.get(f"{url}/events").text


def test_missing_references_are_missed_by_name(lost, tmp_path, garlic):
    picture = {"picture": ("g.jpg", garlic)}
    for answer in (
        lost.post(f"{API}/recognise", files=picture),
        lost.delete(f"{API}/references", params={"type": "x"}),
        lost.post(f"{API}/undo"),
    ):
        assert told(answer, tmp_path).startswith("There are no references in parts.references; ")
    lost.post(f"{API}/references?type=garlic", files=picture)
    (row,) = lost.post(f"{API}/recognise", files=picture).json()["rows"]
    assert (row["type"], "/" in row["origin"]) == ("garlic", False)
    unknown = lost.delete(f"{API}/references/nothing")
    assert "There is no reference nothing in parts.references" in told(unknown, tmp_path)
    other = lost.delete(f"{API}/references", params={"type": "x"})
    assert told(other, tmp_path) == "There is no type x in parts.references: garlic."


def test_no_error_of_any_route_tells_a_place(lost, tmp_path, garlic):
    """Asked while references and index are whole, and again when both are spoilt."""
    picture = {"picture": ("g.jpg", garlic), "bad": ("b.jpg", b"bad")}
    lost.post(f"{API}/references?type=garlic", files=picture)
    seen = set()
    for spoil in (None, tmp_path / "parts.references", tmp_path / "shop.index"):
        if spoil:
            for path in (path for path in spoil.rglob("*") if path.is_file()):
                path.write_bytes(b"spoilt")
        for method, path in OPERATIONS:
            if path.endswith("/events"):
                continue
            at = path.format(id="0" * 16, name="shop")
            for body in (
                {"json": {}},
                {"json": {"text": "x", "folder": "root"}},
                {"files": picture},
            ):
                options = body if method == "POST" else {}
                answer = lost.request(method, at, params={"text": "x", "type": "x"}, **options)
                if answer.status_code >= 400:
                    assert told(answer, tmp_path), (method, path)
                    seen.add(answer.status_code)
    assert seen >= {400, 404, 422, 503}


def test_work_speaks_of_names(lost, tmp_path):
    none = lost.post(f"{API}/score", json={"keyword": "x", "folder": "root/empty"})
    state, text = ended(lost, none)
    assert state["status"] == "failed"
    assert "root/empty" in state["detail"]
    assert str(tmp_path) not in text
    (tmp_path / "data/root/garlic/bad.jpg").write_bytes(b"bad")
    state, text = ended(lost, lost.post(f"{API}/indexes/shop/update", json={}))
    assert state["result"]["index"] == "shop"
    (row,) = state["result"]["skipped"]
    assert (row["path"], row["folder"]) == ("bad.jpg", "garlic")
    assert str(tmp_path) not in text
    state, text = ended(lost, lost.post(f"{API}/score", json={"keyword": "x", "folder": "root"}))
    assert state["status"] == "done"
    assert str(tmp_path) not in text


def test_an_encoder_of_a_folder_goes_by_the_folders_name():
    assert name_of("/srv/models/ours") == "ours"
    assert name_of("openai/clip-vit-base-patch32") == "openai/clip-vit-base-patch32"
    assert name_of("qdrant://inside:6333/shop") == "shop"


def test_places_are_named_wherever_they_stand(tmp_path):
    (tmp_path / "root").mkdir()
    naming = Naming(
        ServerSettings.of(
            indexes=(tmp_path / "i.index", "postgresql://u:pw@db.inside/shop#ours"),
            roots=(tmp_path / "root",),
        )
    )
    said = f"{tmp_path}/i.index and '{tmp_path}/root/a b.jpg' (postgresql://db.inside/shop#ours)."
    assert naming.text(said) == "i.index and 'root/a b.jpg' (ours)."
    nested = {"a": [f"{tmp_path}/root", 1, None], "b": {"c": ("x",)}}
    assert naming.plain(nested) == {"a": ["root", 1, None], "b": {"c": ["x"]}}
    for other in (f"x{tmp_path}/root", f"/other{tmp_path}/root"):
        assert naming.text(other) == other  # these are other places


@settings(max_examples=60)
@given(st.text(max_size=40))
def test_a_sentence_without_places_stays(said):
    naming = Naming(ServerSettings.of(indexes=("/srv/x/shop.index",)))
    if "/" not in said:
        assert naming.text(said) == said
    assert "/srv/x" not in naming.text(f"{said} /srv/x/shop.index")
