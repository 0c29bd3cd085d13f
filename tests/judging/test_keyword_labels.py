"""Labels of several keywords from one table."""

from __future__ import annotations

import pytest

from relevance.errors import UsageError
from relevance.judging.keyword_labels import read_keyword_labels

FORMS = {
    "a row a picture and keyword": (
        "path,keyword,label\na.png,Green_Apples,yes\na.png,almonds,no\nb.png,almonds,2\n"
        "b.png,pears,yes\nb.png,green apples,\n"
    ),
    "a column a keyword": "path,ALMONDS,green apples,pears\na.png,no,yes,yes\nb.png,2,,no\n",
    "verdicts that were corrected": (
        "path,status,almonds: relevant,almonds: score,green apples: relevant\n"
        "a.png,ok,False,0.9,True\nb.png,ok,2,0.1,\n"
    ),
}


@pytest.fixture
def table(tmp_path):
    def write(text: str):
        path = tmp_path / "labels.csv"
        path.write_text(text)
        return path

    return write


@pytest.mark.parametrize("form", FORMS)
def test_each_form_says_the_same(table, form):
    found = read_keyword_labels(table(FORMS[form]), ["almonds", "green apples", "figs"])
    assert {
        keyword: [(row.path, row.grade) for row in labels.rows] for keyword, labels in found.items()
    } == {
        "almonds": [("a.png", 0), ("b.png", 2)],
        "green apples": [("a.png", 1)],
        "figs": [],
    }


def test_a_grade_beside_a_label_is_that_of_its_row_and_keyword(table):
    path = table("path,keyword,label,grade\na.png,almonds,relevant,3\n")
    assert read_keyword_labels(path, ["almonds"])["almonds"].rows[0].grade == 3
    path = table("path,almonds,grade\na.png,relevant,3\n")
    assert read_keyword_labels(path, ["almonds"])["almonds"].rows[0].grade == 1


def test_a_table_of_one_keyword_is_no_table_of_two(table):
    path = table("path,label\na.png,yes\n")
    assert read_keyword_labels(path, ["almonds"])["almonds"].rows[0].grade == 1
    with pytest.raises(UsageError, match=r'which of the 2 keywords .* column "keyword"'):
        read_keyword_labels(path, ["almonds", "pears"])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("name,almonds\na.png,yes\n", 'columns "path" and "label", and "keyword" or a column'),
        ("path,figs\na.png,yes\n", "it has: path, figs"),
        ("path,keyword,label\na.png,figs,yes\n", "labels of figs, and none of almonds, pears"),
        ("path,almonds\na.png,maybe\n", 'row 2: the label "maybe" is none'),
    ],
)
def test_what_is_refused(table, text, message):
    with pytest.raises(UsageError, match=message):
        read_keyword_labels(table(text), ["almonds", "pears"])
