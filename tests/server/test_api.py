"""What each route answers, beside what Python says."""

from __future__ import annotations

import base64
import io
import json

import numpy as np
import pandas as pd
import pytest
from PIL import Image

import relevance
from tests.server.conftest import serving

API = "/api/v1"


def test_words_are_found_as_the_index_finds_them(client, shop, compact):
    with relevance.Index.open(shop, model=compact) as index:
        wanted = index.search("almonds", k=5)
    found = client.get(f"{API}/search", params={"text": "almonds", "k": 5}).json()
    assert [item["id"] for item in found["results"]] == [hit.id for hit in wanted]
    assert [item["rank"] for item in found["results"]] == [1, 2, 3, 4, 5]
    for item, hit in zip(found["results"], wanted, strict=True):
        assert item["score"] == pytest.approx(hit.score, abs=1e-9)
        assert item["probability"] == pytest.approx(hit.probability, abs=1e-9)
        assert (item["path"], item["folder"]) == (hit.path, "almonds")
    assert (found["index"], found["count"], found["has_probability"]) == ("shop", 80, True)


def test_a_query_may_hold_all_that_the_command_takes(client, shop, compact):
    with relevance.Index.open(shop, model=compact) as index:
        first = index.search("garlic", k=1)[0]
        wanted = index.search(
            ["garlic", "white"], like=first.id, unlike="lemons", k=7, folders="*s"
        )
    asked = {
        "texts": ["garlic", "white"],
        "like": [first.id],
        "unlike": ["lemons"],
        "k": 7,
        "folder": ["*s"],
    }
    found = client.post(f"{API}/search", json=asked).json()
    assert [item["id"] for item in found["results"]] == [hit.id for hit in wanted]
    assert {item["folder"] for item in found["results"]} <= {
        *("almonds", "apples", "lemons", "mushrooms", "oranges", "pecans", "strawberries"),
        "walnuts",
    }
    assert found["has_probability"] is False
    assert found["results"][0]["probability"] is None


def test_a_posted_picture_finds_its_like(client, garlic):
    sent = {"picture": ("mine.jpg", garlic, "image/jpeg")}
    found = client.post(f"{API}/search", files=sent, data={"k": "3"}).json()["results"]
    assert [item["folder"] for item in found] == ["garlic"] * 3
    assert not any(item["path"].endswith("garlic-01.jpg") for item in found)  # it is the query
    small = client.get(found[0]["thumbnail"])
    assert small.headers["content-type"] == "image/webp"
    assert Image.open(io.BytesIO(small.content)).width <= 240
    whole = client.get(found[0]["picture"])
    with open(found[0]["path"], "rb") as file:
        assert whole.content == file.read()
    assert whole.headers["content-type"] == "image/jpeg"


def test_a_minimum_is_a_probability(client):
    params = {"text": "strawberries", "k": 100, "minimum": 0.5}
    found = client.get(f"{API}/search", params=params).json()["results"]
    assert 4 <= len(found) <= 20
    assert all(item["probability"] >= 0.5 for item in found)


def test_labels_are_a_column(tmp_path, samples, compact):
    rows = [
        {"image": str(path), "label": "good" if number % 2 else "bad"}
        for number, path in enumerate(sorted((samples / "google_images/garlic").iterdir()))
    ]
    pd.DataFrame(rows).to_csv(tmp_path / "t.csv", index=False)
    with relevance.Index.create(tmp_path / "t.index", model=compact) as index:
        index.add(tmp_path / "t.csv")
    with serving(indexes=(tmp_path / "t.index",), state=tmp_path / "s") as client:
        found = client.post(f"{API}/search", json={"text": "garlic", "label": ["good"]}).json()
        assert len(found["results"]) == 4
        assert {item["columns"]["label"] for item in found["results"]} == {"good"}


def test_pictures_that_are_sent_are_scored_as_the_command_scores(client, samples, compact):
    paths = sorted((samples / "google_images/garlic").iterdir())[:3]
    files = [("picture", (path.name, path.read_bytes())) for path in paths]
    files.append(("picture", ("../../broken", b"no picture")))
    found = client.post(f"{API}/score", files=files, data={"keyword": "garlic"}).json()
    wanted = relevance.score("garlic", paths, model=compact)
    assert [row["path"] for row in found["rows"]] == [path.name for path in paths] + [
        "../../broken"
    ]
    assert [row["score"] for row in found["rows"][:3]] == pytest.approx(
        wanted.pictures.score.tolist(), abs=1e-3
    )
    assert found["rows"][3]["status"] == "skipped"
    assert found["rows"][3]["score"] is None
    assert found["folders"][0]["n"] == 3
    assert found["folders"][0]["folder"] == "uploads"


def test_nothing_of_what_was_sent_stays(client, garlic, tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "tmp"))
    (tmp_path / "tmp").mkdir()
    for path, data in (("score", {"keyword": "garlic"}), ("recognise", {}), ("search", {})):
        answer = client.post(f"{API}/{path}", files={"picture": ("x", garlic)}, data=data)
        assert answer.status_code == 200
    assert list((tmp_path / "tmp").iterdir()) == []


def test_types_are_recognised_added_and_removed(samples, compact, tmp_path, garlic):
    with serving(store=str(tmp_path / "r"), model="compact", state=tmp_path / "s") as client:
        none = client.post(f"{API}/recognise", files={"picture": ("g.jpg", garlic)})
        assert none.status_code == 404
        for kind in ("garlic", "lemons"):
            own = sorted((samples / "google_images" / kind).iterdir())[1:5]
            files = [("picture", (path.name, path.read_bytes())) for path in own]
            added = client.post(f"{API}/references", params={"type": kind}, files=files).json()
            assert added["added"] == {kind: 4}
        types = client.get(f"{API}/references").json()
        assert [(item["type"], item["references"]) for item in types] == [
            *(("garlic", 4), ("lemons", 4))
        ]
        files = [("picture", ("g.jpg", garlic)), ("picture", ("bad.jpg", b"bad"))]
        found = client.post(f"{API}/recognise", files=files, data={"threshold": "0.6"}).json()
        assert [row["type"] for row in found["rows"]] == ["garlic", ""]
        assert [row["path"] for row in found["rows"]] == ["g.jpg", "bad.jpg"]
        assert found["rows"][1]["status"] == "skipped"
        small = client.get(found["rows"][0]["thumbnail"])
        assert Image.open(io.BytesIO(small.content)).format == "WEBP"
        wanted = relevance.References(tmp_path / "r", model=compact).recognise(garlic)
        assert found["rows"][0]["similarity"] == pytest.approx(wanted[0].similarity, abs=1e-6)
        assert client.delete(f"{API}/references", params={"type": "garlic"}).json() == {
            "removed": 4
        }
        assert client.post(f"{API}/undo").json() == {"kind": "remove", "added": 0, "removed": 4}
        one = client.get(f"{API}/references").json()[0]["thumbnails"][0].split("/")[-2]
        assert client.delete(f"{API}/references/{one}").json() == {"removed": 1}
        assert client.delete(f"{API}/references/{one}").status_code == 400


def test_captions_fit_or_do_not(client, samples, garlic):
    files = [("picture", ("a", garlic)), ("picture", ("b", b"bad"))]
    data = {"caption": ["garlic bulbs", "whatever"]}
    first, second = client.post(f"{API}/captions/similarity", files=files, data=data).json()
    assert first["clip_score"] == pytest.approx(100 * first["similarity"])
    assert (second["status"], second["similarity"]) == ("skipped", None)
    uri = "data:image/jpeg;base64," + base64.b64encode(garlic).decode()
    name = client.get(f"{API}/search", params={"text": "garlic"}).json()["results"][0]["id"]
    pairs = [{"picture": uri, "caption": "garlic bulbs"}, {"picture": name, "caption": "a car"}]
    again, other = client.post(f"{API}/captions/similarity", json={"pairs": pairs}).json()
    assert again["similarity"] == pytest.approx(first["similarity"], abs=1e-6)
    assert other["similarity"] < again["similarity"]


def test_vectors_are_the_encoders(client, compact, garlic):
    found = client.post(f"{API}/embed", json={"texts": ["almonds", "a lemon"]}).json()
    np.testing.assert_allclose(
        found["vectors"], compact.encode_texts(["almonds", "a lemon"]), atol=1e-6
    )
    assert found["fingerprint"] == compact.info.fingerprint
    files = [("picture", ("a", garlic)), ("picture", ("b", b"bad"))]
    pictures = client.post(f"{API}/embed", files=files).json()
    assert np.linalg.norm(pictures["vectors"][0]) == pytest.approx(1, abs=1e-5)
    assert pictures["vectors"][1] is None
    assert pictures["reasons"][1].startswith("not a picture")


def test_what_is_here(client):
    (index,) = client.get(f"{API}/indexes").json()
    assert (index["name"], index["count"], index["encoder"]) == ("shop", 80, "compact")
    assert len(index["folders"]) == 10
    assert client.get(f"{API}/models").json()["loaded"][0]["name"] == "compact"
    assert client.get(f"{API}/health").json() == {"status": "alive"}
    assert client.get(f"{API}/ready").json() == {"status": "ready"}
    assert client.get(f"{API}/server").json() == {
        "roots": ["data"],
        "references": True,
        "indexes": 1,
        "max_megabytes": 20,
    }
    text = client.get(f"{API}/metrics").text
    assert 'relevance_requests_total{method="GET",route="/health",status="200"}' in text
    assert "relevance_encoder_seconds_bucket" in text
    page = client.get("/docs").text
    assert "POST</b> /api/v1/search" in page
    assert "http://" not in page
    assert "https://" not in page


@pytest.mark.parametrize(
    ("method", "path", "options", "status", "detail"),
    [
        ("GET", "/search", {"params": {"text": ""}}, 422, "query.text: String should have at"),
        ("POST", "/search", {"json": {}}, 400, "Say what to look for: words, or a picture"),
        ("POST", "/search", {"json": {"text": "x", "k": 0}}, 422, "k: Input should be greater"),
        ("POST", "/search", {"json": {"text": "x", "colour": 1}}, 422, "colour: Extra inputs"),
        ("POST", "/search", {"json": {"text": "x", "index": "no"}}, 404, "no index no; there are"),
        ("POST", "/search", {"json": {"like": ["/etc/passwd"]}}, 400, "There is no picture /etc"),
        ("POST", "/search", {"json": {"text": "x", "where": {"a": ["b"]}}}, 400, "no column"),
        ("POST", "/search", {"content": b"x"}, 415, "Send JSON"),
        (
            "POST",
            "/search",
            {"content": b"{", "headers": {"content-type": "application/json"}},
            422,
            "Invalid JSON",
        ),
        ("POST", "/score", {"json": {"keyword": "x"}}, 400, "Send pictures, or name a folder"),
        ("POST", "/score", {"json": {"keyword": "x", "folder": "../.."}}, 404, "no folder ../.."),
        ("POST", "/recognise", {"json": {}}, 400, "Send at least one picture"),
        ("POST", "/embed", {"json": {}}, 400, "Send texts, or pictures"),
        ("POST", "/captions/similarity", {"json": {}}, 400, "at least one pair"),
        ("GET", "/pictures/zzzzzzzzzzzzzzzz", {}, 404, "no picture with that id"),
        ("GET", "/jobs/0123456789abcdef", {}, 404, "There is no work 0123456789abcdef"),
        ("GET", "/nowhere", {}, 404, "Not Found"),
        ("PUT", "/search", {}, 405, "Method Not Allowed"),
    ],
)
def test_errors_are_problems_with_a_sentence(client, method, path, options, status, detail):
    answer = client.request(method, f"{API}{path}", **options)
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert problem["status"] == status
    assert detail in problem["detail"]


def test_only_pictures_that_cannot_be_read_are_an_error_of_the_request(client):
    answer = client.post(f"{API}/score", files={"picture": ("a", b"bad")}, data={"keyword": "x"})
    assert answer.status_code == 422
    assert "No picture could be read" in answer.json()["detail"]


def test_words_that_look_like_a_path_are_words(client, tmp_path):
    """A request must not make the server read a file of its own disks."""
    (tmp_path / "there.jpg").write_bytes(b"no picture: had it been read, that would be said")
    for path in (tmp_path / "there.jpg", tmp_path / "not-there.jpg", "http://127.0.0.1:1/x.jpg"):
        answer = client.post(f"{API}/search", json={"text": "garlic", "unlike": [str(path)]})
        assert answer.status_code == 200


def test_a_server_without_an_index_says_so(tmp_path):
    with serving(model="compact", state=tmp_path) as client:
        answer = client.get(f"{API}/search", params={"text": "x"})
        assert answer.status_code == 404
        assert answer.json()["detail"].startswith("This server has no index")
        assert client.get(f"{API}/indexes").json() == []


def test_the_interface_is_described(client):
    schema = json.loads(client.get("/openapi.json").text)
    assert schema["openapi"].startswith("3.1")
    assert f"{API}/search" in schema["paths"]
    body = schema["paths"][f"{API}/search"]["post"]["requestBody"]["content"]
    assert set(body) == {"application/json", "multipart/form-data"}
    assert "picture" in body["multipart/form-data"]["schema"]["properties"]
