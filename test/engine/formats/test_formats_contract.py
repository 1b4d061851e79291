"""Parquet, JSON lines and Excel come in: a test for each rule that docs/formats.md gives."""

from __future__ import annotations

import datetime as dt
import gzip
import json
import re
import zipfile
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import openpyxl
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import xlsxwriter

from project.engine.detect import detect
from project.engine.dialect import DialectChoice
from project.engine.formats import jsonlines, parquet, texts
from project.engine.plan import DATA_FILE
from project.errors import RowmillError

if TYPE_CHECKING:
    from conftest import Engine

DOCUMENT = Path(__file__).parents[3] / "docs" / "formats.md"
TOLD: list[str] = []

Test = TypeVar("Test", bound=Callable[..., None])


def rule(words: str) -> Callable[[Test], Test]:
    """Says which row of the document a test holds; `words` begin its first cell."""
    TOLD.append(words)
    return lambda test: test


def test_every_rule_of_the_document_has_a_test() -> None:
    tables = re.findall(r"^\| in the file \|.*\n\|[-|]+\|\n((?:\|.*\n)+)", DOCUMENT.read_text("utf-8"), re.MULTILINE)
    rows = [line.split(" | ")[0].removeprefix("| ") for table in tables for line in table.splitlines()]
    assert len(rows) > 20
    assert [row for row in rows if not any(row.startswith(words) for words in TOLD)] == []
    assert [words for words in TOLD if not any(row.startswith(words) for row in rows)] == []


@pytest.fixture
def make(tmp_path: Path) -> Callable[..., Path]:
    """A file of the format, with these columns of values."""

    def make(format: str, columns: dict[str, list[Any]]) -> Path:
        path = tmp_path / f"table.{format}"
        rows = list(zip(*columns.values(), strict=True))
        if format == "parquet":
            pq.write_table(pa.table(columns), path)
        elif format == "jsonl":
            lines = (json.dumps(dict(zip(columns, row, strict=True)), ensure_ascii=False) for row in rows)
            path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        else:
            book = openpyxl.Workbook()
            for row in (tuple(columns), *rows):
                book.active.append(row)
            book.save(path)
        return path

    return make


Make = Callable[..., Path]


def sentence_of(path: Path, **choice: Any) -> str:
    with pytest.raises(RowmillError) as caught:
        detect(path, DialectChoice(**choice))
    return caught.value.message


def excel(path: Path, *rows: list[Any], title: str = "Plays", **others: list[list[Any]]) -> Path:
    book = openpyxl.Workbook()
    book.active.title = title
    for row in rows:
        book.active.append(row)
    for name, found in others.items():
        sheet = book.create_sheet(name)
        for row in found:
            sheet.append(row)
    book.save(path)
    return path


def with_part(path: Path, name: str, change: Callable[[bytes], bytes]) -> Path:
    """The same zip with one part changed."""
    with zipfile.ZipFile(path) as old:
        parts = {info.filename: old.read(info) for info in old.infolist()}
    parts[name] = change(parts[name])
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as new:
        for part, data in parts.items():
            new.writestr(part, data)
    return path


# All


@rule("`null`, a key that is not there")
@rule("a text of no characters")
@pytest.mark.parametrize("format", ["parquet", "jsonl"])
def test_missing_and_empty_stay_apart(engine: Engine, make: Make, format: str) -> None:
    ran = engine(make(format, {"song": ["a", "", None], "plays": ["1", None, ""]}))
    assert ran.result == 'song,plays\na,1\n"",\n,""\n'
    assert ran.counts == (3, 3, 0, 0, 3)


def test_missing_and_empty_stay_apart_in_excel(engine: Engine, tmp_path: Path) -> None:
    path = excel(tmp_path / "a.xlsx", ["song", "plays"], ["a", "x"], ["b", None])
    with_part(path, "xl/worksheets/sheet1.xml", lambda part: part.replace(b"<t>x</t>", b"<t></t>"))
    assert engine(path).result == 'song,plays\na,""\nb,\n'


def test_shared_texts_are_read_in_any_order(engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(texts, "_HELD_BYTES", 1000)
    monkeypatch.setattr(texts, "_MOST_REMEMBERED", 10)
    path = tmp_path / "a.xlsx"
    book = xlsxwriter.Workbook(path)
    sheet = book.add_worksheet()
    for row in range(3000):
        sheet.write_row(row, 0, [f"song “{row}”", f"song “{row * 7 % 3000}”"])
    sheet.write_rich_string(3000, 0, "a", book.add_format({"bold": True}), " b ", "c")
    sheet.write(3000, 1, "d\x07")
    book.close()
    rows = engine(path, dialect={"header": False}).rows
    assert rows[:-1] == [[f"song “{row}”", f"song “{row * 7 % 3000}”"] for row in range(3000)]
    assert rows[-1] == ["a b c", "d\x07"]
    with_part(
        path, "xl/sharedStrings.xml", lambda part: part.replace(b"<si><t>song", b"<si><rPh><t>x</t></rPh><t>s", 1)
    )
    assert engine(path, dialect={"header": False}).rows[0][0] == "s “0”"


@rule("a missing value in a table of one column")
@pytest.mark.parametrize("format", ["parquet", "jsonl"])
def test_a_missing_value_alone_in_its_row_is_no_blank_line(engine: Engine, make: Make, format: str) -> None:
    ran = engine(make(format, {"song": ["a", None]}))
    assert ran.result == 'song\na\n""\n'
    assert ran.counts == (2, 2, 0, 0, 2)


@rule("nested values (lists, objects)")
@rule("nested objects and lists")
def test_nested_values_are_json(engine: Engine, tmp_path: Path, make: Make) -> None:
    parquet_file = make("parquet", {"a": [[1, None], []], "b": [{"x": "ü", "y": 1.5}, None]})
    assert [row for row in engine(parquet_file).rows] == [["[1,null]", '{"x":"ü","y":1.5}'], ["[]", ""]]
    lines = tmp_path / "a.jsonl"
    lines.write_text('{ "a" : [1.00,  {"q": "]"} ] , "b":{},"c":"[x" }\n')
    assert engine(lines).rows == [['[1.00,  {"q": "]"} ]', "{}", "[x"]]


@rule("`delimiter`, `quote`, `encoding`")
def test_options_of_csv_are_refused_and_names_hold(engine: Engine, make: Make) -> None:
    for format, word in (("parquet", "Parquet"), ("jsonl", "JSON lines"), ("xlsx", "Excel")):
        path = make(format, {"song": ["a"], "plays": ["1"]})
        for name, value in (("quote", "'"), ("encoding", "latin-1"), ("comment", "#"), ("escape", "\\")):
            assert sentence_of(path, **{name: value}) == (
                f"“{name}” says how a CSV file is read, but this is {word}: leave it out."
            )
    for format in ("parquet", "xlsx"):
        assert engine(make(format, {"a": ["1"], "b": ["2"]}), dialect={"names": ["x", "y"]}).result == "x,y\n1,2\n"
    assert engine(make("jsonl", {"a": ["1"], "b": ["2"]}), dialect={"names": ["b", "a"]}).result == "b,a\n2,1\n"


@rule("an empty file, a cut or damaged one")
@pytest.mark.parametrize("format", ["parquet", "jsonl", "xlsx"])
def test_damaged_files_fail_with_a_sentence(engine: Engine, make: Make, format: str) -> None:
    path = make(format, {"song": [f"song {number}" for number in range(2000)]})
    whole = path.read_bytes()
    word = {"parquet": "The Parquet file is cut or damaged", "xlsx": "The Excel file is cut or damaged"}.get(format)
    for size in (0, 12, len(whole) // 2, len(whole) - 1):
        path.write_bytes(whole[:size])
        ran = engine(path)
        if word is None and size > 12:  # its last line is a reject
            assert ran.finished.ledger.rejected == (1 if not whole[:size].endswith(b"}") else 0)
        elif size > 100:
            assert ran.failed.code in ("damaged_input", "failed")
            assert word is None or word in ran.failed.message
        else:
            assert ran.failed.code == "damaged_input"
    if word is not None:
        middle = len(whole) // 3
        path.write_bytes(whole[:middle] + bytes(200) + whole[middle + 200 :])
        assert engine(path).failed.code == "damaged_input"


@rule(".xls, .xlsb, .ods, Word")
def test_other_formats_are_named(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"

    def zipped(**parts: str) -> bytes:
        with zipfile.ZipFile(path, "w") as archive:
            for name, text in parts.items():
                archive.writestr(name, text)
        return path.read_bytes()

    types = {"[Content_Types].xml": ""}
    heads = {
        "an Excel file of the old kind (.xls)": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(2000),
        "an Excel file of the binary kind (.xlsb)": zipped(**types, **{"xl/workbook.bin": ""}),
        "an OpenDocument file (.ods)": zipped(mimetype="application/vnd.oasis.opendocument.spreadsheet"),
        "a Word document": zipped(**types, **{"word/document.xml": ""}),
    }
    for what, data in heads.items():
        path.write_bytes(data)
        assert sentence_of(path).startswith(f"This is {what}, which Rowmill does not read. Save it as CSV")


@rule("something that is encrypted")
def test_encrypted_files_are_refused(tmp_path: Path, make: Make) -> None:
    path = tmp_path / "a.xlsx"
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(40) + (1).to_bytes(4, "little") + bytes(460)
    path.write_bytes(header + bytes(512) + "Root Entry EncryptedPackage".encode("utf-16-le"))
    assert sentence_of(path) == "The Excel file is encrypted with a password: save it without one."
    table = make("parquet", {"a": [1]})
    data = table.read_bytes()
    table.write_bytes(data[:-4] + b"PARE")
    assert sentence_of(table) == "The Parquet file is encrypted; Rowmill cannot read it."
    table.write_bytes(b"PARE" + data[4:-4] + b"PARE")
    assert sentence_of(table) == "The Parquet file is encrypted; Rowmill cannot read it."


@pytest.mark.parametrize("format", ["parquet", "jsonl", "xlsx"])
def test_texts_may_have_a_decimal_comma(engine: Engine, make: Make, format: str) -> None:
    total = {"operation": "aggregate", "group_by": [], "measures": [{"function": "sum", "column": "n", "as": "t"}]}
    path = make(format, {"a": ["x", "y"], "n": ["2,75", "1,5"]})
    ran = engine(path, total, dialect={"decimal": ","})
    assert ran.rows == [["4.25"]]
    assert ran.finished.dialect.endswith("decimal comma")


@pytest.mark.parametrize("format", ["parquet", "jsonl", "xlsx"])
def test_other_formats_are_inspected(engine: Engine, make: Make, format: str) -> None:
    ran = engine(make(format, {"song": ["a", "b"], "plays": ["1", None]}), inspection=True)
    assert pl.scan_parquet(ran.folder / DATA_FILE, glob=False).collect().rows() == [("a", "1"), ("b", None)]


# Parquet


@rule("integers and decimals of any size")
@rule("floats")
@rule("truths")
@rule("dates, times, moments")
@rule("decimals, dates and times within nested values")
def test_values_of_parquet_as_text(engine: Engine, tmp_path: Path) -> None:
    moment = dt.datetime(2024, 1, 2, 3, 4, 5, 250000)
    big = Decimal("12345678901234567890123456789012345.678")
    table = pa.table(
        {
            "integer": pa.array([2**63 - 1, -(2**63)]),
            "unsigned": pa.array([2**64 - 1, 0], pa.uint64()),
            "decimal": pa.array([big, Decimal("0.000")], pa.decimal128(38, 3)),
            "float": [0.1, 1e20],
            "short": pa.array([0.1, float("nan")], pa.float32()),
            "truth": [True, False],
            "date": [dt.date(2024, 1, 2), dt.date(1, 1, 1)],
            "time": [dt.time(3, 4, 5), dt.time(23, 59, 59, 500000)],
            "moment": [moment, moment.replace(microsecond=0)],
            "zone": pa.array([moment, None], pa.timestamp("us", "Europe/Berlin")),
            "nested": [{"d": Decimal("1.10"), "t": moment}, None],
            "word": pa.array(["x", None]).dictionary_encode(),
        }
    )
    path = tmp_path / "a.parquet"
    pq.write_table(table, path)
    assert engine(path).rows == [
        ["9223372036854775807", "18446744073709551615", str(big), "0.1", "0.1", "true", "2024-01-02", "03:04:05",
         "2024-01-02T03:04:05.250", "2024-01-02T03:04:05.250Z", '{"d":"1.10","t":"2024-01-02T03:04:05.250000"}', "x"],
        ["-9223372036854775808", "0", "0.000", "1e+20", "NaN", "false", "0001-01-01", "23:59:59.500",
         "2024-01-02T03:04:05", "", "", ""],
    ]  # fmt: skip


@rule("bytes that are not marked as text")
def test_bytes_are_refused(engine: Engine, make: Make) -> None:
    for values in ([b"\xff"], [[b"\xff"]], [{"x": b"\xff"}]):
        failed = engine(make("parquet", {"song": values})).failed
        assert "Column “song” of the Parquet file holds bytes that are not marked as text." in failed.message


@rule("many and large row groups")
def test_groups_are_read_in_parts_whatever_their_size(
    engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parquet, "_HELD_BYTES", 5_000)
    monkeypatch.setattr(parquet, "_WRITTEN_BYTES", 1_000)
    path = tmp_path / "a.parquet"
    frame = pl.DataFrame({"*": range(2500), "^song$": [f"{number}, “x”" * (number % 7) for number in range(2500)]})
    for together in (1, 10**9):
        monkeypatch.setattr(parquet, "_TOGETHER_BYTES", together)
        frame.write_parquet(path, row_group_size=1000)
        ran = engine(path)
        assert ran.finished.dialect == "Parquet, 2 columns, 3 row groups"
        assert ran.rows == [[str(number), song] for number, song in frame.iter_rows()]


@rule("one column of one row group with more than 1 GB")
def test_a_column_that_is_too_large_at_once_is_refused(
    engine: Engine, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parquet, "_COLUMN_BYTES", 10)
    assert "Row group 1 of the Parquet file holds more than" in engine(make("parquet", {"a": [1, 2, 3]})).failed.message


# JSON lines


@rule("numbers")
def test_numbers_of_json_keep_their_digits(engine: Engine, tmp_path: Path) -> None:
    numbers = ["1.10", "1e5", "-0.0", "1" * 5000, "1234567890.12345678901234567890"]
    path = tmp_path / "a.jsonl"
    path.write_text("".join(f'{{"n": {number}, "t": "{number}"}}\r\n' for number in numbers))
    assert engine(path).rows == [[number, number] for number in numbers]


@rule("compressed JSON lines")
def test_compressed_json_lines_are_read(engine: Engine, tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl.gz"
    path.write_bytes(gzip.compress('\ufeff{"song":"ä"}\n{"song":"b"}'.encode()))
    ran = engine(path)
    assert ran.result == "song\nä\nb\n"
    assert ran.finished.dialect == "gzip, JSON lines, 1 column"


@rule("a blank line")
@rule("a line that is no JSON object")
@rule("the same key twice")
@rule("`NaN`, half a character")
def test_lines_that_cannot_be_read_are_rejects(engine: Engine, tmp_path: Path) -> None:
    deep = b'{"a":' + b"[" * 200_000 + b"]" * 200_000 + b"}"
    lines = [
        b'{"a":"x\\ny","b":1}', b"", b"nope", b"[1]", b'{"a":1,"a":2}', b'{"a":NaN}', b'{"a":"\\ud800"}',
        b'{"a":"\xff"}', b'{"a":1} x', deep, b'{"b":2}',
    ]  # fmt: skip
    path = tmp_path / "a.jsonl"
    path.write_bytes(b"\n".join(lines))
    ran = engine(path)
    assert ran.result == 'a,b\n"x\ny",1\n,2\n'
    assert ran.counts == (11, 2, 8, 1, 2)
    starts = [sum(len(line) + 1 for line in lines[:number]) for number in range(len(lines))]
    found = {reject.line: reject for reject in ran.rejects}
    assert list(found) == [3, 4, 5, 6, 7, 8, 9, 10]
    assert [(reject.record, reject.byte_offset) for reject in ran.rejects] == [(n, starts[n - 1]) for n in found]
    assert found[3].raw == "nope"
    assert [reject.reason for reject in ran.rejects] == [
        "not JSON: expecting value at character 1",
        "not a JSON object",
        "the key “a” stands in it twice",
        "not JSON: NaN is no number there",
        "an escape in it stands for half a character",
        f"invalid UTF-8 at byte {starts[7] + 6:,}",
        "not JSON: extra data at character 9",
        "not read: its values are nested too deeply",
    ]


def test_a_reject_of_the_check_tells_the_line_of_the_json(engine: Engine, tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text('{"a":"x\\ny","n":1}\n{"a":"z","n":"two"}\n')
    ran = engine(
        path, {"operation": "aggregate", "group_by": [], "measures": [{"function": "sum", "column": "n", "as": "t"}]}
    )
    assert [(r.record, r.line, r.byte_offset, r.reason, r.column) for r in ran.rejects] == [
        (2, 2, 19, "not a number", "n")
    ]


@rule("a key that comes later")
def test_a_later_key_is_a_reject_unless_it_is_named(
    engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jsonlines, "HEAD_BYTES", 20)
    path = tmp_path / "a.jsonl"
    path.write_text('{"a":1}\n{"b":2}\n{"a":1,"c":3}\n')
    ran = engine(path)
    assert ran.result == "a,b\n1,\n,2\n"
    assert ran.rejects[0].reason == "the key “c” is none of the columns"
    assert engine(path, dialect={"names": ["a", "b", "c"]}).result == "a,b,c\n1,,\n,2,\n1,,3\n"


@rule("a line of more than 32 MB")
def test_a_line_without_end_is_a_reject(engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jsonlines, "LONGEST_LINE_BYTES", 1_000_000)
    long = '{"a":"' + "x" * 3_000_000 + '"}'
    path = tmp_path / "a.jsonl"
    path.write_text(f'{{"a":1}}\n{long}\n{{"a":3}}\nnope\n')
    ran = engine(path)
    assert ran.result == "a\n1\n3\n"
    assert [(reject.line, reject.byte_offset) for reject in ran.rejects] == [(2, 8), (4, 8 + len(long) + 1 + 8)]


@rule("one array of objects")
def test_json_that_is_no_lines_is_named(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    for text in ('[{"a": 1}]', '[\n  {\n "a": 1}]', '{\n  "a": 1\n}'):
        path.write_text(text)
        assert sentence_of(path).startswith("This is JSON, but not JSON lines: each line has to be an object")
    path.write_text("[a],{b}\n1,2\n")
    assert detect(path).dialect.columns == ("[a]", "{b}")


# Excel


def test_the_first_visible_sheet_is_read_and_others_are_told(engine: Engine, tmp_path: Path) -> None:
    path = excel(tmp_path / "a.xlsx", ["hidden"], ["x"], title="Secret", Plays=[["song"], ["b"]], Notes=[["n"]])
    book = openpyxl.load_workbook(path)
    book["Secret"].sheet_state = "hidden"
    book.active = 1
    book.save(path)
    ran = engine(path)
    assert ran.result == "song\nb\n"
    assert ran.finished.dialect == "Excel, 1 column, sheet “Plays”"
    assert "The workbook has 2 other sheets, not read here: “Notes”, “Secret”." in ran.notes
    assert engine(path, dialect={"member": "Secret"}).result == "hidden\nx\n"
    assert sentence_of(path, member="Nope").startswith("The Excel file has no sheet “Nope”. It has: “Plays”")


def test_names_of_elements_may_have_a_prefix(engine: Engine, tmp_path: Path) -> None:
    path = excel(tmp_path / "a.xlsx", ["song", "plays"], ["a", 1])

    def prefixed(part: bytes) -> bytes:
        return re.sub(rb"<(/?)(\w)", rb"<\1x:\2", part).replace(b"xmlns=", b"xmlns:x=")

    for name in ("xl/worksheets/sheet1.xml", "xl/workbook.xml", "xl/_rels/workbook.xml.rels"):
        with_part(path, name, prefixed)
    assert engine(path).result == "song,plays\na,1\n"


def test_a_title_above_the_header_is_skipped_and_told(engine: Engine, tmp_path: Path) -> None:
    path = excel(tmp_path / "a.xlsx", ["Report"], [], ["song", "plays"], ["a", 1])
    ran = engine(path)
    assert ran.result == "song,plays\na,1\n"
    assert ran.finished.dialect == "Excel, 2 columns, sheet “Plays”, 2 rows skipped"
    assert engine(path, dialect={"skip_rows": 3, "header": False}).result == "column_1,column_2\na,1\n"


@rule("numbers")
@rule("dates and times, by the cell's form")
@rule("truths")
@rule("errors")
def test_values_of_excel_as_text(engine: Engine, tmp_path: Path) -> None:
    moment = dt.datetime(2024, 1, 2, 3, 4, 5)
    values = [0.1 + 0.2, 1e20, 123456789012345, 1e-7, 5e300, True, dt.date(2024, 1, 2), moment, dt.time(3, 4, 5),
              dt.timedelta(hours=26, minutes=30), dt.date(1900, 1, 1), "#DIV/0!", "007", "a_x0041_\tb\n"]  # fmt: skip
    texts = ["0.3", "100000000000000000000", "123456789012345", "0.0000001", "5e+300", "true", "2024-01-02",
             "2024-01-02T03:04:05", "03:04:05", "26:30:00", "1900-01-01", "#DIV/0!", "007", "aA\tb\n"]  # fmt: skip
    names = [f"c{number}" for number in range(len(values))]
    path = excel(tmp_path / "a.xlsx", names, values)
    assert engine(path).rows == [texts]
    book = openpyxl.load_workbook(path)
    book.epoch = openpyxl.utils.datetime.CALENDAR_MAC_1904
    book.active["G2"] = dt.date(2024, 1, 2)
    book.save(path)
    assert engine(path).rows[0][6] == "2024-01-02"


@rule("formulas")
def test_formulas_are_what_excel_has_kept_of_them(engine: Engine, tmp_path: Path) -> None:
    path = excel(tmp_path / "a.xlsx", ["a", "b", "c"], ["=1+1", "=T(A1)", "=NOW()"])
    with_part(
        path,
        "xl/worksheets/sheet1.xml",
        lambda part: re.sub(rb"(<c r=\"A2\")([^>]*><f>[^<]*</f>)<v ?/>", rb"\1\2<v>2</v>", part)
        .replace(b'<c r="B2"><f>T(A1)</f><v/>', b'<c r="B2" t="str"><f>T(A1)</f><v>x</v>')
        .replace(b'<c r="B2"><f>T(A1)</f><v />', b'<c r="B2" t="str"><f>T(A1)</f><v>x</v>'),
    )
    assert engine(path).rows == [["2", "x", ""]]


@rule("a row without a value")
@rule("a row that is wider")
def test_rows_without_values_and_rows_that_are_too_wide(engine: Engine, tmp_path: Path) -> None:
    rows = [["a", 1] for _ in range(100)]
    path = excel(tmp_path / "a.xlsx", ["song", "plays"], *rows, [], ["b", 2, 3], ["c"], [None], [])
    ran = engine(path)
    assert ran.counts == (103, 101, 1, 1, 101)
    assert ran.rejects[0].reason == "3 fields where 2 were expected"
    assert ran.rows[-1] == ["c", ""]


@pytest.mark.parametrize(
    ("part", "old", "new"),
    [
        ("xl/workbook.xml", b"<workbook", b'<?xml version="1.0" encoding="nope"?><workbook'),
        ("xl/worksheets/sheet1.xml", b"<v>12</v>", b"<v>1e999</v>"),
        ("xl/worksheets/sheet1.xml", b"<v>12</v>", b"<v>nan</v>"),
        ("xl/worksheets/sheet1.xml", b"<v>12</v>", b"<v>" + b"1" * 2_000_000 + b"</v>"),
        ("xl/worksheets/sheet1.xml", b'r="A2"', b'r="B2"'),
        ("xl/worksheets/sheet1.xml", b'r="B2"', b'r="XFE2"'),
        ("xl/worksheets/sheet1.xml", b'<row r="2"', b'<row r="1048577"'),
        ("xl/worksheets/sheet1.xml", b'<row r="2"', b'<row r="1"'),
        ("xl/worksheets/sheet1.xml", b'<c r="B2" t="n"', b'<c r="B2" t="s"'),
        ("xl/worksheets/sheet1.xml", b"</row>", b""),
    ],
)
def test_parts_that_lie_are_damage(engine: Engine, tmp_path: Path, part: str, old: bytes, new: bytes) -> None:
    path = excel(tmp_path / "a.xlsx", ["song", "plays"], ["a", 12])

    def changed(data: bytes) -> bytes:
        data = data[data.index(b"?>") + 2 :] if data.startswith(b"<?xml") else data
        assert old in data
        return data.replace(old, new, 1)

    with_part(path, part, changed)
    assert engine(path).failed.message.startswith("The Excel file is cut or damaged")


@rule("parts that unpack to more than 200 times")
@rule("a document type or entities")
def test_bombs_are_refused(tmp_path: Path) -> None:
    path = excel(tmp_path / "a.xlsx", ["song"], ["a"])
    sheet = "xl/worksheets/sheet1.xml"
    entities = b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>'
    with_part(path, sheet, lambda part: entities + part[part.index(b"<worksheet") :])
    assert "declares a document type" in sentence_of(path)
    excel(path, ["song"], ["a"])
    with_part(path, sheet, lambda part: part.replace(b"<sheetData>", b"<sheetData>" + b" " * 120_000_000))
    assert "it looks like a decompression bomb" in sentence_of(path)
