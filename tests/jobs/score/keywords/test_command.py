"""``relevance score`` with several keywords, as a user runs it."""

from __future__ import annotations

import json
import shlex

import pandas as pd
import pytest

from relevance.cli import main
from tests.support.browser import needs_chromium
from tests.test_cli import few, run, score  # noqa: F401 - few is a fixture


def test_words_before_the_hyphens_are_keywords(few):  # noqa: F811
    (few / "almonds" / "bad.jpg").write_bytes(b"")
    words = ("almonds", "green apples", "lemons", "--threshold", "0.4")
    done = run("score", *words, "--model", "compact", "--", few, cwd=few)
    assert done.returncode == 0, done.stderr
    for text in ("3 keywords by cosine", " of 8", "Shown most: ", "Skipped 1 of 9 pictures:"):
        assert text in done.stdout
    name = "keywords-almonds-green-apples-lemons"
    assert f"reports/{name}.html" in done.stdout
    found = {path.name for path in (few / "reports").iterdir()}
    each = [*("almonds", "green-apples", "lemons"), name]
    files = {f"{one}.{kind}" for one in each for kind in ("html", "csv", "json")}
    assert found == files | {"index.html"}
    facts = json.loads((few / "reports" / f"{name}.json").read_text())
    alone = run("score", "lemons", few, "--model", "compact", "--threshold", "0.4", "--json",
                "--output-dir", "alone", cwd=few)  # fmt: skip
    assert alone.returncode == 0
    tables = [(few / folder / "lemons.csv").read_text() for folder in ("alone", "reports")]
    assert tables[0] == tables[1]
    own = json.loads((few / "reports" / "lemons.json").read_text())
    assert own["folders"] == json.loads(alone.stdout)["folders"]
    assert facts["keywords"][2]["n_relevant"] == sum(row["n_relevant"] for row in own["folders"])
    command = shlex.split(facts["provenance"]["command"])[1:]
    again = run(*command[:-2], "--json", "--no-report", "--output-dir", "b", *command[-2:], cwd=few)
    assert json.loads(again.stdout)["keywords"] == facts["keywords"]


def test_keywords_from_a_file(few):  # noqa: F811
    (few / "words.txt").write_text("# what we buy\nalmonds\n-lemons\n")
    words = ("--keywords", "words.txt", few, "--quiet", "--no-report", "--parquet")
    done = score(*words, cwd=few)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    table = pd.read_csv(few / "reports" / "keywords-almonds-lemons.csv")
    kept = pd.read_parquet(few / "reports" / "keywords-almonds-lemons.parquet")
    assert kept["almonds: relevant"].tolist() == table["almonds: relevant"].tolist()
    assert not list((few / "reports").glob("*.html"))
    facts = json.loads((few / "reports" / "keywords-almonds-lemons.json").read_text())
    assert [fact["keyword"] for fact in facts["keywords"]] == ["almonds", "-lemons"]
    command = shlex.split(facts["provenance"]["command"])[1:]
    again = run(*command[:-2], "--json", "--no-report", *command[-2:], cwd=few)
    assert json.loads(again.stdout)["keywords"] == facts["keywords"]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ((), "Say what to look for and where"),
        (("almonds",), "Say what to look for and where"),
        (("almonds", "lemons", "--like", "x.jpg", "--", "."), "--like holds for one keyword"),
        (("almonds", "lemons", "--relevant", "a", "--", "."), "--relevant holds for one keyword"),
        (("almonds", "."), "There is no picture"),
        (("almonds", ".", "--parquet"), "--parquet is for the table of several keywords"),
        (("--keywords", "nope.txt", "."), "nope.txt cannot be read"),
        (("almonds", " ", "--", "."), "A keyword is empty"),
        (("almonds", "lemons", "--labels", "reports/lemons.csv", "--", "."), "is read and would"),
    ],
)
def test_what_is_refused(tmp_path, monkeypatch, capsys, words, message):
    monkeypatch.chdir(tmp_path)
    assert main(["score", *words, "--quiet"] if "--" not in words else ["score", *words]) in (2, 3)
    assert message in capsys.readouterr().err


def test_a_keyword_that_looks_like_an_option_still_stands_behind_the_hyphens(few):  # noqa: F811
    words = ("--quiet", "--no-report", "--model", "compact", "--", "-lemons", few)
    done = run("score", *words, cwd=few)
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads((few / "reports" / "lemons.json").read_text())["keyword"] == "-lemons"


@needs_chromium
def test_the_page_leads_to_those_of_the_keywords(few, browser):  # noqa: F811
    words = ("almonds", "lemons", "--model", "compact", "--quiet", "--", few)
    done = run("score", *words, cwd=few)
    assert done.returncode == 0, done.stderr
    page = browser.new_page()
    page.goto((few / "reports" / "index.html").as_uri())
    page.get_by_text("at least one of 2 keywords").click()
    page.get_by_role("link", name="lemons").click()
    assert "show lemons (probably)" in page.inner_text("h1")
    page.close()
