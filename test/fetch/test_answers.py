"""The table of answers: fields in order, whatever comes in pieces, and a limit of columns."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pyarrow.parquet as pq
import pytest

from project.errors import LimitError
from project.fetch import answers, growing
from project.fetch.answers import AnswersTable
from project.fetch.plan import ANSWERS_FILE
from project.operations.enrich import ANSWER_KEY


@pytest.fixture(autouse=True)
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    """So few cells are written together."""
    monkeypatch.setattr(answers, "_BATCH_CELLS", 4)
    monkeypatch.setattr(answers, "_BATCH_BYTES", 1)


def test_fields_come_in_the_order_of_their_first_appearance(tmp_path: Path) -> None:
    with AnswersTable(tmp_path, 10) as table:
        table.add(["1", "1"], [{"b": "1.10"}, {"a": None, "b": ""}])
        table.add_frame(pl.DataFrame({ANSWER_KEY: ["2"], "c": ["x"], "a": ["y"]}))
        table.add([None], [{"d": "z"}])
        table.finish()
    assert (table.fields, table.records) == (("b", "a", "c", "d"), 4)
    assert pl.read_parquet(tmp_path / ANSWERS_FILE).rows() == [
        ("1", "1.10", None, None, None),
        ("1", "", None, None, None),
        ("2", None, "y", "x", None),
        (None, None, None, None, "z"),
    ]
    assert [path.name for path in tmp_path.iterdir()] == [ANSWERS_FILE]


def test_fields_that_were_there_before_are_written_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(AnswersTable, "_put_together", lambda self: pytest.fail("written again"))
    with AnswersTable(tmp_path, 10) as table:
        table.add(["1", "2"], [{"a": "1", "b": "2"}, {"a": "3"}])
        table.add_frame(pl.DataFrame({ANSWER_KEY: ["3", "4"], "b": ["5", None]}, schema_overrides={"b": pl.String}))
        table.add_frame(pl.DataFrame({ANSWER_KEY: ["5"], "b": ["6"], "a": ["7"]}))
        table.finish()
    assert pl.read_parquet(tmp_path / ANSWERS_FILE).rows() == [
        ("1", "1", "2"),
        ("2", "3", None),
        ("3", None, "5"),
        ("4", None, None),
        ("5", "7", "6"),
    ]


@pytest.mark.parametrize("late", [{}, {"late": "x"}])
def test_the_file_is_as_if_it_was_written_at_once(tmp_path: Path, late: dict[str, str]) -> None:
    rows = [{"a": str(n), "b": None if n % 3 else "é" * n} for n in range(50)]
    with AnswersTable(tmp_path, 10) as table:
        for number, row in enumerate(rows):
            table.add([str(number)], [row | (late if number > 30 else {})])
        table.finish()
    keys = {ANSWER_KEY: list(map(str, range(50)))}
    late_column = {name: [value if n > 30 else None for n in range(50)] for name, value in late.items()}
    whole = pl.DataFrame(keys | {name: [row[name] for row in rows] for name in ("a", "b")} | late_column)
    assert pl.read_parquet(tmp_path / ANSWERS_FILE).equals(whole)
    whole.write_parquet(tmp_path / "expected.parquet", compression="lz4")
    assert (tmp_path / "expected.parquet").read_bytes() == (tmp_path / ANSWERS_FILE).read_bytes()


@pytest.mark.parametrize("late", [False, True])
def test_rows_are_in_memory_by_their_bytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, late: bool) -> None:
    monkeypatch.setattr(growing, "_GROUP_BYTES", 10_000)
    text = "x" * 1000
    with AnswersTable(tmp_path, 10) as table:
        for number in range(50):
            table.add([str(number)], [{"a": text} | ({"late": "y"} if late and number > 9 else {})])
        table.finish()
    written = pq.ParquetFile(tmp_path / ANSWERS_FILE).metadata
    assert written.num_rows == 50
    assert {written.row_group(number).num_rows for number in range(written.num_row_groups - 1)} == {9}


def test_what_another_fetch_left_does_not_matter(tmp_path: Path) -> None:
    for left in ("answers.begun.parquet", "answers.0.arrow", f"{ANSWERS_FILE}.part"):
        (tmp_path / left).write_bytes(b"PAR1 cut")
    with AnswersTable(tmp_path, 10) as table:
        table.add(["1", "2"], [{"a": "1"}, {"a": "2"}])
        table.add(["3", "4"], [{"b": "3"}, {"a": "4"}])
        table.finish()
    assert pl.read_parquet(tmp_path / ANSWERS_FILE)["a"].to_list() == ["1", "2", None, "4"]


def test_a_table_that_is_not_finished_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(LimitError), AnswersTable(tmp_path, 1) as table:
        table.add(["1", "2"], [{"a": "1"}, {"a": "2"}])
        table.add(["3"], [{"b": "3"}])
    assert not list(tmp_path.iterdir())


def test_a_table_without_records_has_its_key(tmp_path: Path) -> None:
    with AnswersTable(tmp_path, 10) as table:
        table.add([], [])
        table.finish()
    assert pl.read_parquet(tmp_path / ANSWERS_FILE).schema == {ANSWER_KEY: pl.String}


def test_too_many_columns_have_a_sentence(tmp_path: Path) -> None:
    with AnswersTable(tmp_path, 3) as table:
        table.add(["1"], [{"a": "1", "b": "2", "c": "3"}])
        with pytest.raises(LimitError, match="more than 3 different fields"):
            table.add(["1"], [{"d": "1"}])
