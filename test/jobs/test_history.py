"""A job's log by attempts."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

from project.jobs.history import chapters
from project.jobs.view import LogLine

NOON = datetime(2026, 11, 22, 12, tzinfo=timezone.utc)


def line(attempt: int, second: int) -> LogLine:
    return LogLine(at=NOON + timedelta(seconds=second), attempt=attempt, level="info", message=f"{attempt}.{second}")


def test_a_log_is_cut_where_the_attempt_changes() -> None:
    found = chapters([line(0, 0), line(1, 5), line(1, 65), line(2, 70)])
    assert [chapter.name for chapter in found] == ["Before the first attempt", "Attempt 1", "Attempt 2"]
    assert [len(chapter.lines) for chapter in found] == [1, 2, 1]
    assert (found[1].began, found[1].seconds) == (NOON + timedelta(seconds=5), 60.0)


def test_no_line_is_no_chapter() -> None:
    assert chapters([]) == ()
