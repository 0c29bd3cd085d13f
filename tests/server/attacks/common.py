"""What the attacks share."""

from __future__ import annotations

API = "/api/v1"
KEY = "a-key-that-nobody-guesses-0123456789"
SECRET = b"root:x:0:0 what nobody may read"
ROUTES = {  # where pictures are taken, and what comes beside them
    "search": {},
    "score": {"keyword": "garlic"},
    "recognise": {},
    "embed": {},
    "captions/similarity": {"caption": "garlic"},
    "references?type=nuts": {},
}


def picture(content, name="x.jpg"):
    return {"picture": (name, content, "image/jpeg")}


def is_well(server):
    """Say whether a normal request is answered as ever."""
    with server.client() as client:
        found = client.get(f"{API}/search", params={"text": "garlic", "k": 1})
    return found.status_code == 200 and len(found.json()["results"]) == 1
