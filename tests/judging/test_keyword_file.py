"""Keywords from a file."""

from __future__ import annotations

import pytest

from relevance.errors import UsageError
from relevance.judging.keyword_file import read_keywords


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("k.txt", "# nuts\n almonds\n\n\tgreen apples \r\n#figs\n"),
        ("k.list", "\ufeffalmonds\ngreen apples"),
        ("k.csv", "id,Keyword\n1,almonds\n2,\n3,green apples\n"),
        ("k.tsv", "keyword\tnote\nalmonds\tx\ngreen apples\ty\n"),
        ("k.jsonl", '{"keyword": "almonds"}\n{"keyword": "green apples"}\n{"keyword": null}\n'),
    ],
)
def test_a_line_or_a_cell_is_a_keyword(tmp_path, name, text):
    (tmp_path / name).write_text(text, encoding="utf-8")
    assert read_keywords(tmp_path / name) == ["almonds", "green apples"]


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("k.txt", b"# none\n\n", "has no keyword; write one a line"),
        ("k.csv", b"almonds\nwalnuts\n", 'needs a column "keyword"; it has: almonds'),
        ("k.txt", b"\xff\xfe\x00", "is no text in UTF-8"),
    ],
)
def test_what_is_refused(tmp_path, name, content, message):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(UsageError, match=message):
        read_keywords(tmp_path / name)


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(UsageError, match="cannot be read: No such file"):
        read_keywords(tmp_path / "nope.txt")
