"""The table of answers: fields in order, whatever comes in pieces, and a limit of columns."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from project.errors import LimitError
from project.fetch import answers
from project.fetch.answers import AnswersTable
from project.fetch.plan import ANSWERS_FILE
from project.operations.enrich import ANSWER_KEY


def test_fields_come_in_the_order_of_their_first_appearance(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answers, "_BATCH_CELLS", 4)
    table = AnswersTable(tmp_path, 10)
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


def test_a_table_without_records_has_its_key(tmp_path: Path) -> None:
    table = AnswersTable(tmp_path, 10)
    table.add([], [])
    table.finish()
    assert pl.read_parquet(tmp_path / ANSWERS_FILE).schema == {ANSWER_KEY: pl.String}


def test_too_many_columns_have_a_sentence(tmp_path: Path) -> None:
    table = AnswersTable(tmp_path, 3)
    table.add(["1"], [{"a": "1", "b": "2", "c": "3"}])
    with pytest.raises(LimitError, match="more than 3 different fields"):
        table.add(["1"], [{"d": "1"}])
