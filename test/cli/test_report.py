"""A job in words: every line that `process` and `status` print."""

from __future__ import annotations

import pytest

from project.cli.client import JobError, Progress, RemoteJob
from project.cli.report import ending, ledger_lines, progress_line
from project.engine.ledger import Ledger, StepCounts, TableCounts

LEDGER = Ledger(
    read=7,
    kept=7,
    rejected=0,
    blank=0,
    steps=(
        StepCounts(operation="aggregate", rows_in=7, rows_out=4, merged=3),
        StepCounts(operation="sort", rows_in=4, rows_out=4),
    ),
    written=4,
)


def job(state: str, **values: object) -> RemoteJob:
    fields = {"id": "1", "state": state, "input": "in.csv", "output": "out.csv", **values}
    return RemoteJob.model_validate(fields)


def test_a_ledger_tells_where_every_row_went() -> None:
    assert ledger_lines(LEDGER) == [
        "7 read, 7 kept, 0 rejected, 0 blank",
        "aggregate: 7 in, 4 out (merged 3)",
        "sort: 4 in, 4 out",
    ]


def test_a_ledger_tells_of_other_tables() -> None:
    counts = TableCounts(step=1, name="songs.csv", read=9, kept=7, rejected=2)
    assert ledger_lines(LEDGER.model_copy(update={"tables": (counts,)}))[1] == (
        "songs.csv (for step 1): 9 read, 7 kept, 2 rejected, 0 blank"
    )


def test_success_ends_with_what_was_written() -> None:
    assert ending(job("succeeded", ledger=LEDGER))[-1] == "4 written to out.csv"


def test_failure_ends_with_its_reason() -> None:
    error = JobError(code="damaged_input", message="The file is empty.")
    assert ending(job("failed", error=error)) == ["failed: The file is empty."]


def test_a_cancelled_job_says_so() -> None:
    assert ending(job("cancelled")) == ["cancelled"]


@pytest.mark.parametrize(
    ("progress", "line"),
    [
        (Progress(), "running [------------------------]   0%"),
        (
            Progress(
                phase="working", fraction=0.5, rows_read=1_200_000, rejects=3, rows_per_second=6_000, seconds_left=62
            ),
            "running [############------------]  50% working, 1,200,000 rows, 3 rejects, 6,000 rows/s, 1 min 02 s left",
        ),
        (
            Progress(bytes_read=3, bytes_total=4, seconds_left=7322),
            "running [##################------]  75% 2 h 02 min left",
        ),
        (Progress(fraction=7.0), "running [########################] 100%"),
    ],
)
def test_progress_fits_in_a_line(progress: Progress, line: str) -> None:
    assert progress_line(job("running", progress=progress)) == line
