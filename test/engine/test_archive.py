"""Remembered checks: a later job on the same file does not check it again, and what it gives is the same bytes."""

from __future__ import annotations

import gzip
import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from project.cli.generate_dataset import chunks
from project.engine import archive, checkpoint, facts
from project.engine.attempt import carry_out
from project.engine.check import StructuralCheck
from project.engine.plan import CHECKED_FILE, REJECTS_FILE, Plan
from project.engine.reporter import Reporter
from project.engine.result import ResultFile

if TYPE_CHECKING:
    from conftest import Engine, Ran

ROWS = 200_000
COPY: tuple[dict[str, Any], ...] = ()
FILTER = {"operation": "filter", "where": [{"column": "Number of Plays", "test": "gt", "value": 900}]}
SORT = {"operation": "sort", "by": [{"column": "Number of Plays", "descending": True}, "Song"]}
TOTAL = {
    "operation": "aggregate",
    "group_by": ["Date"],
    "measures": [{"function": "sum", "column": "Number of Plays", "as": "total"}],
}
FIRST_SONG = {
    "operation": "aggregate",
    "group_by": ["Date"],
    "measures": [{"function": "min", "column": "Song", "as": "first"}],
}
BY_DATE = {"operation": "sort", "by": ["Date"]}
CHECKED_BEFORE = "This file was checked on "


def lines(head: str, lines_of: Callable[[int], str], rows: int = 1000) -> bytes:
    return (head + "\n" + "".join(f"{lines_of(number)}\n" for number in range(rows))).encode()


@pytest.fixture
def kept(tmp_path: Path) -> Path:
    """The folder in which checks are remembered; not made yet."""
    return tmp_path / "hidden" / "facts"


@pytest.fixture
def run(engine: Engine, kept: Path) -> Engine:
    """The engine with that folder."""

    def remembering(*arguments: Any, **values: Any) -> Ran:
        return engine(*arguments, **{"facts": kept, "memory_mb": 64} | values)

    return remembering


@pytest.fixture
def all_sizes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Checks of small files are remembered too."""
    monkeypatch.setattr(archive, "WORTH_REMEMBERING_BYTES", 0)


@pytest.fixture
def plays(tmp_path: Path) -> Path:
    """A file of several pieces."""
    path = tmp_path / "plays.csv"
    path.write_bytes(b"Song,Date,Number of Plays\n" + b"".join(chunks(ROWS, 100, 1)))
    return path


def is_recalled(ran: Ran) -> bool:
    assert ran.finished
    return CHECKED_BEFORE in ran.notes


def change(path: Path, offset: int, data: bytes) -> None:
    """Write into a file, whose size and time stay what they were."""
    before = path.stat()
    with path.open("r+b") as file:
        file.seek(offset)
        file.write(data)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert (path.stat().st_size, path.stat().st_mtime_ns) == (before.st_size, before.st_mtime_ns)


@pytest.mark.parametrize(
    "steps",
    [COPY, (FILTER,), (SORT,), (FILTER, TOTAL, BY_DATE), (FILTER, SORT), (FIRST_SONG, BY_DATE)],
    ids=["copy", "filter", "sort", "filter and total", "filter and sort", "least text"],
)
def test_a_second_job_gives_the_same_without_a_check(
    engine: Engine, run: Engine, plays: Path, monkeypatch: pytest.MonkeyPatch, steps: tuple[dict[str, Any], ...]
) -> None:
    undisturbed = engine(plays, *steps, memory_mb=64)
    # Whatever the first job was.
    first = run(plays, FILTER)
    assert not is_recalled(first)
    monkeypatch.setattr(StructuralCheck, "run", lambda self: pytest.fail("the file was checked again"))

    second = run(plays, *steps)

    assert is_recalled(second)
    assert second.result == undisturbed.result
    assert second.finished.ledger == undisturbed.finished.ledger
    assert second.finished.dialect == undisturbed.finished.dialect
    said = [
        # It may be the first job of all that compiles the scanner.
        {line for line in ran.notes.splitlines() if not line.startswith("The scanner is being compiled")}
        for ran in (undisturbed, second)
    ]
    assert said[0] <= said[1]


VALUES: dict[str, Callable[[int], str]] = {
    "integers": lambda n: f"{n * 7919 % 1000}",
    "decimals": lambda n: f"{n * 7919 % 1000 / 100:.2f}",
    "missing": lambda n: "" if n % 3 else f"{n}",
    "irregular": lambda n: f" {n}" if n % 3 else '""',
    "exponents": lambda n: f"{n}e-3" if n == 500 else f"{n}.5",
    "long": lambda n: f"{n + 1}{n:020}",
    "quoted": lambda n: f'"{n}"',
    "texts": lambda n: f'"{n},"""' if n % 7 else f"{n}",
}
USES: dict[str, dict[str, Any]] = {
    "sum": {
        "operation": "aggregate",
        "group_by": ["b"],
        "measures": [{"function": "sum", "column": "c", "as": "total"}],
    },
    "sort": {"operation": "sort", "by": ["c"]},
    "least": {
        "operation": "aggregate",
        "group_by": ["b"],
        "measures": [{"function": "min", "column": "c", "as": "least"}],
    },
    "filter": {"operation": "filter", "where": [{"column": "c", "test": "ge", "value": 3}]},
}


@pytest.mark.parametrize(
    ("data", "dialect"),
    [
        (b"a,b\r\n" + b"x,1\r\n" * 200_000, {}),
        (b"\xef\xbb\xbfa;b\n" + b"x;1\n" * 300_000, {}),
        (b"\xef\xbb\xbfx,1\n" * 200_000, {"header": False}),
        (b"title\n\na,b\n" + b"x,1\n" * 300_000 + b"x,1", {}),
        (b"a,b\n" + '"long, é\nand ""quoted""",\n'.encode() * 60_000, {}),
        (b"a\n" + b"x\n" * 600_000, {}),
    ],
    ids=["CRLF", "mark", "mark in data", "lines above", "quoted lines", "one column"],
)
def test_every_plain_dialect_is_remembered(
    engine: Engine, run: Engine, tmp_path: Path, data: bytes, dialect: dict[str, Any]
) -> None:
    path = tmp_path / "input.csv"
    path.write_bytes(data)
    first, second = run(path, dialect=dialect), run(path, dialect=dialect)
    assert [is_recalled(first), is_recalled(second)] == [False, True]
    assert second.result == engine(path, dialect=dialect).result
    assert second.counts == first.counts


@pytest.mark.usefixtures("all_sizes")
@pytest.mark.parametrize("use", USES)
@pytest.mark.parametrize("values", VALUES)
def test_what_is_known_of_numbers_serves_every_use(
    engine: Engine, run: Engine, tmp_path: Path, values: str, use: str
) -> None:
    path = tmp_path / "input.csv"
    path.write_bytes(lines("a,b,c", lambda n: f"x{n},{n % 7},{VALUES[values](n)}"))
    run(path)

    then = {"operation": "sort", "by": ["b"]}
    second, undisturbed = run(path, USES[use], then), engine(path, USES[use], then)

    assert second.result == undisturbed.result
    assert second.finished.ledger == undisturbed.finished.ledger
    assert second.rejects == undisturbed.rejects
    has_rejects = values == "texts" and use in ("sum", "filter")
    assert bool(second.rejects) == has_rejects
    # What an aggregate adds up while the file is checked needs that pass.
    is_added_up = use in ("sum", "least") and values in ("integers", "missing", "quoted")
    assert is_recalled(second) == (not has_rejects and not is_added_up)


@pytest.mark.usefixtures("all_sizes")
def test_a_column_that_nobody_looked_at_is_checked_and_then_known(
    run: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(facts, "_MOST_SURVEYED_COLUMNS", 1)
    path = tmp_path / "input.csv"
    path.write_bytes(lines("a,b", lambda n: f"{n % 9},{n % 5}.5"))
    by_a, by_b = {"operation": "sort", "by": ["a"]}, {"operation": "sort", "by": ["b"]}
    runs = [run(path, *steps) for steps in ((by_a,), (by_b,), (by_a,), (by_b, by_a), ())]
    assert [is_recalled(ran) for ran in runs] == [False, False, True, True, True]


def test_an_aggregate_that_is_added_up_during_the_check_leaves_its_facts(run: Engine, plays: Path) -> None:
    added_up = [run(plays, TOTAL, BY_DATE), run(plays, TOTAL, BY_DATE)]
    assert added_up[0].result == added_up[1].result
    assert not any(is_recalled(ran) for ran in added_up)
    assert is_recalled(run(plays, FILTER))


@pytest.mark.parametrize("place", [26, 1_700_000, 3_000_000, -4])
def test_a_change_in_a_sample_is_noticed(engine: Engine, run: Engine, plays: Path, tmp_path: Path, place: int) -> None:
    """A file of up to 4 MB is looked at throughout."""
    path = tmp_path / "part.csv"
    path.write_bytes(plays.read_bytes()[: 26 * 140_000] + b"last,2024-01-01,5\n")
    run(path)
    change(path, place % path.stat().st_size, b"7")
    ran = run(path)
    assert not is_recalled(ran)
    assert ran.result == engine(path).result


def test_the_samples_of_a_large_file_are_its_head_its_tail_and_places_all_over_it(tmp_path: Path) -> None:
    size = 10 * 1024**3
    with (tmp_path / "sparse").open("wb") as file:
        file.truncate(size)
    seen: list[int] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(archive.os, "pread", lambda descriptor, count, offset: seen.append(offset) or b"")
        list(archive._samples(0, size))
    assert len(seen) == 64
    assert (min(seen), max(seen)) == (0, size - 64 * 1024)
    gaps = [after - before for before, after in zip(sorted(seen), sorted(seen)[1:], strict=False)]
    assert 0 < min(gaps) and max(gaps) < size / 32


@pytest.fixture
def two_samples(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only the head and the tail of a file are looked at."""
    monkeypatch.setattr(archive, "_SAMPLES", 2)


def middle_comma(path: Path) -> int:
    data = path.read_bytes()
    return data.index(b",", len(data) // 2)


@pytest.mark.usefixtures("two_samples")
@pytest.mark.parametrize(
    "steps", [COPY, (FILTER,), (SORT,), (FILTER, TOTAL, BY_DATE)], ids=["copy", "filter", "sort", "total"]
)
@pytest.mark.parametrize("byte", [b";", b"\n", b'"', b"\xff", b"x"])
def test_a_change_between_the_samples_fails_and_is_noticed_from_then_on(
    engine: Engine, run: Engine, plays: Path, kept: Path, steps: tuple[dict[str, Any], ...], byte: bytes
) -> None:
    run(plays)
    # The fast reader alone would pad the row, or take the bytes for what they are not.
    change(plays, middle_comma(plays), byte)

    failed = run(plays, *steps).failed

    assert failed.code == "input_changed"
    assert failed.message.startswith("The file has changed since it was checked on ")
    assert list(kept.iterdir()) == []
    if byte != b'"':
        again = run(plays, *steps)
        assert not is_recalled(again)
        assert again.result == engine(plays, *steps).result
        assert len(again.rejects) == (2 if byte == b"\n" else 1)


@pytest.mark.usefixtures("two_samples")
def test_an_attempt_that_goes_on_holds_the_file_against_the_check_too(
    make_plan: Callable[..., Plan], run: Engine, plays: Path, kept: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checkpoint, "WORTH_KEEPING_BYTES", 0)
    run(plays)
    first = make_plan(plays, FILTER, facts=kept, memory_mb=64)
    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(ResultFile, "write", lambda self, csv, rows: (_ for _ in ()).throw(KeyboardInterrupt))
        carry_out(first, Reporter(open(os.devnull, "w", encoding="utf-8")))
    assert (first.folder / CHECKED_FILE).exists() and not (first.folder / REJECTS_FILE).exists()
    assert "is not repeated" in run(plays, FILTER, earlier=first.folder).notes

    change(plays, middle_comma(plays), b";")

    assert run(plays, FILTER, earlier=first.folder).failed.code == "input_changed"


@pytest.mark.usefixtures("all_sizes")
@pytest.mark.parametrize("how", ["touched", "replaced", "grown", "dialect", "rules", "nothing"])
def test_what_may_be_another_file_is_checked_anew(
    run: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    path = tmp_path / "input.csv"
    path.write_bytes(lines("a,b", lambda n: f"x{n},{n}"))
    assert not is_recalled(run(path))
    status = path.stat()
    if how == "touched":
        os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns + 1))
    elif how == "replaced":
        other = tmp_path / "other.csv"
        other.write_bytes(path.read_bytes())
        os.utime(other, ns=(status.st_atime_ns, status.st_mtime_ns))
        other.replace(path)
    elif how == "grown":
        with path.open("a") as file:
            file.write("more,1\n")
        os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    elif how == "rules":
        monkeypatch.setattr(archive, "_rules", lambda: "others")
    ran = run(path, dialect={"quote": ""} if how == "dialect" else None)
    assert is_recalled(ran) == (how == "nothing")
    assert ran.finished.ledger.read == (1001 if how == "grown" else 1000)


@pytest.mark.usefixtures("all_sizes")
def test_a_file_keeps_its_facts_by_another_name(run: Engine, tmp_path: Path) -> None:
    path = tmp_path / "input.csv"
    path.write_bytes(lines("a,b", lambda n: f"x{n},{n}"))
    run(path)
    assert is_recalled(run(path.rename(tmp_path / "renamed.csv")))


def test_a_smaller_budget_needs_finer_cuts_and_a_larger_one_takes_them(run: Engine, plays: Path) -> None:
    def run_in(memory_mb: int) -> Ran:
        return run(plays, FILTER, memory_mb=memory_mb)

    runs = [run_in(memory_mb) for memory_mb in (128, 512, 64, 512, 128, 64)]
    assert [is_recalled(ran) for ran in runs] == [False, True, False, True, True, True]
    assert len({ran.result for ran in runs}) == 1


@pytest.mark.usefixtures("all_sizes")
@pytest.mark.parametrize(
    "data",
    [
        b"a,b\nx,1\n\ny,2\n",
        b"a,b\nx,1\nshort\n",
        b"a,b\r\nx,1\ry,2\r\n",
        "a,b\né,1\n".encode("cp1252"),
        gzip.compress(b"a,b\nx,1\n"),
    ],
    ids=["blank line", "reject", "odd line end", "encoding", "gzip"],
)
def test_only_files_that_are_read_where_they_stand_are_remembered(
    run: Engine, tmp_path: Path, kept: Path, data: bytes
) -> None:
    path = tmp_path / "input.csv"
    path.write_bytes(data)
    runs = [run(path), run(path)]
    assert not any(is_recalled(ran) for ran in runs)
    assert not kept.exists()


def test_small_files_are_not_remembered(run: Engine, tmp_path: Path, kept: Path) -> None:
    path = tmp_path / "input.csv"
    path.write_bytes(b"a,b\nx,1\n")
    assert not is_recalled(run(path)) and not is_recalled(run(path))
    assert not kept.exists()


def _flipped(data: bytes) -> bytes:
    at = data.index(b'"records":') + 11
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]


@pytest.mark.usefixtures("all_sizes")
@pytest.mark.parametrize(
    "damage", [lambda data: data[:40], lambda data: b"", lambda data: bytes(len(data)), _flipped, lambda data: b"\xff"]
)
def test_a_damaged_entry_is_ignored_and_written_anew(
    run: Engine, tmp_path: Path, kept: Path, damage: Callable[[bytes], bytes]
) -> None:
    path = tmp_path / "input.csv"
    path.write_bytes(lines("a,b", lambda n: f"x{n},{n}"))
    run(path)
    (entry,) = kept.iterdir()
    entry.write_bytes(damage(entry.read_bytes()))
    assert [is_recalled(run(path)), is_recalled(run(path))] == [False, True]


@pytest.mark.usefixtures("all_sizes")
def test_the_folder_may_vanish_at_any_moment(run: Engine, tmp_path: Path, kept: Path) -> None:
    path = tmp_path / "input.csv"
    path.write_bytes(lines("a,b", lambda n: f"x{n},{n}"))
    run(path)
    for entry in kept.iterdir():
        entry.unlink()
    kept.rmdir()
    assert [is_recalled(run(path)), is_recalled(run(path))] == [False, True]


@pytest.mark.usefixtures("all_sizes")
@pytest.mark.parametrize("trouble", ["no folder can be made", "full disk"])
def test_where_nothing_can_be_written_jobs_go_on_without(
    run: Engine, tmp_path: Path, kept: Path, monkeypatch: pytest.MonkeyPatch, trouble: str
) -> None:
    path = tmp_path / "input.csv"
    path.write_bytes(lines("a,b", lambda n: f"x{n},{n}"))
    if trouble == "full disk":

        def full(*arguments: object) -> None:
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(archive.os, "replace", full)
    else:
        kept.parent.write_bytes(b"a file where the folder would be")
    assert not is_recalled(run(path)) and not is_recalled(run(path))
    assert trouble != "full disk" or list(kept.iterdir()) == []


@pytest.mark.usefixtures("all_sizes")
@pytest.mark.parametrize("limit", ["entries", "bytes"])
def test_what_was_used_the_longest_ago_makes_room(
    run: Engine, tmp_path: Path, kept: Path, monkeypatch: pytest.MonkeyPatch, limit: str
) -> None:
    paths = [tmp_path / f"{number}.csv" for number in range(4)]
    for number, path in enumerate(paths):
        path.write_bytes(lines("a,b", lambda n, number=number: f"x{n},{n + number}"))
    clock = [1_000_000_000]

    def age() -> None:
        """Whatever was written or used since the last call was so at a time of its own."""
        clock[0] += 10**9
        for entry in kept.iterdir():
            if entry.stat().st_mtime_ns > 10**18:
                os.utime(entry, ns=(clock[0], clock[0]))

    for path in paths[:3]:
        run(path)
        age()
    assert is_recalled(run(paths[0]))
    age()
    size = max(entry.stat().st_size for entry in kept.iterdir())
    monkeypatch.setattr(
        archive, "_MOST_ENTRIES" if limit == "entries" else "_MOST_BYTES", 3 if limit == "entries" else size * 3
    )
    run(paths[3])
    age()
    assert len(list(kept.iterdir())) == 3
    assert [is_recalled(run(path)) for path in (paths[0], paths[2], paths[3], paths[1])] == [True, True, True, False]


def test_progress_tells_of_the_rows_that_are_read(run: Engine, plays: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("project.engine.reporter._SECONDS_BETWEEN", 0.0)
    run(plays)
    ran = run(plays, FILTER)
    assert is_recalled(ran)
    assert list(dict.fromkeys(event.phase for event in ran.progress)) == ["detecting", "working"]
    worked = [event for event in ran.progress if event.phase == "working"]
    assert (worked[0].fraction, worked[0].rows_read, worked[0].bytes_read) == (0.0, 0, 0)
    fractions = [event.fraction for event in worked]
    assert fractions == sorted(fractions)
    last = worked[-1]
    assert (last.rows_read, last.bytes_read, last.fraction) == (ROWS, plays.stat().st_size, pytest.approx(1.0))
    for event in worked:
        assert event.fraction == pytest.approx(event.rows_read / ROWS)


def test_fractions_reach_the_end_where_a_step_waits_for_all_rows(run: Engine, plays: Path) -> None:
    run(plays)
    ran = run(plays, SORT)
    assert is_recalled(ran)
    fractions = [event.fraction for event in ran.progress]
    assert fractions == sorted(fractions) and fractions[-1] <= 1.0
    assert [event.phase for event in ran.progress][-1] == "writing"


def test_others_may_not_read_what_is_remembered(run: Engine, plays: Path, kept: Path) -> None:
    run(plays)
    (entry,) = kept.iterdir()
    assert kept.stat().st_mode & 0o077 == 0 and entry.stat().st_mode & 0o077 == 0
