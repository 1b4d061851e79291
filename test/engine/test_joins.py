"""Joins: the rows that a naive join gives, in every way, and all of them accounted for."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from project.engine import budget, checkpoint, compiled, recordmatch
from project.engine.inspection.profile import RECORD_COLUMN
from project.engine.ledger import Ledger, TableCounts
from project.engine.lookup import Lookup
from project.errors import LedgerError
from project.operations.enrich import ANSWER_KEY
from project.operations.match import Ignore

if TYPE_CHECKING:
    from conftest import Engine, Ran

Step = dict[str, Any]
Join = Callable[..., "Ran"]
Rows = list[tuple[str | None, ...]]

PLAYS = 'Song,Plays\nHalo,1\n,2\nUmbrella,3\nHalo,4\nunknown,5\n"",6\n'
SONGS = 'Name,Year,Plays\nUmbrella,2007,a\nHalo,2008,b\nHalo,2009,c\n,1999,d\n"",,e\n'


@pytest.fixture
def join(engine: Engine, tmp_path: Path) -> Join:
    """Joins a text with another one, with other steps before and after; `columnar`: with its Parquet file."""

    def run(
        left: str | Path,
        right: str,
        *,
        before: tuple[Step, ...] = (),
        after: tuple[Step, ...] = (),
        columnar: bool = False,
        table: dict[str, Any] | None = None,
        plan: dict[str, Any] | None = None,
        **values: Any,
    ) -> Ran:
        other = tmp_path / "songs.csv"
        if columnar or not other.exists() or other.read_text(encoding="utf-8") != right:
            other.write_text(right, encoding="utf-8")
        if columnar:
            pl.read_csv(other, infer_schema=False).write_parquet(other)
        given = {"step": len(before), "path": other, "name": "songs.csv", "columnar": columnar, **(table or {})}
        columns = right.split("\n")[0].split(",")[1:]
        step = {"operation": "join", "file": "songs.csv", "columns": columns, **values}
        step.setdefault("on", [{"left": "Song", "right": "Name"}])
        return engine(left, *before, step, *after, tables=[given], **(plan or {}))

    return run


Way = Literal["frames", "records", "parts"]
ALL_WAYS: tuple[Way, ...] = ("frames", "records", "parts")


def force(patch: pytest.MonkeyPatch, way: Way) -> None:
    """Match rows as frames, as records that are bytes, or in parts of a few rows."""
    if way == "records":
        patch.setattr(compiled, "WORTH_COMPILING_BYTES", 0)
        patch.setattr(recordmatch, "_SLICE_BYTES", 20)
    if way == "parts":
        patch.setattr(budget, "part_bytes", lambda memory: 40)


@pytest.fixture
def in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """No other table fits into memory, and a part holds a few rows."""
    force(monkeypatch, "parts")


LEFT_ALL = """\
Halo,1,2008,b
Halo,1,2009,c
,2,,
Umbrella,3,2007,a
Halo,4,2008,b
Halo,4,2009,c
unknown,5,,
"",6,,e
"""
INNER_ALL = "".join(line for line in LEFT_ALL.splitlines(keepends=True) if line[0] not in ",u")
LEFT_FIRST = "".join(line for line in LEFT_ALL.splitlines(keepends=True) if "2009" not in line)
INNER_FIRST = "".join(line for line in INNER_ALL.splitlines(keepends=True) if "2009" not in line)
WAYS = [
    ("left", "all", LEFT_ALL, (0, 2)),
    ("left", "first", LEFT_FIRST, (0, 0)),
    ("inner", "all", INNER_ALL, (2, 2)),
    ("inner", "first", INNER_FIRST, (2, 0)),
    ("semi", "all", 'Halo,1\nUmbrella,3\nHalo,4\n"",6\n', (2, 0)),
    ("semi", "first", 'Halo,1\nUmbrella,3\nHalo,4\n"",6\n', (2, 0)),
    ("anti", "all", ",2\nunknown,5\n", (4, 0)),
]


TOLD = {"frames": "are held in memory", "records": "Records are handed on as they are", "parts": "in parts on disk"}


@pytest.mark.parametrize("columnar", [False, True])
@pytest.mark.parametrize("way", ALL_WAYS)
@pytest.mark.parametrize(("how", "twice", "rows", "counts"), WAYS)
def test_rows_that_match(
    join: Join,
    monkeypatch: pytest.MonkeyPatch,
    how: str,
    twice: str,
    rows: str,
    counts: tuple[int, int],
    way: Way,
    columnar: bool,
) -> None:
    force(monkeypatch, way)
    ran = join(PLAYS, SONGS, how=how, twice=twice, columnar=columnar)
    header = "Song,Plays,Year,songs.Plays\n" if how in ("left", "inner") else "Song,Plays\n"
    assert ran.result == header + rows
    (step,) = ran.finished.ledger.steps
    assert (step.rows_in, step.filtered, step.added, step.merged) == (6, *counts, 0)
    assert ran.finished.ledger.tables == (TableCounts(step=1, name="songs.csv", read=5, kept=5),)
    assert TOLD[way] in ran.notes
    assert ("Records are" in ran.notes) == (way == "records")


# A naive join, row by row


def compared(text: str | None, ignore: tuple[Ignore, ...]) -> str | None:
    if text is None:
        return None
    if "spaces" in ignore:
        text = text.strip(" \u00a0\u2003")
    if "case" in ignore:
        text = text.lower()
    if "leading_zeros" in ignore:
        text = text[:-1].lstrip("0") + text[-1:] if text.strip("0") == "" else text.lstrip("0")
    return text


def naive(left: Rows, right: Rows, pairs: int, how: str, twice: str, ignore: tuple[Ignore, ...]) -> Rows:
    """The first so many columns of both sides are compared; the last one of the right is brought."""

    def key(row: tuple[str | None, ...]) -> tuple[str | None, ...] | None:
        values = tuple(compared(text, ignore) for text in row[:pairs])
        return None if None in values else values

    found: Rows = []
    for row in left:
        own = key(row)
        matches = [other for other in right if own is not None and key(other) == own]
        if how in ("semi", "anti"):
            found += [row] if bool(matches) == (how == "semi") else []
        elif matches:
            found += [(*row, other[-1]) for other in (matches[:1] if twice == "first" else matches)]
        elif how == "left":
            found.append((*row, None))
    return found


def as_csv(names: str, rows: Rows) -> str:
    def field(text: str | None) -> str:
        return "" if text is None else '"' + text.replace('"', '""') + '"'

    return f"{names}\n" + "".join(",".join(field(text) for text in row) + "\n" for row in rows)


def read_back(text: str) -> Rows:
    """The rows, with a missing value told from an empty text."""
    frame = pl.read_csv(io.StringIO(text), infer_schema=False)
    return frame.rows()


KEYS = st.sampled_from([None, "", "a", "A", " a", "a\u2003", "0", "00", "007", "7", "0a", "ä", "Ä", 'say "a"', "a,\nb"])
LEFT = st.lists(st.tuples(KEYS, st.sampled_from(["x", "X", None]), st.just("v")), max_size=12)
RIGHT = st.lists(
    st.tuples(KEYS, st.sampled_from(["x", "X", None]), st.sampled_from(["1", "", None, 'o "\n,'])), max_size=12
)


@pytest.mark.parametrize("way", ALL_WAYS)
@given(
    left=LEFT,
    right=RIGHT,
    pairs=st.sampled_from([1, 2]),
    how=st.sampled_from(["left", "inner", "semi", "anti"]),
    twice=st.sampled_from(["first", "all"]),
    ignore=st.lists(st.sampled_from(["spaces", "case", "leading_zeros"]), unique=True).map(tuple),
)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_tables_join_as_the_naive_join_does(
    join: Join,
    way: Way,
    left: Rows,
    right: Rows,
    pairs: int,
    how: str,
    twice: str,
    ignore: tuple[Ignore, ...],
) -> None:
    on = [{"left": "Song", "right": "Name"}, {"left": "Day", "right": "Date"}][:pairs]
    with pytest.MonkeyPatch.context() as patch:
        force(patch, way)
        # A first row, so that neither is empty; it matches nothing.
        left_text = as_csv("Song,Day,Value", [("first", "row", "here"), *left])
        right_text = as_csv("Name,Date,Year", [("another", "row", "there"), *right])
        ran = join(left_text, right_text, on=on, how=how, twice=twice, ignore=ignore, columns=["Year"])
    expected = naive([("first", "row", "here"), *left], right, pairs, how, twice, ignore)
    assert read_back(ran.result) == expected
    ran.finished.ledger.check()
    (step,) = ran.finished.ledger.steps
    matched = len(naive([("first", "row", "here"), *left], right, pairs, "semi", twice, ignore))
    assert step.filtered == {"left": 0, "anti": matched}.get(how, len(left) + 1 - matched)


# Several that match


@pytest.mark.parametrize("way", ALL_WAYS)
def test_a_row_that_matches_several_fails_the_job_where_it_is_to(
    join: Join, monkeypatch: pytest.MonkeyPatch, way: Way
) -> None:
    force(monkeypatch, way)
    assert join(PLAYS, SONGS, twice="fail").failed.message == (
        "A row with Song = “Halo” matches several rows of “songs.csv”, the first of them rows 2 and 3, and the step is "
        "to fail then. Mend them, or let it take the first, or all."
    )


@pytest.mark.parametrize("way", ALL_WAYS)
def test_a_key_that_stands_twice_and_is_never_met_fails_nothing(
    join: Join, monkeypatch: pytest.MonkeyPatch, way: Way
) -> None:
    force(monkeypatch, way)
    ran = join("Song,Plays\nUmbrella,3\n", SONGS, twice="fail")
    assert ran.rows == [["Umbrella", "3", "2007", "a"]]


def test_a_key_of_many_rows_is_matched_in_pieces_of_its_own(join: Join) -> None:
    right = "Name,Year\n" + "".join(f"Halo,{year}\n" for year in range(5000))
    ran = join("Song,Plays\nHalo,1\nnone,2\nHalo,3\n", right)
    years = [str(year) for year in range(5000)]
    assert ran.rows == [
        *(["Halo", "1", year] for year in years), ["none", "2", ""], *(["Halo", "3", year] for year in years)
    ]  # fmt: skip
    assert ran.finished.ledger.steps[0].added == 9998


@pytest.mark.usefixtures("in_parts")
def test_a_key_that_fills_more_than_a_part_is_looked_up_in_slices(join: Join) -> None:
    right = "Name,Year\n" + "".join(f"Halo,{year}\n" for year in range(50)) + "Umbrella,x\n"
    ran = join("Song,Plays\nHalo,1\nUmbrella,2\nHalo,3\n", right, how="inner")
    years = [["Halo", "1", str(year)] for year in range(50)]
    assert ran.rows == [*years, ["Umbrella", "2", "x"], *(["Halo", "3", year[2]] for year in years)]


@pytest.mark.parametrize("way", ALL_WAYS)
def test_too_many_rows_stop_the_job_before_they_are_written(
    join: Join, monkeypatch: pytest.MonkeyPatch, way: Way
) -> None:
    force(monkeypatch, way)
    ran = join(PLAYS, SONGS, most_rows=7)
    assert ran.failed.code == "too_many_rows"
    assert "more than 7 rows" in ran.failed.message
    assert (ran.folder / "result.csv").read_text().count("\n") <= 1
    assert len(join(PLAYS, SONGS, most_rows=8).rows) == 8


# Before and behind other steps


def test_a_join_stands_between_other_steps(join: Join) -> None:
    ran = join(
        PLAYS,
        SONGS,
        before=({"operation": "filter", "where": [{"column": "Song", "test": "ne", "value": "unknown"}]},),
        after=(
            {"operation": "aggregate", "group_by": ["Year"], "measures": [{"function": "sum", "column": "Plays"}]},
            {"operation": "sort", "by": [{"column": "Year", "descending": True}]},
        ),
    )
    assert ran.rows == [["2009", "5"], ["2008", "5"], ["2007", "3"], ["", "8"]]
    assert [step.rows_out for step in ran.finished.ledger.steps] == [5, 7, 4, 4]


@pytest.mark.parametrize("way", ALL_WAYS)
@pytest.mark.parametrize("how", ["left", "inner", "semi", "anti"])
def test_what_filters_leave_is_joined(join: Join, monkeypatch: pytest.MonkeyPatch, way: Way, how: str) -> None:
    force(monkeypatch, way)
    where = [{"column": "Plays", "test": "between", "value": [2, 5]}, {"column": "Song", "test": "not_missing"}]
    ran = join(PLAYS, SONGS, how=how, before=({"operation": "filter", "where": where},), columns=["Year"])
    umbrella, halo, unknown = ["Umbrella", "3"], ["Halo", "4"], ["unknown", "5"]
    joined = [[*umbrella, "2007"], [*halo, "2008"], [*halo, "2009"]]
    assert ran.rows == {
        "left": [*joined, [*unknown, ""]], "inner": joined, "semi": [umbrella, halo], "anti": [unknown]
    }[how]  # fmt: skip
    assert [step.rows_in for step in ran.finished.ledger.steps] == [6, 3]


@pytest.mark.usefixtures("in_parts")
def test_a_join_in_parts_stands_between_other_steps(join: Join) -> None:
    test_a_join_stands_between_other_steps(join)


@pytest.mark.parametrize("way", ALL_WAYS)
def test_an_aggregate_is_joined(join: Join, monkeypatch: pytest.MonkeyPatch, way: Way) -> None:
    force(monkeypatch, way)
    ran = join(
        PLAYS,
        "Name,Year\n5,five\n3,three\n",
        on=[{"left": "sum", "right": "Name"}],
        before=(
            {
                "operation": "aggregate",
                "group_by": ["Song"],
                "measures": [{"function": "sum", "column": "Plays", "name": "sum"}],
            },
        ),
        after=({"operation": "sort", "by": ["Song"]},),
    )
    assert ran.rows == [
        ["", "6", ""], ["Halo", "5", "five"], ["Umbrella", "3", "three"], ["unknown", "5", "five"], ["", "2", ""]
    ]  # fmt: skip


@pytest.mark.parametrize("way", ALL_WAYS)
def test_groups_are_in_the_same_order_whatever_matched_them(
    join: Join, monkeypatch: pytest.MonkeyPatch, way: Way
) -> None:
    force(monkeypatch, way)
    songs = [f"song {number:03}" for number in range(200)]
    ran = join(
        "Song,Plays\n" + "".join(f"{song},1\n" for song in reversed(songs)),
        "Name,Year\n" + "".join(f"{song},{year}\n" for year in (3, 1, 2) for song in songs),
        before=({"operation": "aggregate", "group_by": ["Song"], "measures": [{"function": "count", "name": "n"}]},),
        after=({"operation": "sort", "by": ["n"]},),
    )
    assert ran.rows == [[song, "1", year] for song in songs for year in "312"]


def test_two_tables_are_joined_one_after_the_other(engine: Engine, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("k,v\n1,x\n2,y\n")
    (tmp_path / "b.csv").write_text("k,v\nx,X\n")
    steps = [
        {"operation": "join", "file": "a.csv", "on": [{"left": "k", "right": "k"}], "columns": ["v"]},
        {"operation": "join", "file": "b.csv", "on": [{"left": "v", "right": "k"}], "columns": ["v"]},
    ]
    tables = [{"step": n, "path": tmp_path / name, "name": name} for n, name in enumerate(["a.csv", "b.csv"])]
    ran = engine("k\n1\n2\n", *steps, tables=tables)
    assert ran.result == "k,v,b.v\n1,x,X\n2,y,\n"


# Numbers of the other table


@pytest.mark.parametrize("columnar", [False, True])
def test_brought_numbers_are_compared_and_added_up(join: Join, columnar: bool) -> None:
    right = "Name,Year\nHalo, 9\nUmbrella,10.5\n"
    after = (
        {"operation": "aggregate", "group_by": ["Song"], "measures": [{"function": "sum", "column": "Year"}]},
        {"operation": "sort", "by": ["Song"]},
    )
    ran = join(PLAYS, right, how="inner", after=after, columnar=columnar)
    assert [(row[0], float(row[1])) for row in ran.rows] == [("Halo", 18.0), ("Umbrella", 10.5)]
    ran = join(PLAYS, right, after=({"operation": "sort", "by": ["Year"]},), columnar=columnar)
    assert [row[2] for row in ran.rows] == [" 9", " 9", "10.5", "", "", ""]


@pytest.mark.parametrize("columnar", [False, True])
def test_a_brought_text_that_is_to_be_a_number_fails_with_its_place(join: Join, columnar: bool) -> None:
    where = [{"column": "Year", "test": "gt", "value": 2000}]
    ran = join(
        PLAYS, "Name,Year\nHalo,2008\nUmbrella,x\n", after=({"operation": "filter", "where": where},), columnar=columnar
    )
    assert ran.failed.message == (
        "“songs.csv”, the other table: A later step reads “Year” as numbers, but record 2 has none there, or one of "
        "more than 28 digits."
    )


def test_it_is_named_by_its_number_in_the_file_also_where_a_copy_is_read(join: Join, tmp_path: Path) -> None:
    copy = tmp_path / "data.parquet"
    pl.DataFrame({"Name": ["Halo", "Umbrella"], "Year": ["2008", "x"], RECORD_COLUMN: [2, 5]}).write_parquet(copy)
    where = [{"column": "Year", "test": "gt", "value": 2000}]
    step = {"operation": "filter", "where": where}
    of_file = join(PLAYS, "Name,Year\n\nHalo,2008\nshort\n\nUmbrella,x\n", after=(step,)).failed
    of_copy = join(PLAYS, "Name,Year\n", after=(step,), columnar=True, table={"path": copy}).failed
    assert of_copy == of_file and "record 5 has none there" in of_copy.message


# The other table as it is


def test_a_copy_that_lacks_more_than_was_counted_does_not_balance(join: Join) -> None:
    inspected = {"dialect": "UTF-8, comma", "records": 9, "rejected": 1, "blank": 1}
    failed = join(PLAYS, SONGS, columnar=True, table={"inspected": inspected}).failed
    assert failed.code == "ledger"
    assert "9 records of “songs.csv” read, but 5 kept, 1 rejected and 1 blank" in failed.message


def test_rejects_of_the_other_table_are_told_of_and_accounted_for(join: Join) -> None:
    ran = join(PLAYS, "Name,Year\nHalo,2008\nUmbrella,2007,too many\n\nHalo,2009\n", how="inner")
    assert ran.rows == [["Halo", "1", "2008"], ["Halo", "1", "2009"], ["Halo", "4", "2008"], ["Halo", "4", "2009"]]
    (counts,) = ran.finished.ledger.tables
    assert (counts.read, counts.kept, counts.rejected, counts.blank) == (4, 2, 1, 1)
    assert "4 records: 2 kept, 1 rejected, 1 blank" in ran.notes


@pytest.mark.parametrize("columnar", [False, True])
def test_a_missing_column_of_the_other_table_is_named(join: Join, columnar: bool) -> None:
    ran = join(PLAYS, SONGS, on=[{"left": "Song", "right": "Title"}], columnar=columnar)
    assert ran.failed.message == "“songs.csv”, the other table, has no column “Title”."


def test_a_damaged_other_table_is_named(join: Join) -> None:
    ran = join(PLAYS, 'Name,Year\n"Halo,2008\n')
    assert ran.failed.message.startswith("“songs.csv”, the other table: A quote opened in record 1")


def test_another_table_that_is_gone_is_named(join: Join, engine: Engine, tmp_path: Path) -> None:
    step = {"operation": "join", "file": "gone.csv", "on": [{"left": "Song", "right": "Name"}]}
    ran = engine(PLAYS, step, tables=[{"step": 0, "path": tmp_path / "gone.csv", "name": "gone.csv"}])
    assert ran.failed.message == "“gone.csv” cannot be read: No such file or directory."


def test_the_header_alone_of_either_side_is_enough(join: Join) -> None:
    assert join("Song,Plays\n", SONGS).result == "Song,Plays,Year,songs.Plays\n"
    assert join(PLAYS, "Name,Year\n", how="inner").result == "Song,Plays,Year\n"
    assert join(PLAYS, "Name,Year\n", how="anti").result == PLAYS


@pytest.mark.usefixtures("in_parts")
def test_the_header_alone_of_either_side_is_enough_in_parts(join: Join) -> None:
    assert join("Song,Plays\n", SONGS).result == "Song,Plays,Year,songs.Plays\n"


# Answers of an API


@pytest.mark.parametrize("way", ALL_WAYS)
def test_rows_are_enriched_with_answers(
    engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, way: Way
) -> None:
    force(monkeypatch, way)
    answers = {
        ANSWER_KEY: ["1", "1", "2", None, "unasked"],
        "name": ["Leanne", "twice", "null", "x", "y"],
        "^address.*$": ["Gwenborough", "z", None, "x", "y"],
    }
    pl.DataFrame(answers).write_parquet(tmp_path / "answers.parquet")
    step = {
        "operation": "enrich",
        "api": {"url": "https://api.example.com/users/{user_id}"},
        "column": "user_id",
        "columns": ["name", "^address.*$"],
        "prefix": "user_",
    }
    table = {"step": 0, "path": tmp_path / "answers.parquet", "name": "the answers", "columnar": True}
    ran = engine("user_id,name\n1,a\n2,b\n3,c\n,d\n", step, tables=[table])
    assert ran.result == ("user_id,name,user_name,^address.*$\n1,a,Leanne,Gwenborough\n2,b,null,\n3,c,,\n,d,,\n")
    assert ran.finished.ledger.tables == (TableCounts(step=1, name="the answers", read=5, kept=5),)


# Another attempt


@pytest.mark.parametrize("way", ALL_WAYS)
def test_another_attempt_goes_on_with_what_is_finished_and_counts_the_same(
    join: Join, monkeypatch: pytest.MonkeyPatch, way: Way
) -> None:
    force(monkeypatch, way)
    monkeypatch.setattr(checkpoint, "WORTH_KEEPING_BYTES", 0)
    first = join(PLAYS, SONGS, how="inner")
    source = first.folder.parent / "input [1]*.csv"
    again = join(source, SONGS, how="inner", plan={"earlier": first.folder})
    assert "The structural check of the earlier attempt holds" in again.notes
    assert ("Goes on behind 6 of 6 rows" in again.notes) == (way != "parts")
    assert again.result == first.result
    assert again.finished.ledger == first.finished.ledger


def test_nothing_of_an_attempt_with_another_table_is_taken_over(join: Join, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checkpoint, "WORTH_KEEPING_BYTES", 0)
    first = join(PLAYS, SONGS, how="inner")
    source = first.folder.parent / "input [1]*.csv"
    again = join(source, "Name,Year\nHalo,1900\n", how="inner", plan={"earlier": first.folder}, columns=["Year"])
    assert "earlier attempt" not in again.notes
    assert again.rows == [["Halo", "1", "1900"], ["Halo", "4", "1900"]]


def test_another_table_that_changes_meanwhile_fails_the_job(join: Join, monkeypatch: pytest.MonkeyPatch) -> None:
    of = Lookup.of

    def change(matching: Any, right: pl.DataFrame) -> Lookup:
        for path in Path(changed).parent.glob("songs.csv"):
            path.open("a").write("more,1\n")
        return of(matching, right)

    changed = join(PLAYS, SONGS).folder
    monkeypatch.setattr(Lookup, "of", change)
    failed = join(PLAYS, SONGS).failed
    assert failed.message == "“songs.csv” changed while it was being read. Start the job again when it is complete."


def test_the_engine_joins_as_a_process_of_its_own(engine_process: Engine, tmp_path: Path) -> None:
    (tmp_path / "songs.csv").write_text("Name,Year\nHalo,2008\n")
    step = {"operation": "join", "file": "songs.csv", "on": [{"left": "Song", "right": "Name"}], "columns": ["Year"]}
    table = {"step": 0, "path": str(tmp_path / "songs.csv"), "name": "songs.csv"}
    ran = engine_process("Song,Plays\nHalo,1\nx,2\n", step, tables=[table])
    assert ran.result == "Song,Plays,Year\nHalo,1,2008\nx,2,\n"


# The ledger


@pytest.mark.parametrize("how", ["left", "inner"])
@pytest.mark.parametrize("way", ["frames", "parts"])
def test_a_row_that_is_lost_shows(join: Join, monkeypatch: pytest.MonkeyPatch, how: str, way: Way) -> None:
    force(monkeypatch, way)
    beside = Lookup.beside
    monkeypatch.setattr(Lookup, "beside", lambda self, frame, places: beside(self, frame, places)[1:])
    assert join(PLAYS, SONGS, how=how).failed.code == "ledger"


def test_a_row_that_is_lost_as_bytes_shows(join: Join, monkeypatch: pytest.MonkeyPatch) -> None:
    force(monkeypatch, "records")
    spread = recordmatch.windows
    monkeypatch.setattr(recordmatch, "windows", lambda *rows: ((a[1:], b[1:]) for a, b in spread(*rows)))
    assert join(PLAYS, SONGS).failed.code == "ledger"


def test_counts_of_another_table_that_do_not_add_up_fail_the_job() -> None:
    counts = TableCounts(step=1, name="songs.csv", read=5, kept=3, rejected=1)
    with pytest.raises(LedgerError, match="5 records of “songs.csv” read, but 3 kept, 1 rejected and 0 blank"):
        Ledger(read=0, kept=0, rejected=0, blank=0, written=0, tables=(counts,)).check()
