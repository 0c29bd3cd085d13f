"""Lists for other programs: of which pictures, in which order, and in which form."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys

import jsonschema
import pandas as pd
import pytest

import relevance
from relevance.cli import main
from tests.conftest import ROOT

SCHEMA = json.loads((ROOT / "docs" / "reference" / "score.schema.json").read_text())


@pytest.fixture(scope="module")
def desk(tmp_path_factory, samples):
    """Twelve pictures of two kinds, one of them of no kind and one broken, with odd names."""
    home = tmp_path_factory.mktemp("desk")
    for kind in ("almonds", "lemons"):
        (home / "shop" / kind).mkdir(parents=True)
        for path in sorted((samples / "google_images" / kind).iterdir())[:5]:
            (home / "shop" / kind / f"{path.stem} {path.suffix}").write_bytes(path.read_bytes())
    (home / "shop" / "lemons" / "=1\n.jpg").write_bytes(path.read_bytes())
    (home / "shop" / "almonds" / "bad.jpg").write_bytes(b"x")
    return home


@pytest.fixture
def run(desk, monkeypatch, capfdbinary):
    """Run the command in this process; return what it printed."""
    monkeypatch.chdir(desk)

    def one(*words, code=0):
        assert main(["score", "--model", "compact", "--quiet", *words]) == code
        return capfdbinary.readouterr().out

    return one


@pytest.fixture
def scores(desk, compact, monkeypatch):
    monkeypatch.chdir(desk)
    return relevance.score("almonds", "shop", model=compact)


def test_the_json_holds_the_pictures_and_keeps_to_its_schema(run, scores, desk):
    printed = json.loads(run("almonds", "shop", "--json", "--no-report"))
    jsonschema.validate(printed, SCHEMA)
    table = scores.images.sort_values("rank", na_position="last")
    assert [row["path"] for row in printed["pictures"]] == table["path"].tolist()
    assert [row["rank"] for row in printed["pictures"]] == [*range(1, 12), None]
    last = printed["pictures"][-1]
    assert (last["status"], last["score"], last["relevant"]) == ("skipped", None, None)
    assert last["reason"]
    several = json.loads(run("almonds", "lemons", "--json", "--no-report", "--", "shop"))
    jsonschema.validate(several, SCHEMA)
    best = [row[f"{row['best_keyword']}: probability"] for row in several["pictures"][:-1]]
    assert best == sorted(best, reverse=True)
    own = json.loads((desk / "reports" / "lemons.json").read_text())
    jsonschema.validate(own, SCHEMA)
    del own["pictures"][0]["score"]
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(own, SCHEMA)


def test_formats_hold_one_table_and_write_no_files(run, scores, desk):
    csv = pd.read_csv(io.BytesIO(run("almonds", "shop", "--format", "csv", "--output-dir", "x")))
    lines = [json.loads(line) for line in run("almonds", "shop", "--format", "jsonl").splitlines()]
    parquet = pd.read_parquet(io.BytesIO(run("almonds", "shop", "--format", "parquet")))
    ranked = scores.images.sort_values("rank", na_position="last")
    for table in (csv, pd.DataFrame(lines), parquet):
        assert table.columns.tolist() == ranked.columns.tolist()
        assert table["rank"].tolist()[:11] == list(range(1, 12))
        assert table["score"].tolist() == pytest.approx(ranked["score"].tolist(), nan_ok=True)
    assert parquet["path"].tolist() == ranked["path"].tolist()
    assert parquet["relevant"].isna().tolist() == [False] * 11 + [True]
    assert not (desk / "x").exists()
    both = run("almonds", "lemons", "--format", "jsonl", "--top", "2", "--", "shop").splitlines()
    assert len(both) == 2
    assert json.loads(both[0])["lemons: relevant"] in (True, False)


def test_paths_are_those_of_relevant_pictures_as_the_system_names_them(run, scores):
    pictures = scores.pictures
    relevant = [scores.places[row] for row in pictures.order if pictures.relevant[row]]
    assert run("almonds", "shop", "--print0").decode() == "".join(f"{p}\0" for p in relevant)
    top = run("almonds", "shop", "--paths", "--top", "2", "--threshold", "0.001").decode()
    assert top == "".join(f"{scores.places[row]}\n" for row in pictures.order[:2])
    wrong = run("almonds", "shop", "--print0", "--misfits").decode().split("\0")[:-1]
    labelled = zip(scores.places, pictures.label, pictures.relevant, pictures.reason, strict=True)
    assert set(wrong) == {
        place
        for place, label, verdict, why in labelled
        if not why and (label == "relevant") != verdict
    }
    unsure = run("almonds", "shop", "--format", "jsonl", "--unsure").splitlines()
    assert {0.25 <= json.loads(line)["probability"] <= 0.75 for line in unsure} <= {True}
    either = run("almonds", "lemons", "--paths", "--", "shop")
    assert set(relevant) <= set(either.decode().split("\n")) | {"shop/lemons/=1\n.jpg"}


def test_paths_come_from_standard_input_and_a_reader_may_leave(desk, scores):
    """In a process of its own, as the shell joins commands."""
    ours = f'"{sys.executable}" -m relevance score almonds - --model compact'
    command = (
        f"find shop -type f -print0 | {ours} --format jsonl | head -n 1; echo ${{PIPESTATUS[*]}}"
    )
    done = subprocess.run(
        ["bash", "-c", command], cwd=desk, capture_output=True, text=True, env=os.environ
    )
    first, codes = done.stdout.splitlines()
    assert json.loads(first)["path"] == scores.places[scores.pictures.order[0]]
    assert codes == "0 0 0"
    assert "Traceback" not in done.stderr
    none = subprocess.run(
        ["bash", "-c", f"{ours} </dev/null"], cwd=desk, capture_output=True, text=True
    )
    assert (none.returncode, none.stdout) == (3, "")
    assert none.stderr == "relevance: Standard input has no path to a picture.\n"


@pytest.mark.parametrize(
    "words",
    [
        ("almonds", "shop", "--top", "0"),
        ("almonds", "shop/almonds/almonds-01 .jpg", "--paths", "--misfits", "--relevant", "x"),
        ("almonds", "lemons", "--unsure", "--", "shop"),
    ],
)
def test_what_cannot_be_listed_is_wrong_use(run, words):
    assert run(*words, code=2) == b""


def test_the_best_are_listed_for_a_person_too(desk, scores, monkeypatch, capsys):
    monkeypatch.chdir(desk)
    words = ["score", "almonds", "shop", "--model", "compact", "--no-report", "--top", "1"]
    assert main(words) == 0
    row = scores.pictures.order[0]
    chance = f"{scores.pictures.probability[row]:.3f}"
    assert f"     1  {chance}  {scores.pictures.path[row]}\n" in capsys.readouterr().out
