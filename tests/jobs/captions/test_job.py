"""Picture–caption pairs: every row in its place, with figures equal to independent ones."""

from __future__ import annotations

import base64
import json
from decimal import Decimal
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from scipy.stats import rankdata
from sklearn.metrics import roc_auc_score, top_k_accuracy_score
from transformers import AutoProcessor

import relevance
from relevance.encoders.base import unit_rows
from relevance.errors import UsageError
from relevance.jobs.captions.columns import choose_columns
from relevance.jobs.captions.journal import RowScore
from relevance.jobs.captions.pairs import Pair
from relevance.jobs.captions.retrieval import _drawn, best_ranks
from relevance.jobs.captions.scoring import clip_score
from relevance.jobs.captions.tally import Tally
from relevance.jobs.captions.texts import chunks, embed_captions
from relevance.jobs.captions.wording import notes
from relevance.tables import open_table
from tests.support.models import save_clip
from tests.support.picture_server import png, serving

ADDED = ["similarity", "clip_score", "status", "reason"]


@pytest.fixture(scope="module")
def server():
    with serving() as running:
        yield running


@pytest.fixture
def colours(tmp_path):
    """Four pictures of one colour each, beside a table."""
    for colour in ("red", "green", "blue", "yellow"):
        (tmp_path / f"{colour}.png").write_bytes(png(colour))
    return tmp_path


def cosine_of(toy, colour: str, caption: str) -> float:
    picture = toy.encode_images([Image.new("RGB", (4, 4), colour)])[0]
    return float(picture @ toy.encode_texts([caption])[0])


def test_figures_are_those_of_the_encoder(toy, colours):
    frame = pd.DataFrame(
        {"image": ["red.png", "blue.png", "red.png"], "title": ["red nuts", "red nuts", "odd"]},
        index=[7, "x", 7],
    )
    before = frame.copy()
    found = relevance.caption_similarity(frame, folder=colours, model=toy)
    pd.testing.assert_frame_equal(frame, before)
    pd.testing.assert_frame_equal(found[["image", "title"]], before)
    assert list(found.columns) == ["image", "title", *ADDED]
    wanted = [
        cosine_of(toy, colour, text)
        for colour, text in (("red", "red nuts"), ("blue", "red nuts"), ("red", "odd"))
    ]
    np.testing.assert_allclose(found["similarity"], wanted, atol=1e-6)
    np.testing.assert_allclose(found["clip_score"], 100 * np.maximum(wanted, 0), atol=1e-4)
    assert found["status"].tolist() == ["ok"] * 3
    assert found["similarity"].dtype == np.float64


@pytest.mark.parametrize("distance", ["dot", "euclidean", "angular"])
def test_other_distances_leave_the_clip_score_alone(toy, colours, distance):
    frame = pd.DataFrame({"image": ["red.png", "blue.png"], "caption": ["red", "green"]})
    plain = relevance.caption_similarity(frame, folder=colours, model=toy)
    other = relevance.caption_similarity(frame, folder=colours, model=toy, distance=distance)
    np.testing.assert_allclose(other["clip_score"], plain["clip_score"])
    cosine = plain["similarity"].to_numpy()
    wanted = {
        "dot": cosine,
        "euclidean": -np.sqrt(2 - 2 * cosine),
        "angular": 1 - np.arccos(cosine) / np.pi,
    }[distance]
    np.testing.assert_allclose(other["similarity"], wanted, atol=2e-4)


def test_similarities_equal_transformers(tmp_path, samples):
    """Direct computation with random weights, on the sample pictures with their captions."""
    model = save_clip(tmp_path / "model")
    processor = AutoProcessor.from_pretrained(tmp_path / "model", use_fast=False)
    frame = pd.read_csv(samples / "captions.csv")
    plain = frame[frame["image"].str.endswith((".jpg", ".webp"))]
    upright = [path for path in plain["image"] if "turned" not in _format_of(samples, path)]
    plain = plain[plain["image"].isin(upright)]
    found = relevance.caption_similarity(
        plain, folder=samples, model=str(tmp_path / "model"), precision="fp32"
    )
    assert (found["status"] == "ok").all()
    wanted = []
    for image, caption in zip(plain["image"], plain["caption"], strict=True):
        inputs = processor(
            text=[caption],
            images=[Image.open(samples / image).convert("RGB")],
            return_tensors="pt",
            padding=True,
        )
        with torch.no_grad():
            wanted.append(model(**inputs).logits_per_image.item() / model.logit_scale.exp().item())
    assert len(wanted) > 80
    assert np.ptp(wanted) > 0.001
    np.testing.assert_allclose(found["similarity"], wanted, atol=1e-5, rtol=0)


def _format_of(samples: Path, path: str) -> str:
    contents = pd.read_csv(samples / "contents.csv").set_index("path")
    return contents.loc[path, "format"]


def test_51_rows_with_failures_in_the_middle(toy, server, tmp_path):
    """The size of table that a well-known notebook lost the alignment of."""
    failing = {
        3: ("/missing/x.jpg", "the server answered 404 Not Found"),
        17: ("/loop/", "more than 5 redirects"),
        18: ("/page_as_picture/x.jpg", "not a picture that can be read, but a web page (HTML)"),
        19: ("/page/x.jpg", "(the server calls it text/html)"),
        20: ("/vast/x.png", "too large: 20000 × 20000 pixels"),
        21: ("/drip/", "not complete after 4 s"),
        22: ("/endless/", "the file is larger than 1 MB"),
        23: ("/empty/", "the file is empty"),
        24: ("/broken/", "the server answered 500"),
        30: ("/busy_for_long/", "429 Too Many Requests"),
    }
    passing = {25: "/busy/", 26: "/broken_once/", 27: "/odd_kind/", 28: "/cut/"}
    colours = ("red", "green", "blue", "yellow")
    rows = []
    for number in range(51):
        path = failing.get(number, (passing.get(number),))[0]
        path = path or f"/colour/{colours[number % 4]}-{number % 8}.png"
        rows.append({"sku": f"{number:04d}", "image_url": server.url + path, "title": "red nuts"})
    rows[40]["title"] = "  "
    rows[41]["image_url"] = ""
    pd.DataFrame(rows).to_csv(tmp_path / "a.csv", index=False)
    server.hits.clear()
    made = relevance.caption_table(tmp_path / "a.csv", model=toy, timeout=4, max_megabytes=1)
    found = pd.read_csv(tmp_path / "a-similarity.csv", dtype=str, keep_default_na=False)
    assert found["sku"].tolist() == [f"{number:04d}" for number in range(51)]
    assert found["image_url"].tolist() == [row["image_url"] for row in rows]
    known = {25: "red", 26: "blue", 27: "yellow", 28: "red"}
    for number, row in found.iterrows():
        if number in failing or number in (40, 41):
            reason = failing.get(number, ("", ""))[1]
            reason = reason or {40: "the caption is empty", 41: "no picture is named"}[number]
            assert (row["status"], row["similarity"], row["clip_score"]) == ("skipped", "", "")
            assert reason in row["reason"], number
        else:
            wanted = cosine_of(toy, known.get(number, colours[number % 4]), "red nuts")
            assert row["status"] == "ok", row["reason"]
            assert float(row["similarity"]) == pytest.approx(wanted, abs=1e-6)
    assert made.tally.n_rows == 51
    assert made.tally.n_scored == 51 - len(failing) - 2
    assert sum(made.tally.reasons.values()) == len(failing) + 2
    again = {path: count for path, count in server.hits.items() if path.startswith("/colour/")}
    assert set(again.values()) == {1}  # each address once, however many rows name it


def test_each_picture_and_caption_is_encoded_once(toy, server, tmp_path):
    seen = []
    encode = toy.encode_texts
    toy.encode_texts = lambda texts: seen.extend(texts) or encode(texts)
    frame = pd.DataFrame(
        {
            "url": [f"{server.url}/colour/red-{number % 3}.png?once" for number in range(300)],
            "title": [f"thing {number % 7}" for number in range(300)],
        }
    )
    server.hits.clear()
    found = relevance.caption_similarity(frame, model=toy)
    assert (found["status"] == "ok").all()
    assert sorted(seen) == sorted({f"thing {number}" for number in range(7)})
    assert set(server.hits.values()) == {1}
    assert sum(toy.batches) <= 3
    toy.batches.clear()
    seen.clear()
    again = relevance.caption_similarity(frame, model=toy)
    pd.testing.assert_frame_equal(again, found)
    assert (toy.batches, seen) == ([], [])  # the cache had both
    relevance.caption_similarity(frame, model=toy, cache=False)
    assert sum(toy.batches) == 3


def test_places_of_every_kind(toy, colours):
    data = base64.b64encode(png("blue")).decode()
    frame = pd.DataFrame(
        {
            "image": [
                "red.png",
                Path("red.png"),
                str(colours / "red.png"),
                (colours / "red.png").as_uri(),
                f"data:image/png;base64,{data}",
                None,
                float("nan"),
                pd.NA,
                ["red.png"],
                b"red.png",
                "nope.png",
            ],
            "caption": "red",
        }
    )
    found = relevance.caption_similarity(frame, folder=colours, model=toy)
    assert found["status"].tolist() == ["ok"] * 5 + ["skipped"] * 6
    assert found["reason"].tolist()[5:] == [
        *["no picture is named"] * 3,
        "the picture's cell holds list, not text",
        "the picture's cell holds bytes, not text",
        "the file does not exist",
    ]
    assert found["similarity"].isna().tolist() == [False] * 5 + [True] * 6


def test_captions_of_every_kind(toy, colours):
    captions = ["red", None, "", " \t", 7, "a\ud800", {"en": "red"}, "é " * 300]
    frame = pd.DataFrame({"image": "red.png", "caption": pd.Series(captions, dtype=object)})
    found = relevance.caption_similarity(frame, folder=colours, model=toy)
    assert found["reason"].tolist() == [
        "",
        *["the caption is empty"] * 3,
        "",
        "the caption has characters that are not text",
        "the caption's cell holds dict, not text",
        "",
    ]


def test_an_embedding_that_is_none_has_its_reason(toy, colours):
    encode = toy.encode_texts
    toy.encode_texts = lambda texts: np.array(
        [
            row * (np.nan if text == "odd" else 1)
            for text, row in zip(texts, encode(texts), strict=True)
        ]
    )
    frame = pd.DataFrame({"image": "red.png", "caption": ["red", "odd", "red"]})
    found = relevance.caption_similarity(frame, folder=colours, model=toy)
    assert found["status"].tolist() == ["ok", "skipped", "ok"]
    assert found["reason"][1] == "the encoder gave no finite embedding of the caption"


def test_a_picture_that_a_later_caption_makes_extreme_is_shown(toy, colours):
    rows = [f"{colour}.png,green {number}" for number in range(40) for colour in ("red", "blue")]
    rows += ["yellow.png,blue x"] + ["red.png,red"] * 200 + ["yellow.png,yellow"]
    (colours / "a.csv").write_text("image,caption\n" + "\n".join(rows) + "\n")
    made = relevance.caption_table(colours / "a.csv", model=toy, report=True)
    assert made.tally.best[0].pair.place == "yellow.png"
    assert all(made.pictures[item.score.picture].thumbnail for item in made.tally.shown)


def test_columns_may_have_numbers_for_names(toy, colours):
    frame = pd.DataFrame([["red.png", "red", 1, 2]], columns=[0, 1, "x", "x"])
    found = relevance.caption_similarity(
        frame, image_column=0, caption_column=1, folder=colours, model=toy
    )
    assert found.columns.tolist() == [0, 1, "x", "x", *ADDED]
    with pytest.raises(UsageError, match="No column looks like one of pictures"):
        relevance.caption_similarity(frame, model=toy)
    with pytest.raises(UsageError, match='There is no column "y"'):
        relevance.caption_similarity(frame, image_column="y", model=toy)


def test_added_columns_may_have_a_prefix(toy, colours):
    frame = pd.DataFrame({"image": ["red.png"], "caption": ["red"], "status": ["active"]})
    plain = relevance.caption_similarity(frame.drop(columns="status"), folder=colours, model=toy)
    found = relevance.caption_similarity(frame, folder=colours, model=toy, prefix="fit ")
    assert found.columns.tolist() == [*frame.columns, *(f"fit {name}" for name in ADDED)]
    assert found[[f"fit {name}" for name in ADDED]].to_numpy().tolist() == (
        plain[list(ADDED)].to_numpy().tolist()
    )
    assert found["status"].tolist() == ["active"]
    frame.to_parquet(colours / "in.parquet")
    for kind in ("csv", "jsonl", "parquet"):
        target = colours / f"out.{kind}"
        made = relevance.caption_table(colours / "in.parquet", target, model=toy, prefix="fit_")
        assert open_table(target).columns == (*frame.columns, *(f"fit_{name}" for name in ADDED))
        assert "--prefix fit_" in made.provenance["command"]


def test_parquet_of_every_type_comes_out_as_it_was(toy, colours):
    rows = 5
    table = pa.table(
        {
            "image": pa.array(["red.png"] * rows).dictionary_encode(),
            "caption": pa.array(["red", None] * 2 + ["red"], pa.large_string()),
            "price": pa.array([Decimal("1.10")] * rows),
            "big": pa.array([2**63 - 1] * rows),
            "bytes": pa.array([b"\0"] * rows),
            "when": pa.array(range(rows), pa.timestamp("ns", tz="UTC")),
            "deep": pa.array([{"a": [1, None]}] * rows),
            "nothing": pa.nulls(rows),
        }
    )
    pq.write_table(table, colours / "a.parquet", row_group_size=2)
    made = relevance.caption_table(colours / "a.parquet", model=toy)
    found = pq.read_table(made.output)
    assert found.select(table.column_names).equals(table)
    assert found["status"].to_pylist() == ["ok", "skipped", "ok", "skipped", "ok"]


def test_an_empty_table(toy, tmp_path):
    found = relevance.caption_similarity(pd.DataFrame({"image": [], "caption": []}), model=toy)
    assert list(found.columns) == ["image", "caption", *ADDED]
    (tmp_path / "a.csv").write_text("image,caption\n")
    made = relevance.caption_table(tmp_path / "a.csv", model=toy, retrieval=True, report=True)
    assert made.output.read_text() == f"image,caption,{','.join(ADDED)}\n"
    assert "The table has no rows." in made.to_html(tmp_path / "a.html").read_text()


@pytest.mark.parametrize("kind", [".csv", ".tsv", ".jsonl", ".parquet"])
def test_every_kind_of_table_says_the_same(toy, colours, kind):
    frame = pd.DataFrame(
        {
            "image": ["red.png", "nope.png", "blue.png"],
            "n": ["1", "2", "3"],
            "caption": ["red", "red", "red"],
        }
    )
    source = colours / f"a{kind}"
    write = {
        ".csv": lambda: frame.to_csv(source, index=False),
        ".tsv": lambda: frame.to_csv(source, index=False, sep="\t"),
        ".jsonl": lambda: frame.to_json(source, orient="records", lines=True),
        ".parquet": lambda: frame.to_parquet(source),
    }
    read = {
        ".csv": lambda path: pd.read_csv(path, dtype={"n": str}, keep_default_na=False),
        ".tsv": lambda path: pd.read_csv(path, dtype={"n": str}, keep_default_na=False, sep="\t"),
        ".jsonl": lambda path: pd.read_json(path, orient="records", lines=True, dtype={"n": str}),
        ".parquet": pd.read_parquet,
    }
    write[kind]()
    made = relevance.caption_table(source, model=toy)
    assert made.output == colours / f"a-similarity{kind}"
    found = read[kind](made.output)
    assert list(found.columns) == [*frame.columns, *ADDED]
    for name in frame.columns:
        assert found[name].tolist() == frame[name].tolist()
    figures = pd.to_numeric(found["similarity"]).tolist()
    wanted = [cosine_of(toy, colour, "red") for colour in ("red", "blue")]
    assert [figures[0], figures[2]] == pytest.approx(wanted, abs=1e-6)
    assert np.isnan(figures[1])
    assert found["status"].tolist() == ["ok", "skipped", "ok"]
    assert "does not exist" in found["reason"][1]


@pytest.mark.parametrize(
    ("names", "image", "caption"),
    [
        (["id", "image", "caption"], "image", "caption"),
        (["Product Title", "Image_URL", "url"], "Image_URL", "Product Title"),
        (["description", "title", "image-link"], "image-link", "title"),
        (["path", "text", "name"], "path", "text"),
        (["IMG", "Alt Text"], "IMG", "Alt Text"),
        (["Titel", "Beschreibung", "Bild-URL", "Link"], "Bild-URL", "Titel"),
        (["item-name", "item-description", "main-image-url"], "main-image-url", "item-name"),
    ],
)
def test_columns_are_guessed_and_said(names, image, caption):
    found = choose_columns(names, None, None)
    assert (found.image, found.caption) == (image, caption)
    assert f'"{image}"' in found.note
    assert "guessed" in found.note
    assert "guessed" not in choose_columns(names, image, caption).note


@pytest.mark.parametrize(
    ("names", "asked", "reason"),
    [
        (["a", "b"], (None, None), "No column looks like one of pictures"),
        (["image", "b"], (None, None), "one of captions; name it with --caption-column. The"),
        (["a", "b"], (None, None), "pictures and captions; name it with --image-column and --cap"),
        (["x/1.JPG", "Nuts"], (None, None), "Is that a row of data"),
        (["image", "caption"], ("imgae", None), 'Did you mean "image"'),
        (["image", "image", "caption"], (None, None), 'Two columns are called "image"'),
        (["image", "caption", "status"], (None, None), 'has a column "status" already'),
        (["text", "x"], ("text", None), "cannot hold both"),
        ([], (None, None), "no columns"),
    ],
)
def test_columns_that_cannot_be_used(names, asked, reason):
    with pytest.raises(UsageError, match=reason):
        choose_columns(names, *asked)


@pytest.mark.parametrize(
    ("names", "said"),
    [
        (["image1", "image2", "Image 3", "title"], ' Not scored: "image2", "Image 3".'),
        (["link", "image_url", "title"], ' Not scored: "link".'),
        (["image", "title", "imagery", "2"], ""),
    ],
)
def test_further_columns_of_pictures_are_named(names, said):
    assert choose_columns(names, None, None).note.endswith(f"set).{said}")
    assert "Not scored" not in choose_columns(names, names[0], None).note


def test_relative_paths_start_where_asked(toy, colours, tmp_path):
    table = tmp_path / "far" / "a.csv"
    table.parent.mkdir()
    table.write_text("image,caption\nred.png,red\nnope.png,red\n")
    made = relevance.caption_table(table, model=toy, folder=colours)
    expected = relevance.caption_similarity(pd.read_csv(table), folder=colours, model=toy)
    written = pd.read_csv(made.output, keep_default_na=False)
    assert written["status"].tolist() == expected["status"].tolist() == ["ok", "skipped"]
    assert float(written["similarity"][0]) == pytest.approx(expected["similarity"][0], abs=1e-6)
    few, note = notes(made)
    assert few.startswith("These are too few")
    assert note.startswith(f"1 file not found; relative paths were taken to start in {colours} ")
    assert f"--folder {colours}" in made.provenance["command"]
    beside = relevance.caption_table(table, model=toy)
    assert beside.tally.n_scored == 0
    assert "--folder" not in beside.provenance["command"]
    with pytest.raises(UsageError, match="There is no folder"):
        relevance.caption_table(table, model=toy, folder=tmp_path / "none")
    with pytest.raises(UsageError, match="There is no folder"):
        relevance.caption_similarity(pd.read_csv(table), model=toy, folder=tmp_path / "none")


def test_long_captions_are_counted_and_may_be_chunked(toy, colours):
    """The toy encoder sees 8 tokens: 6 words."""
    text = "Red red red. Nuts from far away. And blue bags of much more weight than that."
    (colours / "a.csv").write_text(f'image,caption\nred.png,"{text}"\nred.png,red\n')
    cut = relevance.caption_table(colours / "a.csv", colours / "cut.csv", model=toy)
    whole = relevance.caption_table(
        colours / "a.csv", colours / "whole.csv", model=toy, long_captions="chunk"
    )
    assert (cut.tally.n_long, whole.tally.n_long) == (1, 1)
    parts = chunks(text, lambda part: toy.count_tokens([part])[0] <= 8)
    assert parts == [
        "Red red red.",
        "Nuts from far away.",
        "And blue bags of much more",
        "weight than that.",
    ]
    picture = toy.encode_images([Image.new("RGB", (4, 4), "red")])[0]
    mean = unit_rows(toy.encode_texts(parts).mean(axis=0))
    assert pd.read_csv(whole.output)["similarity"][0] == pytest.approx(mean @ picture, abs=1e-6)
    assert pd.read_csv(cut.output)["similarity"][0] == pytest.approx(
        cosine_of(toy, "red", text), abs=1e-6
    )


@given(st.text("ab .!?。é\n", max_size=60), st.integers(1, 9))
def test_chunks_fit_and_lose_nothing(text, limit):
    found = chunks(text, lambda part: len(part.strip()) <= limit)
    assert "".join("".join(found).split()) == "".join(text.split())
    assert all(len(part) <= limit for part in found if part.strip())


def test_chunking_with_the_real_tokenizer(compact):
    text = "Roasted almonds in a bag. " * 40
    rows, is_long = embed_captions([text, "almonds"], compact, long="chunk")
    assert is_long.tolist() == [True, False]
    np.testing.assert_allclose(np.linalg.norm(rows, axis=1), 1, atol=1e-6)
    parts = chunks(text, lambda part: compact.count_tokens([part])[0] <= compact.info.max_tokens)
    assert 1 < len(parts) < 40
    assert all(part.endswith("bag.") for part in parts)
    mean = compact.encode_texts(parts).mean(axis=0)
    np.testing.assert_allclose(rows[0], unit_rows(mean), atol=1e-6)


def test_the_clip_score_is_that_of_the_paper_with_weight_100():
    assert clip_score(0.25) == 25
    assert clip_score(-0.25) == 0


SCORES = st.lists(
    st.one_of(st.none(), st.floats(-1, 1, allow_subnormal=False)), min_size=1, max_size=60
)


@given(SCORES)
def test_the_tally_knows_extremes_and_quantiles(values):
    tally = Tally()
    pairs = [Pair(f"{number}.png", "x") for number in range(len(values))]
    scores = [
        RowScore(value, value, "" if value is not None else "gone", False, b"", b"")
        for value in values
    ]
    for start in range(0, len(values), 7):
        tally.add(pairs[start : start + 7], scores[start : start + 7])
    known = [(value, number) for number, value in enumerate(values) if value is not None]
    assert [item.number for item in tally.worst] == [n for _, n in sorted(known)][:10]
    best = sorted(known, key=lambda item: (-item[0], item[1]))
    assert [item.number for item in tally.best] == [n for _, n in best][:10]
    assert tally.reasons["gone"] == len(values) - len(known)
    if known:
        series = pd.Series([value for value, _ in known])
        for share, value in tally.quantiles().items():
            assert value == pytest.approx(series.quantile(share))


def test_equal_pairs_are_shown_once():
    tally = Tally()
    score = RowScore(0.5, 50.0, "", False, b"", b"")
    tally.add([Pair("a.png", "x")] * 30 + [Pair("b.png", "x")], [score] * 31)
    assert [item.number for item in tally.best] == [0, 30]


def test_ranks_equal_scipy_and_scikit_learn():
    rng = np.random.default_rng(3)
    texts = unit_rows(rng.normal(size=(40, 6)))
    pictures = unit_rows(texts + 0.6 * rng.normal(size=(40, 6)))
    own = np.arange(40)
    ranks = best_ranks(pictures, texts, own, own)
    scores = pictures @ texts.T
    np.testing.assert_array_equal(
        ranks, [rankdata(-row)[number] for number, row in enumerate(scores)]
    )
    for k in (1, 5, 10):
        wanted = top_k_accuracy_score(own, scores, k=k, labels=own)
        assert (ranks <= k).mean() == pytest.approx(wanted)


def test_the_best_of_several_captions_counts():
    pictures = np.eye(3, dtype=np.float32)
    texts = unit_rows([[1, 0, 0], [0.9, 0.1, 0], [0, 1, 0], [0, 0.2, 1], [0.5, 0.5, 0]])
    rows, columns = np.array([0, 0, 1, 2, 2]), np.array([1, 4, 2, 0, 3])
    ranks = best_ranks(pictures, texts, rows, columns)
    assert ranks.tolist() == [2, 1, 1]  # the first picture's best is beaten by [1, 0, 0] alone


def test_of_many_pairs_always_the_same_sample_is_searched(monkeypatch):
    pairs = [(bytes([number]), b"x") for number in range(200)]
    assert _drawn(iter(pairs), 200) == pairs
    monkeypatch.setattr("relevance.jobs.captions.retrieval.MOST_PAIRS", 50)
    drawn = _drawn(iter(pairs), 200)
    assert len(drawn) == 50
    assert drawn == sorted(set(drawn))
    assert drawn == _drawn(iter(pairs), 200)


def test_equal_candidates_share_their_rank():
    same = np.ones((4, 2), dtype=np.float32) / np.float32(np.sqrt(2))
    assert best_ranks(same[:1], same, np.array([0]), np.array([2])).tolist() == [2.5]


def test_the_shipped_encoder_finds_wrong_captions_on_the_sample_pictures(samples, tmp_path):
    made = relevance.caption_table(
        samples / "captions.csv", tmp_path / "o.csv", model="compact", retrieval=True
    )
    found = pd.read_csv(made.output)
    assert (found["status"] == "ok").all()
    assert roc_auc_score(found["fits"] == "yes", found["similarity"]) > 0.65
    shown = found.iloc[[item.number for item in made.tally.worst]]
    assert (shown["fits"] == "no").mean() > 3 * (found["fits"] == "no").mean()
    both = made.retrieval.captions_by_picture, made.retrieval.pictures_by_caption
    assert all(item.recall[10] > 3 * 10 / 116 for item in both)
    summary = json.loads(made.json_text())
    assert summary["scored"] == 116
    assert summary["worst"][0]["row"] == int(found["similarity"].idxmin()) + 1
    frame = pd.read_csv(samples / "captions.csv")
    direct = relevance.caption_similarity(frame, folder=samples, model="compact", cache=False)
    np.testing.assert_allclose(direct["similarity"], found["similarity"], atol=1e-6)


@pytest.mark.parametrize(
    ("names", "image", "caption"),
    [
        (["ID", "Name", "Images"], "Images", "Name"),
        (["sku", "name", "base_image", "small_image"], "base_image", "name"),
        (["Handle", "Title", "Image Src", "Variant Image"], "Image Src", "Title"),
        (["id", "title", "image_link", "additional_image_link"], "image_link", "title"),
        (["Name", "Image URLs (x,y,z...)"], "Image URLs (x,y,z...)", "Name"),
        (["Product Name", "Product Image File - 1"], "Product Image File - 1", "Product Name"),
        (["item_name", "main_image_url", "other_image_url1"], "main_image_url", "item_name"),
        (["Title", "PicURL"], "PicURL", "Title"),
        (["TITLE", "IMAGE1", "IMAGE2"], "IMAGE1", "TITLE"),
        (["productTitle", "imageURL"], "imageURL", "productTitle"),
        (["Artikelbezeichnung", "Bild-URL"], "Bild-URL", "Artikelbezeichnung"),
        (["ti\u0301tulo", "imagen"], "imagen", "ti\u0301tulo"),
        (["商品名", "画像"], "画像", "商品名"),
        (["caption", "Photo 2", "Photo 1"], "Photo 2", "caption"),
    ],
)
def test_shops_columns_are_known(names, image, caption):
    found = choose_columns(names, None, None)
    assert (found.image, found.caption) == (image, caption)


def test_steering_characters_of_column_names_are_escaped():
    names = ["\x1b[2Jimage", "caption"]
    with pytest.raises(UsageError, match=r"\\x1b\[2Jimage") as caught:
        choose_columns(names, None, None)
    assert "\x1b" not in str(caught.value)
    assert "\x1b" not in choose_columns(names, names[0], "caption").note


def test_cells_may_hold_pictures(toy, colours):
    red, blue = ((colours / f"{colour}.png").read_bytes() for colour in ("red", "blue"))
    turned = Image.new("RGB", (6, 4), "blue")
    cells = [
        *({"bytes": red, "path": "x.png"}, {"bytes": red, "path": None}),
        *({"bytes": None, "path": "red.png"}, red, bytearray(blue), "red.png", turned),
        *(Image.new("CMYK", (4, 4), (255, 255, 0, 0)), {"bytes": None, "path": None}, b""),
        *({"bytes": b"\xff\xd8\xffno", "path": None}, ["red.png", 1]),
    ]
    frame = pd.DataFrame({"image": pd.Series(cells, dtype=object), "caption": "red nuts"})
    found = relevance.caption_similarity(frame, folder=colours, model=toy)
    wanted = [cosine_of(toy, colour, "red nuts") for colour in ("red", "blue")]
    order = [0, 0, 0, 0, 1, 0, 1]
    np.testing.assert_allclose(
        found["similarity"][:7], [wanted[which] for which in order], atol=1e-6
    )
    assert found["status"].tolist() == ["ok"] * 8 + ["skipped"] * 4
    assert found["reason"].tolist()[8:10] == ["no picture is named"] * 2
    assert "picture" in found["reason"][10]


@pytest.mark.parametrize("kind", [".parquet", ".arrow", ".feather"])
@pytest.mark.parametrize("type_", ["struct", "binary", "large_binary", "dictionary"])
def test_tables_may_hold_pictures(toy, colours, kind, type_):
    files = [(colours / f"{colour}.png").read_bytes() for colour in ("red", "blue", "red")]
    if type_ == "struct":
        cells = pa.array([{"bytes": file, "path": None} for file in files])
    elif type_ == "dictionary":
        cells = pa.array(files, pa.binary()).dictionary_encode()
    else:
        cells = pa.array(files, getattr(pa, type_)())
    table = pa.table({"image": cells, "text": ["red nuts"] * 3})
    path = colours / f"in{kind}"
    if kind == ".parquet":
        pq.write_table(table, path)
    else:
        opened = pa.ipc.new_stream if kind == ".arrow" else pa.ipc.new_file
        with opened(path, table.schema) as sink:
            sink.write_table(table)
    done = relevance.caption_table(path, model=toy, report=True)
    back = open_table(done.output)
    batch = next(iter(back.batches(10)))
    columns = {name: batch.column(number) for number, name in enumerate(back.columns)}
    assert columns["status"] == ["ok"] * 3
    wanted = [cosine_of(toy, colour, "red nuts") for colour in ("red", "blue", "red")]
    np.testing.assert_allclose(columns["similarity"], wanted, atol=1e-6)
    assert columns["image"] == table["image"].to_pylist()
    assert len(done.pictures) == 2
    if kind == ".parquet" and type_ == "binary":
        written = relevance.caption_table(path, colours / "out.csv", model=toy)
        first = open_table(written.output)
        row = next(iter(next(iter(first.batches(1))).rows()))
        assert base64.b64decode(row[0]) == files[0]


def test_the_rows_of_a_mixed_table_come_out_as_they_were(toy, colours):
    lines = [f"red.png,Größe {number}\n".encode() for number in range(20)]
    path = colours / "in.csv"
    path.write_bytes(b"image,caption\n" + b"".join(lines) + "blue.png,Nüsse\n".encode("cp1252"))
    done = relevance.caption_table(path, model=toy)
    text = done.output.read_text(encoding="utf-8")
    assert [line.split(",")[1] for line in text.splitlines()[1:]] == [
        *(f"Größe {number}" for number in range(20)),
        "Nüsse",
    ]
