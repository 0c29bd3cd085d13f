"""Tables as people have them: encodings, delimiters, odd rows, large cells, kinds of files."""

from __future__ import annotations

import csv
import io
import json
import math
import os

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from relevance.errors import UsageError
from relevance.tables import MISSING, delimiter_of, open_table, open_writer

ADDED = {"similarity": float, "reason": str}
WORDS = {
    "cp1252": ["Amandes grillées", "Café crème", "Noix de pécan entières", "Größe"],
    "cp1250": ["Pražené mandle", "Vlašské ořechy čerstvé", "Česnek bílý", "Jahody čerstvé"],
    "cp1251": ["Миндаль жареный", "Орехи грецкие", "Яблоки красные"],
    "cp932": ["焼きアーモンド", "クルミとくるみ", "りんごの箱"],
    "gb18030": ["烤杏仁", "核桃仁干果", "新鲜草莓一盒"],
    "utf-8": ["Amandes grillées", "烤杏仁"],
    "utf-8-sig": ["Amandes grillées", "烤杏仁"],
    "utf-16": ["Amandes grillées", "烤杏仁"],
}


def rows_of(table, size=2):
    return [list(row) for batch in table.batches(size) for row in batch.rows()]


def copied(path, target, table=None):
    """Write a table with two columns added, row numbers as figures."""
    table = table or open_table(path)
    writer = open_writer(target, target.suffix, table, ADDED)
    start = 0
    for batch in table.batches(2):
        count = batch.n_rows
        figures = [float(number) for number in range(start, start + count)]
        writer.write(batch, {"similarity": figures, "reason": [""] * count})
        start += count
    writer.close()
    return target


@pytest.mark.parametrize("encoding", WORDS)
def test_encodings_are_told(tmp_path, encoding):
    path = tmp_path / "a.csv"
    rows = [[word, f"{number}.jpg"] for number, word in enumerate(WORDS[encoding] * 3)]
    with path.open("w", encoding=encoding, newline="") as stream:
        csv.writer(stream, delimiter=";").writerows([["title", "image_url"], *rows])
    table = open_table(path)
    assert table.columns == ("title", "image_url")
    assert rows_of(table) == rows
    assert ("a guess" in table.note) == (not encoding.startswith("utf"))
    out = copied(path, tmp_path / "b.csv")
    back = open_table(out)
    assert [row[:2] for row in rows_of(back)] == rows
    assert back.dialect.encoding == ("utf-8" if encoding == "utf-8" else "utf-8-sig")
    assert back.dialect.delimiter == ";"


@pytest.mark.parametrize("word", ["Nüsse", "piña", "maçã", "caffè"])
def test_one_letter_is_no_reason_for_a_rare_encoding(tmp_path, word):
    path = tmp_path / "a.csv"
    path.write_bytes(f"image,caption\na.jpg,{word}\n".encode("cp1252"))
    assert rows_of(open_table(path)) == [["a.jpg", word]]


def test_an_encoding_can_be_named(tmp_path):
    path = tmp_path / "a.csv"
    path.write_bytes("a,b\nCaf\u00e9,x\n".encode("mac_roman"))
    assert rows_of(open_table(path, "mac_roman")) == [["Café", "x"]]
    for encoding, reason in (("utf-8", "is not text in"), ("klingon", "unknown encoding")):
        with pytest.raises(UsageError, match=reason):
            open_table(path, encoding)


@pytest.mark.parametrize(
    ("header", "delimiter"),
    [
        ("a,b,c", ","),
        ("a;b;c", ";"),
        ('"name, brand";url', ";"),
        ("a\tb, or c\td", "\t"),
        ("a|b|c", "|"),
        ("alone", ","),
        ("", ","),
    ],
)
def test_the_delimiter_is_told_by_the_header(header, delimiter):
    assert delimiter_of(header) == delimiter


def test_cells_stay_the_text_they_are(tmp_path):
    path = tmp_path / "a.csv"
    text = 'sku,text,n\r\n007,"two\r\nlines, ""quoted""",1.50\r\nNA,,1e3\r\n'
    path.write_bytes(text.encode())
    out = copied(path, tmp_path / "b.csv")
    assert out.read_bytes().decode() == (
        "sku,text,n,similarity,reason\r\n"
        '007,"two\r\nlines, ""quoted""",1.50,0.0,\r\n'
        "NA,,1e3,1.0,\r\n"
    )


@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_line_ends_within_cells_do_not_end_rows(tmp_path, line_end):
    path = tmp_path / "a.csv"
    text = line_end.join(["a,b", '"one\rtwo","three\nfour"', "5,6", ""])
    path.write_bytes(text.encode())
    out = copied(path, tmp_path / "b.csv")
    assert [row[:2] for row in rows_of(open_table(out))] == [
        ["one\rtwo", "three\nfour"],
        ["5", "6"],
    ]
    assert out.read_bytes().decode().split(line_end)[0] == "a,b,similarity,reason"


def test_rows_of_odd_length_keep_all_they_have(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text('a,b\n1,2\n\n3\n4,5,6,7\n8,9,,""\n')
    table = open_table(path)
    assert table.n_rows == 4
    batches = list(table.batches(2))
    assert [row for batch in batches for row in batch.rows()] == [
        ["1", "2"],
        ["3", ""],
        ["4", "5"],
        ["8", "9"],
    ]
    assert batches[0].faults == {}
    assert batches[1].faults == {0: 'the row has more cells than the header has names: ["6", "7"]'}


def test_what_is_malformed_shows_at_once(tmp_path):
    for name, text, reason in (
        ("a.jsonl", '{"a": 1}\n\nno\n', "line 3, cannot be read"),
        ("b.jsonl", "[1]\n", "no JSON object"),
        ("c.jsonl", '{"a": ' + "[" * 200_000, "line 1, cannot be read"),
        ("a.parquet", "PAR0", "no Parquet file"),
        ("a.xlsx", "", "must end in one of .csv"),
    ):
        (tmp_path / name).write_text(text)
        with pytest.raises(UsageError, match=reason):
            open_table(tmp_path / name)
    with pytest.raises(UsageError, match="No such file"):
        open_table(tmp_path / "none.csv")
    os.mkfifo(tmp_path / "pipe.csv")
    (tmp_path / "folder.csv").mkdir()
    for name in ("pipe.csv", "folder.csv"):
        with pytest.raises(UsageError, match="no ordinary file"):
            open_table(tmp_path / name)


@pytest.mark.parametrize(
    ("asked", "wrote", "mark"),
    [("UTF8", "utf-8", ""), ("utf-16-le", "utf-16-le", "\ufeff"), (None, "utf-32", "")],
)
def test_byte_order_marks_are_no_part_of_a_name(tmp_path, asked, wrote, mark):
    path = tmp_path / "a.csv"
    path.write_bytes(f"{mark}image,title\na,é\n".encode(wrote))
    table = open_table(path, asked)
    assert table.columns == ("image", "title")
    out = copied(path, tmp_path / "b.csv", table).read_bytes()
    assert out.count("\ufeff".encode()) == (wrote != "utf-8")


def test_a_cell_of_a_megabyte(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("image,caption\n" + "x" * 1_000_000 + ",y\n")
    assert len(rows_of(open_table(path))[0][0]) == 1_000_000


def test_json_lines_keep_types_and_absent_keys(tmp_path):
    path = tmp_path / "a.jsonl"
    items = [{"a": 1, "u": "é"}, {"u": None, "deep": {"x": [1, 2]}}, {}]
    path.write_text("".join(json.dumps(item) + "\n" for item in items))
    table = open_table(path)
    assert table.columns == ("a", "u", "deep")
    assert rows_of(table)[1] == [MISSING, None, {"x": [1, 2]}]
    out = copied(path, tmp_path / "b.jsonl")
    found = [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]
    assert found == [
        item | {"similarity": float(number), "reason": ""} for number, item in enumerate(items)
    ]
    odd = '{"n": 12345678901234567890.10, "e": 1E5, "z": -0, "x": 1e400, "n": 2, "s": "\\ud83d"}'
    (tmp_path / "odd.jsonl").write_text(odd)
    same = copied(tmp_path / "odd.jsonl", tmp_path / "c.jsonl").read_text()
    assert same == odd[:-1] + ', "similarity": 0.0, "reason": ""}\n'
    assert "\\ud83d" in copied(tmp_path / "odd.jsonl", tmp_path / "c.csv").read_text()
    text = copied(path, tmp_path / "b.csv").read_text(encoding="utf-8")
    assert text.splitlines()[2] == ',,"{""x"": [1, 2]}",1.0,'


def test_parquet_keeps_types_nesting_and_index(tmp_path):
    frame = pd.DataFrame(
        {
            "url": ["a", "b", None],
            "n": pd.array([1, None, 3], dtype="Int64"),
            "when": pd.to_datetime(["2020-01-01"] * 3, utc=True),
            "tags": [["x", "y"], [], None],
        },
        index=pd.Index(["r1", "r2", "r3"], name="sku"),
    )
    frame.to_parquet(tmp_path / "a.parquet")
    copied(tmp_path / "a.parquet", tmp_path / "b.parquet")
    before = pd.read_parquet(tmp_path / "a.parquet")
    after = pd.read_parquet(tmp_path / "b.parquet")
    pd.testing.assert_frame_equal(after[before.columns], before)
    assert after["similarity"].tolist() == [0.0, 1.0, 2.0]
    assert after["reason"].tolist() == ["", "", ""]


def test_what_python_or_json_cannot_hold_does_not_stop_a_table(tmp_path):
    far = pa.array([2**61, 1], pa.timestamp("us"))
    table = pa.table({"far": far, "nan": [math.nan, 1.5], "bytes": [b"\xff", None]})
    pq.write_table(table, tmp_path / "a.parquet")
    copied(tmp_path / "a.parquet", tmp_path / "b.parquet")
    assert pq.read_table(tmp_path / "b.parquet")["far"].equals(table["far"])
    lines = copied(tmp_path / "a.parquet", tmp_path / "b.jsonl").read_text().splitlines()
    first = json.loads(lines[0], parse_constant=pytest.fail)
    assert (first["nan"], first["bytes"]) == (None, "/w==")
    assert str(2**61) in first["far"]
    assert str(2**61) in copied(tmp_path / "a.parquet", tmp_path / "b.csv").read_text()


def test_a_damaged_part_of_a_parquet_file_is_named(tmp_path):
    path = tmp_path / "a.parquet"
    pq.write_table(pa.table({"a": [f"cell {number}" for number in range(5000)]}), path)
    data = bytearray(path.read_bytes())
    data[100:400] = bytes(300)
    path.write_bytes(data)
    with pytest.raises(UsageError, match=r"a\.parquet is damaged"):
        list(open_table(path).batches(100))


def test_large_cells_are_not_gathered_for_long(tmp_path, monkeypatch):
    monkeypatch.setattr("relevance.tables.parquet._GROUP_BYTES", 10_000)
    (tmp_path / "a.csv").write_text("x\n" + ("y" * 4000 + "\n") * 20)
    out = copied(tmp_path / "a.csv", tmp_path / "b.parquet")
    assert pq.ParquetFile(out).metadata.num_row_groups == 5


def test_one_kind_becomes_another(tmp_path):
    (tmp_path / "a.csv").write_text("x,y\n1,é\n2,z\n3,w\n")
    for kind in (".tsv", ".jsonl", ".parquet"):
        other = copied(tmp_path / "a.csv", tmp_path / f"b{kind}")
        back = open_table(other)
        assert back.columns == ("x", "y", "similarity", "reason")
        assert [row[:2] for row in rows_of(back)] == [["1", "é"], ["2", "z"], ["3", "w"]]
    (tmp_path / "a.tsv").write_text("x\ty,z\n1\t2\n")
    assert copied(tmp_path / "a.tsv", tmp_path / "c.csv").read_text() == (
        'x,"y,z",similarity,reason\n1,2,0.0,\n'
    )


def test_what_a_kind_cannot_hold_is_said(tmp_path):
    (tmp_path / "a.csv").write_text("x,x\n1,2\n")
    with pytest.raises(UsageError, match='Two columns are called "x"'):
        copied(tmp_path / "a.csv", tmp_path / "b.jsonl")
    (tmp_path / "a.jsonl").write_text('{"x": 1}\n')
    with pytest.raises(UsageError, match="cannot become Parquet"):
        copied(tmp_path / "a.jsonl", tmp_path / "b.parquet")


CELLS = st.text(st.characters(codec="utf-8", exclude_characters="\r\n\0"), max_size=8)


@given(st.lists(st.tuples(CELLS, CELLS, CELLS), min_size=1, max_size=20), st.integers(1, 7))
def test_whatever_is_written_comes_back_in_order(tmp_path_factory, rows, size):
    path = tmp_path_factory.mktemp("t") / "a.csv"
    text = io.StringIO()
    csv.writer(text).writerows([("one", "two", "three"), *rows])
    path.write_text(text.getvalue(), encoding="utf-8", newline="")
    table = open_table(path)
    assert table.n_rows == len(rows)
    assert list(map(tuple, rows_of(table, size))) == rows
