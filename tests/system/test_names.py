"""Names in which something hides, or that are written in another way, through whole commands."""

from __future__ import annotations

import json
import os
import unicodedata
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

import relevance
from relevance.judging.calibration import Calibration
from relevance.pictures.folders import find_images
from relevance.system.names import from_here, printable, told_apart
from tests.support.command import run_command

BIDI = "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
UNSEEN = "\u200b\u2060\ufeff\u00ad\u180e\u2028\u2029\u3164\U000e0041\x00\x1b\x7f\x9b\n"
NFC = "Mandelkuchen süß"
NFD = unicodedata.normalize("NFD", NFC)


@pytest.mark.parametrize("char", [*BIDI, *UNSEEN, "\udce9"])
def test_what_hides_is_shown(char):
    assert printable(f"a{char}gpj.exe") == f"a{ascii(char)[1:-1]}gpj.exe"


@pytest.mark.parametrize(
    "name",
    [
        "Äpfel",
        NFD,
        "アーモンド",
        "می\u200cخواهم",
        "क्\u200dष",
        "👩\u200d🌾",
        "❤\ufe0f\u200d🔥",
        "\u06dd",
        "a\u00a0b",
    ],
)
def test_what_belongs_to_the_spelling_is_kept(name):
    assert printable(name) == name


@given(st.text())
def test_what_is_printed_has_nothing_to_hide(name):
    shown = printable(name)
    assert not set(shown) & {*BIDI, *UNSEEN}
    assert printable(shown) == shown
    shown.encode("utf-8")


def pictures(root: Path, *names: str) -> Path:
    for number, name in enumerate(names):
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (32, 32), (number * 40 % 256, 200 - number * 20, 60)).save(path, "PNG")
    return root


def everything_written(folder: Path) -> dict[str, str]:
    return {
        str(path): path.read_bytes().decode("utf-8")
        for path in folder.rglob("*")
        if path.suffix in {".html", ".csv", ".json"}
    }


def test_no_command_prints_what_hides_in_a_name(tmp_path):
    root = pictures(
        tmp_path / "pics",
        *(
            f"{folder}/{n}\u202egpj\u2066\u200b.png"
            for folder in ("Relevant", "b\u202ed")
            for n in "12"
        ),
        *(f"Irrelevant/{n}\x1b[31m\n.png" for n in "12"),
    )
    (root / "Relevant" / "bad\u202e.jpg").write_text("no picture")
    (root / "x.\u202egvs").write_text("<svg/>")
    model = ("--model", "compact", "--output-dir", "out\u202e")
    texts = {}
    for words in (
        ("score", "almonds", root, *model),
        ("categories", root, "--keyword", "almonds", "--keyword", "nuts", *model),
        ("compare", "almonds", root, *model, "--distance", "cosine", "--distance", "dot"),
        ("score", "almonds", root / "n\u202eone", *model),
        ("score", "almonds", root, *model, "--labels", "l\u202e.csv"),
        ("score", "almonds", root, *model, "--calibration", "c\u202e.json"),
        ("captions", "t\u202e.csv"),
    ):
        done = run_command(*words, cwd=tmp_path)
        texts |= {f"{words} out": done.stdout, f"{words} err": done.stderr}
    texts |= everything_written(tmp_path / "out\u202e")
    assert len(texts) >= 20
    for name, text in texts.items():
        assert not set(text) & {*BIDI, "\u200b", "\x1b", "\x9b"}, ascii(name)
    assert "\\u202e" in texts[str(tmp_path / "out\u202e" / "almonds.csv")]


def test_our_own_table_labels_pictures_whose_names_hide_something(tmp_path):
    root = pictures(tmp_path / "p", "Relevant/a\u202e.png", "Irrelevant/b\u200b.png")
    relevance.score("almonds", root, model="compact").to_csv(tmp_path / "known.csv")
    again = relevance.score("x", root, model="compact", labels=tmp_path / "known.csv")
    assert sorted(again.pictures.label) == ["irrelevant", "relevant"]


@pytest.mark.parametrize(("written", "there"), [(NFC, NFD), (NFD, NFC)])
def test_every_name_is_found_in_its_other_form(tmp_path, written, there):
    """PATH, --relevant, --labels and its rows, tables and their rows, --folder, --calibration."""
    names = [*(f"{there}/{n}.png" for n in (1, 2, 5, 6)), *(f"b/{n}.png" for n in (3, 4, 7, 8))]
    root = pictures(tmp_path / there, *names)
    scores = relevance.score("nuts", tmp_path / written, model="compact", relevant=written)
    assert list(scores.pictures.label).count("relevant") == 4
    by_path = relevance.score(
        "nuts", root, model="compact", relevant=f"{tmp_path}/{written}/{written}"
    )
    assert list(by_path.pictures.label).count("relevant") == 4

    labels = tmp_path / f"{there}.csv"
    labels.write_text(f"path,label\n{written}/{written}/1.png,yes\n{there}/b/3.png,no\n")
    table = relevance.score("nuts", root, model="compact", labels=tmp_path / f"{written}.csv")
    assert sorted(filter(None, table.pictures.label)) == ["irrelevant", "relevant"]

    good = calibration(root, labels)
    good.to_json(tmp_path / f"{there}.json")
    relevance.score("nuts", root, model="compact", calibration=tmp_path / f"{written}.json")

    rows = tmp_path / f"rows {there}.csv"
    rows.write_text(f"image,caption\n{written}/1.png,nuts\n{there}/2.png,cake\nB/3.PNG,x\n")
    result = relevance.caption_table(
        tmp_path / f"rows {written}.csv",
        tmp_path / "out.csv",
        model="compact",
        folder=tmp_path / written,
    )
    assert result.tally.n_scored == 2
    assert dict(result.tally.reasons) == {"the file does not exist": 1}
    assert "the file does not exist; did you mean b/3.png?" in (tmp_path / "out.csv").read_text()


def calibration(root: Path, labels: Path, **choices: str) -> Calibration:
    """Label those pictures relevant that score as if they were, so that a fit is of use."""
    scores = relevance.score("nuts", root, model="compact", **choices)
    order = np.argsort(-scores.pictures.probability, kind="stable")
    lines = [f"{scores.files[row].resolve()},{int(n < 4)}\n" for n, row in enumerate(order)]
    labels.write_text("path,label\n" + "".join(lines))
    return relevance.calibrate("nuts", root, model="compact", labels=labels, **choices)


def test_near_misses_are_named_everywhere(tmp_path):
    root = pictures(tmp_path / "Pics", "Relevant/a.png", "Irrelevant/b.png")
    (tmp_path / "labels.csv").write_text("path,label\nPics/RELEVANT/A.png,yes\n")
    (tmp_path / "cal.json").write_text("{}")
    (tmp_path / "model").mkdir()
    pairs = (
        (("score", "x", "pics"), "There is no folder or file pics; did you mean Pics?"),
        (("score", "x", root, "--labels", "Labels.csv"), "did you mean labels.csv?"),
        (("score", "x", root, "--labels", "labels.csv"), f"(did you mean {root}/Relevant/a.png?)"),
        (("score", "x", root, "--relevant", "relevnt"), 'did you mean "Relevant"?'),
        (("score", "x", root, "--calibration", "call.json"), "did you mean cal.json?"),
        (("score", "x", root, "--model", "./Model"), "did you mean model?"),
        (("captions", "lables.csv"), "did you mean labels.csv?"),
        (("captions", "labels.csv", "--folder", "PICS"), "(--folder); did you mean Pics?"),
    )
    for words, expected in pairs:
        done = run_command(*words, cwd=tmp_path)
        assert done.returncode in (2, 4)
        assert expected in done.stderr
        assert "Traceback" not in done.stderr


def test_exclude_in_every_command_and_in_what_can_be_typed_again(tmp_path):
    root = pictures(
        tmp_path / "p",
        *(
            f"{folder}/{n}{end}.png"
            for folder in ("Relevant", "Irrelevant")
            for n in "1234"
            for end in ("", "_s")
        ),
    )
    options = ("--exclude", "*_S.png", "--model", "compact")
    out = ("--output-dir", tmp_path, "--json")
    score = json.loads(run_command("score", "nuts", root, *options, *out, cwd=tmp_path).stdout)
    assert sum(folder["n"] for folder in score["folders"]) == 8
    assert score["provenance"]["left_out"] == {"excluded": 8}
    assert "--exclude '*_S.png'" in score["provenance"]["command"]
    keywords = ("--keyword", "nuts", "--keyword", "lamp")
    found = json.loads(
        run_command("categories", root, *keywords, *options, *out, cwd=tmp_path).stdout
    )
    assert found["provenance"]["left_out"] == {"excluded": 8}
    distances = ("--distance", "cosine", "--distance", "dot")
    compared = json.loads(
        run_command("compare", "nuts", root, *distances, *options, *out, cwd=tmp_path).stdout
    )
    assert {row["scored"] for row in compared["runs"]} == {8}
    assert "--exclude '*_S.png'" in compared["provenance"]["command"]
    made = calibration(root, tmp_path / "labels.csv", exclude="*_s.png")
    assert made.n_relevant + made.n_irrelevant == 8
    assert "--exclude" in made.provenance["command"]
    assert "--exclude" not in made.provenance["options"]  # other pictures are scored with it
    with pytest.raises(TypeError, match="exclude"):
        relevance.caption_table(tmp_path / "x.csv", exclude="a")


def test_what_is_left_out_is_said_on_the_terminal_and_on_the_page(tmp_path):
    root = pictures(tmp_path / "p", "a.png", "@eaDir/a.png")
    for name in ("1.svg", "2.svg", "a.psd"):
        (root / name).write_text("x")
    done = run_command("score", "nuts", root, "--model", "compact", cwd=tmp_path)
    said = "3 not in a supported picture format, 1 system folder. Not supported: 2 .svg, 1 .psd"
    assert f"Left out: {said}." in done.stdout
    assert said in (tmp_path / "reports" / "nuts.html").read_text()


def test_a_listing_of_many_names_is_read_once(tmp_path):
    """Rows that name files that are not there cost no listing of the folder each."""
    from relevance.system import finding

    folder = tmp_path / "many"
    folder.mkdir()
    for number in range(300):
        (folder / f"é{number}").write_bytes(b"")
    os.utime(folder, (1, 1))
    finding._spellings.cache_clear()
    for number in range(300):
        assert finding.find_path(folder / f"ö{number}") is None
    # the folder and those above it, up to the root
    assert finding._spellings.cache_info().misses <= len(folder.parts)


def test_folders_of_either_form_are_two_categories(tmp_path):
    pictures(tmp_path, f"{NFC}/1.png", f"{NFD}/2.png")
    assert {ref.folder for ref in find_images([tmp_path]).refs} == {NFC, NFD}


def test_a_path_is_shown_as_it_is_reached_from_here(tmp_path, monkeypatch):
    (tmp_path / "a").mkdir()
    monkeypatch.chdir(tmp_path / "a")
    assert from_here(str(tmp_path / "b" / "c.jpg")) == "../b/c.jpg"
    assert from_here("/c.jpg") == "/c.jpg"
    assert from_here("https://x/c.jpg") == "https://x/c.jpg"


@pytest.mark.parametrize(
    ("names", "shown"),
    [
        (["/data/in/almonds", "/data/in/pecans"], ["almonds", "pecans"]),
        (["in/almonds"], ["almonds"]),
        (["a", "a", "b"], ["a", "a", "b"]),
        (["/d/north/2024", "/d/south/2024"], ["north/2024", "south/2024"]),
        (
            [f"/d/{end}/{'x' * 30}/2024" for end in ("north", "south")],
            ["north/…/2024", "south/…/2024"],
        ),
        (["s/one/" + "y" * 40, "s/two/" + "z" * 40], ["…/" + "y" * 40, "…/" + "z" * 40]),
    ],
)
def test_names_are_shortened_to_what_tells_them_apart(names, shown):
    assert told_apart(names) == shown


@given(st.lists(st.text("ab/", min_size=1, max_size=12), max_size=8), st.integers(0, 20))
def test_shortened_names_stay_apart_and_keep_their_last_part(names, longest):
    shown = told_apart(names, longest)
    assert len(set(shown)) == len(set(names))
    for name, short in zip(names, shown, strict=True):
        assert short.rstrip("/").split("/")[-1] == name.rstrip("/").split("/")[-1]
