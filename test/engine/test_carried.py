"""Records that are handed on as bytes: the same files as when every field is taken apart and put together again."""

from __future__ import annotations

import csv
import io
import random
from test.engine.test_stage import KINDS, Rows, Step, Work, processes, rows_of, work
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from project.engine import carried, compiled, parts, recordsort, ways
from project.engine.dialect import Dialect
from project.engine.recordkey import RecordKey
from project.engine.recordsort import KeyLimits, PartFiles
from project.engine.rows import Rows as RowsOfBytes
from project.errors import LimitError

__all__ = ["work"]

CARRIED = "Records are handed on as they are: only what the steps look at is read."
PLAYED: Step = {"operation": "filter", "where": [{"column": "plays", "test": "gt", "value": 300}]}
NAMED: Step = {"operation": "filter", "where": [{"column": "song", "test": "contains", "value": "1"}]}
SORTS: dict[str, list[Any]] = {
    "texts": ["song", "day"],
    "one text down": [{"column": "song", "descending": True}],
    "numbers": ["plays"],
    "numbers down, then texts": [{"column": "plays", "descending": True}, "song"],
    "texts, then numbers down": ["day", {"column": "plays", "descending": True}],
    "numbers as text": [{"column": "plays", "compare": "text"}],
}
RECIPES: dict[str, list[Step]] = {
    "clean copy": [],
    "filter by number": [PLAYED],
    "filter by text": [NAMED],
    "filters": [PLAYED, NAMED],
    **{f"sort by {name}": [{"operation": "sort", "by": by}] for name, by in SORTS.items()},
    "filter, then sort": [PLAYED, {"operation": "sort", "by": ["song", "plays"]}],
}
WAYS: tuple[ways.Way, ...] = ("whole", "parts")


@pytest.fixture(autouse=True)
def _small_files_are_compiled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compiled, "WORTH_COMPILING_BYTES", 0)


def both(work: Work, rows: Rows, steps: list[Step], **options: Any) -> tuple[str, str, list[str]]:
    """The file as it is without carrying, and with it; and what the log says."""
    texts: list[str] = []
    notes: list[str] = []
    way = options.pop("way", None)
    work(rows, *steps, texts=texts, **options)
    work(rows, *steps, texts=texts, carried=True, notes=notes, way=way, **options)
    return texts[0], texts[1], notes


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("recipe", RECIPES)
@pytest.mark.parametrize("kind", KINDS)
def test_the_file_is_the_same(work: Work, kind: str, recipe: str, way: ways.Way) -> None:
    rows = rows_of(kind)
    plain, carried, notes = both(work, rows, RECIPES[recipe], way=way)
    assert carried == plain
    assert (CARRIED in notes) == bool(rows)


FIELDS = st.text(st.sampled_from("ab1,;\"'\n é\t"), max_size=4)
DIALECTS = {
    "usual": (",", '"', "\n"),
    "crlf": (",", '"', "\r\n"),
    "semicolon": (";", '"', "\n"),
    "single quotes": (",", "'", "\n"),
}


@pytest.mark.parametrize("name", DIALECTS)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rows=st.lists(st.tuples(FIELDS, FIELDS, st.sampled_from(["", "1", "-7", "20", "007"])), min_size=1, max_size=30),
    quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
    by=st.sampled_from([["a"], ["c"], ["b", {"column": "a", "descending": True}], None]),
    test=st.sampled_from(["missing", "not_missing", None]),
    way=st.sampled_from(WAYS),
    is_ended=st.booleans(),
)
def test_any_record_is_written_as_it_would_be_field_by_field(
    work: Work, name: str, rows: Any, quoting: Any, by: Any, test: Any, way: ways.Way, is_ended: bool
) -> None:
    delimiter, quote, end = DIALECTS[name]
    file = io.StringIO()
    writer = csv.writer(file, delimiter=delimiter, quotechar=quote, lineterminator=end, quoting=quoting)
    writer.writerows([("a", "b", "c"), *rows])
    steps: list[Step] = []
    if test:
        steps.append({"operation": "filter", "where": [{"column": "a", "test": test}]})
    if by:
        steps.append({"operation": "sort", "by": by})
    plain, carried, notes = both(
        work, [], steps, names=("a", "b", "c"), range_bytes=100, way=way,
        data=(file.getvalue() if is_ended else file.getvalue().removesuffix(end)).encode(),
        dialect=Dialect(encoding="UTF-8", columns=("a", "b", "c"), delimiter=delimiter, quote=quote),
    )  # fmt: skip
    assert carried == plain
    # A doubled quote within a text that is sorted by would have to be made one; an empty text is no number.
    if not by or quoting == csv.QUOTE_MINIMAL and not any(quote in text for row in rows for text in row):
        assert CARRIED in notes


def test_parts_can_be_worked_in_other_processes(work: Work) -> None:
    recipe = RECIPES["filter, then sort"]
    plain, carried, notes = both(work, rows_of("skewed"), recipe, way="parts", executors=processes)
    assert carried == plain
    assert CARRIED in notes


def test_a_sample_that_misled_ends_in_parts(work: Work, monkeypatch: pytest.MonkeyPatch) -> None:
    # The first piece alone is looked at, and the filter leaves nothing of it.
    monkeypatch.setattr(carried, "sampled_pieces", lambda pieces: [0])
    rows = [(f"song {number * 7 % 1000}", "", str(number), "") for number in range(3000)]
    plain, done, notes = both(work, rows, RECIPES["filter, then sort"])
    assert done == plain
    assert "There are more rows than a look at some of them told: they are worked in parts." in notes


def test_decimals_are_sorted_as_before(work: Work) -> None:
    steps: list[Step] = [{"operation": "sort", "by": ["note"]}]
    plain, carried, notes = both(work, rows_of("usual"), steps, way="parts")
    assert carried == plain
    assert CARRIED not in notes


def test_too_many_texts_are_sorted_as_before(work: Work, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("project.engine.keytable.MOST_TEXTS", 16)
    monkeypatch.setattr("project.engine.keytable._LEAST_TEXTS", 16)
    plain, carried, notes = both(work, rows_of("different"), RECIPES["sort by texts"], way="parts")
    assert carried == plain
    assert CARRIED not in notes


def test_what_does_not_fit_as_it_is_may_fit_packed(work: Work) -> None:
    rows = [(f"{number:05}{'x' * 1000}", "", "", "") for number in range(3000)]
    notes: list[str] = []
    sort = RECIPES["sort by texts"]
    done = work(rows, *sort, carried=True, way="parts", spill_mb=1, range_bytes=100_000, notes=notes)
    assert (len(done), CARRIED in notes) == (3000, False)


@pytest.mark.parametrize("recipe", ["clean copy", "sort by texts"])
def test_a_result_that_is_sure_not_to_fit_is_not_begun(work: Work, recipe: str) -> None:
    rows = [("x" * 1000, "", "", "")] * 3000
    read: list[int] = []
    with pytest.raises(
        LimitError, match=r"The result would take at least about 2\.3 MB: more than the 1 MB of the sett"
    ):
        work(rows, *RECIPES[recipe], carried=True, output_mb=1, range_bytes=100_000, read=read.append)
    assert not read


def test_a_filtered_result_is_begun(work: Work) -> None:
    rows = [("x" * 1000, "", str(number % 1000), "") for number in range(3000)]
    few: Step = {"operation": "filter", "where": [{"column": "plays", "test": "gt", "value": 900}]}
    assert len(work(rows, few, carried=True, output_mb=1, range_bytes=100_000)) == 297


def test_the_limit_for_temporary_files_holds(work: Work, monkeypatch: pytest.MonkeyPatch) -> None:
    # Filters leave more than they were thought to.
    monkeypatch.setattr(carried.Carried, "fits", lambda self, spill: True)
    rows = [("x" * 1000, "", "", "")] * 3000
    with pytest.raises(LimitError, match="ENGINE_SPILL_MB"):
        work(rows, *RECIPES["sort by texts"], carried=True, way="parts", spill_mb=1, range_bytes=100_000)


def test_a_part_that_outgrows_its_room_is_spread_again(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    chance = random.Random(1)
    keys = np.array([chance.choice([5, chance.randrange(10_000)]) for _ in range(20_000)], dtype=np.int64)
    lines = [f"{key},{number}\n".encode() for number, key in enumerate(keys)]
    rows = RowsOfBytes.packed(
        np.frombuffer(b"".join(lines), dtype=np.uint8), np.array([len(line) for line in lines]), keys
    )
    misled = KeyLimits(np.array([20_000], dtype=np.int64), (False, False))
    files = PartFiles(tmp_path, misled, 8_000)
    files.add(rows.spread(misled.limits))
    (spread_part,) = files.close()
    part = files.work(0, spread_part)
    spread: list[int] = []
    original = recordsort.SortPart._spread

    def counted(part: recordsort.SortPart) -> Any:
        spread.append(part.depth)
        return original(part)

    monkeypatch.setattr(recordsort.SortPart, "_spread", counted)
    made = parts.done(part)
    wanted = b"".join(line for _, _, line in sorted(zip(keys, range(len(lines)), lines, strict=True)))
    assert b"".join((part.folder / name).read_bytes() for name in made.files) == wanted
    assert spread
    times = len(spread)
    assert parts.done(part) == made
    assert len(spread) == times
    assert files.take_grown() >= len(wanted)


def test_a_key_that_does_not_fit_is_none() -> None:
    texts = [b"%d" % number for number in range(1000)]
    orders = [(name, False) for name in "abcdefgh"]
    assert RecordKey.made(orders[:3], dict.fromkeys("abc", texts), {}) is not None
    assert RecordKey.made(orders, dict.fromkeys("abcdefgh", texts), {}) is None


def test_rows_that_are_lost_are_noticed(work: Work, monkeypatch: pytest.MonkeyPatch) -> None:
    original = carried.Carried._take

    def lossy(self: carried.Carried, number: int, make: Any) -> carried.Taken:
        taken = original(self, number, make)
        return carried.Taken(taken.read - (number == 0), taken.behind, taken.made)

    monkeypatch.setattr(carried.Carried, "_take", lossy)
    with pytest.raises(carried.LedgerError, match="does not balance"):
        work(rows_of("usual"), *RECIPES["filter by number"], carried=True)
