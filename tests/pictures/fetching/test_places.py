"""Cells as people save them -> the place of one picture."""

from __future__ import annotations

import csv
import json
import time

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import relevance
from relevance.pictures.fetching import Fetcher, Limits, place_of
from relevance.pictures.fetching.local import MISSING, NO_SCHEME
from relevance.pictures.reading import Skipped
from tests.support.command import run_command
from tests.support.picture_server import png, serving

A = "https://shop.example/a.jpg"
B = "https://shop.example/b.jpg"


@pytest.mark.parametrize(
    "cell",
    [
        A,
        f"  {A}\n",
        f"\ufeff{A}",
        f"\u200b{A}\u200b",
        f"\u202a{A}\u202c",
        f"\xa0{A}\u2060 \x00",
        "https://shop.\u200bexample/a.jpg",
        "https://shop.example/\n a.jpg".replace(" ", ""),
        f'"{A}"',
        f"'{A}'",
        f"'{A}",
        f'""{A}""',
        f"\u201c{A}\u201d",
        f"\u201e{A}\u201c",
        f"\u00ab{A}\u00bb",
        f"`{A}`",
        f"<{A}>",
        f'"\u200b{A} "',
        f"{A};",
        f"{A},",
        "//shop.example/a.jpg",
        '"//shop.example/a.jpg"',
        "https:/shop.example/a.jpg",
        "https:\\\\shop.example\\a.jpg",
        "HTTPS://shop.example/a.jpg",
        f'["{A}"]',
        f"['{A}']",
        f"[{A}]",
        f"{{{A}}}",
        f"({A})",
        json.dumps([A]).replace("/", "\\/"),
        json.dumps({"src": A, "alt": "https://other.example/"}),
        json.dumps([{"id": 7, "url": A}]),
        json.dumps({"id": 7, "first": A}),
        f"{{'src': '{A}'}}",
        f'=IMAGE("{A}")',
        f'=IMAGE("{A}"; "x"; 1)',
        f'=_xlfn.IMAGE("{A}")',
        f'=HYPERLINK("{A}";"{B}")',
        f"=HYPERLINK(\"{A}\",'x')",
        f"![x]({A})",
        f'![x]({A} "a title")',
        f"![x](<{A}>)",
        f"[x]({A})",
        f"[![x]({A})](https://page.example/)",
        f'<img src="{A}">',
        f"<IMG alt=x SRC='{A}' />",
        f"<img src={A}>",
        f'<a href="https://page.example/"><img data-src="{A}"></a>',
        f'<p><a href="{A}">x</a></p>',
        f"a.jpg ({A})",
        f"[img]{A}[/img]",
        f"background: url('{A}');",
        f"Front: {A}.",
    ],
)
def test_one_address_however_it_is_wrapped(cell):
    assert place_of(cell) == (A, 1)


@pytest.mark.parametrize(
    "cell",
    [
        f"{A}, {B}",
        f"{A},{B}",
        f"{A} | {B}",
        f"{A}|{B}|",
        f"{A};{B}",
        f"{A}\n{B}",
        f"{A} {B}",
        f"{A} , //shop.example/b.jpg",
        f'"{A}", "{B}"',
        f'["{A}", "{B}"]',
        f"['{A}', '{B}']",
        f"{{{A},{B}}}",
        f'{{"{A}","{B}"}}',
        json.dumps([{"src": A}, {"src": B}]),
        f"![x]({A}) ![y]({B})",
        f'<img src="{A}"><img src="{B}">',
        f"see {A} and {B}",
    ],
)
def test_of_several_the_first_is_taken(cell):
    assert place_of(cell) == (A, 2)


@pytest.mark.parametrize(
    "cell",
    [
        *("a.jpg", "sub dir/\u00e4 1.png", "C:\\pictures\\a.jpg", "\\\\server\\share\\a.jpg"),
        *("[1] a.jpg", "a (2).jpg", "[a].jpg", "red, green.jpg", "a;b.jpg", "it's.png", "=a.jpg"),
        *("{x}", "(1)", "[group]", "a|b", "@eaDir/a.jpg", "#1.png", "<a>.png", "//tmp/a.jpg"),
        "https://h.example/a,b;c|d.jpg?x=1,2&y=http%3A//z",
        "https://res.example/fetch/w_300,q_auto/https://shop.example/a.jpg",
        "https://h.example/a.jpg?next=https://b.example/",
        "https://h.example/\u0645\u06cc\u200c\u062e.jpg",  # a joiner that the word is written with
        "data:image/png;base64,//8A, //x.y",
        "data:image/svg+xml;utf8,<svg xmlns='http://www.w3.org/2000/svg'/>",
        *("s3://bucket/a b.jpg", "file:///tmp/a.jpg", "www.shop.example/a.jpg"),
        "reference://::data://,x",
    ],
)
def test_what_stands_for_itself_stays(cell):
    assert place_of(cell) == (cell, 1)


def test_lists_of_files_and_cells_without_any():
    assert place_of("/m/a/x.jpg,/m/b/y.jpg") == ("/m/a/x.jpg", 2)
    assert place_of("a.jpg | b.JPG |") == ("a.jpg", 2)
    assert place_of('["sub/a.jpg"]') == ("sub/a.jpg", 1)
    assert place_of(" \ufeff\u200b") == ("", 0)
    assert place_of('""') == ("", 0)


@given(st.text(st.sampled_from("a/:.,;|\"'<>[](){}=! \n\u200bh\\")))
def test_any_cell_has_a_place_that_is_read_as_itself(cell):
    """Read twice, a place does not become another one that opens something else."""
    place = place_of(cell)
    assert place == place_of(cell)
    assert place.text == place.text.strip()


@pytest.mark.parametrize(
    "piece", [" ", "\n", "[", "(", "<", "=a(", '"', "https://", "![", "a.jpg,"]
)
def test_a_vast_cell_takes_no_time(piece):
    for start in ("", "x", "https://h.example/", "["):
        started = time.monotonic()
        place_of(start + piece * (19_000 // len(piece)) + "x")
        place_of(start + piece * 1_000_000)
        assert time.monotonic() - started < 20


@pytest.mark.parametrize(
    "place",
    [
        "www.shop.example/a.jpg",
        "WWW.shop.example",
        "cdn.shop.example/a.jpg",
        "cdn.shop.example:8080/a.jpg",
        "localhost:8000/a.jpg",
        "localhost/a.jpg",
        "192.0.2.1/a.jpg",
        "b\u00fccher.example/a.jpg",
        f"cdn.shop.example/a.jpg?signature={'x' * 400}",
    ],
)
def test_an_address_without_scheme_is_said_to_be_one(tmp_path, place):
    with Fetcher(tmp_path, Limits()) as fetcher:
        assert fetcher.fetch(place) == Skipped(NO_SCHEME)


@pytest.mark.parametrize("place", ["a.jpg", "sub/a.jpg", "a.jpg/b.jpg", "v1.2/a.jpg", "C:\\a.jpg"])
def test_a_file_that_is_missing_is_said_to_be_one(tmp_path, place):
    with Fetcher(tmp_path, Limits()) as fetcher:
        assert fetcher.fetch(place) == Skipped(MISSING)


def test_a_file_whose_name_looks_like_an_address_is_found(tmp_path):
    for name in ("www.shop.example", "localhost:8000", "cdn.shop.example"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "a.png").write_bytes(png("red"))
        with Fetcher(tmp_path, Limits()) as fetcher:
            assert fetcher.fetch(f"{name}/a.png").content == tmp_path / name / "a.png"


def test_addresses_are_written_as_browsers_write_them(tmp_path):
    with serving() as server, Fetcher(tmp_path, Limits(seconds=9)) as fetcher:
        for path in (
            "red-a b.png",
            "red-\u00e4.png",
            "red-%20.png",
            "red-100%.png",
            "red.png?q=\u00e4 |x",
        ):
            place = place_of(f"{server.url}/colour/{path}").text
            assert fetcher.fetch(place).content == png("red"), path
        asked = set(server.hits)
    assert asked == {
        *("/colour/red-a%20b.png", "/colour/red-%C3%A4.png", "/colour/red-%20.png"),
        *("/colour/red-100%.png", "/colour/red.png?q=%C3%A4%20|x"),
    }


def test_a_table_with_cells_of_every_kind(tmp_path, toy):
    (tmp_path / "red.png").write_bytes(png("red"))
    with serving() as server:
        red, blue = f"{server.url}/colour/red.png", f"{server.url}/colour/blue.png"
        cells = [f'["{red}", "{blue}"]', f"{red}, {blue}", f'=IMAGE("{red}")', f"\u200b{red}"]
        cells += ["'red.png'", "www.shop.example/red.png"]
        frame = pd.DataFrame({"image": cells, "caption": "red"})
        found = relevance.caption_similarity(frame, folder=tmp_path, model=toy)
        assert server.hits == {"/colour/red.png": 1}
    assert found["similarity"].iloc[:5].nunique() == 1
    assert found["reason"].tolist() == [*[""] * 5, NO_SCHEME]
    assert found["image"].tolist() == cells


def test_that_the_first_was_taken_is_said_once(tmp_path):
    (tmp_path / "a.png").write_bytes(png("red"))
    table = tmp_path / "t.csv"
    with table.open("w", newline="") as stream:
        rows = [["image", "caption"], *[["a.png | b.png", "red"]] * 3, ["a.png", "red"]]
        csv.writer(stream).writerows(rows)
    words = ["captions", table, "--model", "compact"]
    done = run_command(*words, "--no-cache")
    done.check_returncode()
    assert done.stdout.count("3 rows with several pictures: the first of each was taken.") == 1
    done = run_command(*words, "--json")
    done.check_returncode()
    assert json.loads(done.stdout)["several_pictures"] == 3
