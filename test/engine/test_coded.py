"""Aggregates by codes: the same rows as by texts, in the same order."""

from __future__ import annotations

from test.engine.test_stage import KINDS, WAYS, Work, rows_of, work
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from project.engine import compiled, keytable, ways

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
def test_groups_are_those_of_texts(work: Work, kind: str, by: str, way: ways.Way | None) -> None:
    rows, sort = rows_of(kind), {"operation": "sort", "by": ORDERS[by]}
    notes: list[str] = []
    assert work(rows, GROUPS, sort, way=way, coded=True, notes=notes) == work(rows, GROUPS, sort)
    assert is_coded(notes) == bool(rows)


@pytest.mark.parametrize("way", WAYS)
def test_what_follows_sees_texts_again(work: Work, way: ways.Way) -> None:
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


TEXTS = [
    "",
    '""',
    "a",
    "b",
    "ab",
    '"a"',
    '"x, y"',
    '"two\nlines"',
    "Ä",
    "12345678",
    "123456789",
    "z" * 17,
    "z" * 40 + "1",
]
INTEGERS = ["", "0", "7", "-7", "00012", "999999999", '"5"', "-0", "12345678"]
ODDITIES = ["\n", "one\n", "a,b,c,d,e,f,g,h\n", '"a"b,1\n', 'q"q,1\n']


@st.composite
def jobs(draw: st.DrawFn) -> tuple[bytes, tuple[str, ...], list[dict[str, Any]]]:
    """A file with its columns, and a recipe that begins with an aggregate."""
    texts = draw(st.integers(1, 5))
    names = tuple(f"t{number}" for number in range(texts)) + ("n", "m")
    cells = [st.sampled_from(TEXTS)] * texts + [st.sampled_from(INTEGERS)] * 2
    lines = draw(st.lists(st.tuples(*cells).map(lambda row: ",".join(row)), min_size=1, max_size=120))
    end = draw(st.sampled_from(["\n", "\r\n"]))
    parts = [line + end for line in lines]
    for oddity in draw(st.lists(st.sampled_from(ODDITIES), max_size=1)):
        parts.insert(draw(st.integers(0, len(parts))), oddity)
    group_by = draw(st.lists(st.sampled_from(names[:-2]), min_size=1, unique=True))
    functions = draw(st.lists(st.sampled_from(["count", "sum", "min", "max", "mean"]), max_size=4))
    measures = [
        {"function": function, "as": f"m{number}"} | ({} if function == "count" else {"column": "nm"[number % 2]})
        for number, function in enumerate(functions)
    ]
    keys = draw(st.permutations(group_by))
    by = [{"column": name, "descending": draw(st.booleans()), "compare": "text"} for name in keys]
    aggregate = {"operation": "aggregate", "group_by": group_by, "measures": measures}
    return (",".join(names) + "\n" + "".join(parts)).encode(), names, [aggregate, {"operation": "sort", "by": by}]


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(jobs(), st.sampled_from([{"coded": True}, {"summed": True}]), st.sampled_from([200, 1000, 100_000]))
def test_any_table_gives_the_rows_that_texts_give(
    work: Work, job: tuple[bytes, tuple[str, ...], list[dict[str, Any]]], how: dict[str, bool], range_bytes: int
) -> None:
    data, names, steps = job
    found = work([], *steps, data=data, names=names, range_bytes=range_bytes, **how)
    assert found == work([], *steps, data=data, names=names, range_bytes=range_bytes)
