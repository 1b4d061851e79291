"""The ways in which a stage works: the same rows in every one of them, and the ones that pandas gives."""

from __future__ import annotations

import csv
import io
import random
from collections.abc import Callable
from concurrent.futures import Executor, ProcessPoolExecutor
from decimal import Decimal
from fractions import Fraction
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from project.engine import carrying, merged, numbers, pipeline, stage
from project.engine.check import StructuralCheck
from project.engine.checked import CheckedInput
from project.engine.coded import coded_aggregate
from project.engine.collect import CollectBudget
from project.engine.dialect import Dialect
from project.engine.ledger import Ledger
from project.engine.limits import output_limit, spill_limit
from project.engine.numbers import coded_columns, read_as_integers, source_columns
from project.engine.partition import SpillFolder, sampled_ranges
from project.engine.parts import Executors, thread_pool
from project.engine.rejects import RejectsFile
from project.engine.result import ResultFile
from project.engine.spool import Spool
from project.engine.summed import summed_aggregate
from project.engine.table import table_of_records
from project.engine.ways import Budget, Told, Way
from project.errors import LimitError
from project.operations.recipe import Recipe

NAMES = ("song", "day", "plays", "note")
WAYS = ("whole", "merged", "parts")
Rows = list[tuple[str, ...]]
Step = dict[str, Any]
Work = Callable[..., list[list[str]]]

SORT_ALL: Step = {"operation": "sort", "by": ["song", "day"]}


def rows_of(kind: str) -> Rows:
    """Tables of one kind each; an empty text stands for a missing value."""
    chance = random.Random(kind)
    songs = {
        "usual": lambda number: f"song {chance.randrange(40)}",
        "skewed": lambda number: "hit" if chance.random() < 0.5 else f"song {chance.randrange(500)}",
        "equal": lambda number: "one",
        "different": lambda number: f"song {number * 7919 % 901:05}",
        "sorted": lambda number: f"song {number:05}",
        "missing": lambda number: "",
        "some missing": lambda number: chance.choice(["", "a", "b", "Ä", "日本", "z" * 40]),
        "one row": lambda number: "only",
        "no rows": lambda number: "",
    }[kind]
    size = {"one row": 1, "no rows": 0}.get(kind, 900)
    return [
        (
            songs(number),
            f"2020-01-{chance.randrange(1, 6):02}" if chance.random() < 0.95 else "",
            str(chance.randrange(-50, 1000)) if chance.random() < 0.95 else "",
            f"{number}.{chance.randrange(100):02}",
        )
        for number in range(size)
    ]


SOME_KINDS = ("usual", "equal", "different", "some missing", "no rows")
KINDS = ("usual", "skewed", "equal", "different", "sorted", "missing", "some missing", "one row", "no rows")


def frame_of(rows: Rows) -> pd.DataFrame:
    """The oracle's table: texts, and a missing value as None."""
    values = [[value or None for value in row] for row in rows]
    return pd.DataFrame(values, columns=list(NAMES), dtype=object)


@pytest.fixture
def work(tmp_path: Path) -> Work:
    """Runs steps over rows in a way of working, with pieces and parts so small that there are many."""
    made = 0

    def run(
        rows: Rows,
        *steps: Step,
        way: Way | None = None,
        part_bytes: int = 12_000,
        range_bytes: int = 4_000,
        names: tuple[str, ...] = NAMES,
        spill_mb: int = 100,
        output_mb: int = 100,
        notes: list[str] | None = None,
        coded: bool = False,
        summed: bool = False,
        carried: bool = False,
        data: bytes | None = None,
        texts: list[str] | None = None,
        dialect: Dialect | None = None,
        executors: Executors = thread_pool,
        read: Callable[[int], None] = lambda rows: None,
    ) -> list[list[str]]:
        nonlocal made
        made += 1
        folder = tmp_path / f"work{made}"
        (folder / "spill").mkdir(parents=True)
        with (folder / "input.csv").open("w", newline="", encoding="utf-8") as file:
            csv.writer(file, lineterminator="\n").writerows([names, *rows])
        if data is not None:
            (folder / "input.csv").write_bytes(data)
        recipe = Recipe.parse({"steps": list(steps)})
        dialect = dialect or Dialect(encoding="UTF-8", columns=names)
        uses = recipe.source_uses(names)
        checked = StructuralCheck(
            folder / "input.csv",
            dialect,
            uses,
            RejectsFile(folder / "rejects.csv"),
            lambda: Spool(folder / "spool.csv", spill_limit(100)),
            key=coded_columns(recipe) if coded or summed else (),
            integers=numbers.measured(recipe) if summed else None,
            range_bytes=range_bytes,
        ).run()
        assert data is not None or checked.rejected == 0
        columns = read_as_integers(source_columns(dialect, checked, uses), recipe)
        table = table_of_records(checked, dialect, columns)
        result = ResultFile(folder / "result.csv", output_limit(output_mb))
        spill = SpillFolder(folder / "spill", spill_limit(spill_mb))
        told = Told(read=read, note=notes.append if notes is not None else lambda sentence: None)
        written = pipeline.run(
            recipe,
            table,
            result,
            Budget(part_bytes, spill, 2, way, executors),
            told,
            coder=lambda links: (
                coded_aggregate(links, checked, dialect, columns)
                if checked.sums is None
                else summed_aggregate(links, checked, columns, numbers.measured(recipe))
            ),
            carrier=lambda links: (
                carrying.carried(links, checked, dialect, table, CollectBudget(1 << 20, 2)) if carried else None
            ),
        )
        result.close()
        table.close()
        check_ledger(checked, written, result)
        text = (folder / "result.csv").read_text("utf-8")
        if texts is not None:
            texts.append(text)
        header, *records = csv.reader(io.StringIO(text, newline=""))
        assert tuple(header) == written.columns
        assert len(records) == result.rows
        return records

    return run


def check_ledger(checked: CheckedInput, written: pipeline.Written, result: ResultFile) -> None:
    Ledger(
        read=checked.records,
        kept=written.rows_in,
        rejected=checked.rejected,
        blank=checked.blank,
        steps=written.steps,
        written=result.rows,
    ).check()


def shown(value: Any) -> str:
    """A value of the oracle's as the result file shows it."""
    if value is None or value != value:
        return ""
    if isinstance(value, float) and value == int(value):
        return f"{value:.1f}"
    return str(value)


MEASURES = [
    {"function": "count", "as": "rows"},
    {"function": "count", "column": "plays", "as": "present"},
    {"function": "sum", "column": "plays", "as": "total"},
    {"function": "min", "column": "plays", "as": "least"},
    {"function": "max", "column": "plays", "as": "most"},
    {"function": "mean", "column": "plays", "as": "mean"},
    {"function": "first", "column": "note", "as": "first"},
    {"function": "last", "column": "note", "as": "last"},
]
DISTINCT = {"function": "count_distinct", "column": "day", "as": "days"}


def measured(rows: pd.DataFrame, *, distinct: bool) -> list[Any]:
    """All measures of the rows of one group."""
    plays = [int(value) for value in rows["plays"] if value is not None]
    notes = list(rows["note"])
    values = [
        len(rows),
        len(plays),
        sum(plays) if plays else None,
        min(plays, default=None),
        max(plays, default=None),
        sum(plays) / len(plays) if plays else None,
        notes[0],
        notes[-1],
    ]
    return [*values, rows["day"].nunique()] if distinct else values


def grouped(rows: Rows, by: list[str], *, distinct: bool) -> list[list[str]]:
    """What the oracle makes of the groups, in the order of their values, missing ones last."""
    if not rows:
        return []
    groups = frame_of(rows).groupby(by, dropna=False, sort=False)
    found = [
        ([None if value != value else value for value in key], measured(group, distinct=distinct))
        for key, group in groups
    ]
    found.sort(key=lambda pair: [(value is None, (value or "").encode()) for value in pair[0]])
    return [[shown(value) for value in [*key, *values]] for key, values in found]


@pytest.mark.parametrize("way", [*WAYS, None])
@pytest.mark.parametrize("kind", KINDS)
def test_all_measures_of_groups_are_those_of_the_oracle(work: Work, kind: str, way: Way | None) -> None:
    rows = rows_of(kind)
    # Different values cannot be counted piece by piece.
    for distinct in (False,) if way == "merged" else (True,) if way == "whole" else (False, True):
        measures = [*MEASURES, *([DISTINCT] if distinct else [])]
        aggregate = {"operation": "aggregate", "group_by": ["song", "day"], "measures": measures}
        assert work(rows, aggregate, SORT_ALL, way=way) == grouped(rows, ["song", "day"], distinct=distinct)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("kind", ["usual", "different", "some missing", "no rows"])
def test_groups_without_a_sort_are_the_same_in_any_order(work: Work, kind: str, way: Way | None) -> None:
    rows = rows_of(kind)
    aggregate = {"operation": "aggregate", "group_by": ["song"], "measures": MEASURES}
    assert sorted(work(rows, aggregate, way=way)) == sorted(grouped(rows, ["song"], distinct=False))


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("kind", SOME_KINDS)
def test_the_whole_file_as_one_row(work: Work, kind: str, way: Way | None) -> None:
    rows = rows_of(kind)
    aggregate = {"operation": "aggregate", "group_by": [], "measures": [*MEASURES, DISTINCT]}
    expected = measured(frame_of(rows), distinct=True) if rows else [0, 0, *[None] * 6, 0]
    assert work(rows, aggregate, way=way) == [[shown(value) for value in expected]]


def test_different_values_of_the_whole_file_are_counted_in_parts(work: Work) -> None:
    rows = [(f"song {number % 800}", "", str(number), "") for number in range(5000)]
    counts = [{"function": "count_distinct", "column": name, "as": name} for name in NAMES]
    positive = {"operation": "filter", "where": [{"column": "plays", "test": "gt", "value": 0}]}
    aggregate = {"operation": "aggregate", "group_by": [], "measures": [*counts, {"function": "count", "as": "rows"}]}
    notes: list[str] = []
    assert work(rows, positive, aggregate, notes=notes) == [["800", "0", "4999", "0", "4999"]]
    assert any("counted in parts on disk" in note for note in notes)
    assert sum("in parts of about" in note for note in notes) >= 2


SORTS: dict[str, list[Any]] = {
    "text": ["song"],
    "text descending": [{"column": "song", "descending": True}],
    "numbers": ["plays"],
    "numbers descending, then text": [{"column": "plays", "descending": True}, "song"],
    "numbers as text": [{"column": "plays", "compare": "text"}],
    "text, then numbers descending": ["song", {"column": "plays", "descending": True}],
    "decimals": [{"column": "note", "descending": True}],
}


def ordered(rows: Rows, by: list[Any]) -> Rows:
    """A stable sort by each key, the last one first; missing values come last either way."""
    for key in reversed([{"column": key} if isinstance(key, str) else key for key in by]):
        index = NAMES.index(key["column"])
        is_number = key["column"] in ("plays", "note") and key.get("compare") != "text"
        present = [row for row in rows if row[index]]
        missing = [row for row in rows if not row[index]]

        def value(row: tuple[str, ...], index: int = index, is_number: bool = is_number) -> Any:
            return Decimal(row[index]) if is_number else row[index].encode()

        rows = sorted(present, key=value, reverse=key.get("descending", False)) + missing
    return rows


@pytest.mark.parametrize("way", ["whole", "parts"])
@pytest.mark.parametrize("by", SORTS.values(), ids=SORTS)
@pytest.mark.parametrize("kind", ["usual", "skewed", "equal", "some missing", "one row", "no rows"])
def test_sorts_are_stable_and_put_missing_values_last(work: Work, kind: str, by: list[Any], way: Way | None) -> None:
    rows = rows_of(kind)
    assert work(rows, {"operation": "sort", "by": by}, way=way) == [list(row) for row in ordered(rows, by)]


def test_descending_sorts_keep_the_order_of_equal_rows(work: Work) -> None:
    # `reverse=True` in Python keeps it too, so this says the same in other words.
    rows = [("x", "", "1", str(number)) for number in range(500)]
    by = [{"column": "song", "descending": True}, {"column": "plays", "descending": True}]
    for way in ("whole", "parts"):
        assert [row[3] for row in work(rows, {"operation": "sort", "by": by}, way=way)] == [str(n) for n in range(500)]


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("kind", SOME_KINDS)
def test_filters_before_and_behind(work: Work, kind: str, way: Way | None) -> None:
    rows = rows_of(kind)
    many = {"operation": "filter", "where": [{"column": "plays", "test": "ge", "value": 100}]}
    aggregate = {
        "operation": "aggregate",
        "group_by": ["song", "day"],
        "measures": [{"function": "sum", "column": "plays", "as": "total"}],
    }
    few = {"operation": "filter", "where": [{"column": "total", "test": "lt", "value": 2000}]}
    kept = [row for row in rows if row[2] and int(row[2]) >= 100]
    expected = [[*row[:2], row[4]] for row in grouped(kept, ["song", "day"], distinct=False)]
    expected = [row for row in expected if int(row[2]) < 2000]
    assert work(rows, many, aggregate, few, SORT_ALL, way=way) == expected


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("kind", SOME_KINDS)
@pytest.mark.parametrize("measure", ["sum", "mean"])
def test_a_sort_by_the_measure(work: Work, kind: str, measure: str, way: Way | None) -> None:
    rows = rows_of(kind)
    aggregate = {
        "operation": "aggregate",
        "group_by": ["song", "day"],
        "measures": [{"function": measure, "column": "plays", "as": "measure"}],
    }
    by = {"operation": "sort", "by": [{"column": "measure", "descending": True}, "day", "song"]}
    at = {"sum": 4, "mean": 7}[measure]
    expected = [[*row[:2], row[at]] for row in grouped(rows, ["song", "day"], distinct=False)]
    expected.sort(key=lambda row: (not row[0], row[0].encode()))
    expected.sort(key=lambda row: (not row[1], row[1].encode()))
    expected.sort(key=lambda row: (not row[2], -float(row[2] or 0)))
    assert work(rows, aggregate, by, way=way) == expected


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("kind", SOME_KINDS)
def test_first_and_last_take_the_order_of_the_sort_before(work: Work, kind: str, way: Way | None) -> None:
    rows = rows_of(kind)
    by = [{"column": "plays", "descending": True}, "day"]
    ends = [{"function": "first", "column": "note", "as": "f"}, {"function": "last", "column": "note", "as": "l"}]
    aggregate = {"operation": "aggregate", "group_by": ["song"], "measures": ends}
    expected = [[row[0], *row[7:9]] for row in grouped(ordered(rows, by), ["song"], distinct=False)]
    sort = {"operation": "sort", "by": ["song"]}
    assert work(rows, {"operation": "sort", "by": by}, aggregate, sort, way=way) == expected


@pytest.mark.parametrize("kind", ["skewed", "equal", "different", "some missing", "missing"])
def test_parts_that_do_not_fit_are_spread_again(work: Work, kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = rows_of(kind)
    depths: list[int] = []
    spread = stage.Stage._spread

    def noted(self: stage.Stage, size: int) -> None:
        depths.append(self.depth)
        spread(self, size)

    monkeypatch.setattr(stage.Stage, "_spread", noted)
    # Too few parts are made each time.
    monkeypatch.setattr(
        stage, "sampled_ranges", lambda load, pieces, order, parts: sampled_ranges(load, pieces, order, 3)
    )
    by = ["song", {"column": "day", "descending": True}, "plays"]
    found = work(rows, {"operation": "sort", "by": by}, part_bytes=3_000)
    assert found == [list(row) for row in ordered(rows, by)]
    assert max(depths) >= 2
    aggregate = {"operation": "aggregate", "group_by": ["song", "day"], "measures": [*MEASURES, DISTINCT]}
    assert work(rows, aggregate, SORT_ALL, part_bytes=3_000) == grouped(rows, ["song", "day"], distinct=True)


@pytest.mark.parametrize("way", WAYS)
def test_a_single_column(work: Work, way: Way | None) -> None:
    rows = [(str(number % 10),) for number in range(1000)]
    sort = {"operation": "sort", "by": ["n"]}
    assert work(rows, sort, names=("n",), way=way) == [[str(n)] for n in range(10) for _ in range(100)]
    alone = {"operation": "aggregate", "group_by": ["n"], "measures": []}
    assert work(rows, alone, sort, names=("n",), way=way) == [[str(n)] for n in range(10)]


@pytest.mark.parametrize("way", WAYS)
def test_numbers_that_are_equal_but_written_in_other_ways_are_groups_of_their_own(work: Work, way: Way | None) -> None:
    forms = ["1", "01", "1.0", "+1", " 1", "2", "02", "-0", "0"]
    rows = [(form, "", str(number), "") for number in range(40) for form in forms]
    aggregate = {"operation": "aggregate", "group_by": ["song"], "measures": [{"function": "count", "as": "n"}]}
    found = work(rows, aggregate, {"operation": "sort", "by": ["song"]}, way=way, part_bytes=1_000, range_bytes=500)
    assert [Decimal(row[0]) for row in found] == sorted(Decimal(form) for form in forms)
    assert sorted(row[0] for row in found) == sorted(forms)
    assert {row[1] for row in found} == {"40"}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    "values",
    [
        ["9223372036854775807", "1", "9223372036854775807"],
        ["9" * 28, "1", "-" + "9" * 28],
        ["0.1", "0.2", "", "0.3", " 0.40", "+.5", "-1.", "007"],
        ["1234567890123456789012345.678", "0.001", "-0.001"],
        ["999999999", "999999999", "-3"],
        ["+3", "007", "-0", "-12", "", "+00000000000005"],
    ],
)
def test_sums_are_exact(work: Work, values: list[str], way: Way | None) -> None:
    rows = [("x", "", value, "") for value in values * 20]
    measures = [
        {"function": function, "column": "plays", "as": function} for function in ("sum", "min", "max", "count")
    ]
    aggregate = {"operation": "aggregate", "group_by": ["song"], "measures": measures}
    (found,) = work(rows, aggregate, way=way, range_bytes=300)
    numbers = [Decimal(value) for value in values if value]
    assert Fraction(found[1]) == sum(Fraction(value) for value in numbers) * 20
    assert Decimal(found[2]) == min(numbers)
    assert Decimal(found[3]) == max(numbers)
    assert found[4] == str(len(numbers) * 20)


def test_the_way_to_work_is_told(work: Work) -> None:
    few = {"operation": "aggregate", "group_by": ["day"], "measures": [{"function": "count", "as": "n"}]}
    many = {"operation": "aggregate", "group_by": ["note"], "measures": [{"function": "count", "as": "n"}]}
    rows = rows_of("usual")
    for steps, part_bytes, words in (
        ((few,), 10_000_000, "worked at once in memory"),
        ((few,), 1_000, "merged piece by piece"),
        ((many,), 8_000, "in parts of about"),
        ((SORT_ALL,), 8_000, "in parts of about"),
    ):
        notes: list[str] = []
        work(rows, *steps, part_bytes=part_bytes, notes=notes)
        assert words in notes[0]


@pytest.mark.parametrize("key", ["first", "last", "nowhere"])
def test_a_middle_that_says_little_of_the_whole_does_not_lead_astray(work: Work, key: str) -> None:
    """A filter leaves nothing of the piece that is sampled: the rest is more than one step may work on at once."""
    rows: Rows = [(f"s{number % 600}", "", str(number), "x") for number in range(3000)]
    keep = {"first": ("lt", 1200), "last": ("ge", 2000), "nowhere": ("lt", 0)}[key]
    where = {"operation": "filter", "where": [{"column": "plays", "test": keep[0], "value": keep[1]}]}
    kept = [row for row in rows if (int(row[2]) < keep[1]) == (keep[0] == "lt")]
    notes: list[str] = []
    found = work(rows, where, {"operation": "sort", "by": ["song"]}, part_bytes=10_000, notes=notes)
    assert found == [list(row) for row in ordered(kept, ["song"])]
    assert ("they are worked in parts" in notes[-1]) == bool(kept)


def test_more_groups_than_the_sampled_piece_had_are_worked_in_parts(
    work: Work, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(merged, "_MERGED_AT_ONCE", 100)
    rows = [("same" if 1000 < n < 2000 else f"s{n:04}", "", "1", "") for n in range(3000)]
    aggregate = {"operation": "aggregate", "group_by": ["song"], "measures": [{"function": "sum", "column": "plays"}]}
    notes: list[str] = []
    found = work(rows, aggregate, {"operation": "sort", "by": ["song"]}, part_bytes=10_000, notes=notes)
    assert any("too many groups" in note for note in notes)
    assert len(found) == 2002
    assert ["same", "999"] in found
    assert sum(int(row[1]) for row in found) == 3000


@pytest.mark.parametrize("way", WAYS)
def test_pieces_that_a_filter_empties_have_no_first_and_no_last_row(work: Work, way: Way | None) -> None:
    rows = [("x", "", str(number), f"n{number}") for number in range(900)]
    where = [{"column": "plays", "test": "ge", "value": 400}, {"column": "plays", "test": "lt", "value": 500}]
    ends = [{"function": name, "column": "note", "as": name} for name in ("first", "last")]
    for group_by in ([], ["song"]):
        aggregate = {"operation": "aggregate", "group_by": group_by, "measures": ends}
        (found,) = work(rows, {"operation": "filter", "where": where}, aggregate, way=way)
        assert found[-2:] == ["n400", "n499"]


@pytest.mark.parametrize("way", WAYS)
def test_the_sum_of_nothing_is_missing(work: Work, way: Way | None) -> None:
    rows = [("x", "", "1", "") for _ in range(900)]
    total = {"operation": "aggregate", "group_by": [], "measures": [{"function": "sum", "column": "plays", "as": "n"}]}
    nothing = {"operation": "filter", "where": [{"column": "song", "test": "eq", "value": "y"}]}
    assert work(rows, nothing, total, way=way) == [[""]]
    assert work(rows, total, way=way) == [["900"]]


def test_a_spill_beyond_its_limit_fails_with_the_settings_name(work: Work, monkeypatch: pytest.MonkeyPatch) -> None:
    chance = random.Random(1)
    rows = [(f"{chance.random()}", f"{chance.random()}", f"{number}", "x" * 50) for number in range(20_000)]
    with pytest.raises(LimitError, match="would pass 1 MB, the limit of the setting ENGINE_SPILL_MB"):
        work(rows, SORT_ALL, way="parts", spill_mb=1, range_bytes=100_000)


def test_a_result_beyond_its_limit_fails_with_the_settings_name(work: Work) -> None:
    rows = [("x" * 100, "", str(number), "") for number in range(20_000)]
    with pytest.raises(LimitError, match="The result would pass 1 MB, the limit of the setting ENGINE_OUTPUT_MB"):
        work(rows, output_mb=1, range_bytes=100_000)


def test_the_spill_is_empty_when_the_parts_were_worked(work: Work, tmp_path: Path) -> None:
    work(rows_of("skewed"), SORT_ALL, way="parts")
    assert list((tmp_path / "work1" / "spill").iterdir()) == []


def processes(count: int) -> Executor:
    """An executor of other processes, which know only what they are handed."""
    return ProcessPoolExecutor(count, get_context("spawn"))


@pytest.mark.parametrize(
    "follows", [[], [{"operation": "filter", "where": [{"column": "total", "test": "gt", "value": 9}]}]]
)
def test_parts_can_be_worked_in_other_processes(work: Work, follows: list[Step]) -> None:
    total = {"function": "sum", "column": "plays", "as": "total"}
    steps = [{"operation": "aggregate", "group_by": ["song", "day"], "measures": [total]}, SORT_ALL, *follows]
    steps.append({"operation": "sort", "by": [{"column": "total", "descending": True}]})
    rows = rows_of("skewed")
    assert work(rows, *steps, way="parts", executors=processes) == work(rows, *steps)
