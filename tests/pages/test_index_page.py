"""The list of pages in an output folder: what it holds, and whose files it leaves alone."""

from __future__ import annotations

import re

import pytest

import relevance
from relevance.jobs.categories.files import write_categories
from relevance.jobs.score.files import write_scores
from relevance.pages.index_page import renew_index
from relevance.pages.runs import read_run
from tests.support.browser import needs_chromium


@pytest.fixture
def written(red_and_blue, toy, tmp_path):
    """An output folder with the pages of two keywords."""
    folder = tmp_path / "out"
    for keyword in ("red", 'blue "<b>&'):
        write_scores(relevance.score(keyword, red_and_blue, model=toy), folder)
    return folder


def headlines(folder) -> list[str]:
    listed = (folder / "index.html").read_text()
    return re.findall(r'<a href="[^"]*">([^<]*)</a>', listed)


@needs_chromium
def test_runs_are_listed_with_headline_and_link(written, browser):
    page = browser.new_page()
    page.goto((written / "index.html").as_uri())
    assert page.inner_text("h1") == "2 reports in this folder"
    links = page.locator(".runs a")
    assert links.count() == 2
    assert links.first.inner_text().endswith('blue "<b>& (probably); 32 blank; 32 tiny')
    assert "score · " in page.locator(".runs li").first.inner_text()
    links.last.click()
    assert "show red (probably)" in page.inner_text("h1")
    page.close()


def test_pages_that_are_gone_leave_the_list(written):
    (written / "red.html").unlink()
    (written / "notes.html").write_text("<p>mine</p>")
    (written / "damaged.html").write_bytes(b'\xff\xfe<meta name="relevance-job" content="score">')
    renew_index(written)
    assert len(headlines(written)) == 1


@pytest.mark.parametrize("own", ["<h1>Mine</h1>", ""])
def test_an_index_of_somebody_elses_is_left_alone(own, red_and_blue, toy, tmp_path):
    (tmp_path / "index.html").write_text(own)
    write_scores(relevance.score("red", red_and_blue, model=toy), tmp_path)
    assert (tmp_path / "index.html").read_text() == own


def test_a_keyword_that_is_called_index_keeps_its_page(red_and_blue, toy, tmp_path):
    write_scores(relevance.score("index", red_and_blue, model=toy), tmp_path)
    write_scores(relevance.score("red", red_and_blue, model=toy), tmp_path)
    assert read_run(tmp_path / "index.html").job == "score"


def test_that_it_cannot_be_written_costs_a_warning_alone(written, caplog, monkeypatch):
    before = (written / "index.html").read_text()

    def refuse(*_):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("relevance.pages.index_page.put_text", refuse)
    renew_index(written)
    assert "was not renewed" in caplog.text
    assert (written / "index.html").read_text() == before


def test_each_job_says_what_it_found(samples, compact, tmp_path):
    pictures = samples / "google_images"
    scores = relevance.score("apples", pictures / "apples", model=compact)
    write_scores(scores, tmp_path)
    write_categories(relevance.categories(pictures, model=compact), tmp_path)
    found = {read_run(page).job: read_run(page) for page in tmp_path.glob("*.html")}
    assert set(found) == {"score", "categories", "index"}
    assert "keyword" in found["categories"].headline
    assert found["score"].date == scores.provenance["date"]
    (tmp_path / "apples.html").unlink()
    write_scores(scores, tmp_path, report=False)
    assert len(headlines(tmp_path)) == 2  # a run without a page renews nothing
