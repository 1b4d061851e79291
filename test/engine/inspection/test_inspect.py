"""Inspections of whole files: pandas is the oracle, and odd columns are told as what they are."""

from __future__ import annotations

import gzip
import io
import random
import re
import signal
from collections import Counter
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from project.engine.inspection import column as column_module
from project.engine.inspection.profile import Profile

if TYPE_CHECKING:
    from conftest import Engine, Inspect

PERCENTS = (5, 25, 50, 75, 95)


def csv_of(frame: pd.DataFrame) -> bytes:
    return frame.to_csv(index=False).encode()


def mixed(rows: int, seed: int = 1) -> pd.DataFrame:
    """Columns of many kinds with missing values here and there."""
    dice = random.Random(seed)
    days = pd.date_range("2019-12-30", periods=900)
    return pd.DataFrame(
        {
            "number": [dice.randrange(-500, 5000) for _ in range(rows)],
            "price": [f"{dice.randrange(-10**6, 10**6) / 100:.2f}" for _ in range(rows)],
            "float": [f"{dice.gauss(0, 1):.6e}" for _ in range(rows)],
            "word": [dice.choice(["", "ä", "two words", f"word {dice.randrange(3000)}"]) for _ in range(rows)],
            "day": [days[dice.randrange(900)].date().isoformat() for _ in range(rows)],
            "id": [f"{dice.getrandbits(64):016x}" for _ in range(rows)],
            "serial": [n * 7919 % 1_000_003 for n in range(rows)],
        }
    )


def test_pandas_finds_the_same(inspect: Inspect) -> None:
    frame = mixed(20_000)
    found = inspect(csv_of(frame))
    assert found.profile.rows == found.profile.records == 20_000
    assert {column.name: column.shape.value for column in found.profile.columns} == {
        "number": "integer", "price": "decimal", "float": "float", "word": "text",
        "day": "date", "id": "text", "serial": "integer",
    }  # fmt: skip
    texts = pd.read_csv(io.BytesIO(csv_of(frame)), dtype=str)
    for column in found.profile.columns:
        present = texts[column.name].dropna()
        assert (column.values, column.missing, column.empty) == (len(present), texts[column.name].isna().sum(), 0)
        assert (column.distinct, column.distinct_error) == (present.nunique(), 0)
        assert column.longest == present.str.len().max()
        counts = sorted(Counter(present).items(), key=lambda item: (-item[1], item[0].encode()))[:10]
        assert [(value.value, value.count) for value in column.top] == counts
        assert column.top_error == 0
        assert column.histogram is not None
        assert sum(one.count for one in column.histogram.bins) == len(present)


@pytest.mark.parametrize("name", ["number", "price", "serial"])
def test_numbers_are_exact(inspect: Inspect, name: str) -> None:
    frame = mixed(5_000)
    column = inspect(csv_of(frame))[name]
    values = frame[name].map(lambda value: Decimal(str(value)))
    assert column.minimum is not None and column.maximum is not None and column.sum is not None
    assert (Decimal(column.minimum), Decimal(column.maximum)) == (values.min(), values.max())
    assert Decimal(column.sum) == sum(values)
    assert column.mean is not None
    assert abs(Decimal(column.mean) - sum(values) / 5_000) < Decimal("1e-9")
    wanted = frame[name].astype(float).quantile([percent / 100 for percent in PERCENTS])
    assert [quantile.percent for quantile in column.quantiles] == list(PERCENTS)
    assert [float(quantile.value) for quantile in column.quantiles] == pytest.approx(list(wanted))
    assert column.rank_error == 0


def test_floats_are_as_pandas_has_them(inspect: Inspect) -> None:
    frame = mixed(5_000)
    column = inspect(csv_of(frame))["float"]
    values = frame["float"].astype(float)
    told = [column.minimum, column.maximum, column.mean, *(quantile.value for quantile in column.quantiles)]
    wanted = values.quantile([percent / 100 for percent in PERCENTS])
    assert [float(str(one)) for one in told] == pytest.approx([values.min(), values.max(), values.mean(), *wanted])


def test_dates_have_a_span_and_no_mean(inspect: Inspect) -> None:
    frame = mixed(5_000)
    column = inspect(csv_of(frame))["day"]
    days = pd.to_datetime(frame["day"])
    assert column.minimum == days.min().date().isoformat()
    assert column.maximum == days.max().date().isoformat()
    assert column.span == f"{(days.max() - days.min()).days + 1:,} days"
    wanted = days.quantile([percent / 100 for percent in PERCENTS], interpolation="lower")
    assert [quantile.value for quantile in column.quantiles] == [day.date().isoformat() for day in wanted]
    assert column.mean is None and column.sum is None


def test_bins_hold_what_lies_between_their_borders(inspect: Inspect) -> None:
    frame = mixed(5_000)
    histogram = inspect(csv_of(frame))["number"].histogram
    assert histogram is not None and 2 < len(histogram.bins) <= 20
    for one in histogram.bins:
        assert one.count == frame["number"].between(int(one.low), int(one.high), inclusive="left").sum()


ODD: list[tuple[str, list[str], str, str]] = [
    ("all missing", ["", "", ""], "nothing", "no values"),
    ("empty texts", ['""', '""', ""], "nothing", "no values"),
    ("one value", ["x"] * 5, "text", "text"),
    ("leading zeros", ["1", "007", "00", "0", "0.5"], "text", "decimals, 2 with leading zeros, so text"),
    ("zero and one", ["0", "1", "1"], "integer", "integers, 0 and 1 alone"),
    ("signs", ["+1", "-2", "3"], "integer", "integers"),
    ("long", ["1" * 40, "2"], "text", "numbers, some with more than 28 digits or an exponent out of range, so text"),
    ("wide", ["1" * 28, "2"], "integer", "integers"),
    ("exponents", ["1e5", "2", "-1.5E-3"], "float", "numbers with exponents"),
    ("one scale", ["1" * 20, "0." + "1" * 20], "float",
     "decimals that need 40 digits together, so floating-point numbers"),
    ("NaN", ["NaN", "NaN"], "text", "text"),
    ("one that is none", ["1", "2", "n/a"], "text", "2 numbers and 1 other value such as “n/a”, so text"),
    ("dates", ["2024-02-29", "1999-12-31"], "date", "dates"),
    ("odd dates", ["2024-02-29", "2023-02-29", "2024-03-01"], "text",
     "2 dates and 1 other value such as “2023-02-29”, so text"),
    ("times", ["2024-02-29 12:00", "2024-02-29T13:00:01.5Z", "2024-02-29T13:00:00+02:00"], "date-time",
     "dates with times"),
    ("no times", ["2024-02-29 25:00", "2024-02-29 11:00", "2024-02-29 12:00"], "text",
     "2 dates with times and 1 other value such as “2024-02-29 25:00”, so text"),
    ("booleans", ["true", "False", "TRUE"], "boolean", "yes or no"),
    ("quotes", ['"a ""b"""', '"line\nline"', '"x,y"'], "text", "text"),
    ("*", ["1", "2", "3"], "integer", "integers"),
    ("^a.*$", ["1", "2", "3"], "integer", "integers"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "values", "shape", "sentence"), ODD, ids=[odd[0] for odd in ODD])
def test_odd_columns_are_told_in_words(
    inspect: Inspect, name: str, values: list[str], shape: str, sentence: str
) -> None:
    found = inspect(f"{name},other\n" + "".join(f"{value},x\n" for value in values))
    assert (found[name].shape, found[name].sentence) == (shape, sentence)


def test_numbers_of_28_digits_keep_all_of_them(inspect: Inspect) -> None:
    values = ["9" * 28, "-" + "1" * 27, "5"]
    column = inspect("a,b\n" + "".join(f"{value},\n" for value in values))["a"]
    assert (column.minimum, column.maximum) == (values[1], values[0])
    assert column.sum == str(sum(map(int, values)))
    assert "15 of them" in " ".join(column.methods)


def test_times_are_ordered_by_the_moment(inspect: Inspect) -> None:
    column = inspect("a,b\n2024-01-01T01:00+02:00,\n2024-01-01 00:00:00.25,\n2024-01-01T00:00Z,\n")["a"]
    assert (column.minimum, column.maximum) == ("2023-12-31 23:00:00", "2024-01-01 00:00:00.250000")
    assert column.span == "60 minutes"


def test_long_texts_are_cut_in_the_profile_and_whole_in_the_copy(inspect: Inspect) -> None:
    long = "é" * 1_000_000
    found = inspect(f"a,b\n{long},1\nshort,2\n")
    assert found["a"].longest == 1_000_000
    assert [(value.value, value.length) for value in found["a"].top] == [("short", 5), ("é" * 200, 1_000_000)]
    assert found.data["a"].to_list() == [long, "short"]


def test_names_that_come_twice_have_columns_of_their_own(inspect: Inspect) -> None:
    found = inspect("a,a,\n1,x,2\n3,y,4\n")
    assert found.data.columns == ["a", "a_2", "column_3"]
    assert [column.shape.value for column in found.profile.columns] == ["integer", "text", "integer"]


def test_missing_and_empty_are_told_apart(inspect: Inspect) -> None:
    found = inspect('a,b\n"",1\n,2\nx,\n')
    assert found.data.rows() == [("", "1"), (None, "2"), ("x", None)]
    assert (found["a"].values, found["a"].empty, found["a"].missing, found["a"].distinct) == (1, 1, 1, 2)
    assert (found["b"].values, found["b"].empty, found["b"].missing) == (2, 0, 1)


def test_rows_know_their_records_where_some_were_set_aside(inspect: Inspect) -> None:
    rows = [f"{n},{n}" if n % 7 else f"{n}" for n in range(1, 1000)]
    found = inspect("a,b\n" + "\n".join(rows) + "\n")
    assert found.profile.rejected == len(found.ran.rejects) == 142
    assert found.profile.has_records
    assert found.data["\0record"].to_list() == [n for n in range(1, 1000) if n % 7]
    assert found.data["a"].to_list() == [str(n) for n in range(1, 1000) if n % 7]


@pytest.mark.parametrize("has_rejects", [True, False])
def test_rows_know_their_records_where_some_were_blank(
    inspect: Inspect, monkeypatch: pytest.MonkeyPatch, has_rejects: bool
) -> None:
    monkeypatch.setattr("project.engine.budget.range_bytes", lambda memory_mb: 1024)

    def line(n: int) -> str:
        return "" if n % 5 == 0 else "odd" if has_rejects and n % 7 == 0 else f"{n},{n}"

    found = inspect("a,b\n" + "".join(line(n) + "\n" for n in range(1, 5000)))
    kept = [n for n in range(1, 5000) if "," in line(n)]
    assert found.profile.has_records and found.profile.blank == 999
    assert found.data["\0record"].to_list() == kept
    assert found.data["a"].to_list() == [str(n) for n in kept]


def test_blank_lines_behind_all_rows_change_no_number(inspect: Inspect) -> None:
    found = inspect("a,b\n1,2\n3,4\n\n\n")
    assert (found.profile.blank, found.profile.has_records) == (2, False)


def test_more_blank_lines_than_are_numbered_leave_rows_without_numbers(
    inspect: Inspect, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in ("scanner", "collection"):
        monkeypatch.setattr(f"project.engine.{module}.MOST_BLANKS", 1500)
    found = inspect("a,b\n\n" + "1,2\n\n" * 1498)
    assert found.profile.has_records
    found = inspect("a,b\n" + "1,2\n\n" * 1501)
    assert (found.profile.blank, found.profile.has_records) == (1501, False)
    assert found.data.columns == ["a", "b"]


def test_a_file_without_rows_has_an_empty_copy(inspect: Inspect) -> None:
    found = inspect("a,b\n")
    assert found.data.schema == {"a": pl.String(), "b": pl.String()}
    assert found.data.height == found.profile.rows == 0
    assert [column.shape.value for column in found.profile.columns] == ["nothing", "nothing"]


@pytest.mark.parametrize("kind", ["gzip", "UTF-16", "semicolon"])
def test_every_dialect_gives_the_same_profile(inspect: Inspect, tmp_path: Path, kind: str) -> None:
    frame = mixed(3_000)
    plain = csv_of(frame)
    data = {
        "gzip": gzip.compress(plain),
        "UTF-16": plain.decode().encode("utf-16"),
        "semicolon": frame.to_csv(index=False, sep=";").encode("cp1252"),
    }[kind]
    path = tmp_path / f"input.csv{'.gz' if kind == 'gzip' else ''}"
    path.write_bytes(data)
    found, wanted = inspect(path), inspect(plain)
    assert found.profile.columns == wanted.profile.columns
    assert found.data.equals(wanted.data)


CHARACTERS = st.characters(exclude_categories=["Cs"], exclude_characters="\r\0")
texts = st.text(st.one_of(st.sampled_from('",\n 0123456789.-+eE'), CHARACTERS), max_size=12)


VALUES = st.one_of(texts, st.integers().map(str), st.dates().map(str), st.floats().map(str))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(VALUES, min_size=1, max_size=30))
def test_any_column_is_copied_and_counted(inspect: Inspect, values: list[str]) -> None:
    quoted = ['"' + value.replace('"', '""') + '"' for value in values]
    found = inspect(
        "a,b\n" + "".join(f"{value},x\n" for value in quoted),
        dialect={"delimiter": ",", "quote": '"', "header": True, "encoding": "UTF-8", "escape": "", "comment": ""},
    )
    assert found.data["a"].to_list() == values
    column = found["a"]
    assert column.distinct == len(set(values))
    assert column.values == sum(value != "" for value in values)
    assert {(value.value, value.count) for value in column.top} <= set(Counter(values).items())
    assert column.longest == max(map(len, values))


@pytest.fixture
def small_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pieces of 64 KB, and counts that are merged often."""
    monkeypatch.setattr("project.engine.budget.range_bytes", lambda memory_mb: 64 * 1024)
    monkeypatch.setattr(column_module, "_LEAST_MERGED", 100)


@pytest.mark.usefixtures("small_pieces")
def test_many_pieces_say_what_one_says(inspect: Inspect, engine: Engine) -> None:
    frame = mixed(30_000)
    found = inspect(csv_of(frame))
    assert found.profile.columns == inspect(csv_of(frame)).profile.columns
    texts = pd.read_csv(io.BytesIO(csv_of(frame)), dtype=str)
    for column in found.profile.columns:
        assert column.distinct == texts[column.name].nunique()
    assert found.data["id"].to_list() == list(frame["id"])


@pytest.mark.usefixtures("small_pieces")
def test_what_is_too_much_to_count_is_estimated_within_its_error(
    inspect: Inspect, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("project.engine.budget.key_bytes", lambda memory_mb: 512 * 1024)
    frame = mixed(60_000)
    frame.loc[::5, "id"] = "often"
    data = csv_of(frame)
    found = inspect(data)
    column = found["id"]
    distinct = frame["id"].nunique()
    assert 0 < column.distinct_error < 0.02
    assert abs(column.distinct - distinct) < 4 * column.distinct_error * distinct
    assert column.top[0].value == "often"
    assert column.top[0].count <= 12_000 <= column.top[0].count + column.top_error
    assert len(column.methods) == 2
    serial = found["serial"]
    values = sorted(frame["serial"])
    assert serial.sum == str(sum(values))
    assert (serial.minimum, serial.maximum) == (str(values[0]), str(values[-1]))
    assert 0 < serial.rank_error < 0.05
    for quantile in serial.quantiles:
        rank = sum(value < float(quantile.value) for value in values)
        assert abs(rank - quantile.percent / 100 * len(values)) <= serial.rank_error * len(values) + 1
    assert serial.histogram is not None
    assert sum(one.count for one in serial.histogram.bins) == len(values)
    assert found.profile == inspect(data).profile


def test_what_is_known_so_far_is_told_while_it_runs(inspect: Inspect, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[Profile] = []

    def keep(path: Path, text: str, *, sync: bool) -> None:
        assert path.name == "profile.partial.json" and not sync
        told.append(Profile.model_validate_json(text))

    monkeypatch.setattr("project.engine.budget.range_bytes", lambda memory_mb: 64 * 1024)
    monkeypatch.setattr("project.engine.inspection.inspect._SECONDS_BETWEEN", 0.0)
    monkeypatch.setattr("project.engine.inspection.inspect._TELLING_SHARE", 1e9)
    monkeypatch.setattr("project.engine.inspection.inspect.keep_file", keep)
    found = inspect(csv_of(mixed(10_000)))
    assert len(told) > 3
    rows = [profile.rows for profile in told]
    assert rows == sorted(rows) and rows[0] > 0
    assert all(not profile.complete and profile.columns[0].values == profile.rows for profile in told)
    assert found.profile.complete and found.profile.rows == 10_000


def test_the_events_are_those_of_a_job(engine_process: Engine) -> None:
    ran = engine_process(csv_of(mixed(60_000)), inspection=True, memory_mb=256)
    assert ran.status == 0, ran.errors
    assert ran.counts == (60_000, 60_000, 0, 0, 60_000)
    phases = list(dict.fromkeys(event.phase for event in ran.progress))
    assert phases == ["detecting", "checking", "working", "writing"]
    fractions = [event.fraction for event in ran.progress]
    assert fractions == sorted(fractions) and fractions[-1] == 1
    assert ran.finished.columns == tuple(mixed(1).columns)


def test_the_same_file_has_the_same_bytes_of_profile_in_every_process(engine_process: Engine) -> None:
    data = csv_of(mixed(60_000))
    first, second = (engine_process(data, inspection=True, memory_mb=memory) for memory in (256, 256))
    assert (first.folder / "profile.json").read_bytes() == (second.folder / "profile.json").read_bytes()


def test_a_later_attempt_takes_over_the_check(
    start_engine: Callable[..., Any], engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("project.engine.checkpoint.WORTH_KEEPING_BYTES", 0)
    path = tmp_path / "input.csv"
    rows = csv_of(mixed(3_000))
    path.write_bytes(rows + b"\nodd\n" + rows)
    first = engine(path, inspection=True)
    second = engine(path, inspection=True, earlier=first.folder, folder=tmp_path / "second")
    assert "The structural check of the earlier attempt holds" in second.notes
    for name in ("profile.json", "rejects.csv"):
        assert (first.folder / name).read_bytes() == (second.folder / name).read_bytes()
    other = engine(path, earlier=first.folder, folder=tmp_path / "other")
    assert "The structural check of the earlier attempt holds" not in other.notes


def test_a_job_behind_an_inspection_recalls_its_check(engine: Engine, tmp_path: Path) -> None:
    path = tmp_path / "input.csv"
    path.write_bytes(csv_of(mixed(20_000)))
    engine(path, inspection=True, facts=tmp_path / "facts")
    again = engine(path, inspection=True, facts=tmp_path / "facts")
    assert "the check is not repeated" in again.notes
    sort = engine(path, {"operation": "sort", "by": ["number"]}, facts=tmp_path / "facts")
    assert "the check is not repeated" in sort.notes


def test_a_copy_that_would_pass_the_limit_fails(inspect: Inspect, engine: Engine, tmp_path: Path) -> None:
    dice = random.Random(1)
    lines = (f"{dice.getrandbits(256):064x},{dice.getrandbits(256):064x}\n" for _ in range(20_000))
    failed = engine("a,b\n" + "".join(lines), inspection=True, output_mb=1).failed
    assert failed.message == "The result would pass 1 MB, the limit of the setting ENGINE_OUTPUT_MB."


def test_what_goes_wrong_with_a_piece_is_told_as_it_is(engine: Engine, tmp_path: Path, monkeypatch: Any) -> None:
    path = tmp_path / "input.csv"
    path.write_bytes(csv_of(mixed(20_000)))
    facts = tmp_path / "facts"
    engine(path, inspection=True, facts=facts)
    monkeypatch.setattr("project.engine.seals.Seals._are_whole", lambda *arguments: False)
    failed = engine(path, inspection=True, facts=facts).failed
    assert failed.code == "input_changed"


def test_a_killed_inspection_leaves_no_profile(start_engine: Callable[..., Any], tmp_path: Path) -> None:
    path = tmp_path / "input.csv"
    path.write_bytes(csv_of(mixed(100_000)))
    process, plan = start_engine(path, inspection=True)
    for line in process.stdout:
        if b'"working"' in line:
            process.kill()
            break
    assert process.wait(30) == -signal.SIGKILL
    assert not (plan.folder / "profile.json").exists()


def held_mb(process: Any) -> int:
    """The most memory that the process says it has held, while it runs; its own report knows its parent's too."""
    most = 0
    for line in process.stdout:
        status = Path(f"/proc/{process.pid}/status").read_text()
        # What has ended holds nothing.
        most = max([most, *(int(kb) // 1024 for kb in re.findall(r"VmHWM:\s+(\d+) kB", status))])
        if b'"finished"' in line:
            return most
    raise AssertionError("It did not finish.")


def test_memory_does_not_grow_with_the_file(start_engine: Callable[..., Any], tmp_path: Path) -> None:
    def peak(rows: int) -> int:
        path = tmp_path / f"{rows}.csv"
        with path.open("w") as file:
            file.write("song,id,number\n")
            for first in range(0, rows, 50_000):
                file.writelines(f"Song {n * 7919 % 1000},id {n},{n % 100}\n" for n in range(first, first + 50_000))
        process, _ = start_engine(path, inspection=True, memory_mb=512)
        return held_mb(process)

    small, large = peak(1_000_000), peak(5_000_000)
    assert large <= 512
    assert large < 1.3 * small


def test_a_decimal_comma_makes_numbers_of_texts(inspect: Inspect) -> None:
    text = "a;b\n1,5;x\n-2,25;y\n;z\n"
    plain, found = inspect(text)["a"], inspect(text, dialect={"decimal": ","})["a"]
    assert (plain.shape, found.shape) == ("text", "decimal")
    assert (found.minimum, found.maximum) == ("-2.25", "1.5")
