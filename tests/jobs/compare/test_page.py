"""The page and the printed form of a comparison."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from relevance.jobs.compare.disagreement import disagreements
from relevance.jobs.compare.result import Comparison
from relevance.jobs.compare.run import Failure
from relevance.jobs.compare.standing import standings
from relevance.jobs.compare.wording import answer, busy_note, explanation, one_order
from tests.jobs.compare.test_job import run, timing, two_scorers
from tests.support.browser import needs_chromium

EVIL = '"><script>alert(1)<_script><img src=x onerror=alert(2)>'


def comparison(runs, grades, folder=None, failures=(), names=None) -> Comparison:
    n = len(runs[0].scores)
    places = [str(folder / f"{number}.png") if folder else f"{number}.png" for number in range(n)]
    return Comparison(
        keyword="almonds",
        places=tuple(places),
        paths=tuple(names or places),
        folders=("f",) * n,
        labels=tuple({1.0: "relevant", 0.0: "irrelevant"}.get(grade, "") for grade in grades),
        standings=standings(runs, np.array(grades)),
        disagreements=disagreements(runs),
        failures=failures,
        provenance={
            "command": "relevance compare almonds in --model a --model b",
            "date": "2026-01-01T00:00:00+00:00",
            "prompts": ["a photo of almonds"],
            "labels": None,
            "max_pixels": 10**8,
            "runs": "reports/almonds-compare",
            "left_out": {},
            "warnings": [],
            "versions": {"numpy": "2"},
        },
    )


ENCODER = {
    "disk_bytes": 35_000_000,
    "precision": "fp32",
    "licence": "MIT",
    "revision": "1",
    "fingerprint": "0" * 32,
    "runtime": "numpy",
    "device": "cpu",
}


def three(rng: np.random.Generator):
    truth, first, other = two_scorers(rng, 90)
    noise = rng.normal(size=90)
    scores = {"good": first + truth, "fast": noise, "third": other}
    runs = [
        run(name, values, encoder=ENCODER, timing=timing(rate - 1, rate, rate + 2))
        for (name, values), rate in zip(scores.items(), (10.0, 90.0, 5.0), strict=True)
    ]
    return runs, truth.astype(float)


def test_runs_that_differ_in_distance_alone_are_shown_once():
    runs, grades = three(np.random.default_rng(1))
    good, fast, _ = runs
    dots = [replace(one, distance="dot") for one in (good, fast)]
    assert dots[0].name == "good (dot)"
    both = comparison([good, dots[0], fast, dots[1]], grades)
    assert answer(both) == answer(comparison([good, fast], grades))
    assert explanation(both) == explanation(comparison([good, fast], grades))
    page = both.html_text(Path("page.html"))
    assert "Shown once: good (cosine, dot) and fast (cosine, dot)." in page
    assert "good (dot)" not in page
    assert page.count("disagree most</h2>") == 1
    alone = comparison([good, dots[0]], grades)
    assert answer(alone) == "good puts the pictures in one order, whatever the distance."
    assert one_order(comparison([good, fast], grades)) == ""


def test_the_answer_follows_from_the_intervals():
    runs, grades = three(np.random.default_rng(1))
    assert answer(comparison(runs[:2], grades)).startswith(
        "good orders the pictures better than fast ("
    )
    assert answer(comparison(runs[1::-1], grades)).startswith(
        "good orders the pictures better than fast ("
    )
    alike = [runs[0], run("twin", runs[0].scores + 1)]
    assert answer(comparison(alike, grades)) == (
        "Not shown on 90 pictures: which of good and twin orders them better."
    )
    assert "fast is the fastest" in answer(comparison(runs, [np.nan] * 90))
    assert answer(comparison(runs[:1], grades)).startswith("Only good could be measured")


def test_the_speeds_are_said():
    runs, grades = three(np.random.default_rng(1))
    said = explanation(comparison(runs, grades))
    assert "fast reads and encodes 90.0 pictures a second, third 5.0 (18.0 times)" in said


@needs_chromium
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_shows_the_figures(open_page, tmp_path, scheme):
    runs, grades = three(np.random.default_rng(1))
    made = comparison(runs, grades, failures=[Failure("clip", "no network")])
    page = open_page(made.to_html(tmp_path / "c.html"), color_scheme=scheme)
    assert page.inner_text("h1") == answer(made)
    assert "clip was not measured: no network" in page.inner_text(".top")
    rows = page.locator("#quality tbody tr").all_inner_texts()
    costs = page.locator("#cost tbody tr").all_inner_texts()
    for item, row, cost in zip(made.standings, rows, costs, strict=True):
        for value in (item.roc_auc, item.average_precision):
            assert f"{value.value:.3f}" in row
            assert f"{value.low:.3f} to {value.high:.3f}" in row
        if item.auc_gain:
            assert f"{item.auc_gain.value:+.3f}" in row
        rate = item.run.rate
        assert f"{rate:.1f}\n\n{rate - 1:.1f} to {rate + 2:.1f}" in cost
        assert "100\t35" in cost
        assert ("★" in row) == item.on_front
    assert [item.on_front for item in made.standings] == [True, True, False]
    assert "median of 3 repeats of 16 pictures" in page.inner_text("#cost")
    assert "busy" not in page.inner_text("#cost")
    assert page.locator("#chart svg").count() == 1
    disputed = page.locator("section:has(h2:text('good and fast')) .card")
    assert disputed.count() == 12
    first = made.disagreements[0].disputed[0]
    assert f"good: {100 * first.first:.0f}" in disputed.first.inner_text()
    assert "not there any more" in disputed.first.inner_text()


@needs_chromium
@pytest.mark.parametrize("width", [360, 768, 1280])
def test_nothing_sticks_out_and_names_are_harmless(open_page, tmp_path, width):
    rng = np.random.default_rng(2)
    truth, first, other = two_scorers(rng, 30)
    for number in range(30):
        Image.new("RGB", (9, 9), (number, 9, 9)).save(tmp_path / f"{number}.png")
    runs = [
        run(EVIL, first, encoder=ENCODER | {"licence": EVIL}),
        run("a" * 80, other, encoder=ENCODER),
    ]
    failures = [Failure(EVIL, EVIL)]
    made = comparison(runs, truth.astype(float), tmp_path, failures, [EVIL] * 30)
    page = open_page(made.to_html(tmp_path / "c.html"))
    page.set_viewport_size({"width": width, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.locator("script, img[onerror]").count() == 0
    assert EVIL in page.inner_text(".top")


def test_the_notebook_form():
    runs, grades = three(np.random.default_rng(1))
    made = comparison(runs, grades)
    shown = made._repr_html_()
    assert repr(made).startswith(f"<Comparison for {made.keyword!r}: {len(grades)} pictures; ")
    assert shown.count("<svg") == 1
    assert "good" in shown
    assert len(shown) < 100_000


@needs_chromium
def test_eight_runs_have_labels_that_can_be_read(open_page, tmp_path):
    """No two labels of the chart lie over each other, also where runs are alike."""
    rng = np.random.default_rng(3)
    truth, first, _ = two_scorers(rng, 60)
    runs = [
        run(
            f"model {n}", first + rng.normal(size=60) * 0.05, encoder=ENCODER, timing=timing(60 - n)
        )
        for n in range(8)
    ]
    page = open_page(comparison(runs, truth.astype(float)).to_html(tmp_path / "c.html"))
    boxes = page.evaluate(
        """() => [...document.querySelectorAll('#chart svg text')]
            .filter(text => text.textContent.startsWith('model'))
            .map(text => text.getBoundingClientRect())
            .map(box => [box.left, box.top, box.right, box.bottom])"""
    )
    assert len(boxes) == 8
    for number, own in enumerate(boxes):
        for other in boxes[number + 1 :]:
            apart = own[3] <= other[1] + 2 or other[3] <= own[1] + 2
            assert apart or own[2] <= other[0] or other[2] <= own[0]


def test_a_busy_machine_is_said():
    runs, grades = three(np.random.default_rng(1))
    busy = replace(runs[0], timing=replace(runs[0].timing, load=11.42))
    html = comparison([busy, *runs[1:]], grades)._repr_html_()
    note = busy_note(comparison([busy, *runs[1:]], grades).standings)
    assert "good at a load average of 11.4 on 2 cores." in note
    assert busy_note(comparison(runs, grades).standings) == ""
    assert note in html
