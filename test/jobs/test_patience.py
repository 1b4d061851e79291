"""A write that hours of work hang on outlasts an outage of the database, for as long as a lease."""

from __future__ import annotations

import sqlite3
import threading
import time
from contextlib import closing

import pytest

from project.database import Database, connection
from project.errors import UnavailableError
from project.jobs.attempt import claim
from project.jobs.service import JobService
from project.jobs.states import JobState
from project.recipes.built_in import BUILT_IN


@pytest.fixture
def database(sqlite_url, monkeypatch):
    """One that waits for a lock for no time worth mentioning."""
    monkeypatch.setattr(connection, "BUSY_SECONDS", 0.05)
    database = Database(sqlite_url)
    yield database
    database.close()


@pytest.fixture
def lock(sqlite_url):
    """Locks the database from elsewhere; released when asked."""
    with closing(sqlite3.connect(sqlite_url.removeprefix("sqlite:///"), check_same_thread=False)) as other:
        other.isolation_level = None
        yield other


@pytest.fixture
def attempt_of(database, workspace):
    """An attempt with a lease of so many seconds."""
    service = JobService(database, workspace, lambda *_: None)

    def attempt_of(seconds):
        job = service.submit("example_input.csv", "out.csv", BUILT_IN[0].recipe)
        return service, claim(database, job.id, "worker", seconds, 3)

    return attempt_of


def test_an_end_is_recorded_after_the_outage(attempt_of, lock):
    service, attempt = attempt_of(20)
    lock.execute("BEGIN EXCLUSIVE")
    release = threading.Timer(1, lock.execute, ("ROLLBACK",))
    release.start()
    attempt.fail("limit", "No.")
    release.join()
    assert service.get(attempt.job.id).state is JobState.FAILED


def test_an_outage_that_outlasts_the_lease_is_told(attempt_of, lock):
    _, attempt = attempt_of(1)
    lock.execute("BEGIN EXCLUSIVE")
    begin = time.monotonic()
    with pytest.raises(UnavailableError):
        attempt.fail("limit", "No.")
    assert 1 <= time.monotonic() - begin < 10
