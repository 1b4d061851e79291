"""Cancelling in every phase: within two seconds the slot is free and nothing of the attempt is left."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from project.engine.events import Finished
from project.engine.ledger import Ledger
from project.errors import ConflictError, NotFoundError
from project.jobs.attempt import CancelledError, claim
from project.jobs.states import JobState

PHASES = ["starting", "detecting", "checking", "working", "writing"]
MOST_SECONDS = 2.0
# An engine that hears nothing: it and its child have to be killed, and it goes on writing until then.
BUSY = """
import subprocess
signal.signal(signal.SIGTERM, signal.SIG_IGN)
child = subprocess.Popen(["sleep", "600"])
(folder / "spill").mkdir()
for number in range(200):
    (folder / "spill" / str(number)).write_bytes(b"x" * 10_000)
Path({pids!r}).write_text(f"{{os.getpid()}} {{child.pid}}")
if {phase!r} != "starting":
    say("progress", phase={phase!r}, bytes_read=5, bytes_total=10, rows_read=3, fraction=0.5)
while True:
    with (folder / "result.csv").open("ab") as stream:
        stream.write(b"x" * 1000)
"""


def is_gone(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except (FileNotFoundError, ProcessLookupError):
        return True


@pytest.mark.parametrize("phase", PHASES)
def test_a_running_job_is_cancelled_within_two_seconds(
    phase, service, submit, supervisor, workspace, tmp_path, wait_until
):
    pids = tmp_path / "pids"
    job = submit()
    runner = supervisor(BUSY.format(pids=str(pids), phase=phase), lease_seconds=30)
    thread = threading.Thread(target=runner.run, args=(job.id,))
    thread.start()
    wait_until(lambda: pids.exists() and pids.read_text())
    if phase != "starting":
        wait_until(lambda: service.get(job.id).progress.phase == phase)
    asked = time.monotonic()
    service.cancel(job.id)
    wait_until(lambda: service.get(job.id).is_final)
    assert workspace.attempt_folders() == (), "what the attempt had written was there after its end"
    assert all(is_gone(pid) for pid in pids.read_text().split())
    thread.join(MOST_SECONDS)
    assert not thread.is_alive() and time.monotonic() - asked < MOST_SECONDS
    assert service.get(job.id).state is JobState.CANCELLED
    assert not (workspace.folder / "out.csv").exists()


def test_a_cancellation_that_was_accepted_wins_over_a_result_that_is_not_published(service, submit, database):
    job = submit()
    attempt = claim(database, job.id, "worker", 30, 3)
    assert service.cancel(job.id).cancel_requested
    ledger = Ledger(read=0, kept=0, rejected=0, blank=0, written=0)
    done = Finished(ledger=ledger, columns=(), result_bytes=0, dialect="", peak_memory_mb=64)
    with pytest.raises(CancelledError):
        attempt.decide(done, ("1:1", None))
    attempt.cancel()
    assert service.get(job.id).state is JobState.CANCELLED
    assert "Succeeded" not in " ".join(line.message for line in service.log(job.id))


def test_a_job_that_waits_for_its_next_attempt_leaves_nothing_when_it_is_cancelled(
    service, submit, database, workspace
):
    job = submit()
    attempt = claim(database, job.id, "worker", 30, 3)
    workspace.make_attempt_folder(job.id, attempt.number)
    attempt.give_back("Handed back.")
    assert service.cancel(job.id).state is JobState.CANCELLED
    assert workspace.attempt_folders() == ()


def at_once(people, action):
    """What each of so many people got who pressed the button at the same moment: a state, or a sentence."""
    gate = threading.Barrier(people)

    def press(_):
        gate.wait()
        try:
            return action()
        except ConflictError as error:
            return error.message

    with ThreadPoolExecutor(people) as pool:
        return list(pool.map(press, range(people)))


def lines(service, job):
    return [line.message for line in service.log(job.id)]


def test_of_many_who_cancel_a_waiting_job_at_once_one_does(service, submit):
    job = submit()
    answers = at_once(6, lambda: service.cancel(job.id))
    sentences = [answer for answer in answers if isinstance(answer, str)]
    assert sentences == ["The job is cancelled already, so there is nothing to cancel."] * 5
    assert lines(service, job) == ["Accepted and queued.", "Cancelled before it ran."]


def test_of_many_who_cancel_a_running_job_at_once_one_is_noted(service, submit, database):
    job = submit()
    claim(database, job.id, "worker", 30, 3)
    answers = at_once(6, lambda: service.cancel(job.id))
    assert all(answer.cancel_requested and answer.state is JobState.RUNNING for answer in answers)
    assert lines(service, job).count("Asked to cancel.") == 1


def test_of_many_who_retry_at_once_one_does(service, submit, bell):
    job = submit()
    service.cancel(job.id)
    answers = at_once(6, lambda: service.retry(job.id))
    sentences = [answer for answer in answers if isinstance(answer, str)]
    assert len(sentences) == 5 and all("again" in sentence for sentence in sentences)
    assert lines(service, job).count("Queued again by hand.") == 1
    assert bell.rung == [job.id, job.id]


def test_cancel_and_retry_at_once_leave_a_job_that_is_one_or_the_other(service, submit):
    job = submit()
    service.cancel(job.id)
    at_once(2, lambda: service.retry(job.id))
    at_once(4, lambda: service.cancel(job.id))
    assert service.get(job.id).state is JobState.CANCELLED


@pytest.mark.parametrize("end", ["succeeded", "failed", "cancelled"])
def test_a_job_that_has_ended_is_not_cancelled(service, submit, supervisor, end):
    job = submit()
    if end == "cancelled":
        service.cancel(job.id)
    else:
        supervisor("finish()" if end == "succeeded" else 'say("failed", code="limit", message="No.")').run(job.id)
    before = service.get(job.id)
    with pytest.raises(ConflictError, match=f"The job is {end} already, so there is nothing to cancel"):
        service.cancel(job.id)
    assert service.get(job.id) == before


def test_a_job_that_waits_or_runs_or_has_succeeded_is_not_retried(service, submit, database):
    job = submit()
    for state in ("queued", "running"):
        before = service.get(job.id)
        with pytest.raises(ConflictError, match=f"The job is {state}: only a failed or cancelled one"):
            service.retry(job.id)
        assert service.get(job.id) == before
        claim(database, job.id, "worker", 30, 3)


@pytest.mark.parametrize("id", ["1", "no-uuid", "../etc", "\0", "9" * 300, "00000000-0000-4000-8000-000000000000"])
def test_what_is_no_id_is_neither_cancelled_nor_retried(service, id):
    for action in (service.cancel, service.retry):
        with pytest.raises(NotFoundError, match="No job has the ID"):
            action(id)
