"""Aggregates by codes: the same rows as by texts, in the same order."""

from __future__ import annotations

from test.engine.test_stage import KINDS, WAYS, Work, rows_of, work
from typing import Any

import pytest

from project.engine import compiled, keytable, stage

__all__ = ["work"]

NUMBERS = [
    {"function": "count", "as": "rows"},
    {"function": "sum", "column": "plays", "as": "total"},
    {"function": "min", "column": "plays", "as": "least"},
    {"function": "max", "column": "plays", "as": "most"},
    {"function": "mean", "column": "plays", "as": "mean"},
]
GROUPS: dict[str, Any] = {"operation": "aggregate", "group_by": ["song", "day"], "measures": NUMBERS}
ORDERS: dict[str, list[Any]] = {
    "both": ["song", "day"],
    "the other way about": ["day", "song"],
    "descending": [{"column": "song", "descending": True}, "day"],
    "one, the other follows": [{"column": "day", "descending": True}],
}
CODED = "Texts are read as numbers in their order"


@pytest.fixture(autouse=True)
def _small_files_are_compiled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compiled, "WORTH_COMPILING_BYTES", 0)


def is_coded(notes: list[str]) -> bool:
    return any(note.startswith(CODED) for note in notes)


@pytest.mark.parametrize("way", [*WAYS, None])
@pytest.mark.parametrize(
    ("kind", "by"), [*((kind, "both") for kind in KINDS), *(("some missing", by) for by in ORDERS)]
)
def test_groups_are_those_of_texts(work: Work, kind: str, by: str, way: stage.Way | None) -> None:
    rows, sort = rows_of(kind), {"operation": "sort", "by": ORDERS[by]}
    notes: list[str] = []
    assert work(rows, GROUPS, sort, way=way, coded=True, notes=notes) == work(rows, GROUPS, sort)
    assert is_coded(notes) == bool(rows)


@pytest.mark.parametrize("way", WAYS)
def test_what_follows_sees_texts_again(work: Work, way: stage.Way) -> None:
    rows = rows_of("some missing")
    few = {
        "operation": "filter",
        "where": [{"column": "song", "test": "not_missing"}, {"column": "total", "test": "gt", "value": 5}],
    }
    by_total = {"operation": "sort", "by": [{"column": "total", "descending": True}]}
    for steps in ([GROUPS], [GROUPS, few], [GROUPS, few, by_total], [GROUPS, by_total, few]):
        notes: list[str] = []
        found = work(rows, *steps, way=way, coded=True, notes=notes)
        assert sorted(found) == sorted(work(rows, *steps))
        assert is_coded(notes) == (steps[1:2] != [by_total])


ODD = {
    "quotes": b'"a, b","d2020",1\n"","2021",2\n,2022,3\n"a, b",2020,4\n"two\nlines",,5\n',
    "line ends": b"a,d1,1\r\nb,d2,2\r\n\r\na,d1,3\r\n",
    "rejects": b"a,d,1\nb\na,d,x\nb,d,7\n",
    "long texts": b"".join(b"%s,%s,%d\n" % (b"x" * (n % 40), b"y" * (n % 9), n) for n in range(300)),
    "unlike in the middle alone": b"".join(b"12345678%d90abcdefgh,,1\n" % (n % 7) for n in range(50)),
}


@pytest.mark.parametrize("data", ODD.values(), ids=ODD)
@pytest.mark.parametrize("end", [b"", b"last,line,9"])
def test_texts_of_all_kinds(work: Work, data: bytes, end: bytes) -> None:
    data = b"song,day,plays\n" + data + end
    sort = {"operation": "sort", "by": ["song", "day"]}
    notes: list[str] = []
    names = ("song", "day", "plays")
    coded = work([], GROUPS, sort, data=data, names=names, coded=True, notes=notes)
    assert is_coded(notes)
    assert coded == work([], GROUPS, sort, data=data, names=names)


@pytest.mark.parametrize("field", [b'"say ""ho"""', b'say "ho"'])
def test_texts_that_do_not_stand_in_the_file_as_they_are_stay_texts(work: Work, field: bytes) -> None:
    data = b"song,day,plays\n" + field + b",d,1\n"
    notes: list[str] = []
    sort = {"operation": "sort", "by": ["song", "day"]}
    found = work([], GROUPS, sort, data=data, names=("song", "day", "plays"), coded=True, notes=notes)
    assert found == [['say "ho"', "d", "1", "1", "1", "1", "1.0"]]
    assert not is_coded(notes)


def test_too_many_texts_stay_texts(work: Work, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keytable, "MOST_TEXTS", 100)
    rows, notes = rows_of("different"), list[str]()
    sort = {"operation": "sort", "by": ["song", "day"]}
    assert work(rows, GROUPS, sort, coded=True, notes=notes) == work(rows, GROUPS, sort)
    assert not is_coded(notes)
