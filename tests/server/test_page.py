"""The web page, in a real browser on servers that are processes of their own."""

from __future__ import annotations

import csv
import json
import re
import shutil
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import parse_qs, urlsplit
from urllib.request import Request, urlopen

import numpy as np
import pytest
from PIL import Image

import relevance
from relevance.judging.label_table import read_label_table
from relevance.pictures.folders import find_images
from tests.support.browser import barriers, needs_chromium, new_page

pytestmark = needs_chromium
STATIC = Path(relevance.__file__).parent / "server/static"
THEMES = Path(relevance.__file__).parent / "pages/templates"
HOSTILE = "<svg onload=alert(1)>.png"
KEY = "an API key of some length"


@contextmanager
def process(log, *words):
    """Start ``relevance serve``, which writes to a file, and yield its address."""
    command = [sys.executable, "-m", "relevance", "serve", "--port", "0", *map(str, words)]
    with log.open("w") as stream:
        running = subprocess.Popen(command, stderr=stream)
    try:
        yield announced(running, log)
    finally:
        running.send_signal(signal.SIGTERM)
        assert running.wait(40) == 0


def announced(running, log):
    """Wait until a server says where it is."""
    end = time.monotonic() + 60
    while running.poll() is None and time.monotonic() < end:
        if found := re.search(r"http://\S+:\d+", log.read_text()):
            return found[0]
        time.sleep(0.05)
    raise AssertionError(log.read_text())


def asked(address, **body):
    """Post to the REST interface, or get from it."""
    data = json.dumps(body).encode() if body else None
    with urlopen(Request(address, data, {"Content-Type": "application/json"})) as answer:
        return json.load(answer)


@pytest.fixture(scope="module")
def odd(tmp_path_factory, compact):
    """An index from a table: three pictures with labels, one with a hostile name."""
    folder = tmp_path_factory.mktemp("odd")
    colours = {HOSTILE: "red", "b.png": "blue", "g.png": "green"}
    for name, colour in colours.items():
        Image.new("RGB", (40, 40), colour).save(folder / name)
    with (folder / "table.csv").open("w", newline="") as stream:
        rows = zip(colours, ("<i>old", "new", "new"), strict=True)
        csv.writer(stream).writerows([("path", "label"), *rows])
    with relevance.Index.create(folder / "odd.index", model=compact) as index:
        index.add(folder / "table.csv")
    return folder / "odd.index"


@pytest.fixture(scope="module")
def many(tmp_path_factory):
    """A folder that takes some seconds to score."""
    folder = tmp_path_factory.mktemp("roots") / "many"
    folder.mkdir()
    rng = np.random.default_rng(5)
    for number in range(400):
        pixels = rng.integers(0, 255, (24, 24, 3), np.uint8)
        Image.fromarray(pixels).resize((640, 640)).save(folder / f"{number:03}.jpg")
    return folder


@pytest.fixture(scope="module")
def address(shop, odd, parts, many, samples, tmp_path_factory):
    """A server with two indexes, two roots and references of its own."""
    place = tmp_path_factory.mktemp("page")
    shutil.copytree(parts, place / "own.references")
    words = ["--root", samples, "--root", many, "--store", place / "own.references"]
    with process(place / "log", shop, odd, *words, "--state", place / "state") as found:
        yield found


@pytest.fixture(scope="module")
def bare(tmp_path_factory):
    """A server that has nothing yet, wants a key, and takes little."""
    place = tmp_path_factory.mktemp("bare")
    (place / "key.txt").write_text(KEY)
    words = ["--model", "compact", "--store", place / "none.references", "--state", place / "state"]
    with process(
        place / "log", "--api-key-file", place / "key.txt", "--max-megabytes", "1", *words
    ) as found:
        yield found


@pytest.fixture
def visit(browser):
    """Open an address; fail on any console message, dialog or request elsewhere."""
    pages, noise = [], []

    def open_one(address, rest="", expected=(), **options):
        page = new_page(browser, **options)
        pages.append(page)

        def hear(text):
            if not any(part in text for part in expected):
                noise.append(text)

        page.on("console", lambda message: hear(message.text))
        page.on("pageerror", lambda error: hear(str(error)))
        page.on("dialog", lambda dialog: hear("dialog"))
        page.on(
            "request",
            lambda request: (
                None if request.url.startswith((address, "blob:", "data:")) else hear(request.url)
            ),
        )
        page.goto(address + rest)
        return page

    yield open_one
    for page in pages:
        page.close()
    assert noise == []


def said(page):
    """Return what an address asks for, behind #."""
    return parse_qs(urlsplit(page.url).fragment)


def names(page):
    return page.locator("#results .file").all_inner_texts()


def counted(page, text):
    page.locator("#count", has_text=text).wait_for()


def upload(page, field, *paths):
    page.set_input_files(f"#{field}", [str(path) for path in paths])


def give(page, kind, path):
    """Drop or paste a file, as a browser tells a page."""
    script = """([kind, name, numbers]) => {
      const held = new DataTransfer();
      held.items.add(new File([new Uint8Array(numbers)], name, { type: "image/jpeg" }));
      const facts = { bubbles: true, cancelable: true };
      document.body.dispatchEvent(kind === "drop"
        ? new DragEvent("drop", { ...facts, dataTransfer: held })
        : new ClipboardEvent("paste", { ...facts, clipboardData: held }));
    }"""
    page.evaluate(script, [kind, path.name, list(path.read_bytes())])


def test_words_are_searched_and_lie_in_the_address(visit, address):
    page = visit(address)
    page.locator("#search-empty", has_text="80 pictures of “shop”").wait_for()
    page.get_by_role("searchbox", name="What pictures are to show").fill("garlic")
    page.keyboard.press("Enter")
    counted(page, "The best 60 so far; the index “shop” holds 80 pictures.")
    found = asked(f"{address}/api/v1/search", text="garlic", k=60)["results"]
    assert names(page) == [row["path"].rpartition("/")[2] for row in found]
    assert said(page) == {"q": ["garlic"]}
    assert page.title() == "garlic – Search – relevance"

    colleague = visit(address, "/#" + urlsplit(page.url).fragment)
    counted(colleague, "The best 60")
    assert names(colleague) == names(page)

    page.go_back()
    page.locator("#search-empty").wait_for()
    assert names(page) == []
    page.go_forward()
    counted(page, "The best 60")


def test_refinements_filters_and_slider_act_and_go_back(visit, address):
    page = visit(address, "/#q=lemons")
    counted(page, "The best 60")
    for label, value in (("Leave out", "orange"), ("In folders", "lemons"), ("Also", "fruit")):
        page.get_by_label(label, exact=True).fill(value)
        page.keyboard.press("Enter")
        page.get_by_role("button", name=f"Remove {value}").wait_for()
    counted(page, "8 pictures, the best first.")
    page.get_by_role("slider", name="Least probability").fill("0.8")
    asking = {"text": "lemons", "texts": ["fruit"], "unlike": ["orange"], "folder": ["lemons"]}
    n = len(asked(f"{address}/api/v1/search", **asking, minimum=0.8, k=1000)["results"])
    assert 0 < n < 8
    counted(page, f"{n} pictures have at least 80 %." if n > 1 else "1 picture has at least 80 %.")
    expected = {"q": ["lemons"], "and": ["fruit"], "not": ["orange"], "folder": ["lemons"]}
    assert said(page) == expected | {"min": ["0.8"]}
    page.get_by_role("button", name="Remove orange").click()
    page.go_back()
    page.get_by_role("button", name="Remove orange").wait_for()
    page.get_by_role("slider").fill("1")
    counted(page, "No picture is found: move the slider down")


def test_scrolling_brings_all(visit, address):
    page = visit(address)
    wanted = []
    page.on("request", lambda one: wanted.append((one.post_data_json or {}).get("k")))
    page.fill("#q", "nuts")
    page.keyboard.press("Enter")
    counted(page, "The best 60")
    assert page.locator("#results img[loading=lazy]").count() == 60
    page.mouse.wheel(0, 20_000)
    counted(page, "80 pictures, the best first.")
    assert len(set(names(page))) == 80
    assert [k for k in wanted if k] == [60, 120]
    assert page.get_by_role("button", name="Show more").is_hidden()


def test_keys_move_open_and_mark(visit, address, samples, tmp_path):
    page = visit(address, "/#q=garlic")
    counted(page, "The best 60")
    page.focus("#results .open >> nth=0")
    row = page.evaluate("getComputedStyle(results).gridTemplateColumns.split(' ').length")
    at = "document.activeElement.closest('li').dataset.place"
    for key, place in (("ArrowRight", 1), ("ArrowDown", 1 + row), ("ArrowUp", 1), ("ArrowLeft", 0)):
        page.keyboard.press(key)
        assert page.evaluate(at) == str(place), key
    page.keyboard.press("y")
    assert page.evaluate("document.activeElement.ariaLabel").endswith("marked right")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    viewer = page.get_by_role("dialog", name=names(page)[1])
    assert "Probability" in viewer.inner_text()
    page.keyboard.press("n")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("y")
    page.keyboard.press("u")
    assert page.inner_text("#viewer-place") == "3 of 60"
    page.keyboard.press("Escape")
    page.locator("#results [data-place='2'] .open:focus").wait_for()  # once it has closed
    assert page.inner_text("#marked") == "1 right, 1 wrong"

    with page.expect_download() as download:
        page.get_by_role("button", name="Save labels").click()
    assert download.value.suggested_filename == "labels-garlic.csv"
    download.value.save_as(tmp_path / "labels.csv")
    table = read_label_table(tmp_path / "labels.csv")
    found = asked(f"{address}/api/v1/search", text="garlic", k=2)["results"]
    assert [(row.path, row.grade) for row in table.rows] == [
        (found[0]["path"], 1.0),
        (found[1]["path"], 0.0),
    ]
    grades, unmatched = table.grade_pictures(find_images([samples / "google_images"]).refs)
    assert np.nansum(grades) == 1
    assert unmatched == []
    assert "relevance calibrate 'garlic' FOLDER" in page.inner_text("#marks-hint")

    page.reload()
    page.locator("#marked", has_text="1 right, 1 wrong").wait_for()
    page.get_by_role("button", name="Clear").click()
    assert page.locator("#marking").is_hidden()


def test_more_like_this_is_an_address(visit, address):
    page = visit(address, "/#q=garlic&min=0.5")
    counted(page, "at least 50 %")
    page.click("#results .open >> nth=0")
    page.get_by_role("button", name="More like this").click()
    counted(page, "The best 60")
    first = asked(f"{address}/api/v1/search", text="garlic", k=1)["results"][0]["id"]
    assert said(page) == {"like": [first]}
    assert page.inner_text("#minimum-label") == "Least score"
    found = asked(f"{address}/api/v1/search", like=[first], k=60)["results"]
    assert names(page) == [row["path"].rpartition("/")[2] for row in found]
    page.go_back()
    counted(page, "at least 50 %")


@pytest.mark.parametrize("way", ["choose", "drop", "paste"])
def test_a_picture_of_the_users_finds_its_like(visit, address, samples, way):
    page = visit(address)
    page.locator("#search-empty").wait_for()
    path = samples / "google_images/garlic/garlic-01.jpg"
    if way == "choose":
        upload(page, "like-files", path)
    else:
        give(page, way, path)
    counted(page, "The best 60")
    assert all(name.startswith("garlic") for name in names(page)[:3])
    assert "cannot be sent along" in page.inner_text("#like-note")
    page.get_by_label("Also", exact=True).fill("white")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Remove white").wait_for()
    assert said(page)["and"] == ["white"]
    colleague = visit(address, "/#" + urlsplit(page.url).fragment)
    counted(colleague, "The best 60")
    assert "only its sender's page holds" in colleague.inner_text("#like-note")


def test_strings_from_elsewhere_are_text(visit, address):
    page = visit(address, "/#q=red&index=odd")
    counted(page, "3 pictures")
    assert HOSTILE in names(page)
    assert page.locator("#results img").count() == 3
    page.locator(".card", has_text=HOSTILE).locator(".open").click()
    viewer = page.get_by_role("dialog", name=HOSTILE)
    assert "<i>old" in viewer.inner_text()
    with page.expect_popup() as popup:
        viewer.get_by_role("link", name="The file").click()
    assert "/api/v1/pictures/" in popup.value.url
    popup.value.close()
    page.bring_to_front()
    page.keyboard.press("Escape")
    page.get_by_label("With labels", exact=True).fill("new")
    page.keyboard.press("Enter")
    counted(page, "2 pictures, the best first.")
    assert HOSTILE not in names(page)
    page.get_by_label("Index").select_option("shop")
    counted(page, "The best 60")


def test_a_folder_is_scored_up_to_its_report(visit, address):
    page = visit(address, "/#tab=score")
    page.get_by_label("Keyword").fill("garlic")
    page.get_by_label("Folder of the server").fill("data/google_images")
    page.get_by_role("button", name="Score").click()
    report = page.get_by_role("link", name="Open the report")
    report.wait_for()
    assert "garlic over data/google_images" in page.inner_text("#run h2")
    cells = page.locator("#run tbody tr").first.locator("td").all_inner_texts()
    assert cells[:2] == ["garlic", "8"]
    page.locator("#runs", has_text="garlic data/google_images").wait_for()
    with page.expect_popup() as popup:
        report.click()
    assert "garlic" in popup.value.inner_text("h1")
    popup.value.close()
    again = visit(address, "/#" + urlsplit(page.url).fragment)
    again.get_by_role("link", name="Open the report").wait_for()


def test_a_run_is_cancelled_and_a_busy_server_asked_again(visit, address):
    page = visit(address, "/#tab=score", expected=("429",))

    def give_in(keyword):
        page.get_by_label("Keyword").fill(keyword)
        page.get_by_label("Folder of the server").fill("many")
        page.get_by_role("button", name="Score").click()

    def cancel(keyword):
        page.locator("#run h2", has_text=f"{keyword} over many").wait_for()
        page.get_by_role("button", name="Cancel").click()
        page.locator("#run .state", has_text="cancelled").wait_for()

    give_in("first")
    page.locator("#run .state", has_text="of 400 pictures").wait_for()
    assert page.get_by_role("progressbar", name="Pictures scored").is_visible()
    cancel("first")

    body = {"keyword": "waits", "folder": "many"}
    waiting = [asked(f"{address}/api/v1/score", **body)["url"] for _ in range(16)]
    give_in("second")
    page.locator("#status", has_text="The server is busy; trying again in 2 s.").wait_for()
    for url in waiting:
        urlopen(Request(address + url, method="DELETE")).close()
    cancel("second")


def test_what_pictures_show_is_recognised_and_types_are_added_to(visit, address, samples):
    google = samples / "google_images"
    page = visit(address, "/#tab=recognise")
    page.locator("#types", has_text="strawberries").wait_for()
    wanted = google / "garlic/garlic-07.jpg", google / "walnuts/walnuts-02.jpg"
    upload(page, "recognise-files", *wanted)
    page.locator("#recognise-count", has_text="2 pictures: ").wait_for()
    cards = page.locator("#recognitions li").all_inner_texts()
    assert "garlic-07.jpg" in cards[0]
    assert "similarity" in cards[0]
    assert "no known type" in cards[1]
    assert page.locator("#recognitions figure").count() == 4

    page.locator("#recognitions li").nth(1).get_by_role("button", name="Add as reference").click()
    page.get_by_role("dialog").get_by_label("Type").fill("walnuts")
    page.get_by_role("dialog").get_by_role("button", name="Add", exact=True).click()
    page.locator("#types", has_text="walnuts").wait_for()
    give(page, "drop", wanted[1])
    page.locator("#recognitions .type", has_text="walnuts").wait_for()

    page.get_by_role("button", name="Undo the last change").click()
    page.get_by_role("dialog").get_by_role("button", name="Undo it").click()
    page.locator("#status", has_text="Undone: 1 reference taken away again.").wait_for()
    assert "walnuts" not in page.inner_text("#types")


def test_a_reference_and_a_type_are_removed_by_keys_and_come_back(visit, address):
    page = visit(address, "/#tab=recognise")
    page.get_by_role("button", name="Show all of strawberries").focus()
    page.keyboard.press("Enter")
    shown = page.get_by_role("dialog", name="strawberries", exact=True)
    shown.wait_for()
    assert shown.locator("li img").count() == 4
    shown.get_by_role("button", name="Remove reference 2 of strawberries").focus()
    page.keyboard.press("Delete")
    page.get_by_role("dialog", name="Remove reference 2 of strawberries?").wait_for()
    page.keyboard.press("Escape")  # nothing is removed, and the references stay open
    assert shown.locator("li").count() == 4
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")  # on Remove, which has the focus
    page.locator("#references-status", has_text="removed. 3 references left.").wait_for()
    assert page.evaluate("document.activeElement.ariaLabel").startswith("Remove reference 2 of")
    known = asked(f"{address}/api/v1/references?type=strawberries")
    assert len(known[0]["ids"]) == 3

    shown.get_by_role("button", name="Remove the type…").focus()
    page.keyboard.press("Enter")
    page.get_by_role("dialog", name="Remove strawberries, with 3 references?").wait_for()
    page.keyboard.press("Enter")
    page.locator("#status", has_text="strawberries removed, with 3 references.").wait_for()
    assert "strawberries" not in page.inner_text("#types")
    for brought_back, count in (("3 references", 3), ("1 reference", 4)):
        assert page.evaluate("document.activeElement.id") == "undo"
        page.keyboard.press("Enter")
        page.keyboard.press("Enter")
        page.locator("#status", has_text=f"Undone: {brought_back} brought back.").wait_for()
        card = page.locator("#types li", has_text="strawberries")
        assert f"{count} references" in card.inner_text()


def test_the_last_type_is_removed_and_comes_back(visit, bare, samples):
    """Also one whose name no path could hold."""
    page = visit(bare, expected=("401",))
    page.get_by_label("API key", exact=True).fill(KEY)
    page.keyboard.press("Enter")
    page.locator("#search-empty", has_text="relevance index PICTURES").wait_for()
    page.get_by_role("link", name="Recognise").click()
    page.get_by_role("button", name="Add references").click()
    page.get_by_label("Type", exact=True).fill("mugs/blue")
    upload(page, "adding-files", samples / "google_images/garlic/garlic-01.jpg")
    page.get_by_role("button", name="Add", exact=True).click()
    page.get_by_role("button", name="Show all of mugs/blue").click()
    page.get_by_role("button", name="Remove reference 1 of mugs/blue").click()
    page.get_by_role("button", name="Remove", exact=True).click()
    page.locator("#types-empty", has_text="No types are known yet").wait_for()
    page.get_by_role("button", name="Undo the last change").click()
    page.get_by_role("button", name="Undo it").click()
    page.locator("#types", has_text="mugs/blue").wait_for()
    urlopen(
        Request(
            f"{bare}/api/v1/references?type=mugs%2Fblue",
            method="DELETE",
            headers={"X-API-Key": KEY},
        )
    ).close()


def test_a_key_is_asked_for_and_what_is_missing_explained(visit, bare, tmp_path):
    page = visit(bare, expected=("401",))
    page.get_by_role("dialog", name="This server wants an API key").wait_for()
    page.get_by_label("API key", exact=True).fill("not that")
    page.keyboard.press("Enter")
    page.locator("#key-problem", has_text="That is not the API key").wait_for()
    page.get_by_label("API key", exact=True).fill(KEY)
    page.keyboard.press("Enter")
    page.locator("#search-empty", has_text="relevance index PICTURES").wait_for()
    page.get_by_role("link", name="Score folders").click()
    assert "--root PICTURES" in page.inner_text("#score-empty")
    page.get_by_role("link", name="Recognise").click()
    page.locator("#types-empty", has_text="No types are known yet").wait_for()

    sent = []
    page.on("request", lambda request: sent.append(request.url))
    large = tmp_path / "large.bmp"
    Image.new("RGB", (1000, 600)).save(large)
    upload(page, "recognise-files", large)
    page.locator("#problem", has_text="this server takes at most 0.9 MB").wait_for()
    assert sent == []
    page.get_by_role("link", name="REST interface").click()
    assert "/api/v1/search" in page.inner_text("main")


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (390, "dark")])
def test_no_view_is_wider_than_the_screen(visit, address, width, scheme):
    size = {"viewport": {"width": width, "height": 800}, "color_scheme": scheme}
    views = {
        "/": "#search-empty",
        "/#q=nuts&not=oil&folder=walnuts": "#results li",
        "/#tab=score": "#score-form",
        "/#tab=recognise": "#types li",
        "/docs": "main section",
    }
    for rest, shown in views.items():
        page = visit(address, rest, **size)
        page.locator(shown).first.wait_for()
        assert page.evaluate("document.documentElement.scrollWidth") <= width, rest
        colour = page.evaluate("getComputedStyle(document.body).backgroundColor")
        assert colour == ("rgb(16, 21, 27)" if scheme == "dark" else "rgb(246, 247, 249)")


def test_colours_are_those_of_the_reports():
    sheet = " ".join((STATIC / "app.css").read_text().split())
    for name in ("theme.css", "theme-dark.css"):
        assert " ".join((THEMES / name).read_text().split()) in sheet


def test_no_markup_is_made_from_strings_and_nothing_comes_from_elsewhere():
    for path in sorted(STATIC.iterdir()):
        text = path.read_text()
        assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write", text), path
        links = re.findall(r"https?://[^\s\"']+", text)
        assert set(links) <= {"http://www.w3.org/2000/svg"}, path
        assert len(text) < 16_000, path
    assert " style=" not in (STATIC / "index.html").read_text()


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (390, "dark")])
def test_nothing_keeps_anybody_out(visit, address, width, scheme):
    page = visit(address, viewport={"width": width, "height": 844}, color_scheme=scheme)
    page.locator("#search-empty").wait_for()
    assert barriers(page) == []
    page.fill("#q", "garlic")
    page.keyboard.press("Enter")
    counted(page, "The best 60")
    assert barriers(page) == []
    page.locator("#results .open").first.click()
    page.get_by_role("dialog").wait_for()
    assert barriers(page) == []
    page.keyboard.press("Escape")
    for tab in ("Score folders", "Recognise"):
        page.get_by_text(tab, exact=True).click()
        page.get_by_role("heading", level=1, name=tab).wait_for()
        assert barriers(page) == []


@pytest.mark.parametrize("asked", ["/server", "/indexes"])
def test_a_page_whose_server_is_slow_says_what_it_waits_for(visit, address, asked):
    page = visit("about:blank", expected=[address])
    held = []
    page.route(f"**/api/v1{asked}", lambda route: held.append(route))
    page.goto(address)
    page.get_by_text("The server is asked what it has").wait_for()
    assert page.get_by_role("heading", level=1).all_inner_texts() == ["relevance"]
    assert barriers(page) == []
    held.pop().continue_()
    page.locator("#search-empty", has_text="80 pictures").wait_for()
    assert page.get_by_role("heading", level=1).all_inner_texts() == ["Search pictures"]


def test_without_scripts_the_page_says_what_does_without(visit, address):
    page = visit(address, java_script_enabled=False)
    assert "the REST interface at /docs does not" in page.inner_text("main")
    page.wait_for_timeout(700)
    assert "asked what it has" not in page.inner_text("main")  # nobody asks
