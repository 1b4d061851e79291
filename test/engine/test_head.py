"""The head of a file: every line from the top, each with what a job would make of it."""

from __future__ import annotations

import gzip
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from project.engine.dialect import DialectChoice
from project.engine.head import MOST_RECORDS, RECORDS_BYTES, Fate, Head, read_head
from project.errors import DamagedInputError, RowmillError

if TYPE_CHECKING:
    from conftest import Engine

SAMPLES = Path(__file__).parent / "samples"
MIXED = b'Report\n\na;b;c\n1;;""\n\n# x\n2;"x"y;3\n1;2\n"q""q";"two\nlines";4\n\xff;2;3\n1;2;3;4\n'


@pytest.fixture
def head_of(tmp_path: Path) -> Callable[..., Head]:
    def head_of(data: bytes, **choice: Any) -> Head:
        path = tmp_path / "input.csv"
        path.write_bytes(data)
        return read_head(path, DialectChoice(**choice))

    return head_of


def test_every_line_is_there_with_what_becomes_of_it(head_of: Callable[..., Head]) -> None:
    head = head_of(MIXED, comment="#")
    assert head.above == ("Report", "")
    assert head.detection.dialect.columns == ("a", "b", "c")
    assert not head.goes_on
    assert [(record.fate, record.line, record.number, record.fields) for record in head.records] == [
        (Fate.KEPT, 4, 1, ("1", None, "")),
        (Fate.BLANK, 5, 2, ()),
        (Fate.COMMENT, 6, None, ("# x",)),
        (Fate.REJECTED, 7, 3, ("2", "xy", "3")),
        (Fate.REJECTED, 8, 4, ("1", "2")),
        (Fate.KEPT, 9, 5, ('q"q', "two\nlines", "4")),
        (Fate.REJECTED, 11, 6, ("\\xff", "2", "3")),
        (Fate.REJECTED, 12, 7, ("1", "2", "3", "4")),
    ]


@pytest.mark.parametrize("compress", [bytes, gzip.compress])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_it_tells_what_a_job_tells(engine: Engine, tmp_path: Path, encoding: str, compress: Any) -> None:
    path = tmp_path / "mixed.csv"
    text = 'näme,n\n1,"x"y\n\n# é\nü,2\n3\nä,b,c\n'
    path.write_bytes(compress(text.encode(encoding)))
    choice = {"comment": "#"} | ({"encoding": encoding} if encoding == "cp1252" else {})
    head = read_head(path, DialectChoice(**choice))
    rejected = [
        (record.number, record.line, record.reason, record.column)
        for record in head.records
        if record.fate is Fate.REJECTED
    ]
    ran = engine(path, dialect=choice)
    assert rejected == [(it.record, it.line, it.reason, it.column) for it in ran.rejects] != []
    assert [record.fate for record in head.records].count(Fate.KEPT) == ran.finished.ledger.kept


@pytest.mark.parametrize("name", ["invalid_shift_jis.csv", "invalid_utf16.csv", "invalid_utf8.csv"])
def test_invalid_bytes_are_placed_where_a_job_places_them(engine: Engine, name: str) -> None:
    choice = {"encoding": "shift_jis"} if "jis" in name else {}
    records = read_head(SAMPLES / name, DialectChoice(**choice)).records
    told = [record.reason for record in records if record.fate is Fate.REJECTED]
    assert told == [reject.reason for reject in engine(SAMPLES / name, dialect=choice).rejects] != []


def test_offsets_are_of_bytes_only_where_a_reason_is_about_bytes(head_of: Callable[..., Head]) -> None:
    records = head_of("é,b\né,b\né\né,b,c\n".encode("cp1252"), encoding="cp1252", header=False).records
    assert [record.reason for record in records[2:]] == [
        "1 field where 2 were expected",
        "3 fields where 2 were expected",
    ]


def test_no_more_than_the_beginning_is_read(head_of: Callable[..., Head]) -> None:
    head = head_of(b"a,b\n" + b"1,2\n" * 1000)
    assert (len(head.records), head.goes_on) == (MOST_RECORDS, True)
    assert head_of(b"a\n" + b"1\n" * MOST_RECORDS).goes_on is False


def test_a_record_that_goes_on_beyond_is_shown_as_far_as_it_was_read(head_of: Callable[..., Head]) -> None:
    head = head_of(b"a,b\n1,2\n3," + b"x" * (2 * RECORDS_BYTES) + b"\n4,5\n")
    first, last = head.records
    assert (first.fate, last.fate, head.goes_on) == (Fate.KEPT, Fate.CUT, True)
    assert last.fields[0] == "3" and set(last.fields[1] or "") == {"x"}
    assert last.reason == "goes on beyond the first 128 KB, which is all that is shown here"


def test_a_quote_that_is_never_closed_is_told(head_of: Callable[..., Head]) -> None:
    last = head_of(b'a,b\n1,2\n"x,3\n4,5\n').records[-1]
    assert (last.fate, last.line, last.fields) == (Fate.CUT, 3, ("x,3\n4,5\n",))
    assert "never closed" in last.reason


def test_without_a_header_the_first_line_is_a_record(head_of: Callable[..., Head]) -> None:
    head = head_of(b"a,b\n1,2\n", header=False)
    assert head.detection.dialect.columns == ("column_1", "column_2")
    assert [record.fields for record in head.records] == [("a", "b"), ("1", "2")]


def test_a_header_that_does_not_end_is_a_sentence(head_of: Callable[..., Head]) -> None:
    with pytest.raises(DamagedInputError, match="The header does not end within the first 1 MB"):
        head_of(b"x" * (2 << 20))


def test_escapes_are_taken_out(head_of: Callable[..., Head]) -> None:
    assert head_of(b'a,b\n"x\\"y",p\\,q\n', escape="\\").records[0].fields == ('x"y', "p,q")


def test_of_a_huge_file_only_its_head_is_touched(tmp_path: Path) -> None:
    path = tmp_path / "huge.csv"
    path.write_bytes(b"a,b\n" + b"1,2\n" * 500_000)
    with path.open("r+b") as file:
        file.truncate(20 << 30)  # a hole: to read it all would take minutes
    start = time.monotonic()
    assert len(read_head(path).records) == MOST_RECORDS
    assert time.monotonic() - start < 5


choices = st.builds(
    DialectChoice,
    encoding=st.sampled_from([None, "latin-1", "utf-16", "shift_jis", "gb18030"]),
    delimiter=st.sampled_from([None, ",", "\t", "\x01"]),
    quote=st.sampled_from([None, "", "'"]),
    escape=st.sampled_from([None, "\\"]),
    header=st.sampled_from([None, False]),
    skip_rows=st.sampled_from([None, 0, 3]),
    comment=st.sampled_from([None, "#"]),
)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.one_of(st.binary(max_size=300), st.text(",;\"'\\\n\r#ab1\0é日", max_size=80).map(str.encode)), choices)
def test_whatever_is_in_a_file_there_is_a_head_or_a_sentence(
    tmp_path: Path, data: bytes, choice: DialectChoice
) -> None:
    path = tmp_path / "any.csv"
    path.write_bytes(data)
    try:
        head = read_head(path, choice)
    except RowmillError as error:
        assert error.message.endswith((".", "?"))
        return
    assert head.detection.dialect.columns
    numbers = [record.number for record in head.records if record.number is not None]
    assert numbers == list(range(1, len(numbers) + 1))
