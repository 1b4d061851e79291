"""What a job's page says in words: slow is told from silent, and a failure says what to do."""

from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from project.engine.ledger import Ledger
from project.jobs import words
from project.jobs.pauses import FOREVER
from project.jobs.states import JobState
from project.jobs.view import JobError, JobProgress, JobView
from project.operations.recipe import Recipe

NOON = datetime(2026, 11, 22, 12, 0, 0, tzinfo=timezone.utc)


def job(state: str, **values: Any) -> JobView:
    fixed = {"id": "x", "attempt": 1, "input": "a.csv", "output": "b.csv", "recipe": Recipe()}
    return JobView(**{**fixed, "state": JobState(state), "created_at": NOON, "updated_at": NOON, **values})


def test_a_job_that_is_slow_but_alive_is_not_warned_of() -> None:
    slow = job("running", updated_at=NOON, started_at=NOON - timedelta(hours=9))
    assert words.silence(slow, 30, NOON + timedelta(seconds=1)) == ""


def test_silence_is_told_before_and_after_the_lease_has_run_out() -> None:
    assert "No sign of life for 11 s. After 30 s" in words.silence(job("running"), 30, NOON + timedelta(seconds=11))
    assert "another worker takes it over" in words.silence(job("running"), 30, NOON + timedelta(seconds=40))


def test_a_job_that_waits_is_not_silent_its_place_in_the_queue_says_why() -> None:
    assert words.silence(job("queued"), 30, NOON + timedelta(seconds=40)) == ""


def test_a_job_that_is_over_is_never_silent() -> None:
    assert words.silence(job("succeeded"), 30, NOON + timedelta(days=40)) == ""


@pytest.mark.parametrize(("fraction", "quarter"), [(0.0, 0), (0.24, 0), (0.25, 1), (0.75, 3), (1.0, 3)])
def test_progress_is_announced_by_quarters(fraction: float, quarter: int) -> None:
    running = job("running", progress=JobProgress(phase="working", fraction=fraction))
    assert words.quarter(running) == f"running {quarter}"
    assert words.announcement(running) == f"{quarter * 25} percent. Running the recipe."


def test_the_end_is_announced_with_its_counts() -> None:
    ledger = Ledger(read=3, kept=1, rejected=2, blank=0, written=1)
    assert words.announcement(job("succeeded", ledger=ledger)) == "The job has succeeded. 1 row written, 2 rejected."
    assert words.announcement(job("failed")) == "The job has ended: failed."
    assert words.announcement(job("queued")) == "The job is queued."


def test_phases_are_words() -> None:
    assert words.phase(job("queued")) == "Waiting for a worker"
    assert words.phase(job("running")) == "Starting the engine"
    assert words.phase(job("running", progress=JobProgress(phase="checking"))) == "Checking every record"


def test_the_time_that_a_job_took_stands_still_when_it_is_over() -> None:
    later = NOON + timedelta(hours=1)
    over = job("succeeded", started_at=NOON, finished_at=NOON + timedelta(seconds=4))
    assert words.seconds_taken(over, later) == 4
    assert words.seconds_taken(job("running", started_at=NOON), later) == 3600
    assert words.seconds_taken(job("cancelled", finished_at=NOON), later) is None


def test_a_failure_says_what_to_do() -> None:
    assert "Make room" in words.advice(JobError(code="disk_full", message="The disk is full."))
    assert "Nothing was published" in words.advice(JobError(code="something_new", message="?"))


def test_the_title_begins_with_the_state() -> None:
    assert words.headline(job("failed", input="a\u202eb.csv")) == "Failed: a[U+202E]b.csv"


ENRICH = {"operation": "enrich", "api": {"url": "https://api.example.com/{Song}"}, "column": "Song"}


def paused(until: datetime, reason: str | None) -> JobView:
    recipe = Recipe.parse({"steps": [ENRICH]})
    return job("queued", recipe=recipe, paused_until=until, paused_reason=reason)


def test_a_pause_tells_until_when_and_why() -> None:
    soon = datetime.now(timezone.utc) + timedelta(minutes=5)
    day = "" if soon.date() == datetime.now(timezone.utc).date() else f"{soon:%Y-%m-%d} "
    waits = paused(soon, "The API answers 503.")
    assert words.phase(waits) == f"Paused until {day}{soon:%H:%M} UTC"
    assert words.pause(waits).startswith(f"Paused until {day}{soon:%H:%M} UTC: The API answers 503. Then it goes on")
    assert words.headline(waits) == "Paused: a.csv" and words.announcement(waits) == words.pause(waits)
    assert words.quarter(waits) == "paused 0"


def test_a_pause_of_another_day_tells_the_day() -> None:
    assert f"{NOON + timedelta(days=3650):%Y-%m-%d} 12:00 UTC" in words.pause(
        paused(NOON + timedelta(days=3650), "Down")
    )


def test_a_pause_by_hand_has_no_end() -> None:
    waits = paused(FOREVER, None)
    assert words.phase(waits) == "Paused by hand"
    assert words.pause(waits).startswith("Paused by hand: nothing is called until it is resumed.")


def test_a_pause_that_is_over_is_none() -> None:
    waits = paused(NOON - timedelta(days=3650), "Down")
    assert not waits.is_paused and words.pause(waits) == "" and words.phase(waits) == "Waiting for a worker"


def test_the_stages_of_a_job_that_calls_an_api_have_names() -> None:
    recipe = Recipe.parse({"steps": [ENRICH]})
    phases = [
        words.phase(job("running", recipe=recipe, progress=JobProgress(phase=phase)))
        for phase in ("collecting", "calling", "working")
    ]
    assert phases == ["Collecting the keys", "Calling api.example.com", "Running the recipe"]
