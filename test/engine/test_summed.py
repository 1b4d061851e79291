"""Aggregates that are added up while the file is checked: the same rows as by reading it again."""

from __future__ import annotations

from test.engine.test_coded import GROUPS, NUMBERS, ODD
from test.engine.test_stage import KINDS, SORT_ALL, Work, rows_of, work
from typing import Any

import pytest

from project.engine import compiled, sums

__all__ = ["work"]

SUMMED = "Aggregate: added up while the file was checked"
NAMES = ("song", "day", "plays")


@pytest.fixture(autouse=True)
def _small_files_are_compiled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compiled, "WORTH_COMPILING_BYTES", 0)


def is_summed(notes: list[str]) -> bool:
    return any(note.startswith(SUMMED) for note in notes)


@pytest.mark.parametrize("by", [["song", "day"], ["day"]])
@pytest.mark.parametrize("kind", KINDS)
def test_groups_are_those_of_a_second_reading(work: Work, kind: str, by: list[str]) -> None:
    rows = rows_of(kind)
    aggregate = {"operation": "aggregate", "group_by": by, "measures": NUMBERS}
    sort = {"operation": "sort", "by": by}
    notes: list[str] = []
    assert work(rows, aggregate, sort, summed=True, notes=notes) == work(rows, aggregate, sort)
    assert is_summed(notes) == bool(rows)


def test_what_follows_goes_on_with_its_rows(work: Work) -> None:
    rows = rows_of("some missing")
    few = {"operation": "filter", "where": [{"column": "song", "test": "not_missing"}]}
    by_total = {"operation": "sort", "by": [{"column": "total", "descending": True}]}
    for steps in ([], [few], [few, by_total], [by_total, few]):
        notes: list[str] = []
        found = work(rows, GROUPS, *steps, summed=True, notes=notes)
        assert sorted(found) == sorted(work(rows, GROUPS, *steps))
        assert is_summed(notes)


@pytest.mark.parametrize("data", ODD.values(), ids=ODD)
@pytest.mark.parametrize("end", [b"", b"last,line,9"])
def test_texts_of_all_kinds(work: Work, data: bytes, end: bytes) -> None:
    data = b"song,day,plays\n" + data + end
    notes: list[str] = []
    summed = work([], GROUPS, SORT_ALL, data=data, names=NAMES, summed=True, notes=notes)
    assert is_summed(notes)
    assert summed == work([], GROUPS, SORT_ALL, data=data, names=NAMES)


@pytest.mark.parametrize(
    ("field", "can_be"),
    [
        (b"7", True),
        (b"-123456789", True),
        (b"007", True),
        (b'"12"', True),
        (b"", True),
        (b"+5", False),
        (b" 5", False),
        (b"1.5", False),
        (b"5.", False),
        (b"1e3", False),
        (b"1234567890", False),
        (b'""', False),
    ],
)
def test_only_small_integers_are_added_up(work: Work, field: bytes, can_be: bool) -> None:
    data = b"song,day,plays\n" + b"a,d,3\nb,d,4\n" * 30 + b"a,d," + field + b"\n"
    notes: list[str] = []
    found = work([], GROUPS, SORT_ALL, data=data, names=NAMES, summed=True, notes=notes)
    assert is_summed(notes) is can_be
    assert found == work([], GROUPS, SORT_ALL, data=data, names=NAMES)


def test_a_range_that_is_scanned_again_is_added_up_once(work: Work) -> None:
    # Line ends within quotes mislead whoever begins in the middle.
    lines = b"".join(b'"x\n%d,d,1\n",d,%d\n' % (number % 3, number % 50) for number in range(4000))
    data = b"song,day,plays\n" + lines
    notes: list[str] = []
    found = work([], GROUPS, SORT_ALL, data=data, names=NAMES, summed=True, notes=notes, range_bytes=8000)
    assert is_summed(notes)
    assert found == work([], GROUPS, SORT_ALL, data=data, names=NAMES)


def test_too_many_groups_are_read_again(work: Work, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sums, "_MOST_GROUPS", 64)
    rows, notes = rows_of("different"), list[str]()
    steps: list[dict[str, Any]] = [GROUPS, SORT_ALL]
    assert work(rows, *steps, summed=True, notes=notes) == work(rows, *steps)
    assert not is_summed(notes)


@pytest.mark.parametrize("width", [2, 3, 4, 5, 7])
def test_groups_of_many_columns_are_told_apart(work: Work, width: int) -> None:
    # Each column has more texts than a few bits can number, and is what some groups alone differ in.
    names = tuple(f"c{number}" for number in range(width)) + ("plays",)
    rows = [
        ",".join(f"{name}-{number if at == number % width else 0}" for at, name in enumerate(names[:-1]))
        for number in range(200)
    ]
    data = ",".join(names) + "\n" + "".join(f"{row},{number}\n" for number, row in enumerate(rows * 3))
    aggregate = {"operation": "aggregate", "group_by": list(names[:-1]), "measures": NUMBERS}
    sort = {"operation": "sort", "by": list(names[:-1])}
    found = work([], aggregate, sort, data=data.encode(), names=names, summed=True)
    assert found == work([], aggregate, sort, data=data.encode(), names=names)
