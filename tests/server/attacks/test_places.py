"""What a server must not read, whatever paths, ids and names say."""

from __future__ import annotations

import pytest

from tests.server.attacks.common import API, ROUTES, SECRET, picture

UP = ("..", "%2e%2e", "%252e%252e", "..%2f..", "..%5c..", "....//", "%c0%ae%c0%ae", "..%00")


@pytest.mark.parametrize("up", UP)
@pytest.mark.parametrize(
    "start",
    ["/static", f"{API}/pictures", f"{API}/jobs", f"{API}/references", f"{API}/jobs/0/files", ""],
)
def test_no_path_leads_out(server, start, up):
    for end in ("etc/passwd", "secret/passwd", "app.py", "settings.py", "etc%2fpasswd"):
        status, answer = server.ask("GET", f"{start}/{'/'.join([up] * 8)}/{end}")
        assert status in (400, 404), (status, end)
        status, one = server.ask("GET", f"{start}/{up}/{end}")
        assert status in (400, 404), (status, end)
        for text in (answer, one):
            assert b"root:" not in text
            assert b"import" not in text
            assert b"Traceback" not in text


@pytest.mark.parametrize(
    "folder",
    [
        *("..", "../secret", "root/../../secret", "out", "root/out", "garlic/../out", "/etc", "/"),
        *("%2e%2e/secret", "..\\secret", "garlic\0", "~", "garlic/garlic-01.jpg", "a" * 4000),
        *("file:///etc", "s3://bucket/x", "http://127.0.0.1/x", "\ud7ff/\x1b[31m"),
    ],
)
def test_folders_lie_below_a_root(server, shop, folder):
    for named in (folder, str(shop / "secret")):
        with server.client() as client:
            answer = client.post(f"{API}/score", json={"keyword": "x", "folder": named})
            update = client.post(f"{API}/indexes/shop/update", json={"folder": named})
        assert (answer.status_code, update.status_code) == (404, 404)
        assert "below what this server may read" in answer.json()["detail"]


def test_what_is_no_picture_of_the_index_is_not_sent(server, shop):
    for name in ("secret/private.jpg", str(shop / "secret/private.jpg"), "0", "a" * 16, "A" * 16):
        status, answer = server.ask("GET", f"{API}/pictures/{name.replace('/', '%2f')}")
        assert status == 404
        assert b"image/jpeg" not in answer


def test_a_picture_that_became_something_else_is_not_sent(shop, server, compact, tmp_path):
    """An index outlives what its rows point to: the content counts, not the name."""
    with server.client() as client:
        found = client.get(f"{API}/search", params={"text": "garlic", "k": 8}).json()["results"]
        item = next(item for item in found if item["path"].endswith("garlic-08.jpg"))
        path = shop / "root/garlic/garlic-08.jpg"
        own = path.read_bytes()
        path.unlink()
        path.symlink_to(shop / "secret/passwd")
        try:
            for place in (item["picture"], item["thumbnail"]):
                answer = client.get(place)
                assert answer.status_code == 404
                assert SECRET not in answer.content
        finally:
            path.unlink()
            path.write_bytes(own)


def test_names_of_files_are_words_and_never_places(server, garlic):
    for name in ("../../../tmp/owned", "/etc/cron.d/x", "a\0b", "\x1b[31mred", "x" * 5000, ""):
        with server.client() as client:
            answer = client.post(f"{API}/embed", files=picture(garlic, name))
            assert answer.status_code in (200, 400, 422), name[:20]
            scored = client.post(f"{API}/score", files=picture(garlic, name), data=ROUTES["score"])
            zipped = client.post(
                f"{API}/score", files=picture(b"PK\3\4", name), data=ROUTES["score"]
            )
            assert 400 <= zipped.status_code < 500
            for answer in (scored, zipped):
                assert "\x1b" not in answer.text
                assert "/tmp/relevance-" not in answer.text  # names are shown, not places
    assert list(server.temporary.iterdir()) == []
