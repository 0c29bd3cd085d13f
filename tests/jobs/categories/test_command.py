"""``relevance categories`` as a user runs it: real processes, the encoder in the package."""

from __future__ import annotations

import json
import shlex

from tests.test_cli import few, run  # noqa: F401 - few is a fixture


def test_the_command(few):  # noqa: F811
    (few / "almonds" / "bad.jpg").write_bytes(b"")
    done = run("categories", few, "--model", "compact", "--keyword", "-pears", cwd=few)
    assert done.returncode == 2  # argparse takes it for an option
    words = ("categories", few, "--model", "compact", "--keyword=-pears")
    done = run(*words, cwd=few)
    assert (done.returncode, done.stderr) == (0, "Encoder: compact, fp32 on cpu (as asked for).\n")
    for text in (
        "3 keywords by cosine",
        "For 2 of 2 keywords the folder of that name fits best; ",
        "picking blindly",
        "Skipped 1 of 9 pictures:",
        "Page (open it in a browser): reports/categories.html",
    ):
        assert text in done.stdout
    found = {path.name for path in (few / "reports").iterdir()}
    names = ("categories.html", "categories.csv", "categories.json", "categories-means.csv")
    assert found == {*names, "index.html"}
    facts = json.loads((few / "reports" / "categories.json").read_text())
    assert [fact["keyword"] for fact in facts["keywords"]] == ["almonds", "lemons", "-pears"]
    command = shlex.split(facts["provenance"]["command"])[1:]
    again = run(*command, "--json", "--correction", "none", "--output-dir", "again", cwd=few)
    plain = json.loads(again.stdout)
    assert plain == json.loads((few / "again" / "categories.json").read_text())
    assert plain["means"] == facts["means"]
    assert plain["accuracy"]["top1"] == facts["accuracy"]["top1_uncorrected"]
    assert plain["provenance"]["command"].endswith("--keyword=-pears --correction none")


def test_quiet_and_exit_codes(few):  # noqa: F811
    words = ("categories", "--model", "compact", "--quiet")
    done = run(*words, few, cwd=few)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    for arguments, code, message in (
        ((few / "almonds",), 2, "relevance: There is only one keyword, “almonds”"),
        (("/nope",), 2, "There is no folder or file /nope"),
        ((few, "--keyword", ""), 2, "A keyword is empty"),
        ((few, "--output-dir", "/proc/nope"), 2, "cannot be written"),
        ((few / "reports",), 3, "There is no picture"),
    ):
        done = run(*words, *arguments, cwd=few)
        assert (done.returncode, done.stdout) == (code, "")
        assert message in done.stderr


def test_keywords_and_names_from_files(few):  # noqa: F811
    (few / "lemons").rename(few / "IMG_lemon_004711")
    (few / "words.txt").write_text("lemons\nalmond\npears\n")
    (few / "names.csv").write_text("folder,keyword\nalmonds,nuts\nchairs,chairs\n")
    words = ("categories", few, "--model", "compact", "--quiet", "--json")
    seen = run(*words[:4], "--names", few / "names.csv", cwd=few)
    assert "Set aside in 1 name of folders: “img 004711”" in " ".join(seen.stdout.split())
    assert "No folder is named: chairs." in seen.stderr
    mine = run(*words, "--keywords", few / "words.txt", "--only-keywords", cwd=few)
    assert mine.returncode == 0, mine.stderr
    found = json.loads(mine.stdout)
    assert [fact["keyword"] for fact in found["keywords"]] == ["lemons", "almond", "pears"]
    assert found["accuracy"]["top1"]["n"] == 8  # both folders bear one of them
    assert "Set aside in 1 name of folders: “img 004711”" in found["provenance"]["warnings"][0]
    assert "Set aside in 1 name" in (few / "reports" / "categories.html").read_text()
    assert "--only-keywords" in found["provenance"]["command"]
    named = json.loads(run(*words, "--names", few / "names.csv", cwd=few).stdout)
    assert sorted(fact["keyword"] for fact in named["keywords"]) == ["lemon", "nuts"]
    assert "No folder is named: chairs." in named["provenance"]["warnings"]
    assert "--names" in named["provenance"]["command"]
