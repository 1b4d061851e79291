"""Reading answers: digit for digit, each odd one with a sentence, and three readers that agree."""

from __future__ import annotations

import json
from typing import Any
from unittest.mock import patch

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from project.fetch import reading
from project.fetch.columns import tables_of
from project.fetch.quick import read_small
from project.fetch.reading import NotJsonError, OddAnswerError, UnreadableError, check_is_json, read_records
from project.fetch.scanner import UnsureError

_FORTY = "1234567890123456789012345678901234567890"


@pytest.mark.parametrize(
    ("body", "records"),
    [
        (f'[{{"a":{_FORTY},"b":1.10,"c":1e5,"d":-0.0}}]', [{"a": _FORTY, "b": "1.10", "c": "1e5", "d": "-0.0"}]),
        ('{"yes":true,"no":false,"none":null}', [{"yes": "true", "no": "false", "none": "null"}]),
        ('{"a":{"g":{"lat":"1"}},"e":{},"t":"{}"}', [{"a.g.lat": "1", "e": "{}", "t": "{}"}]),
        ('[{"a":[1.10, {"b c": " d \\" "} ,\n[]]}]', [{"a": '[1.10,{"b c":" d \\" "},[]]'}]),
        ('[{"a":1},{"b":2},{}]', [{"a": "1"}, {"b": "2"}, {}]),
        ('{"a":"\\ud83d\\ude00\\u00e9\\n\\""}', [{"a": '😀é\n"'}]),
        ("\ufeff [ ] ", []),
        ("null", []),
        ('{"id":"","x":"a,b"}', [{"id": "", "x": "a,b"}]),
    ],
)
def test_what_is_accepted_stays_as_it_is_written(body: str, records: list[dict[str, str]]) -> None:
    assert read_records(body.encode()) == records
    assert read_small(body.encode()) == records
    assert fast(body.encode()) in (records, None)


@pytest.mark.parametrize(
    ("body", "kind", "words"),
    [
        (b"", NotJsonError, "is empty"),
        (b"  <!DOCTYPE html><html>", NotJsonError, "HTML"),
        (b"Sorry", NotJsonError, "expecting a value at character 1"),
        (b'[{"a":1},]', NotJsonError, "at character 10"),
        (b'[{"a":1', NotJsonError, "',' or '}'"),
        (b'{"a":01}', NotJsonError, "',' or '}'"),
        (b'{"a":1} {"a":2}', NotJsonError, "behind its end"),
        (b'{"a":"caf\xe9"}', NotJsonError, "not UTF-8: byte 10"),
        (b'{"a":"x\ny"}', NotJsonError, "control character"),
        (b'[{"a":NaN}]', OddAnswerError, "NaN"),
        (b'[{"a":[-Infinity]}]', OddAnswerError, "-Infinity"),
        (b'[{"a":1,"a":1}]', OddAnswerError, "key “a” twice"),
        (b'[{"a":{"b":1},"a":{"c":1}}]', OddAnswerError, "key “a” twice"),
        (b'[{"a":[{"b":1,"b":2}]}]', OddAnswerError, "key “b” twice"),
        (b'{"a.b":1,"a":{"b":2}}', OddAnswerError, "would be called “a.b”"),
        (b'{"a":"\\ud800"}', OddAnswerError, "half a character"),
        (b'{"":1}', OddAnswerError, "without a name"),
        (b'{"\\u0000key":1}', OddAnswerError, "NUL"),
        (b"[1,2]", OddAnswerError, "array of numbers"),
        (b'[{"a":1},"b"]', OddAnswerError, "array of texts"),
        (b'"x"', OddAnswerError, "is a text"),
        (b"[" * 1000 + b"]" * 1000, OddAnswerError, "levels deep"),
        (b'{"a":' * 1000 + b"1" + b"}" * 1000, OddAnswerError, "levels deep"),
        (b'{"a":' + b"[" * 201 + b"]" * 201 + b"}", OddAnswerError, "levels deep"),
    ],
)
def test_what_is_refused_has_a_sentence(body: bytes, kind: type[UnreadableError], words: str) -> None:
    with pytest.raises(kind) as refused:
        read_records(body)
    assert words in refused.value.message
    assert refused.value.message.startswith("The answer ")
    assert refused.value.message.endswith(".")
    with pytest.raises(kind):
        read_small(body)
    assert fast(body) is None


@pytest.mark.parametrize(
    ("path", "body", "words"),
    [
        ("data", '{"n":1}', "the keys there are “n”"),
        ("data.items", '{"data":[]}', "data is an array"),
        ("data", "[]", "its top is an array"),
        ("data", '{"data":7}', "is a number"),
        ("data", '{"data":[{"a":1}],"data":[]}', "twice"),
        ("data", '{"data":[{"a":1}],"x":{"b":1,"b":2}}', "twice"),
        ("data", '{"x":' + "[" * 201 + "]" * 201 + ',"data":[{"a":1}]}', "levels deep"),
        ("data", '{"x":NaN,"data":[{"a":1}]}', "NaN"),
    ],
)
def test_records_that_are_not_at_their_path(path: str, body: str, words: str) -> None:
    for read in (read_records, read_small):
        with pytest.raises(OddAnswerError) as refused:
            read(body.encode(), path)
        assert words in refused.value.message
    assert fast(body.encode(), path) is None


def test_records_at_a_path() -> None:
    body = b'{"n": {"data": [{"a": 9}]}, "data": {"x": [], "items" : [ {"a": 1} ] , "z": "]"}}'
    assert read_records(body, "data.items") == read_small(body, "data.items") == [{"a": "1"}]
    assert fast(body, "data.items") == [{"a": "1"}]
    assert fast(b'{"data":[{"a":1}],"meta":{"b":1,"b":2}}', "data") is None


def test_a_null_may_be_missing() -> None:
    body = b'[{"a":null,"b":"null","c":[null]}]'
    expected = [{"a": None, "b": "null", "c": "[null]"}]
    assert read_records(body, null=None) == read_small(body, null=None) == fast(body, null=None) == expected


@pytest.mark.parametrize(
    "body",
    [
        b'[{"a":NaN,"a":[' + b"[" * 2000 + b"]" * 2000 + b"]}]",
        b'\xef\xbb\xbf{"a":-Infinity}',
        b'{"a":"\\ud800"}',
        b'{"a":1,"a":2}',
        b"1" * 5000,
        b"[1e999,-0,1E-5]",
    ],
)
def test_what_is_json_but_odd_passes(body: bytes) -> None:
    check_is_json(body)


_PIECES = [b"{", b"}", b"[", b"]", b",", b":", b'"', b"0", b"1", b"-", b"+", b".", b"e", b"E5", b" ", b"\n", b"\x0b"]
_PIECES += [b"\0", b"\xef\xbb\xbf", b"\xc3", b"\xa9", b"\xed\xa0\x80", b"\\", b"\\u", b"d83d", b"\\n", b'"a"', b"NaN"]
_PIECES += [b"null", b"true", b"Infinity", b'{"a":', b"1.5", b"/", b"'", b"\xc2\xa0", b"\x7f", b"1" * 400]


@settings(max_examples=1500, deadline=None)
@given(
    st.lists(st.sampled_from(_PIECES), max_size=6).map(b"".join),
    st.sampled_from([b"", b'{"k":[', b'[{"k":"\\u00e9"},']),
)
def test_the_quick_look_lets_nothing_pass_that_the_exact_one_refuses(piece: bytes, before: bytes) -> None:
    body = before + piece + {b"": b"", b'{"k":[': b"]}"}.get(before, b"]")
    with patch.object(reading, "from_json", side_effect=ValueError):
        exact = refusal(body)
    assert refusal(body) == exact


def refusal(body: bytes) -> str | None:
    try:
        check_is_json(body)
    except NotJsonError as error:
        return error.message
    return None


def test_what_is_no_json_does_not_pass() -> None:
    with pytest.raises(NotJsonError):
        check_is_json(b'{"a":1')


def test_more_records_than_one_scan_holds() -> None:
    records = [{"n": str(number), **({"odd": "x,y"} if number % 2 else {})} for number in range(70_000)]
    assert fast(json.dumps(records).encode()) == records


_TEXTS = st.text(st.characters(codec="utf-8"), max_size=8) | st.sampled_from(["", "a,b", 'say "x"', "\\", "\n", "é"])
_KEYS = st.sampled_from(["a", "b", "c", "d.e", "d", "e", "long name", "ü", "\\"])
_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | _TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_KEYS, inner, max_size=3),
    max_leaves=6,
)
_RECORDS = st.lists(st.dictionaries(_KEYS, _VALUES, max_size=5), max_size=5)


@settings(max_examples=150, deadline=None)
@given(_RECORDS, st.sampled_from([None, 1]), st.booleans(), st.sampled_from(["null", None]))
def test_the_readers_agree(records: list[dict[str, Any]], indent: int | None, ascii_: bool, null: str | None) -> None:
    body = json.dumps(records, indent=indent, ensure_ascii=ascii_).encode()
    exact = outcome(body, null)
    assert read_or_none(body, null) == exact
    assert fast(body, null=null) in (exact, None)


@settings(max_examples=100, deadline=None)
@given(_RECORDS, st.sampled_from(["data", "data.items", "items", "data.items.a"]), _VALUES)
def test_the_readers_agree_on_records_at_a_path(records: list[dict[str, Any]], path: str, beside: Any) -> None:
    body = json.dumps({"x": beside, "data": {"n": beside, "items": records}, "items": records[:1]}).encode()
    assert read_or_none(body, None, path) == outcome(body, None, path)


@settings(max_examples=300, deadline=None)
@given(_RECORDS, st.data())
def test_the_readers_agree_on_what_is_damaged(records: list[dict[str, Any]], data: st.DataObject) -> None:
    body = bytearray(json.dumps(records).encode())
    place = data.draw(st.integers(0, len(body) - 1))
    body[place : place + data.draw(st.integers(0, 2))] = data.draw(
        st.sampled_from([b"", b'"', b",", b"]", b"\\", b"0"])
    )
    exact = outcome(bytes(body), "null")
    assert read_or_none(bytes(body), "null") == exact
    found = fast(bytes(body))
    assert found is None or found == exact


def outcome(body: bytes, null: str | None, path: str = "") -> list[dict[str, str | None]] | None:
    try:
        return read_records(body, path, null=null)
    except UnreadableError:
        return None


def read_or_none(body: bytes, null: str | None, path: str = "") -> list[dict[str, str | None]] | None:
    try:
        return read_small(body, path, null=null)
    except UnreadableError:
        return None


def fast(body: bytes, path: str = "", null: str | None = "null") -> list[dict[str, str | None]] | None:
    """What the scanner reads, each record with the fields that it has; None where it is not certain."""
    try:
        tables, _ = tables_of(body, path, null)
    except UnsureError:
        return None
    rows = pl.concat(tables, how="diagonal").to_dicts() if tables else []
    # A table does not tell a null that is missing from a field that is not there.
    known = [dict.fromkeys(record) for record in read_records(body, path, null=null)]
    assert len(rows) == len(known)
    return [
        {name: value for name, value in row.items() if value is not None or name in record}
        for row, record in zip(rows, known, strict=True)
    ]
