"""Near copies: the same picture saved again, found by hash and vector together, and kept."""

from __future__ import annotations

import shutil
from itertools import combinations

import numpy as np
import pytest
from PIL import Image, ImageEnhance

import relevance
from relevance.embedding import embeddings
from relevance.embedding.cache import open_cache
from relevance.embedding.near_copies import LEAST_COSINE, MOST_BITS, MOST_LEVELS, first_alike
from relevance.pictures.looks import LOOK


@pytest.fixture(scope="module")
def shop(tmp_path_factory, samples):
    """All sample pictures of two kinds; one three times more, another once and in blue; junk."""
    home = tmp_path_factory.mktemp("shop")
    for kind in ("almonds", "lemons"):
        shutil.copytree(samples / "google_images" / kind, home / kind)
    twice = home / "twice"
    twice.mkdir()
    almond = Image.open(home / "almonds" / "almonds-02.jpg").convert("RGB")
    almond.reduce(2).save(twice / "half.jpg", quality=60)
    almond.save(twice / "again.webp", quality=60)
    shutil.copy(home / "almonds" / "almonds-02.jpg", twice / "copy.jpg")
    lemon = Image.open(home / "lemons" / "lemons-04.jpg").convert("RGB")
    ImageEnhance.Brightness(lemon).enhance(1.1).save(twice / "bright.png")
    for number, name in enumerate(("blank1.png", "blank2.png")):
        Image.new("RGB", (300, 300 + number), "white").save(twice / name)
    Image.merge("RGB", lemon.split()[::-1]).save(twice / "blue.png")
    noise = np.random.default_rng(0).integers(0, 256, (300, 300, 3), dtype=np.uint8)
    Image.fromarray(noise).save(twice / "static.jpg")
    almond.resize((40, 40)).transpose(Image.Transpose.ROTATE_90).save(twice / "icon.png")
    return home


def test_groups_and_flaws_reach_every_way_out(shop, compact, monkeypatch, tmp_path):
    scores = relevance.score("almonds", shop, model=compact)
    table = scores.images
    table["name"] = table["path"].str.rpartition("/")[2]
    groups = {frozenset(rows["name"]) for _, rows in table.groupby("group")}
    assert groups == {
        frozenset({"almonds-02.jpg", "half.jpg", "again.webp", "copy.jpg"}),
        frozenset({"lemons-04.jpg", "bright.png"}),
    }
    flaws = table[table["flaws"] != ""].set_index("name")["flaws"].to_dict()
    assert flaws == {
        **dict.fromkeys(("blank1.png", "blank2.png"), "blank"),
        "static.jpg": "noise",
        "icon.png": "tiny",
    }
    assert (scores.n_copies, scores.n_near_copies) == (1, 3)
    facts = scores.to_dict()["provenance"]
    assert facts["flaws"] == {"blank": 2, "tiny": 1, "noise": 1}
    assert facts["near_copies"] == 3
    page = scores.to_html(tmp_path / "x.html").read_text()
    assert "(probably); 1 copy; 3 near-copies; 2 blank; 1 tiny; 1 noise" in page
    several = relevance.score_keywords(["almonds", "lemons"], shop, model=compact).table
    assert several["group"].tolist() == table["group"].tolist()
    assert several["flaws"].tolist() == table["flaws"].tolist()

    def never(*_):
        raise AssertionError("looked at again")

    monkeypatch.setattr(embeddings, "look_at", never)
    again = relevance.score("lemons", shop, model=compact)
    np.testing.assert_array_equal(again.pictures.group, scores.pictures.group)
    assert again.pictures.flaws == scores.pictures.flaws


def test_vectors_that_are_known_alone_are_looked_at_once(shop, toy):
    """As those are that an older release kept; and a damaged look counts as none."""
    wanted = relevance.score("red", shop, model=toy).pictures.flaws
    for statement in (
        "DELETE FROM looks",
        f"UPDATE looks SET look = zeroblob({LOOK.itemsize + 4})",
    ):
        database = open_cache()
        with database.writing():
            database.execute(statement)
        database.close()
        toy.batches.clear()
        assert relevance.score("red", shop, model=toy).pictures.flaws == wanted
        assert toy.batches == []


def test_pairs_are_those_of_the_definition():
    """Against all pairs one by one, and what hangs together."""
    rng = np.random.default_rng(5)
    n = 300
    hashes = rng.integers(0, 1 << 62, 40, dtype=np.uint64)[rng.integers(0, 40, n)]
    for row in range(n):
        for bit in rng.choice(64, rng.integers(0, 6), replace=False):
            hashes[row] ^= np.uint64(1 << int(bit))
    vectors = rng.normal(size=(6, 8))[rng.integers(0, 6, n)] + rng.normal(size=(n, 8)) * 0.15
    looks = np.zeros(n, LOOK)
    looks["hash"], looks["is_known"] = hashes, rng.random(n) > 0.1
    looks["flaws"] = rng.choice([0, 1, 2, 4], n, p=[0.7, 0.1, 0.1, 0.1])
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    looks["colours"] = 28 * rng.integers(0, 2, n)[:, None, None, None]
    looks["colours"][:, 3, 3, 1] += (rng.random(n) > 0.8).astype(np.uint8)
    usable = looks["is_known"] & ~np.isin(looks["flaws"], (1, 4))
    parents = list(range(n))

    def root(row):
        return row if parents[row] == row else root(parents[row])

    for a, b in combinations(np.flatnonzero(usable).tolist(), 2):
        few = int(hashes[a] ^ hashes[b]).bit_count() <= MOST_BITS
        apart = np.abs(looks["colours"][a].astype(int) - looks["colours"][b]).max()
        if few and apart <= MOST_LEVELS and unit[a] @ unit[b] >= LEAST_COSINE:
            one, other = sorted((root(a), root(b)))
            parents[other] = one
    found = first_alike(vectors.astype(np.float32), looks, np.arange(n))
    assert found.tolist() == [root(row) for row in range(n)]
    assert len(set(found.tolist())) < n - 20


def test_nothing_is_known_of_what_nobody_looked_at():
    vectors, first_copy = np.ones((3, 4), np.float32), np.array([0, 0, 2])
    assert first_alike(vectors, None, first_copy).tolist() == [0, 0, 2]
    assert first_alike(vectors, np.zeros(3, LOOK), first_copy).tolist() == [0, 0, 2]
