"""What is shown, given out; and the state of the page in its address and in copies of it."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import relevance
from tests.pages.gallery.test_marks import address_of, card, given, save
from tests.support.browser import needs_chromium

pytestmark = needs_chromium


def shown(page) -> list[str]:
    return page.locator("#gallery .file").all_inner_texts()


def test_what_is_shown_as_a_table_and_as_paths(page, fruit, tmp_path):
    page.select_option("#folder", label="box 1")
    page.select_option("#order", "lowest")
    rows = list(csv.DictReader(io.StringIO(save(page, "#list-csv", tmp_path).read_text())))
    scores = fruit.scored[fruit.scored["path"].str.contains("box 1")].sort_values("probability")
    lemons = [row for row in rows if "lemons" in row["path"]]
    assert [row["path"] for row in lemons] == scores["path"].tolist()[: len(lemons)]
    for row, (_, known) in zip(lemons, scores.iterrows(), strict=False):
        assert float(row["probability"]) == known["probability"]
        assert row["verdict"] == ("relevant" if known["relevant"] else "irrelevant")
    assert {Path(row["path"]).name for row in rows} >= {"again.jpg", "apples-05.jpg"}  # one card
    paths = save(page, "#list-text", tmp_path).read_text().splitlines()
    assert paths == [row["path"] for row in rows]
    assert page.inner_text("#list-size") == f"{len(paths)} files"
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.click("#list-paths")
    page.wait_for_selector("text=Copied.")
    assert page.evaluate("navigator.clipboard.readText()").splitlines() == paths


def test_the_address_holds_threshold_filter_and_order(page, browser):
    page.fill("#exact", "0.31")
    page.press("#exact", "Tab")
    page.select_option("#show", "irrelevant")
    page.select_option("#order", "name")
    page.fill("#search", "lemons")
    seen, address = shown(page), address_of(page)
    assert 0 < len(seen) < 16
    with browser.new_context() as elsewhere:
        other = elsewhere.new_page()
        other.goto(address)
        assert shown(other) == seen
        assert other.inner_text("h1") == page.inner_text("h1")
        assert other.input_value("#exact") == "0.31"


def test_sections_do_not_lose_the_state(page):
    page.select_option("#order", "name")
    address = address_of(page)
    assert "order=name" in address
    page.click("nav >> text=Folders")
    assert address_of(page) == address


def test_nonsense_in_the_address_shows_the_page_as_it_was_made(open_page, page_file):
    page = open_page(page_file)
    before = shown(page)
    page.goto(page_file.as_uri() + "#t=seven&order=no&folder=99&show=&marks=x")
    page.reload()
    assert shown(page) == before
    assert page.input_value("#exact") == "0.5"


def test_a_copy_opens_as_the_page_was_shown(page, open_page, fruit, tmp_path):
    card(page, "apples-01").locator("button.yes").click()
    page.select_option("#order", "name")
    page.fill("#exact", "0.9")
    page.press("#exact", "Tab")
    copy = save(page, "#save-page", tmp_path / "mail")
    other = open_page(copy)
    assert shown(other) == shown(page)
    assert given(other) == {"apples-01.jpg": "yes"}
    assert other.inner_text("h1") == page.inner_text("h1")
    again = open_page(save(other, "#save-page", tmp_path / "again"))
    assert shown(again) == shown(page)


def test_files_are_linked_only_where_the_page_was_written(page, page_file, open_page, tmp_path):
    page.locator("#gallery .open").first.click()
    assert page.locator("#viewer-link").is_visible()
    elsewhere = tmp_path / "attachments" / page_file.name
    elsewhere.parent.mkdir()
    elsewhere.write_bytes(page_file.read_bytes())
    other = open_page(elsewhere)
    other.locator("#gallery .open").first.click()
    assert not other.locator("#viewer-link").is_visible()
    path = other.locator("#viewer-facts dt:text-is('Path') + dd").inner_text()
    assert Path(path).is_file()


def test_a_command_that_judges_so(page, fruit):
    page.fill("#exact", "0.31")
    page.press("#exact", "Tab")
    command = page.inner_text("#command")
    assert command.startswith("relevance score apples ")
    assert command.endswith("--threshold 0.31")
    again = relevance.score(
        "apples", str(Path(fruit.places[0]).parent.parent), model="compact", threshold=0.31
    )
    reached = int(again.pictures.relevant.sum())
    assert page.inner_text("h1").startswith(f"{reached} of 17 pictures")
