"""A trial counts exactly what the match would do, whatever the tables hold and however they are divided."""

from __future__ import annotations

from pathlib import Path
from test.engine.trial.naive import Expected, Row, as_csv
from typing import TYPE_CHECKING, Any, get_args

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from project.engine import budget
from project.engine.ledger import TableCounts
from project.engine.matches import Double
from project.engine.plan import Inspected, StepTable
from project.engine.trial import spread as spreading
from project.engine.trial.compared import Comparison
from project.operations.enrich import ANSWER_KEY
from project.operations.match import How, Ignore

if TYPE_CHECKING:
    from conftest import Engine, Try

TEXTS = st.sampled_from(["", "0", "00", "7", "007", " 7", "7 ", "a", "A", " A", "0a", "ß", "Σ", "a\nb", 'a"', None])
ROWS = st.lists(st.tuples(TEXTS, TEXTS), max_size=30)


@pytest.fixture
def many_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Parts and batches of a few rows; those that are too large are spread again."""
    monkeypatch.setattr(budget, "part_bytes", lambda memory_mb: 150)
    monkeypatch.setattr(spreading, "_MOST_PARTS", 3)


def join(*pairs: str, **step: Any) -> dict[str, Any]:
    """A join with other.csv by pairs such as "k=id"."""
    on = [dict(zip(("left", "right"), pair.split("="), strict=True)) for pair in pairs]
    return {"operation": "join", "file": "other.csv", "on": on} | step


def numbered(rows: list[Row]) -> list[Row]:
    """A column more, so that no row is blank."""
    return [(*row, str(number)) for number, row in enumerate(rows)]


@pytest.mark.usefixtures("many_parts")
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    left=ROWS,
    right=ROWS,
    width=st.integers(1, 2),
    how=st.sampled_from(get_args(How)),
    twice=st.sampled_from(["first", "all"]),
    ignore=st.sets(st.sampled_from(get_args(Ignore))),
    columnar=st.booleans(),
)
def test_counts_are_those_of_going_through_the_rows(
    try_out: Try,
    left: list[Row],
    right: list[Row],
    width: int,
    how: str,
    twice: Any,
    ignore: set[Ignore],
    columnar: bool,
) -> None:
    pairs = ["k=id", "j=other"][:width]
    step = join(*pairs, how=how, twice=twice, ignore=sorted(ignore))
    text = as_csv(("k", "j", "x"), numbered(left))
    found = try_out(text, ("id", "other", "y"), numbered(right), step, columnar=columnar).match
    expected = Expected([row[:width] for row in left], [row[:width] for row in right], tuple(ignore))
    lefts, rights = expected.counts(expected.left), expected.counts(expected.right)

    for side, counts, rows in ((found.left, lefts, expected.left), (found.right, rights, expected.right)):
        doubles = [(-count, expected.name(rows, key)) for key, count in counts.items() if count > 1]
        assert (side.rows, side.keys) == (len(rows), len(counts))
        assert side.missing == len(rows) - counts.total()
        assert side.double_keys == len(doubles)
        assert side.doubles == tuple(Double(key=key, rows=-count) for count, key in sorted(doubles)[:10])
    assert found.matched_keys == len(lefts.keys() & rights.keys())
    assert found.matched_rows == sum(lefts[key] for key in lefts.keys() & rights.keys())
    assert found.rows_out == expected.rows_out(how, twice)
    unmatched = sorted((-lefts[key], expected.name(expected.left, key)) for key in lefts.keys() - rights.keys())
    assert found.unmatched == tuple(key for _, key in unmatched[:10])
    near = {kind: expected.near(kind) for kind in get_args(Ignore) if kind not in ignore}
    assert {each.ignore: (each.keys, each.rows) for each in found.near} == {k: n for k, n in near.items() if n[0]}
    for each in found.near:
        assert len(each.examples) == min(5, each.keys)
        for one, other in each.examples:
            assert expected.compared(one) != expected.compared(other)
            assert expected.compared(one, (each.ignore,)) == expected.compared(other, (each.ignore,))


@pytest.mark.usefixtures("many_parts")
@pytest.mark.parametrize("columnar", [False, True])
def test_the_sample_has_the_first_row_of_each_key(try_out: Try, columnar: bool) -> None:
    left = as_csv(("k", "x"), [(str(number % 50), "l") for number in range(200)])
    right = [(str(number % 40), f"r{number}", None) for number in range(400)]
    tried = try_out(left, ("id", "x", "y"), right, join("k=id"), columnar=columnar)
    assert tried.sample is not None
    assert tried.sample.columns == ("k", "other.x", "y")
    assert len({row[0] for row in tried.sample.rows}) == 20
    assert all(row == (row[0], f"r{row[0]}", None) for row in tried.sample.rows)
    assert tried.ran.finished.columns == ("k", "x", "other.x", "y")


def test_a_match_that_brings_nothing_has_no_sample(try_out: Try) -> None:
    tried = try_out("k,x\n1,a\n", ("id", "y"), [("1", "b")], join("k=id", how="anti"))
    assert tried.sample is None
    assert tried.match.rows_out == 0


def test_the_rows_are_those_that_come_to_the_first_match(try_out: Try) -> None:
    steps = (
        {"operation": "filter", "where": [{"column": "x", "test": "gt", "value": "1"}]},
        {"operation": "aggregate", "group_by": ["k"], "measures": [{"function": "sum", "column": "x", "as": "s"}]},
        join("s=id"),
        {"operation": "sort", "by": ["k"]},
    )
    tried = try_out("k,x\na,1\na,2\nb,3\nc,\nb,4\nd,7\n", ("id", "y"), [("7", "yes")], *steps, place=2)
    assert (tried.match.step, tried.match.left.rows, tried.match.left.keys, tried.match.matched_rows) == (2, 3, 2, 2)
    ledger = tried.ran.finished.ledger
    ledger.check()
    assert [step.operation for step in ledger.steps] == ["filter", "aggregate"]
    assert (ledger.read, ledger.written) == (6, 3)


def test_answers_are_matched_by_their_own_key(try_out: Try) -> None:
    step = {
        "operation": "enrich",
        "api": {"url": "https://api.example.com/users/{user}"},
        "column": "user",
        "columns": ["name", "x"],
    }
    answers = [("1", "Ann", None), ("2", "Bob", "t"), ("2", "Bobby", "u")]
    tried = try_out("user,x\n1,a\n2,b\n2,c\n3,d\n,e\n", (ANSWER_KEY, "name", "x"), answers, step, columnar=True)
    assert (tried.match.matched_keys, tried.match.matched_rows, tried.match.rows_out) == (2, 3, 5)
    assert (tried.match.left.missing, tried.match.right.double_keys) == (1, 1)
    assert tried.sample is not None and tried.sample.columns == ("user", "name", "api.x")
    assert set(tried.sample.rows) == {("1", "Ann", None), ("2", "Bob", "t")}


def test_one_column_can_be_matched_with_two(try_out: Try) -> None:
    tried = try_out("k,x\n1,a\n2,b\n", ("id", "other"), [("1", "1"), ("2", "1")], join("k=id", "k=other"))
    assert (tried.match.matched_keys, tried.match.unmatched) == (1, (("2", "2"),))


def test_it_says_why_the_job_would_fail_where_a_key_is_double(try_out: Try) -> None:
    right = [("0", "z"), ("1", "a"), ("2", "b"), ("1", "c"), ("1", "d"), ("9", "e"), ("9", "e")]
    found = try_out("k,x\n1,a\n2,b\n", ("id", "y"), right, join("k=id", twice="fail", how="semi")).match
    assert found.would_fail.startswith(
        "A row with k = “1” matches several rows of “other.csv”, the first of them rows 2 a"
    )
    assert "rows 2 and 4" in found.would_fail
    assert try_out("k,x\n2,b\n", ("id", "y"), right, join("k=id", twice="fail")).match.would_fail == ""


def test_it_says_why_the_job_would_fail_where_rows_are_too_many(try_out: Try) -> None:
    right = [("1", str(number)) for number in range(4)]
    found = try_out("k,x\n1,a\n2,b\n", ("id", "y"), right, join("k=id", most_rows=4)).match
    assert found.rows_out == 5
    assert found.would_fail.startswith("Join gives more than 4 rows")
    assert try_out("k,x\n1,a\n2,b\n", ("id", "y"), right, join("k=id", most_rows=5)).match.would_fail == ""


@pytest.mark.parametrize("how", get_args(How))
@pytest.mark.parametrize("twice", ["first", "all", "fail"])
@pytest.mark.parametrize("most_rows", [None, 2])
@pytest.mark.parametrize("is_double", [False, True])
def test_the_job_does_what_its_trial_has_said(
    try_out: Try, how: How, twice: str, most_rows: int | None, is_double: bool
) -> None:
    right = [("1", "a"), ("01", "b"), ("2", "c"), ("4", "d")] + [("1", "e"), ("1", "f")] * is_double
    step = join("k=id", how=how, twice=twice, most_rows=most_rows, ignore=["leading_zeros"] * is_double)
    rows = ("k,x\n3,a\n1,b\n,c\n2,d\n2,e\n5,f\n", ("id", "y"), right)
    said = try_out(*rows, step).match
    ran = try_out(*rows, step | {"columns": ["y"]}, trial=False).ran
    if said.would_fail:
        assert ran.failed.message == said.would_fail
    else:
        assert ran.finished.ledger.written == said.rows_out


def test_rows_without_end_are_counted_beyond_64_bits() -> None:
    key = pl.DataFrame({"key0": ["a"], "rows": [2**62]})
    assert Comparison(1, ()).of(key, key).pairs == 2**124


def test_a_table_without_rows_matches_nothing(try_out: Try) -> None:
    for columnar in (False, True):
        tried = try_out("k,x\n1,a\n", ("id", "y"), [], join("k=id"), columnar=columnar)
        assert (tried.match.matched_rows, tried.match.right.rows, tried.match.rows_out) == (0, 0, 1)
        assert tried.sample is not None and tried.sample.rows == ()


def test_long_texts_are_cut_in_the_report_and_not_in_the_match(try_out: Try) -> None:
    long = "a" * 5000
    found = try_out(f"k,x\n{long}1,a\n{long}2,b\n", ("id", "y"), [(f"{long}2", "")], join("k=id")).match
    assert found.matched_rows == 1
    assert len(found.unmatched[0][0]) == 500


@pytest.mark.parametrize("columnar", [False, True])
def test_a_column_that_is_not_there_is_named(try_out: Try, columnar: bool) -> None:
    tried = try_out("k,x\n1,a\n", ("id", "y"), [("1", "b")], join("k=name"), columnar=columnar)
    assert tried.ran.failed.message == "“other.csv”, the other table, has no column “name”."
    tried = try_out("k,x\n1,a\n", ("id", "y"), [("1", "b")], join("k=id", columns=["z"]), columnar=columnar)
    assert tried.ran.failed.message == "“other.csv”, the other table, has no column “z”."


@pytest.mark.parametrize("columnar", [False, True])
def test_a_table_that_cannot_be_read_is_named(try_out: Try, tmp_path: Path, columnar: bool) -> None:
    path = tmp_path / "broken"
    path.write_bytes(b"PAR1" * 100)
    table = StepTable(step=0, path=path, name="songs.csv", columnar=columnar)
    ran = try_out("k,x\n1,a\n", ("id", "y"), [("1", "b")], join("k=id"), tables=(table,)).ran
    assert ran.failed.message.startswith("“songs.csv”, the other table")


def test_the_other_tables_records_are_accounted_for(try_out: Try, tmp_path: Path) -> None:
    path = tmp_path / "songs.csv"
    path.write_text("id,y\n1,a\n\n2,b,c\n")
    table = StepTable(step=0, path=path, name="songs.csv")
    ran = try_out("k,x\n1,a\n", ("id", "y"), [("1", "b")], join("k=id"), tables=(table,)).ran
    assert ran.finished.ledger.tables == (TableCounts(step=1, name="songs.csv", read=3, kept=1, rejected=1, blank=1),)
    told = [note for note in ran.notes.splitlines() if "songs.csv" in note]
    pl.DataFrame({"id": ["1"], "y": ["a"]}).write_parquet(path)
    inspected = Inspected(dialect='UTF-8, comma, quoted with ", header in line 1', records=3, rejected=1, blank=1)
    copy = StepTable(step=0, path=path, name="songs.csv", columnar=True, inspected=inspected)
    of_copy = try_out("k,x\n1,a\n", ("id", "y"), [("1", "b")], join("k=id"), tables=(copy,)).ran
    assert of_copy.finished.ledger == ran.finished.ledger
    assert [note for note in of_copy.notes.splitlines() if "songs.csv" in note] == told


def test_what_could_not_be_read_is_told(try_out: Try) -> None:
    tried = try_out("k,x\n1,a\n2,b,c\n", ("id", "y"), [("1", "b")], join("k=id"))
    assert [reject.record for reject in tried.ran.rejects] == [2]
    ledger = tried.ran.finished.ledger
    assert (ledger.read, ledger.kept, ledger.rejected, ledger.written) == (2, 1, 1, 1)


def test_no_more_rejects_than_the_recipe_allows(try_out: Try) -> None:
    tried = try_out("k,x\n1,a\n2,b,c\n", ("id", "y"), [("1", "b")], join("k=id"), max_rejects=0)
    assert tried.ran.failed.code == "too_many_rejects"


def test_progress_only_grows_and_no_phase_is_told_that_there_is_not(try_out: Try) -> None:
    ran = try_out("k,x\n1,a\n2,b\n", ("id", "y"), [("1", "b")], join("k=id")).ran
    fractions = [event.fraction for event in ran.progress]
    assert fractions == sorted(fractions) and fractions[-1] <= 1
    assert {event.phase for event in ran.progress} <= {"detecting", "checking", "working"}
    assert "“other.csv”: Checked 1 records" in ran.notes


def test_nothing_is_left_but_the_report(try_out: Try) -> None:
    folder = try_out("k,x\n1,a\n2,b\n", ("id", "y"), [("1", "b")], join("k=id")).ran.folder
    assert not list((folder / "spill").iterdir())
    assert not (folder / "result.csv").exists()


def test_it_runs_as_a_process(engine_process: Engine, tmp_path: Path) -> None:
    other = tmp_path / "other.csv"
    other.write_text("id,y\n1,b\n")
    table = {"step": 0, "path": str(other), "name": "other.csv"}
    ran = engine_process("k,x\n1,a\n2,b\n", join("k=id"), tables=[table], trial=True)
    assert ran.finished.ledger.written == 2
