"""The engine as a process: its events, its end, and what it says when the machine or the input fails it."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from config.settings import ROOT
from project.engine.events import Finished, Progress
from project.engine.plan import PLAN_FILE, RESULT_FILE, Plan

if TYPE_CHECKING:
    from conftest import Engine

Start = Callable[..., tuple["subprocess.Popen[bytes]", Plan]]

SORT = {"operation": "sort", "by": ["b"]}
TOTAL = {
    "operation": "aggregate",
    "group_by": ["a"],
    "measures": [{"function": "sum", "column": "b", "as": "total"}],
}


def many_rows(path: Path, megabytes: int) -> Path:
    """A file of about that size, with few groups in "a" and all different values in "c"."""
    with path.open("w") as file:
        file.write("a,b,c\n")
        number = 0
        while file.tell() < megabytes * 1_000_000:
            file.write(
                "".join(f"group {n % 1000},{n * 7919 % 10007},some text {n}\n" for n in range(number, number + 20_000))
            )
            number += 20_000
    return path


def test_a_small_file_from_plan_to_result(engine_process: Engine) -> None:
    ran = engine_process("a,b\nx,2\ny,1\nbad\nx,3\n\n", TOTAL, {"operation": "sort", "by": ["a"]})
    assert ran.status == 0
    assert ran.result == "a,total\nx,5\ny,1\n"
    assert ran.counts == (5, 3, 1, 1, 2)
    assert [(step.operation, step.rows_in, step.rows_out, step.merged) for step in ran.finished.ledger.steps] == [
        ("aggregate", 3, 2, 1),
        ("sort", 2, 2, 0),
    ]
    assert [(reject.record, reject.line, reject.raw) for reject in ran.rejects] == [(3, 4, "bad")]
    assert ran.finished.rejects_bytes == (ran.folder / "rejects.csv").stat().st_size


def test_the_phases_come_in_order_and_the_fraction_never_falls(engine_process: Engine, tmp_path: Path) -> None:
    ran = engine_process(many_rows(tmp_path / "input.csv", 6), SORT, memory_mb=256)
    phases = list(dict.fromkeys(event.phase for event in ran.progress))
    assert phases == ["detecting", "checking", "working", "writing"]
    fractions = [event.fraction for event in ran.progress]
    assert fractions == sorted(fractions)
    assert all(0 <= fraction <= 1 for fraction in fractions)
    assert isinstance(ran.events[-1], Finished)
    assert all(event.bytes_read <= event.bytes_total for event in ran.progress)


def test_a_failure_is_an_answer(engine_process: Engine) -> None:
    ran = engine_process("a,b\nx,1\n", {"operation": "sort", "by": ["c"]})
    assert ran.status == 0
    assert ran.failed.code == "missing_column"
    assert ran.failed.message == "The file has no column “c”. Its columns are: “a”, “b”."


@pytest.mark.parametrize("arguments", [[], ["one", "two"]])
def test_without_a_plan_it_says_how_it_is_used(arguments: list[str]) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "project.engine", *arguments],
        capture_output=True,
        text=True,
        check=False,
        cwd=Path(__file__).parents[2],
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert "usage: python -m project.engine PLAN" in done.stderr


def test_it_ends_when_its_standard_input_is_closed(start_engine: Start, tmp_path: Path) -> None:
    # What it reads never ends, so that it ends for this reason alone.
    fifo = tmp_path / "input.csv"
    os.mkfifo(fifo)
    process, _ = start_engine(fifo)
    assert process.stdin is not None and process.stdout is not None
    assert process.poll() is None
    process.stdin.close()
    assert process.wait(30) == 70


def test_it_says_nothing_more_when_it_is_killed(start_engine: Start, tmp_path: Path) -> None:
    process, plan = start_engine(many_rows(tmp_path / "input.csv", 12), SORT)
    assert process.stdout is not None
    process.stdout.readline()
    process.kill()
    assert process.wait(30) == -signal.SIGKILL
    assert b'"finished"' not in process.stdout.read()


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A folder on a disk of 4 MB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", str(folder)], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("needs the right to mount a small disk")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


ALL = {"operation": "filter", "where": [{"column": "c", "test": "not_missing"}]}


@pytest.mark.parametrize("steps", [(ALL,), (TOTAL, {"operation": "sort", "by": ["total"]})], ids=["filter", "total"])
def test_a_full_disk_fails_with_a_sentence(
    engine_process: Engine, small_disk: Path, tmp_path: Path, steps: tuple[dict[str, object], ...]
) -> None:
    path = many_rows(tmp_path / "input.csv", 12)
    # The totals take a few pages, the others many.
    disk = os.statvfs(small_disk)
    (small_disk / "filler").write_bytes(bytes(disk.f_bsize * (disk.f_bavail - (3 if len(steps) == 2 else 300))))
    ran = engine_process(path, *steps, folder=small_disk, memory_mb=256)
    assert ran.status == 0
    assert ran.failed.code == "disk_full"
    what = "its temporary files" if len(steps) == 2 else "its result"
    assert ran.failed.message == (
        f"The disk is full: the job found no room for {what}. "
        "Make room where the workspace (DATA_DIR) lies, then try the job again."
    )


def test_a_disk_that_is_sure_to_be_too_small_fails_before_the_work(
    engine_process: Engine, small_disk: Path, tmp_path: Path
) -> None:
    path = many_rows(tmp_path / "input.csv", 12)
    ran = engine_process(path, folder=small_disk, memory_mb=256)
    assert ran.failed.code == "disk_full"
    assert re.fullmatch(
        r"The disk is too full: the result would take at least about [\d.]+ MB, and [\d.]+ MB are free\. "
        r"Make room where the workspace \(DATA_DIR\) lies, then try the job again\.",
        ran.failed.message,
    )


def test_input_that_changes_while_it_is_read_fails(start_engine: Start, tmp_path: Path) -> None:
    path = many_rows(tmp_path / "input.csv", 12)
    process, _ = start_engine(path, SORT)
    assert process.stdout is not None
    process.stdout.readline()
    with path.open("a") as file:
        file.write("one more,1,x\n")
    last = process.stdout.read().splitlines()[-1].decode()
    assert '"input_changed"' in last
    assert "“input.csv” changed while it was being read. Start the job again when it is complete." in last


def test_input_that_is_cut_while_it_is_read_fails(start_engine: Start, tmp_path: Path) -> None:
    path = many_rows(tmp_path / "input.csv", 12)
    process, _ = start_engine(path, SORT)
    assert process.stdout is not None
    for line in process.stdout:
        if b'"checking"' in line:
            os.truncate(path, 5_000_000)
            break
    assert b'"input_changed"' in process.stdout.read().splitlines()[-1]


@pytest.mark.parametrize(("name", "reason"), [("gone.csv", "No such file or directory"), ("folder", "Is a directory")])
def test_input_that_cannot_be_read_fails_with_a_sentence(
    engine_process: Engine, tmp_path: Path, name: str, reason: str
) -> None:
    (tmp_path / "folder").mkdir()
    failed = engine_process(tmp_path / name).failed
    assert (failed.code, failed.message) == ("unreadable_input", f"“{name}” cannot be read: {reason}.")


def test_memory_does_not_grow_with_the_file(engine_process: Engine, tmp_path: Path) -> None:
    peaks = []
    for megabytes in (20, 60):
        path = many_rows(tmp_path / "input.csv", megabytes)
        ran = engine_process(path, SORT, memory_mb=300, environment={"POLARS_MAX_THREADS": "2"})
        assert ran.finished.ledger.written > megabytes * 20_000
        peaks.append(ran.finished.peak_memory_mb)
    assert peaks[1] < 1.3 * peaks[0], peaks


@pytest.mark.parametrize(
    ("limit", "setting"), [({"spill_mb": 1}, "ENGINE_SPILL_MB"), ({"output_mb": 1}, "ENGINE_OUTPUT_MB")]
)
def test_limits_fail_with_the_settings_name(
    engine_process: Engine, tmp_path: Path, limit: dict[str, Any], setting: str
) -> None:
    path = many_rows(tmp_path / "input.csv", 3)
    with path.open("a") as file:
        file.write("a reject, so that there is a spool\n")
    failed = engine_process(path, **limit).failed
    assert failed.code == "limit"
    assert re.search(rf"(would pass 1 MB, the limit|more than the 1 MB) of the setting {setting}\.", failed.message)


def test_where_the_disk_draws_the_limit_the_sentence_says_so(engine_process: Engine, tmp_path: Path) -> None:
    path = many_rows(tmp_path / "input.csv", 3)
    with path.open("a") as file:
        file.write("a reject, so that there is a spool\n")
    failed = engine_process(path, spill_mb=1, spill_is_set=False).failed
    assert failed.code == "disk_full"
    assert failed.message == (
        "The disk is too full: the job's temporary files would pass the 1 MB that could be spared for one job when its "
        "attempt began. Make room where the workspace (DATA_DIR) lies, then try the job again. Or set ENGINE_SPILL_MB."
    )


def test_a_disk_too_small_for_the_parts_is_told_before_they_are_begun(
    engine_process: Engine, small_disk: Path, tmp_path: Path
) -> None:
    ran = engine_process(many_rows(tmp_path / "input.csv", 24), SORT, folder=small_disk, memory_mb=256)
    assert ran.failed.code == "disk_full"
    assert re.fullmatch(
        r"The disk is too full: the job's temporary files would take at least about \d\.\d MB, and "
        r"[34]\.\d MB are free\. Make room where the workspace \(DATA_DIR\) lies, then try the job again\.",
        ran.failed.message,
    )
    assert not list((small_disk / "spill").iterdir())


def test_too_little_memory_is_refused_with_the_least_that_works(engine_process: Engine) -> None:
    failed = engine_process("a,b\n1,2\n", SORT, memory_mb=255).failed
    assert (failed.code, failed.message) == (
        "bad_setting",
        "ENGINE_MEMORY_MB is 255, but an engine needs at least 256 to work in: raise it.",
    )


FULL_AT = {
    "engine-rejects-write": "its rejects",
    "engine-rejects": "its rejects",
    "engine-spool": "a clean copy of its records",
    "engine-spill": "its temporary files",
    "engine-result-write": "its result",
    "engine-result": "its result",
}


@pytest.mark.parametrize("point", FULL_AT)
def test_a_disk_that_is_full_at_any_write_fails_with_what_it_had_no_room_for(
    engine_process: Engine, tmp_path: Path, point: str
) -> None:
    path = many_rows(tmp_path / "input.csv", 12)
    with path.open("a") as file:
        file.write("a reject, so that there is a spool\n")
    (tmp_path / "faults").mkdir()
    (tmp_path / "faults" / point).write_text("full")
    environment = {"ROWMILL_FAULTS": str(tmp_path / "faults")}
    failed = engine_process(path, SORT, memory_mb=256, environment=environment).failed
    assert failed.code == "disk_full"
    assert failed.message.startswith(f"The disk is full: the job found no room for {FULL_AT[point]}. Make room")
    assert not (tmp_path / "faults" / point).exists()


def test_progress_is_of_the_file_as_it_lies_on_disk(engine_process: Engine, tmp_path: Path) -> None:
    ran = engine_process("a\n1\n2\n")
    assert all(isinstance(event, Progress) and event.bytes_total == 6 for event in ran.progress)


def test_small_files_do_not_wait_for_numpy(make_plan: Callable[..., Plan], tmp_path: Path) -> None:
    path = tmp_path / "input.csv"
    path.write_text("a,b\nx,1\ny,2\nx,3\n")
    plan = make_plan(path, TOTAL, {"operation": "sort", "by": ["a"]}, memory_mb=256)
    (plan.folder / PLAN_FILE).write_text(plan.model_dump_json(by_alias=True, exclude_none=True))
    program = (
        "import sys; from project.engine.__main__ import main;"
        "sys.exit(main([sys.argv[1]]) or 10 * ('polars' in sys.modules) + ('numpy' in sys.modules))"
    )
    command = [sys.executable, "-c", program, str(plan.folder / PLAN_FILE)]
    # Its standard input stays open until it ends.
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL) as engine:
        assert engine.wait(60) == 10
    assert (plan.folder / RESULT_FILE).exists()
