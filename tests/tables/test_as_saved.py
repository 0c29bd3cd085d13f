"""Text tables as programs and people save them: what is read, what is said, and no row lost."""

from __future__ import annotations

import csv
import io
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relevance.errors import UsageError
from relevance.judging.label_table import read_label_table
from relevance.tables import open_table, open_writer

ROWS = "".join(f"{number}.jpg,walnuts {number}\n" for number in range(300))


@pytest.fixture
def saved(tmp_path):
    def save(content: str | bytes, name: str = "a.csv"):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return save


def rows_of(table):
    return [tuple(row) for batch in table.batches(7) for row in batch.rows()]


@pytest.mark.parametrize(
    ("text", "names", "first"),
    [
        ("sep=;\nimage;caption\na.jpg;b, c\n", "image caption", "a.jpg|b, c"),
        ('"SEP=,"\r\nimage,caption\r\na.jpg,b\r\n', "image caption", "a.jpg|b"),
        ("sep=\t\nimage\tcaption\na.jpg\tb, c\n", "image caption", "a.jpg|b, c"),
        ("sep=^\nimage^caption\na.jpg^b, c\n", "image caption", "a.jpg|b, c"),
        ("\n\n  \nimage;caption\na.jpg;b\n", "image caption", "a.jpg|b"),
        ("Shop,,\n,,\nsku,image,caption\n1,a.jpg,b\n2,b.jpg,\n", "sku image caption", "1|a.jpg|b"),
        (
            "Export\nOn;2024-01-01\n\nsku;image;caption\n1;a.jpg;b\n2;b.jpg;c\n3;c.jpg;d\nSum;3\n",
            "sku image caption",
            "1|a.jpg|b",
        ),
        ('image,caption\na.jpg,"8\\" plate, raw"\n', "image caption", 'a.jpg|8" plate, raw'),
        ('image,caption\na.jpg,8\\" plate\n', "image caption", 'a.jpg|8" plate'),
        ('image,caption\np\\a.jpg,"8\\" b, c"\n', "image caption", 'p\\a.jpg|8" b, c'),
        ("image,caption\np\\a.jpg,b\n", "image caption", "p\\a.jpg|b"),
        ('image, caption\na.jpg, "b, c"\n', "image caption", "a.jpg|b, c"),
        ("'image','caption'\n'a.jpg','b, c'\n", "image caption", "a.jpg|b, c"),
        ("image|caption\na.jpg|b, c; d\n", "image caption", "a.jpg|b, c; d"),
        ("image;caption;price\na.jpg;b;1,5\n", "image caption price", "a.jpg|b|1,5"),
        ("image;caption\na.jpg;b;\nc.jpg;d;\n", "image caption", "a.jpg|b"),
        ("image,caption\ra.jpg,b\rc.jpg,d\r", "image caption", "a.jpg|b"),
        ("image,caption\r\r\na.jpg,b\r\r\n", "image caption", "a.jpg|b"),
        ("image,caption\r\na.jpg,b\nc.jpg,d\re.jpg,f", "image caption", "a.jpg|b"),
        ("image,caption\na.jpg,b\0c\n\0\0\0\0", "image caption", "a.jpg|b\0c"),
        ('image\tcaption\na.jpg\t"x" y\nb.jpg\t"z\n', "image caption", 'a.jpg|"x" y'),
    ],
)
def test_the_way_of_writing_is_the_one_that_most_lines_fit(saved, text, names, first):
    table = open_table(saved(text))
    assert list(table.columns) == names.split()
    assert rows_of(table)[0] == tuple(first.split("|"))


def test_what_stands_before_the_names_is_said_and_left_out(saved, tmp_path):
    table = open_table(saved("sep=;\r\nimage;caption\r\na.jpg;b\r\n"))
    assert table.note.endswith("the names stand in line 2, and what comes before is left out")
    writer = open_writer(tmp_path / "out.csv", ".csv", table, {"n": float})
    for batch in table.batches(5):
        writer.write(batch, {"n": [1.0]})
    writer.close()
    assert (tmp_path / "out.csv").read_bytes() == b"image;caption;n\r\na.jpg;b;1.0\r\n"


@pytest.mark.parametrize(
    ("odd", "read", "last"),
    [
        ('x.jpg,"almonds\n', 'x.jpg|"almonds', ""),
        ('x.jpg,"almonds\n', 'x.jpg|"almonds', 'y.jpg,plate 8"\n'),
        ('x.jpg,"almonds\n', 'x.jpg|"almonds', 'y.jpg,"walnuts, whole"\n'),
        ('x.jpg,"8" plate, with almonds"\n', 'x.jpg|8" plate, with almonds', ""),
        ('x.jpg,"this" and "that"\n', 'x.jpg|"this" and "that"', 'y.jpg,"walnuts, whole"\n'),
        ('"x.jpg","8" x 10" plate"\n', 'x.jpg|8" x 10" plate', '"y.jpg","walnuts, whole"\n'),
    ],
)
def test_a_quotation_mark_without_a_partner_swallows_nothing(saved, odd, read, last):
    table = open_table(saved(f"image,caption\n{odd}{ROWS}{last}"))
    found = rows_of(table)
    assert table.n_rows == len(found) == 301 + bool(last)
    assert found[0] == tuple(read.split("|"))
    assert found[1:301] == [(f"{n}.jpg", f"walnuts {n}") for n in range(300)]
    assert "quotation mark" in table.note


def test_a_mark_far_down_is_met_too(saved):
    table = open_table(saved("image,caption\n" + ROWS * 40 + 'x.jpg,"open\n' + ROWS * 2))
    assert table.n_rows == 300 * 42 + 1
    late = open_table(saved("image,caption\n" + ROWS * 10 + 'x.jpg,"8\\" plate, raw"\n'))
    assert rows_of(late)[-1] == ("x.jpg", '8" plate, raw')


def test_lines_within_a_cell_stay_there_and_are_said_where_they_could_be_rows(saved):
    table = open_table(saved('image,caption\nx.jpg,"a\nb, c\nd, e"\ny.jpg,"one\ntwo"\n'))
    assert rows_of(table) == [("x.jpg", "a\nb, c\nd, e"), ("y.jpg", "one\ntwo")]
    assert "line 2 began a cell over several lines that could be rows themselves" in table.note


def in_part(enough: list[str], odd: list[str], encoding: str) -> bytes:
    lines = [f"a.jpg,{text}\n".encode() for text in enough]
    return b"".join([b"image,caption\n", *lines, *(f"b.jpg,{t}\n".encode(encoding) for t in odd)])


@pytest.mark.parametrize(
    ("enough", "odd", "encoding"),
    [
        (["Größe", "Nüsse"] * 20, ["Mandeln geröstet"], "cp1252"),
        (["Żółty ser ąę", "śliwka"] * 10, ["żółte ośle"], "cp1250"),
        (["Миндаль жареный"] * 10, ["Орехи грецкие"], "cp1251"),
        (["焼きアーモンド"] * 10, ["アーモンド"], "cp932"),
        (["Größe", "Nüsse"], ["Größe Nüsse"] * 30 + ["CAFÉ®"], "cp1252"),
    ],
)
def test_lines_in_another_encoding_are_read_in_it_and_named(saved, enough, odd, encoding):
    table = open_table(saved(in_part(enough, odd, encoding)))
    assert [caption for _, caption in rows_of(table)] == enough + odd
    assert f"not utf-8 and read as {encoding}" in table.note
    assert f"line{'s' if odd[1:] else ''} {len(enough) + 2}" in table.note


def test_a_byte_without_meaning_stops_no_table(saved):
    table = open_table(saved("image,caption\na.jpg,Größe Nüsse\n".encode("cp1252") + b"b,\x81\n"))
    assert rows_of(table) == [("a.jpg", "Größe Nüsse"), ("b", "\\x81")]
    assert "line 3 had signs that cp1252 has not" in table.note


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"])
@pytest.mark.parametrize(
    "text", ["image,caption\na.jpg,almonds\n", "图片,标题\n烤.jpg,烤杏仁核桃\n"]
)
def test_wide_encodings_need_no_mark(saved, text, encoding):
    table = open_table(saved(text.encode(encoding)))
    assert [",".join(table.columns), *map(",".join, rows_of(table))] == text.splitlines()


SIGNS = st.text(st.sampled_from("ab,;\t|\"'\\ \n\réß€"), max_size=8)
CELLS = SIGNS | st.text(st.characters(codec="utf-8"), max_size=6)
TABLES = st.lists(st.tuples(CELLS, CELLS, CELLS), max_size=12)
NAMES = ("one", "two", "three")


def written(rows, **dialect) -> str:
    text = io.StringIO(newline="")
    csv.writer(text, **dialect).writerows([NAMES, *rows])
    return text.getvalue()


@given(
    TABLES,
    st.sampled_from(",;\t|"),
    st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
    st.sampled_from(["\n", "\r\n", "\r"]),
    st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-32", "utf-32-be"]),
)
def test_what_the_csv_module_writes_comes_back(
    tmp_path_factory, rows, delimiter, quoting, line_end, encoding
):
    if quoting == csv.QUOTE_MINIMAL:  # it leaves line ends bare that are not its own
        for sign in set("\r\n") - set(line_end):
            rows = [tuple(cell.replace(sign, "") for cell in row) for row in rows]
    text = written(rows, delimiter=delimiter, quoting=quoting, lineterminator=line_end)
    path = tmp_path_factory.mktemp("t") / "a.csv"
    path.write_text(text, encoding=encoding, newline="")
    table = open_table(path)
    assert table.columns == NAMES
    assert rows_of(table) == rows


@given(TABLES, st.sampled_from(",;\t|"), st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]))
def test_what_it_writes_with_backslashes_comes_back(tmp_path_factory, rows, delimiter, quoting):
    rows = [("a.jpg", '8" plate', "x"), *rows]
    escaped = {"doublequote": False, "escapechar": "\\"}
    path = tmp_path_factory.mktemp("t") / "a.csv"
    text = written(rows, delimiter=delimiter, quoting=quoting, **escaped)
    path.write_text(text, encoding="utf-8", newline="")
    assert rows_of(open_table(path)) == rows


def workbook() -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")
    return data.getvalue()


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.csv", workbook(), r"an Excel workbook \(.xlsx\).* save it as CSV UTF-8"),
        ("a.csv", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", r"Excel workbook \(.xls\)"),
        ("a.tsv", b"\xef\xbb\xbf <!DOCTYPE html><html>", "a web page"),
        ("a.csv", b"<table><tr>", "a web page"),
        ("a.csv", b'[{"image": 1}]', "a JSON list"),
        ("a.jsonl", b'[\n {"image": 1}]', "a JSON list.* an object a line"),
        ("a.csv", b'{"image": 1}\n', "ends in .jsonl"),
        ("a.csv", b"\x1f\x8b\x08", "gzip.* unpack it first"),
        ("a.csv", b"PAR1", "ends in .parquet"),
        ("a.csv", b"\xff\xd8\xff", "a picture"),
        ("labels", b"PK\x03\x04", "a ZIP archive"),
    ],
)
def test_what_is_no_table_is_named_with_a_next_step(saved, name, content, said):
    path = saved(content, name)
    read = read_label_table if name == "labels" else open_table
    with pytest.raises(UsageError, match=said):
        read(path)


@pytest.mark.parametrize(
    "text",
    [
        "sep=;\npath;label\na.png;relevant\nb.png;no\n",
        'path\tlabel\tnote\na.png\trelevant\t"odd\nb.png\tno\tbest" of all\n',
        'note,path,label\n"8\\" plate, x",a.png,relevant\ny,b.png,no\n',
        '{"path": "a.png", "label": "relevant"}\n{"path": "b.png", "label": 0}\n',
    ],
)
def test_labels_are_read_in_the_same_way(saved, text):
    path = saved(text, "a.jsonl" if text.startswith("{") else "a.csv")
    assert [(row.path, row.grade) for row in read_label_table(path).rows] == [
        ("a.png", 1.0),
        ("b.png", 0.0),
    ]


def test_an_open_quotation_mark_takes_no_labels(saved, caplog):
    path = saved('path,label\nx.png,"yes\n' + "".join(f"{n}.png,no\n" for n in range(40)))
    with pytest.raises(UsageError, match='row 2: the label ""yes"'):
        read_label_table(path)


def test_steering_characters_of_a_label_table_are_escaped(saved):
    path = saved("path,label\na.png,\x1b[31mred\n")
    with pytest.raises(UsageError, match=r'the label "\\x1b\[31mred"'):
        read_label_table(path)
