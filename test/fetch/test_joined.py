"""Answers that are scanned together give what each gives alone, and none reaches into the next."""

from __future__ import annotations

import json

import polars as pl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from project.fetch.joined import tables_of_many
from project.fetch.reading import Record, UnreadableError, read_records
from project.fetch.scanner import UnsureError

# What is whole by itself, and what would be only together with its neighbours.
_BODIES = [
    b'{"a":1.10,"b":{"c":null}}',
    b' {"b":"x, \\u00e9\\"","a":[1, {"d":2}]}\n',
    b'[{"a":1},{"e":"\xc3\xa9"} , {"a":""}]',
    b"[ {} ,\n{}]",
    b"[ ]",
    b" null ",
    b"\xef\xbb\xbf{}",
    b'\xef\xbb\xbf[{"a":7}]',
    b"",
    b" ",
    b"[",
    b"]",
    b"7",
    b"[1]",
    b'[[{"a":1}]]',
    b'{"a":1},',
    b'{"a":1},{"b":2}',
    b'[{"a":1}],[{"b":2}]',
    b'[{"a":1},]',
    b'[{"a":1}',
    b'{"a":[{}',
    b'{"b":2}]}',
    b'{"a":{"b":{}',
    b'{"a":"x}',
    b'{","b":"y"}',
    b'{"a":"\xc3}',
    b'{"a":1}\0',
    b'{"a":1,"a":1}',
    b'{"a":NaN}',
]


@settings(max_examples=400, deadline=None)
@example([b'{"a":[{}', b'{"b":2}]}', b'{"a":1},{"b":2}'], "null")
@example([b'{"a":[{}', b'{"b":2}]}'], "null")
@example([b'{"a":"x}', b'{","b":"y"}'], "null")
@given(st.lists(st.sampled_from(_BODIES), min_size=1, max_size=4), st.sampled_from(["null", None]))
def test_together_they_are_what_each_is_alone(bodies: list[bytes], null: str | None) -> None:
    try:
        tables, counts = tables_of_many(bodies, null)
    except UnsureError:
        return
    records = [read_records(body, null=null) for body in bodies]
    assert counts.tolist() == list(map(len, records))
    assert rows_of(tables) == [present(record) for each in records for record in each]


@pytest.mark.parametrize("body", _BODIES)
def test_what_is_no_answer_is_not_taken_for_one(body: bytes) -> None:
    try:
        expected = read_records(body)
    except UnreadableError:
        with pytest.raises(UnsureError):
            tables_of_many([body], "null")
    else:
        # A record without a field is in no table.
        if all(expected):
            assert tables_of_many([body], "null")[1].tolist() == [len(expected)]


def test_plain_answers_are_scanned() -> None:
    bodies = [json.dumps({"n": n, "odd": [n] if n % 2 else None}).encode() for n in range(300)]
    bodies[7:7] = [b"[]", b"null", b'[{"n":1},{"m":2}]']
    tables, counts = tables_of_many(bodies, "null")
    assert counts.tolist() == [1] * 7 + [0, 0, 2] + [1] * 293
    assert rows_of(tables) == [record for body in bodies for record in read_records(body)]
    assert tables[0].columns == ["n", "odd", "m"]


def test_answers_without_any_record() -> None:
    tables, counts = tables_of_many([b"[]", b"null"], None)
    assert (tables, counts.tolist()) == ([], [0, 0])


def rows_of(tables: list[pl.DataFrame]) -> list[Record]:
    """Their rows; a table does not tell a null from a field that is not there."""
    rows = pl.concat(tables, how="diagonal").to_dicts() if tables else []
    return [present(row) for row in rows]


def present(record: Record) -> Record:
    """The record without its nulls."""
    return {name: value for name, value in record.items() if value is not None}
