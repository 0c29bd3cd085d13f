"""Labels and grades from a table: what is read, what is refused, and what they change."""

from __future__ import annotations

import math
import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from sklearn.metrics import ndcg_score

import relevance
from relevance.errors import UsageError
from relevance.judging.label_table import read_label_table
from relevance.pictures.folders import ImageRef, find_images
from tests.support.command import run_command


@pytest.fixture
def table(tmp_path):
    def write(text: str, encoding: str = "utf-8"):
        path = tmp_path / "labels.csv"
        path.write_bytes(text.encode(encoding))
        return path

    return write


def grades(path, *places: str) -> list[float]:
    refs = [ImageRef(place, "f") for place in places]
    return read_label_table(path).grade_pictures(refs)[0].tolist()


@pytest.mark.parametrize(
    ("label", "grade"),
    [("relevant", 1), (" Irrelevant ", 0), ("YES", 1), ("no", 0), ("0", 0), ("2.5", 2.5)],
)
def test_labels_become_grades(table, tmp_path, label, grade):
    path = table(f"path,label\na.png,{label}\n")
    assert grades(path, str(tmp_path / "a.png")) == [grade]


def test_paths_may_start_at_the_table_or_here_or_at_the_root(table, tmp_path, monkeypatch):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)
    path = table(f"path,label\nx/a.png,1\n./b.png,2\n{tmp_path}/c.png,3\n")
    assert grades(path, str(tmp_path / "x/a.png"), "b.png", "../c.png") == [1, 2, 3]


def test_a_table_from_windows_means_the_same_files(table, tmp_path):
    assert grades(table("path,label\nin\\a.png,1\n"), str(tmp_path / "in/a.png")) == [1]


def test_what_is_not_named_is_unknown(table, tmp_path):
    path = table("path,label\na.png,relevant\nb.png,\n")
    found = grades(path, str(tmp_path / "a.png"), str(tmp_path / "b.png"), str(tmp_path / "c.png"))
    assert found[0] == 1
    assert all(map(math.isnan, found[1:]))


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_spreadsheets_write_it_their_way(table, tmp_path, delimiter):
    rows = [("Label", "note", "Path"), ("relevant", "größer", '"a, b; c.png"')]
    text = "\ufeff" + "\r\n".join(delimiter.join(row) for row in rows)
    assert grades(table(text), str(tmp_path / "a, b; c.png")) == [1]


def test_our_own_table_goes_in_again(red_and_blue, toy, tmp_path):
    scores = relevance.score("red", red_and_blue, model=toy)
    path = scores.to_csv(tmp_path / "red.csv")
    again = relevance.score("red", red_and_blue, model=toy, labels=path)
    np.testing.assert_array_equal(again.pictures.grade, scores.pictures.grade)
    assert again.evaluation().roc_auc == scores.evaluation().roc_auc
    assert f"--labels {path}" in again.provenance["command"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("file,label\na.png,1\n", "needs the columns"),
        ("", "needs the columns"),
        ("path,label\na.png,maybe\n", 'row 2: the label "maybe"'),
        ("path,label\na.png,-1\n", "row 2"),
        ("path,label\na.png,nan\n", "row 2"),
        ("path,label\nx.png,1\n./x.png,0\n", "row 3: ./x.png has another label"),
        ("path,label\nnope.png,1\n", "No picture, of 1 found, has a label"),
    ],
)
def test_a_bad_table_is_explained(table, text, message):
    path = table(text)
    with pytest.raises(UsageError, match=message):
        grades(path, str(path.parent / "x.png"))


def test_a_table_that_cannot_be_read_is_explained(table, tmp_path):
    with pytest.raises(UsageError, match="No such file"):
        read_label_table(tmp_path / "nope.csv")


@pytest.mark.parametrize("encoding", ["cp1252", "utf-16", "utf-8-sig"])
def test_the_encoding_is_told(table, encoding):
    names = ["Geröstete Mandeln.png", "Große Äpfel.png", "Nüsse.png"]
    text = "path;label\n" + "".join(f"{name};1\n" for name in names)
    assert [row.path for row in read_label_table(table(text, encoding)).rows] == names


@pytest.mark.parametrize("text", ["path,label\nb.png\na.png,1\n", "label,path\n1\n1,a.png\n"])
def test_a_row_without_all_columns_is_no_label(table, tmp_path, text):
    assert grades(table(text), str(tmp_path / "a.png")) == [1]


def test_a_row_means_one_picture_the_one_beside_the_table_first(tmp_path, monkeypatch):
    (tmp_path / "sub").mkdir()
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "sub" / "labels.csv"
    path.write_text("path,label\nx.jpg,1\n")
    found = grades(path, "x.jpg", "sub/x.jpg")
    assert math.isnan(found[0])
    assert found[1] == 1


def test_grades_of_our_own_table_go_in_again(red_and_blue, toy, table, tmp_path):
    places = relevance.score("red", red_and_blue, model=toy).places
    lines = [f"{place},{number % 4}" for number, place in enumerate(places)]
    first = relevance.score(
        "red", red_and_blue, model=toy, labels=table("path,label\n" + "\n".join(lines))
    )
    again = relevance.score("red", red_and_blue, model=toy, labels=first.to_csv(tmp_path / "r.csv"))
    np.testing.assert_array_equal(again.pictures.grade, first.pictures.grade)
    assert again.evaluation().cutoffs == first.evaluation().cutoffs


def test_rows_that_mean_no_picture_are_counted(red_and_blue, toy, table):
    place = relevance.score("red", red_and_blue, model=toy).places[0]
    scores = relevance.score(
        "red", red_and_blue, model=toy, labels=table(f"path,label\n{place},1\nnope.png,0\n")
    )
    (warning,) = scores.provenance["warnings"]
    assert warning.startswith("1 of 2 labels in")
    assert warning.endswith("belong to no picture here, such as nope.png.")


def test_names_that_are_not_text_are_found_by_what_the_table_shows(toy, tmp_path):
    home = os.fsencode(tmp_path / "in") + b"/f\xff"
    Path(os.fsdecode(home)).mkdir(parents=True)
    Image.new("RGB", (9, 9), "red").save(os.fsdecode(home + b"/x.png"))
    scores = relevance.score("red", tmp_path / "in", model=toy, relevant=os.fsdecode(b"f\xff"))
    again = relevance.score(
        "red", tmp_path / "in", model=toy, labels=scores.to_csv(tmp_path / "r.csv")
    )
    assert again.pictures.grade.tolist() == [1]


def test_a_table_is_not_written_over(samples, tmp_path):
    labels = tmp_path / "almonds.csv"
    labels.write_text("path,label\n")
    words = ["score", "almonds", samples / "examples", "--model", "compact"]
    done = run_command(*words, "--labels", labels, "--output-dir", tmp_path)
    assert done.returncode == 2
    assert "is read and would be written over" in done.stderr
    assert labels.read_text() == "path,label\n"


def test_grades_decide_ndcg_as_scikit_learn_defines_it(red_and_blue, toy, table):
    rng = np.random.default_rng(5)
    plain = relevance.score("red", red_and_blue, model=toy)
    given = rng.integers(0, 4, len(plain.places)).astype(float)
    lines = [f"{place},{grade:g}" for place, grade in zip(plain.places, given, strict=True)]
    path = table("path,label\n" + "\n".join(lines))
    scores = relevance.score("red", red_and_blue, model=toy, labels=path)
    evaluation = scores.evaluation()
    assert evaluation.n_relevant == (given > 0).sum()
    for cut in evaluation.cutoffs:
        expected = ndcg_score([given], [plain.pictures.score.astype(float)], k=cut.k)
        assert cut.ndcg == pytest.approx(expected)
    assert scores.images["grade"].tolist() == given.tolist()


def test_tables_and_named_folders_exclude_each_other(red_and_blue, toy, table):
    with pytest.raises(UsageError, match="not by both"):
        relevance.score("red", red_and_blue, model=toy, labels="x.csv", relevant="Relevant")


def test_the_command_takes_a_table(samples, tmp_path):
    """With the shipped encoder: half of the almonds are called irrelevant."""
    pictures = sorted((samples / "examples" / "Relevant").iterdir())
    rows = [f"{path},{'relevant' if n % 2 else 'irrelevant'}" for n, path in enumerate(pictures)]
    (tmp_path / "labels.csv").write_text("path,label\n" + "\n".join(rows))
    words = ["score", "almonds", samples / "examples", "--model", "compact", "--no-report"]
    done = run_command(*words, "--labels", tmp_path / "labels.csv", "--output-dir", tmp_path)
    done.check_returncode()
    assert "Small sample: 6 relevant and 6 irrelevant" in done.stdout


def test_a_row_means_a_picture_by_way_of_a_linked_folder(tmp_path):
    for name in ("a", "b"):
        (tmp_path / "real" / name).mkdir(parents=True)
        Image.new("RGB", (1, 1)).save(tmp_path / "real" / name / "x.png")
    (tmp_path / "link").symlink_to(tmp_path / "real")
    table = tmp_path / "t.csv"
    table.write_text("path,label\nlink/a/x.png,yes\nreal/b/x.png,no\n")
    refs = find_images([tmp_path / "real"]).refs
    grades, unmatched = read_label_table(table).grade_pictures(refs)
    assert grades.tolist() == [1, 0]
    assert unmatched == []
