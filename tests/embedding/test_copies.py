"""Byte-identical pictures: known as such, and counted once where it matters."""

from __future__ import annotations

import json
import os
import shutil

import numpy as np
import pandas as pd
import pytest
from PIL import Image

import relevance
from relevance.embedding.cache import inspect, prune
from relevance.embedding.copies import copy_groups, first_copies
from relevance.embedding.embeddings import Advance
from relevance.jobs.captions.pairs import different
from relevance.judging.bootstrap import paired_differences
from relevance.judging.calibration.curves import FITTERS, fit_logistic
from relevance.judging.calibration.fitting import fit
from relevance.judging.calibration.targets import Target
from relevance.judging.folder_means import folder_rows
from relevance.pictures.folders import find_images
from tests.conftest import LONG_AGO
from tests.support.toy import ToyEncoder


@pytest.fixture
def with_copies(red_and_blue):
    """Three more names for Relevant/1.png, one of them in Irrelevant; 35 pictures, 32 different."""
    for place in ("Relevant/13.png", "Relevant/14.png", "Irrelevant/21.png"):
        shutil.copy2(red_and_blue / "Relevant" / "1.png", red_and_blue / place)
    return red_and_blue


@pytest.mark.parametrize("cache", [False, True])
def test_copies_are_known_by_their_bytes(with_copies, cache):
    refs = find_images([with_copies]).refs
    places = [os.path.relpath(ref.place, with_copies) for ref in refs]
    wanted = {"Relevant/1.png", "Relevant/13.png", "Relevant/14.png", "Irrelevant/21.png"}
    for _ in range(2):  # as new pictures, and as known ones
        scores = relevance.score("red", with_copies, model=ToyEncoder(), cache=cache)
        groups = copy_groups(scores.pictures.first_copy)
        assert [{places[row] for row in rows} for rows in groups.values()] == [wanted]
    np.testing.assert_array_equal(
        scores.pictures.first_copy, first_copies([ref.place for ref in refs])
    )


def test_a_copy_of_a_known_picture_is_its_copy(red_and_blue):
    relevance.score("red", red_and_blue, model=ToyEncoder())
    Image.new("RGB", (9, 9), "red").save(red_and_blue / "Relevant" / "0.png")
    for source, target in (("Relevant/1.png", "0a.png"), ("Relevant/0.png", "0b.png")):
        shutil.copy(red_and_blue / source, red_and_blue / "Irrelevant" / target)
    scores = relevance.score("red", red_and_blue, model=ToyEncoder())
    paths = scores.images["path"].tolist()
    names = [
        sorted(os.path.relpath(paths[row], red_and_blue) for row in rows)
        for rows in copy_groups(scores.pictures.first_copy).values()
    ]
    assert sorted(names) == [
        ["Irrelevant/0a.png", "Relevant/1.png"],
        ["Irrelevant/0b.png", "Relevant/0.png"],
    ]


def test_copies_within_a_run_were_not_known_before_it(with_copies, monkeypatch):
    monkeypatch.setattr(
        "relevance.embedding.embeddings.cores", lambda: 1
    )  # so that copies come later
    monkeypatch.setattr("relevance.embedding.embeddings.BATCH_SIZE", 1)
    seen: list[Advance] = []
    scores = relevance.score("red", with_copies, model=ToyEncoder(), progress=seen.append)
    assert scores.provenance["pictures_from_cache"] == 0
    assert seen[-1] == Advance(35, 35)
    again = relevance.score("red", with_copies, model=ToyEncoder())
    assert again.provenance["pictures_from_cache"] == 35


def test_tables_and_folders_share_their_vectors(red_and_blue):
    """Whoever comes second encodes nothing, and loses no digit."""
    table = pd.DataFrame({"image": ["Relevant/1.png", "Relevant/2.png"], "caption": ["red"] * 2})
    fresh = relevance.caption_similarity(table, folder=red_and_blue, model=ToyEncoder())
    scored = ToyEncoder()
    relevance.score("red", red_and_blue, model=scored)
    assert sum(scored.batches) == 30
    again = ToyEncoder()
    pd.testing.assert_frame_equal(
        relevance.caption_similarity(table, folder=red_and_blue, model=again), fresh
    )
    other = table.assign(image=["Irrelevant/1.png", "Irrelevant/2.png"])
    known = relevance.caption_similarity(other, folder=red_and_blue, model=again)
    assert again.batches == []
    assert inspect().pictures == {"toy (fp32)": 32}
    pd.testing.assert_frame_equal(
        relevance.caption_similarity(other, folder=red_and_blue, model=again, cache=False), known
    )


def test_what_a_table_named_stays_though_a_folder_had_it_first(red_and_blue):
    relevance.score("red", red_and_blue, model=ToyEncoder())
    table = pd.DataFrame({"image": ["Relevant/1.png"], "caption": ["red"]})
    relevance.caption_similarity(table, folder=red_and_blue, model=ToyEncoder())
    for path in (red_and_blue / "Relevant").iterdir():
        os.utime(path, (LONG_AGO + 9, LONG_AGO + 9))
    assert prune().pictures == 11
    again = ToyEncoder()
    relevance.caption_similarity(table, folder=red_and_blue, model=again)
    assert again.batches == []


def test_copies_are_drawn_together(red_and_blue):
    """Ten copies of every picture make no interval narrower."""
    alone = relevance.score("red", red_and_blue, model=ToyEncoder())
    for path in sorted(red_and_blue.rglob("*.png")):
        for number in range(9):
            shutil.copy(path, path.with_stem(f"{path.stem}-copy-{number}"))
    often = relevance.score("red", red_and_blue, model=ToyEncoder())
    for name in ("roc_auc", "average_precision"):
        one, ten = getattr(alone.evaluation(), name), getattr(often.evaluation(), name)
        assert [ten.value, ten.low, ten.high] == pytest.approx([one.value, one.low, one.high])
    one, ten = alone.folders, often.folders
    for column in ("mean", "ci_low", "ci_high"):
        np.testing.assert_allclose(ten[column], one[column], atol=1e-9)
    assert ten["n"].tolist() == [120, 200]
    assert often.evaluation().p_value == alone.evaluation().p_value
    assert often.evaluation().n_different == (12, 20)
    assert "12 relevant and 20 irrelevant pictures, copies counted once" in often.evaluation().note


def test_one_picture_many_times_is_no_proof(tmp_path):
    """Thirty copies of one file each way: an order without exception, and nothing shown by it."""
    for folder, colour in (("Relevant", "red"), ("Irrelevant", "blue")):
        (tmp_path / folder).mkdir()
        for number in range(30):
            Image.new("RGB", (8, 8), colour).save(tmp_path / folder / f"{number}.png")
    scores = relevance.score("red", tmp_path, model=ToyEncoder())
    evaluation = scores.evaluation()
    assert evaluation.roc_auc.value == 1
    assert (evaluation.n_different, evaluation.p_value) == ((1, 1), 1)
    assert evaluation.separation == "unclear"
    assert scores.folders["ci_low"].isna().all()


def test_contradictory_labels_are_counted(with_copies):
    evaluation = relevance.score("red", with_copies, model=ToyEncoder()).evaluation()
    assert (evaluation.n_relevant, evaluation.n_irrelevant) == (14, 21)
    assert (evaluation.n_different, evaluation.n_contradictory) == ((12, 21), 1)


def test_the_paired_bootstrap_draws_copies_together():
    rng = np.random.default_rng(3)
    truth = np.arange(40) < 15
    first, second = rng.normal(truth, 1), rng.normal(truth, 1)
    copies = np.repeat(np.arange(40), 5)
    alone = paired_differences(truth, first, second, np.arange(40))
    often = paired_differences(truth[copies], first[copies], second[copies], copies)
    naive = paired_differences(truth[copies], first[copies], second[copies])
    for one, five, narrow in zip(alone, often, naive, strict=True):
        assert [five.value, five.low, five.high] == pytest.approx([one.value, one.low, one.high])
        assert narrow.high - narrow.low < 0.6 * (one.high - one.low)


@pytest.mark.parametrize("count", [40, 1500])
def test_intervals_over_copies_cover_at_their_nominal_rate(count):
    """Pictures come in groups of one to nine copies; the law is that of the groups."""
    rng = np.random.default_rng(4)
    hit = []
    for _ in range(300):
        sizes = rng.integers(1, 10, count)
        copies = np.repeat(np.arange(count), sizes)
        scores = rng.normal(0.2, 0.1, count)[copies]
        (row,) = folder_rows(["f"] * len(copies), scores, scores > 0, copies)
        hit.append(row.ci_low <= 0.2 <= row.ci_high)
    assert np.mean(hit) == pytest.approx(0.95, abs=0.04)


def test_the_page_shows_copies_once_and_says_where_they_are(with_copies, open_page, tmp_path):
    scores = relevance.score("red", with_copies, model=ToyEncoder())
    page = open_page(scores.to_html(tmp_path / "r.html"))
    assert page.inner_text("#count") == "33 of 33 pictures"  # one in each kind of folder, 32 files
    note = "3 of 35 pictures are copies of others, byte for byte."
    assert note in page.inner_text("#notes")
    assert "1 file is both labelled relevant and irrelevant." in page.inner_text("#notes")
    assert page.inner_text("h1").endswith("show red (probably); 3 copies; 35 blank; 35 tiny")
    copied = page.locator("#gallery li", has_text="×")
    said = {}
    for place in range(copied.count()):
        copied.nth(place).locator(".open").click()
        facts = page.locator("#viewer-facts")
        folder = facts.locator("dt:text-is('Folder') + dd").inner_text()
        said[folder] = facts.locator("dt:text-is('Copies') + dd").inner_text()
        page.keyboard.press("Escape")
    assert said == {
        "Relevant": "× 4, also in Irrelevant/",
        "Irrelevant": "× 4, also in Relevant/",
    }
    page.select_option("#folder", label="Irrelevant")
    assert page.inner_text("#count") == "21 of 21 pictures"
    assert json.loads(scores.json_text())["provenance"]["copies"]["pictures"] == 3
    assert (len(scores.images), len(scores.scored)) == (35, 35)


def test_copies_in_one_folder_are_named(red_and_blue, toy, open_page, tmp_path):
    shutil.copy2(red_and_blue / "Relevant" / "1.png", red_and_blue / "Relevant" / "same.png")
    scores = relevance.score("red", red_and_blue, model=toy)
    page = open_page(scores.to_html(tmp_path / "r.html"))
    page.locator("#gallery li", has_text="× 2").locator(".open").click()
    assert "× 2, also as same.png" in page.inner_text("#viewer-facts")
    assert page.inner_text("#count") == "32 of 32 pictures"


def captions_of(folder, rows, toy, **options):
    table = folder / "t.csv"
    pd.DataFrame(rows, columns=["image", "caption"]).to_csv(table, index=False)
    return relevance.caption_table(table, folder / "o.csv", model=toy, **options)


@pytest.mark.parametrize("cache", [False, True])
def test_a_copy_is_no_competitor_in_retrieval(tmp_path, toy, cache):
    """Ten names of each of three files: every picture and caption still finds its own at once."""
    rows = []
    for colour in ("red", "green", "blue"):
        for number in range(10):
            Image.new("RGB", (8, 8), colour).save(tmp_path / f"{colour}{number}.png")
            rows.append((f"{colour}{number}.png", f"{colour} no {number}"))
    found = captions_of(tmp_path, rows, toy, retrieval=True, cache=cache).retrieval
    assert (found.pictures_by_caption.n_candidates, found.captions_by_picture.n_queries) == (3, 3)
    assert found.pictures_by_caption.recall[1] == 1
    assert found.captions_by_picture.recall[1] == 1
    assert found.n_pairs == 30


def test_a_pair_at_two_addresses_is_shown_once(tmp_path, toy):
    for name in ("a.png", "b.png"):
        Image.new("RGB", (8, 8), "red").save(tmp_path / name)
    tally = captions_of(tmp_path, [("a.png", "red"), ("b.png", "red")], toy).tally
    assert (tally.n_scored, len(different(tally.best)), len(different(tally.worst))) == (2, 1, 1)


def test_a_calibration_needs_different_pictures(red_and_blue, toy):
    """One relevant picture under twelve names is one example, not twelve."""
    for path in sorted((red_and_blue / "Relevant").iterdir())[1:]:
        shutil.copy(red_and_blue / "Relevant" / "1.png", path)
    with pytest.raises(relevance.UsageError, match="1 relevant and 20 irrelevant pictures are too"):
        relevance.calibrate("red", red_and_blue, model=toy)


def test_copies_lie_on_one_side_of_every_fold(monkeypatch):
    """Also where rounding gave two copies scores of their own."""
    seen = []

    def watching(scores, truth):
        seen.append(set(np.round(scores, 6)))
        return fit_logistic(scores, truth)

    monkeypatch.setitem(FITTERS, "logistic", watching)
    rng = np.random.default_rng(5)
    truth = np.arange(40) % 2 == 0
    scores = rng.normal(truth, 1)
    copies = np.repeat(np.arange(40), 3)
    jitter = np.tile([0, 1e-9, 2e-9], 40)
    fit(
        scores[copies] + jitter,
        truth[copies],
        np.full(120, 0.5),
        method="logistic",
        target=Target(),
        first_copy=copies * 3,
    )
    everything, *folds = seen
    assert len(folds) == 50
    assert all(len(everything - used) == 8 for used in folds)  # a fifth of the pictures is spared


def test_copies_do_not_narrow_the_interval_of_an_accuracy(tmp_path):
    for name, colour in (("red", (250, 20, 20)), ("blue", (20, 20, 250))):
        (tmp_path / name).mkdir()
        for number in range(4):
            shade = tuple(part - number for part in colour)
            Image.new("RGB", (9, 9), shade).save(tmp_path / name / f"{number}.png")
    alone = relevance.categories(tmp_path, model=ToyEncoder()).accuracy.top1
    for path in sorted(tmp_path.rglob("*.png")):
        for number in range(9):
            shutil.copy(path, path.with_stem(f"{path.stem}-{number}"))
    often = relevance.categories(tmp_path, model=ToyEncoder()).accuracy.top1
    assert (alone.n, often.n, often.value) == (8, 80, alone.value)
    assert (often.low, often.high) == pytest.approx((alone.low, alone.high))


def test_equal_folders_fit_alike(tmp_path):
    """No folder is the best of those that hold the same pictures."""
    for name in ("red", "green", "blue"):
        (tmp_path / name).mkdir()
        Image.new("RGB", (9, 9), "red").save(tmp_path / name / "x.png")
    found = relevance.categories(tmp_path, model=ToyEncoder())
    assert not found.fits_own_folder.any()


def test_few_pairs_are_shown_once_and_not_summed_up(tmp_path, toy, open_page):
    Image.new("RGB", (8, 8), "red").save(tmp_path / "a.png")
    made = captions_of(tmp_path, [("a.png", "red")], toy, retrieval=True, report=True)
    page = open_page(made.to_html(tmp_path / "o.html"))
    assert page.locator(".card").count() == 1
    assert "too few pairs to say what is usual" in page.inner_text("header.top")
    figures = page.locator("#retrieval tbody tr").first.locator("td.n").all_inner_texts()
    assert figures == ["–", "–", "–", "1.0"]  # among one candidate everything is first


def test_the_label_is_the_folders_only_where_it_comes_from_one(
    with_copies, toy, open_page, tmp_path
):
    table = tmp_path / "labels.csv"
    table.write_text("path,label\nRelevant/1.png,no\nRelevant/2.png,yes\nRelevant/3.png,no\n")
    for labels, said, not_said in (
        (None, "the folders'", "your"),
        (table, "your", "the folders'"),
    ):
        scores = relevance.score("red", with_copies, model=toy, labels=labels, threshold=0)
        text = open_page(scores.to_html(tmp_path / "r.html")).inner_text("#threshold")
        assert f"Verdicts against {said} labels" in text
        assert f"{not_said} label" not in text
