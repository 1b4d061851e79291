"""A job that calls an API, in a line of the terminal."""

from __future__ import annotations

import pytest

from project.cli.client import RemoteJob
from project.cli.report import progress_line


def job(**values: object) -> RemoteJob:
    return RemoteJob.model_validate({"id": "7", "state": "queued", "input": "a.csv", "output": "b.csv", **values})


def test_calls_take_the_place_of_rows_while_they_are_made() -> None:
    calls = {"made": 1200, "from_journal": 3, "failed": 2, "left": 40, "per_second": 12.34}
    progress = {"phase": "calling", "fraction": 0.5, "seconds_left": 3.2}
    line = progress_line(job(state="running", calls=calls, progress=progress))
    assert "50% calling, 1,200 calls made, 3 kept from before, 2 failed, 40 to go, 12.3 calls/s, 3 s left" in line


def test_what_nobody_knows_is_left_out() -> None:
    line = progress_line(job(state="running", calls={"made": 1}, progress={"phase": "calling"}))
    assert line.endswith("calling, 1 calls made")


def test_once_the_calls_are_made_the_rows_are_told_again() -> None:
    line = progress_line(job(state="running", calls={"made": 1}, progress={"phase": "working", "rows_read": 5}))
    assert line.endswith("working, 5 rows")


@pytest.mark.parametrize(
    ("pause", "line"),
    [
        (
            {"until": "2026-11-22T14:05:00.000Z", "reason": "The API answers 503"},
            "paused until 14:05 UTC: The API answers 503",
        ),
        (
            {"until": None, "reason": None},
            "paused by hand: resume it on its page, or with POST /api/v1/jobs/7/resume",
        ),
    ],
    ids=["api", "hand"],
)
def test_a_pause_says_until_when_and_why(pause: dict[str, object], line: str) -> None:
    assert progress_line(job(paused=pause)) == line
