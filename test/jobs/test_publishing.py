"""Publishing: whoever dies, stops or comes late in the middle of it, the right files appear once (docs/adr/0007)."""

from __future__ import annotations

import os

import pytest
from sqlalchemy import update

from project.database.clock import now
from project.engine.events import Finished
from project.engine.ledger import Ledger
from project.errors import ConflictError
from project.jobs import publish
from project.jobs.attempt import CancelledError, LostLeaseError, claim
from project.jobs.completion import complete
from project.jobs.leader import lead
from project.jobs.models import Job, Lease
from project.jobs.states import JobState


@pytest.fixture
def decide(database, workspace):
    """An attempt of a job that is about to publish these texts, and the job as decided."""

    def decide(job, result="a\n1\n", rejects=None):
        attempt = claim(database, job.id, "worker", 30, 3)
        folder = workspace.make_attempt_folder(job.id, attempt.number)
        (folder / "result.csv").write_text(result)
        if rejects:
            (folder / "rejects.csv").write_text(rejects)
        ledger = Ledger(read=1, kept=1, rejected=0, blank=0, written=1)
        done = Finished(ledger=ledger, columns=("a",), result_bytes=len(result), dialect="", peak_memory_mb=64)
        return attempt, attempt.decide(done, publish.prepare(workspace, folder, job.output))

    return decide


def content(workspace, name):
    path = workspace.folder / name
    return path.read_text() if path.exists() else None


def test_a_worker_that_died_before_the_renames_is_completed_by_the_sweeper(
    service, submit, decide, sweeper, expire, workspace
):
    job = submit()
    decide(job, rejects="r")
    expire(job.id)
    sweeper.sweep()
    assert service.get(job.id).state is JobState.SUCCEEDED and service.get(job.id).attempt == 1
    assert (content(workspace, "out.csv"), content(workspace, "out.csv.rejects.csv")) == ("a\n1\n", "r")
    assert workspace.attempt_folders() == ()


def test_a_worker_that_died_between_the_renames_is_completed_by_the_sweeper(
    service, submit, decide, sweeper, expire, workspace
):
    job = submit()
    decide(job, rejects="r")
    os.replace(workspace.attempt_folder(job.id, 1) / "rejects.csv", workspace.folder / "out.csv.rejects.csv")
    expire(job.id)
    sweeper.sweep()
    assert service.get(job.id).state is JobState.SUCCEEDED
    assert (content(workspace, "out.csv"), content(workspace, "out.csv.rejects.csv")) == ("a\n1\n", "r")


def test_a_stale_worker_takes_nothing_from_a_later_job_of_the_same_output(
    service, submit, decide, sweeper, expire, workspace, database
):
    first = submit()
    stale, decided = decide(first)
    expire(first.id)
    sweeper.take_back()  # its folder is still there
    second = submit()
    complete(*_later(decide(second, "later\n", "later rejects\n"), workspace))
    with pytest.raises(LostLeaseError):
        complete(stale, workspace, decided, 3)
    assert content(workspace, "out.csv") == "later\n"
    assert content(workspace, "out.csv.rejects.csv") == "later rejects\n"


def _later(made, workspace):
    attempt, decided = made
    return attempt, workspace, decided, 3


def test_old_rejects_go_when_there_are_no_new_ones(submit, decide, workspace):
    (workspace.folder / "out.csv.rejects.csv").write_text("old")
    complete(*_later(decide(submit()), workspace))
    assert content(workspace, "out.csv.rejects.csv") is None


def test_nothing_ends_or_takes_a_job_whose_success_is_decided(service, submit, decide, database, expire):
    job = submit()
    decide(job)
    with pytest.raises(ConflictError, match="has succeeded"):
        service.cancel(job.id)
    expire(job.id)
    assert claim(database, job.id, "another", 30, 3) is None


def test_a_cancellation_that_was_accepted_is_kept(service, submit, decide, database, workspace):
    job = submit()
    attempt = claim(database, job.id, "worker", 30, 3)
    folder = workspace.make_attempt_folder(job.id, 1)
    (folder / "result.csv").write_text("a\n")
    service.cancel(job.id)
    ledger = Ledger(read=0, kept=0, rejected=0, blank=0, written=0)
    done = Finished(ledger=ledger, columns=("a",), result_bytes=2, dialect="", peak_memory_mb=64)
    with pytest.raises(CancelledError):
        attempt.decide(done, publish.prepare(workspace, folder, job.output))
    assert content(workspace, "out.csv") is None


def test_files_that_are_gone_before_they_are_published_are_made_again(
    service, submit, decide, sweeper, expire, workspace
):
    job = submit()
    decide(job)
    workspace.remove_attempt_folder(job.id, 1)
    expire(job.id)
    sweeper.sweep()
    queued = service.get(job.id)
    assert (queued.state, queued.ledger, queued.result_stamp) == (JobState.QUEUED, None, None)


def test_a_result_that_cannot_be_moved_leaves_no_rejects(service, submit, decide, sweeper, expire, workspace):
    job = submit()
    decide(job, rejects="r")
    (workspace.folder / "out.csv").mkdir()
    expire(job.id)
    sweeper.sweep()
    failed = service.get(job.id)
    assert (failed.state, failed.result_stamp) == (JobState.FAILED, None)
    assert content(workspace, "out.csv.rejects.csv") is None and workspace.attempt_folders() == ()


@pytest.mark.parametrize("hours", [-1, 1], ids=["forward", "back"])
def test_a_clock_that_is_put_by_an_hour_delays_nothing(service, submit, database, sweeper, bell, hours):
    """Putting the clock forward makes what is stored an hour older, and the other way about."""
    job = submit()
    claim(database, job.id, "worker", 30, 3)
    waiting = submit(output="other.csv")
    assert lead(database, "sweeper", "dead", 30)
    moved = {"lease_until": now(3600 * hours + 30), "updated_at": now(3600 * hours), "rung_at": now(3600 * hours)}
    with database.write() as session:
        session.execute(update(Job).values(moved))
        session.execute(update(Lease).values(until=now(3600 * hours + 30)))
    bell.rung.clear()
    assert lead(database, "sweeper", "alive", 30)
    sweeper.sweep()
    assert service.get(job.id).state is JobState.QUEUED
    assert waiting.id in bell.rung
