"""Answers come into the table in the order of their values, however they are read."""

from __future__ import annotations

import json
from io import StringIO
from pathlib import Path

import polars as pl
import pytest

from project.fetch import collecting
from project.fetch.answers import AnswersTable
from project.fetch.collecting import Collecting
from project.fetch.plan import ANSWERS_FILE
from project.fetch.telling import Telling
from project.operations.enrich import ANSWER_KEY, Enrich

_ANSWERS = [
    (str(n), 200, json.dumps({"id": n, "t": f"{n},\u00e9", **({"n": {"x": None}} if n % 7 == 0 else {})}).encode())
    for n in range(1500)
]
_ODD = {
    3: (200, b'[{"z":1},{"id":"3b"}]'),
    10: (404, b"<html>"),
    11: (204, b""),
    12: (200, b"null"),
    700: (200, b'{"id":NaN}'),
    701: (200, b'{"b\\u0020":1}'),
    1499: (200, b"[1]"),
}


def collected(folder: Path, *, records: str = "", nulls: str = "text") -> tuple[pl.DataFrame, int, Telling]:
    step = Enrich.model_validate(
        {
            "operation": "enrich",
            "column": "k",
            "api": {"url": "https://api.example/{k}", "records": records},
            "nulls": nulls,
        }
    )
    folder.mkdir()
    telling = Telling(StringIO())
    with AnswersTable(folder, 100) as table:
        collecting = Collecting(step, table, telling, len(_ANSWERS))
        for place, (key, status, body) in enumerate(_ANSWERS):
            collecting.add(key, *_ODD.get(place, (status, body)))
        collecting.finish()
        table.finish()
    return pl.read_parquet(folder / ANSWERS_FILE), collecting.matched, telling


@pytest.fixture
def scanned(monkeypatch: pytest.MonkeyPatch) -> None:
    """From now on, all answers are worth the scanner."""
    monkeypatch.setattr(collecting, "_WORTH_SCANNING_BYTES", 1)
    monkeypatch.setattr(collecting, "is_kept", lambda folder: True)
    monkeypatch.setattr(collecting, "_MOST_WAITING", 1000)
    monkeypatch.setattr(collecting, "_FEW", 8)


@pytest.mark.parametrize("nulls", ["text", "missing"])
def test_scanned_or_not_the_table_is_the_same(tmp_path: Path, request: pytest.FixtureRequest, nulls: str) -> None:
    slow, slow_matched, slow_telling = collected(tmp_path / "slow", nulls=nulls)
    request.getfixturevalue("scanned")
    scanned, matched, telling = collected(tmp_path / "scanned", nulls=nulls)
    assert scanned.equals(slow)
    assert scanned.columns == slow.columns
    assert (matched, telling.failed, telling.failures) == (slow_matched, slow_telling.failed, slow_telling.failures)
    assert [failure[:6] for failure in telling.failures] == ["“700”:", "“1499”"]
    assert matched == 1500 - 5
    keys = scanned[ANSWER_KEY].to_list()
    assert keys[:5] == ["0", "1", "2", "3", "3"]
    assert keys == sorted(keys, key=int)


def test_a_large_answer_that_is_not_plain_is_read_by_itself(
    tmp_path: Path, scanned: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(collecting, "WORTH_SCANNING_BYTES", 16)
    assert collected(tmp_path / "large")[1] == 1495


def test_few_answers_do_not_load_the_scanner(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Collecting, "_scan", lambda self, keys, bodies: pytest.fail("scanned"))
    monkeypatch.setattr(collecting, "is_kept", lambda folder: True)
    assert collected(tmp_path / "few")[1] == 1495


def test_records_at_a_path_are_read_one_by_one(tmp_path: Path, scanned: None) -> None:
    table, matched, telling = collected(tmp_path / "path", records="n")
    # Of the others, each seventh has something at the path, which is one record; the rest is told.
    assert matched == sum(n % 7 == 0 for n in range(1500) if n not in _ODD)
    assert telling.failed == 1500 - matched - 2
    assert table["x"].unique().to_list() == ["null"]
