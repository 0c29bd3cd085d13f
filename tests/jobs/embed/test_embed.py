"""Vectors of pictures in files and arrays: aligned, of unit length, whole or not there."""

from __future__ import annotations

import json
import shutil

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

import relevance
from relevance.cli import main
from relevance.jobs.embed import job
from relevance.pictures.reading import load_for_encoder


@pytest.fixture(scope="module")
def shop(tmp_path_factory, samples):
    """Eight pictures, and one that cannot be read in their midst."""
    home = tmp_path_factory.mktemp("shop")
    for path in sorted((samples / "google_images" / "lemons").iterdir()):
        shutil.copy(path, home)
    (home / "lemons-03b.jpg").write_bytes(b"no picture")
    return home


def test_both_kinds_of_file_hold_the_encoders_vectors(shop, compact, tmp_path, monkeypatch, capsys):
    """Written in blocks of four, the second time from the cache."""
    monkeypatch.setattr(job, "BLOCK", 4)
    for name in ("v.parquet", "v.npy"):
        words = ["embed", str(shop), "-o", str(tmp_path / name), "--model", "compact"]
        assert main([*words, "--json"]) == 0
    summary = json.loads(capsys.readouterr().out.partition("\n}\n")[2])
    assert (summary["pictures"], summary["vectors"], summary["from_cache"]) == (9, 8, 8)
    table = pq.read_table(tmp_path / "v.parquet")
    kept = json.loads(table.schema.metadata[b"relevance"])
    assert (kept["name"], kept["fingerprint"]) == ("compact", compact.info.fingerprint)
    array = np.load(tmp_path / "v.npy", mmap_mode="r")
    assert (array.shape, array.dtype) == ((9, compact.info.dim), np.float32)
    rows = pd.read_csv(tmp_path / "v.csv", keep_default_na=False)
    assert rows["row"].tolist() == list(range(9))
    assert table["path"].to_pylist() == rows["path"].tolist() == sorted(map(str, shop.iterdir()))
    bad = rows.index[rows["status"] == "skipped"].tolist()
    assert [rows["path"][row] for row in bad] == [str(shop / "lemons-03b.jpg")]
    for row, vector in enumerate(table["vector"].to_pylist()):
        if row in bad:
            assert vector is None
            assert np.isnan(array[row]).all()
        else:
            picture = load_for_encoder(shop / rows["path"][row], compact.info.image_size)
            np.testing.assert_allclose(vector, compact.encode_images([picture])[0], atol=1e-6)
            np.testing.assert_array_equal(array[row], np.float32(vector))
    assert np.linalg.norm(array[0]) == pytest.approx(1, abs=1e-6)


def test_in_python(shop, toy):
    calls = []
    found = relevance.embed([shop, b"x"], model=toy, progress=calls.append, exclude="*-01*")
    assert found.vectors.shape == (9, toy.info.dim)
    assert found.table["status"].tolist().count("skipped") == 2
    assert np.isnan(found.vectors[-1]).all()
    assert (calls[-1].done, calls[-1].total, calls[-1].skipped) == (9, 9, 2)
    assert repr(found) == "<Vectors: 9 pictures, 8 dimensions, encoder toy>"
    assert relevance.embed(shop, model=toy).cached == 7
    assert relevance.embed(shop, model=toy).cached == 8


@pytest.mark.parametrize(
    ("name", "message"),
    [("v.csv", "ends in .parquet or .npy"), ("mine.npy", "which is another one")],
)
def test_nothing_is_written_over(shop, tmp_path, name, message, capsys):
    (tmp_path / "mine.csv").write_text("sku,price\n1,2\n")
    words = ["embed", str(shop), "-o", str(tmp_path / name), "--model", "compact"]
    assert main(words) == 2
    assert message in capsys.readouterr().err
    assert (tmp_path / "mine.csv").read_text() == "sku,price\n1,2\n"


def test_no_file_where_no_picture_can_be_read(tmp_path, capsys):
    (tmp_path / "a.jpg").write_bytes(b"x")
    words = ["embed", str(tmp_path), "-o", str(tmp_path / "v.npy"), "--model", "compact"]
    assert main(words) == 3
    assert "No picture could be read, of 1 found." in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["a.jpg"]
