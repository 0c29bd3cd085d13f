"""The opened view: how sharp it is, and how one moves in it."""

from __future__ import annotations

from PIL import Image

import relevance
from relevance.pages.thumbnails import LARGE_BUDGET, SIDE, larger
from tests.support.browser import needs_chromium

pytestmark = needs_chromium

SWIPE = """([from, to]) => {
  const touch = (x) => new Touch({identifier: 1, target: viewer, clientX: x, clientY: 200});
  viewer.dispatchEvent(new TouchEvent("touchstart", {touches: [touch(from)]}));
  viewer.dispatchEvent(new TouchEvent("touchend", {changedTouches: [touch(to)]}));
}"""


def test_the_likeliest_opened_are_sharper_than_thumbnails(page, fruit):
    sizes = page.evaluate("facts.pictures.map(p => [p.large.length, p.thumbnail.length])")
    assert all(large > small for large, small in sizes)  # few pictures: there is room for all
    page.locator("#gallery .open").first.click()
    page.wait_for_function("document.querySelector('#viewer img').complete")
    width, height = page.evaluate("""() => {
        const image = document.querySelector('#viewer img');
        return [image.naturalWidth, image.naturalHeight];
    }""")
    best = fruit.scored["score"].idxmax()
    with Image.open(fruit.files[best]) as original:
        assert max(width, height) == min(720, max(original.size)) > SIDE


def test_larger_pictures_keep_within_the_budget(tmp_path):
    paths = []
    for number in range(30):
        path = tmp_path / f"{number}.png"
        Image.effect_noise((900, 900), 90).save(path)
        paths.append(str(path))
    made = larger(paths, 10**9, cache=False)
    assert list(made) == paths[: len(made)]
    size = sum(map(len, made.values())) * 3 / 4
    assert 0.7 * LARGE_BUDGET < size < 1.01 * LARGE_BUDGET


def test_small_files_have_nothing_larger(tmp_path):
    Image.new("RGB", (SIDE, 90), "red").save(tmp_path / "small.png")
    assert (
        larger([str(tmp_path / "small.png"), str(tmp_path / "gone.png")], 10**9, cache=False) == {}
    )


def test_on_a_phone_it_opens_at_its_top_and_swipes(page, fruit, open_page, page_file):
    phone = open_page(page_file, viewport={"width": 390, "height": 844}, has_touch=True)
    names = phone.locator("#gallery .file").all_inner_texts()
    phone.locator("#gallery .open").nth(4).tap()
    for place in ("#viewer-title", "#viewer-frame img", "#viewer-marks"):
        box = phone.locator(place).bounding_box()
        assert 0 <= box["y"] < box["y"] + box["height"] <= 844
    assert phone.inner_text("#viewer-title") == names[4]
    phone.evaluate("viewer.scrollTop = 400")
    phone.evaluate(SWIPE, [300, 80])
    assert phone.inner_text("#viewer-title") == names[5]
    assert phone.evaluate("viewer.scrollTop") == 0
    phone.evaluate(SWIPE, [80, 300])
    phone.evaluate(SWIPE, [80, 90])  # a tap
    assert phone.inner_text("#viewer-title") == names[4]


def test_a_picture_that_is_gone_says_so(red_and_blue, toy, open_page, tmp_path):
    scores = relevance.score("red", red_and_blue, model=toy)
    scores.files[0].unlink()
    page = open_page(scores.to_html(tmp_path / "r.html"))
    assert page.locator("#gallery >> text=not there any more").count() == 1
