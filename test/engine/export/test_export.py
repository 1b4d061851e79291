"""Exports: what is written in each format reads back as the same rows, by other libraries and by Rowmill itself."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import openpyxl
import polars as pl
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from project.engine.dialect import Format
from project.engine.export import excel
from project.engine.export.export import export
from project.engine.export.plan import check_fits, format_named
from project.errors import InvalidInputError, LimitError

if TYPE_CHECKING:
    from conftest import Engine

FORMATS: tuple[Format, ...] = ("csv", "parquet", "jsonl", "xlsx")
Rows = list[tuple[str | None, ...]]

TEXTS = [
    "", "007", "0", "-0", "1.10", "2.5", "-3", "9" * 40, "123456789012345", "1e5", "=1+1", "NaN", " ", "a,b", 'say "x"',
    "two\nlines", "\r\n", "\r", "\t", "日本", "😀", "\u202e", "\x07", "_x0041_", "_x0041_x0042_", "<&>]]>", "'",
    "\ufeff", "\ufffe", "true", "null", "[1]", "#", "null\0",
]  # fmt: skip
CELLS = st.none() | st.sampled_from(TEXTS) | st.text(max_size=8)


def source(folder: Path, names: list[str], rows: Rows) -> Path:
    path = folder / "data.parquet"
    columns = [pl.Series(name, [row[number] for row in rows], dtype=pl.String) for number, name in enumerate(names)]
    pl.DataFrame(columns).write_parquet(path, row_group_size=7)
    return path


def read_back(path: Path, format: Format) -> Rows:
    """By a library that has not written it."""
    if format == "parquet":
        return [tuple(row.values()) for row in pq.read_table(path).to_pylist()]
    if format == "jsonl":
        return [tuple(json.loads(line).values()) for line in path.read_text("utf-8").split("\n")[:-1]]
    if format == "csv":
        return [tuple(row) for row in csv.reader(path.open(encoding="utf-8", newline=""))][1:]
    with path.open("rb") as file:
        cells = list(openpyxl.load_workbook(file).worksheets[0].iter_rows(min_row=2, values_only=True))
    return [tuple(None if cell is None else str(cell) for cell in row) for row in cells]


NAMES = ["song", "=x", "*", "^a$", 'ü, "q"']


@pytest.mark.parametrize("format", FORMATS)
def test_other_libraries_read_back_what_was_written(tmp_path: Path, format: Format) -> None:
    rows: Rows = [
        ("007", "-3", "a,b", "two\nlines", "😀"),
        (None, "2.5", "<&>", "12", '"'),
        ("9" * 40, "0", "x", "", None),
    ]
    target = tmp_path / "out"
    export(source(tmp_path, NAMES, rows), NAMES, format, target)
    texts = rows if format in ("parquet", "jsonl") else [tuple(cell or "" for cell in row) for row in rows]
    found = read_back(target, format)
    assert (found if format != "xlsx" else [tuple(cell or "" for cell in row) for row in found]) == texts


@settings(deadline=None, max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
@pytest.mark.parametrize("format", FORMATS)
def test_what_is_exported_comes_back_in_as_the_same_rows(
    engine: Engine, tmp_path_factory: pytest.TempPathFactory, format: Format, data: st.DataObject
) -> None:
    width = data.draw(st.integers(2, 4))
    rows: Rows = data.draw(st.lists(st.tuples(*[CELLS] * width), min_size=1, max_size=12))
    # An empty row of a sheet is no record.
    rows = [(row[0] or "x", *row[1:]) for row in rows]
    names = [f"column {number}" for number in range(width)]
    folder = tmp_path_factory.mktemp("export")
    target = folder / "out"
    export(source(folder, names, rows), names, format, target)
    dialect: dict[str, Any] = {} if format != "csv" else {"delimiter": ",", "skip_rows": 0}
    if format == "xlsx":
        dialect = {"skip_rows": 0}
    ran = engine(target, dialect=dialect)
    assert ran.finished.columns == tuple(names)
    expected = pl.DataFrame(rows, schema=names, orient="row", schema_overrides=dict.fromkeys(names, pl.String))
    found = pl.read_csv(ran.result.encode(), infer_schema=False)
    assert found.rows() == expected.rows()


@pytest.mark.parametrize("format", FORMATS)
def test_300_columns_and_a_single_one(engine: Engine, tmp_path: Path, format: Format) -> None:
    for width in (1, 300):
        rows: Rows = [tuple(f"{row:03}.{column}" for column in range(width)) for row in range(50)]
        names = [f"c{number}" for number in range(width)]
        export(source(tmp_path, names, rows), names, format, tmp_path / "out")
        assert engine(tmp_path / "out").rows == [list(row) for row in rows]


def test_a_csv_that_rowmill_has_written_is_a_source(tmp_path: Path) -> None:
    path = tmp_path / "result.csv"
    path.write_text('"\ufeffa",b\n"x\ny",\n"",007\n', encoding="utf-8")
    export(path, ["\ufeffa", "b"], "jsonl", tmp_path / "out")
    assert read_back(tmp_path / "out", "jsonl") == [("x\ny", None), ("", "007")]
    assert list(json.loads((tmp_path / "out").read_text("utf-8").splitlines()[0])) == ["\ufeffa", "b"]


def test_a_column_is_numbers_in_excel_only_if_none_of_its_values_changes(tmp_path: Path) -> None:
    names = ["whole", "zeros", "half", "price", "long", "none"]
    rows: Rows = [("1", "01", "0.5", "1.10", "1" * 16, None), ("-23", "2", "-3", "2.25", "1", None)]
    target = tmp_path / "out.xlsx"
    export(source(tmp_path, names, rows), names, "xlsx", target)
    sheet = openpyxl.load_workbook(target).worksheets[0]
    assert [cell.value for cell in sheet[2]] == [1, "01", 0.5, "1.10", "1" * 16, None]


@pytest.mark.parametrize("format", ["csv", "xlsx"])
def test_formulas_get_an_apostrophe_only_if_that_is_wanted(tmp_path: Path, format: Format) -> None:
    cells = ["=1+1", "+a", "-5", "@x", "\ty", "-b", "fine", "+1.5"]
    path = source(tmp_path, ["=name", "n"], [(cell, "1") for cell in cells])
    export(path, ["=name", "n"], format, tmp_path / "plain")
    export(path, ["=name", "n"], format, tmp_path / "safe", safe=True)
    assert [row[0] for row in read_back(tmp_path / "plain", format)] == cells
    safe = ["'=1+1", "'+a", "-5", "'@x", "'\ty", "'-b", "fine", "+1.5"]
    assert [row[0] for row in read_back(tmp_path / "safe", format)] == safe
    assert pl.read_csv(tmp_path / "safe").columns[0] == "'=name" if format == "csv" else True
    with pytest.raises(InvalidInputError):
        export(path, ["=name", "n"], "jsonl", tmp_path / "x", safe=True)


def test_excels_limits_are_told_and_nothing_is_cut(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(LimitError, match="There are 2,000,000 rows, but a sheet of Excel holds 1,048,575"):
        check_fits("xlsx", 3, 2_000_000)
    with pytest.raises(LimitError, match="There are 20,000 columns"):
        check_fits("xlsx", 20_000, 1)
    check_fits("parquet", 20_000, 2_000_000)
    path = source(tmp_path, ["a", "b"], [("x", "1"), ("y", "😀" * 16_384)])
    with pytest.raises(
        LimitError, match="Row 2 has a text of 32,768 characters in “b”, but a cell of Excel holds 32,767"
    ):
        export(path, ["a", "b"], "xlsx", tmp_path / "out")
    monkeypatch.setattr(excel, "EXCEL_ROWS", 1)
    monkeypatch.setattr("project.engine.export.plan.EXCEL_ROWS", 1)
    with pytest.raises(LimitError, match="There are 2 rows"):
        export(path, ["a", "b"], "xlsx", tmp_path / "out")


@pytest.mark.parametrize(
    ("column", "name"), [(0, "A"), (25, "Z"), (26, "AA"), (701, "ZZ"), (702, "AAA"), (16383, "XFD")]
)
def test_columns_are_called_as_excel_calls_them(column: int, name: str) -> None:
    assert excel.letters(column) == name


def test_an_unknown_format_is_named() -> None:
    assert format_named("jsonl") == "jsonl"
    with pytest.raises(InvalidInputError, match="“format” has to be one of csv, parquet, jsonl, xlsx"):
        format_named("doc")


@pytest.mark.parametrize("format", FORMATS)
def test_rows_of_several_files_come_in_the_order_of_the_files(tmp_path: Path, format: Format) -> None:
    rows: Rows = [(f"t{number}", "x") for number in range(100)]
    files = []
    for number in (0, 1, 2):
        (tmp_path / str(number)).mkdir()
        files.append(source(tmp_path / str(number), ["a", "b"], rows[number * 40 : (number + 1) * 40]))
    target = tmp_path / "out"
    export(files[0], ["a"], format, target, more=files[1:])
    assert read_back(target, format) == [row[:1] for row in rows]
