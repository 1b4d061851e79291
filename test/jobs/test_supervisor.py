"""One attempt from claim to end, on both databases: with the real engine, and with engines that misbehave."""

from __future__ import annotations

import errno
import os
import sys
import threading
from pathlib import Path

import pytest

from project.engine.events import Finished
from project.engine.ledger import Ledger
from project.errors import ConflictError
from project.jobs import publish
from project.jobs.attempt import LostLeaseError, claim
from project.jobs.deaths import Death
from project.jobs.lifeline import Lifeline
from project.jobs.states import JobState

TOTALS = """Song,Date,Total Number of Plays for Date
In The End,2020-01-01,1500
In The End,2020-01-02,500
Umbrella,2020-01-01,150
Umbrella,2020-01-02,250
"""


def log_of(service, job):
    return "\n".join(line.message for line in service.log(job.id))


def visible(workspace):
    return sorted(entry.name for entry in workspace.folder.iterdir() if not entry.name.startswith("."))


def test_the_real_engine_writes_the_whole_result_and_a_ledger_that_balances(service, submit, supervisor, workspace):
    job = submit()
    supervisor().run(job.id)
    done = service.get(job.id)
    assert done.state is JobState.SUCCEEDED, done.error
    assert (workspace.folder / "out.csv").read_text() == TOTALS
    assert (done.ledger.read, done.ledger.kept, done.ledger.rejected, done.ledger.written) == (7, 7, 0, 4)
    assert done.ledger.steps[0].merged == 3
    assert done.columns == ("Song", "Date", "Total Number of Plays for Date")
    assert done.attempt == 1 and done.progress.fraction == 1.0 and done.result_bytes == len(TOTALS)
    assert done.started_at <= done.finished_at and done.dialect and done.peak_memory_mb
    assert workspace.attempt_folders() == ()
    assert publish.result_file(workspace, done).name == "out.csv"


def test_engines_remember_the_checks_of_files_in_the_workspaces_hidden_folder(service, submit, supervisor, workspace):
    job = submit()
    supervisor('say("note", message=json.loads(Path(sys.argv[1]).read_text())["facts"])\nfinish()').run(job.id)
    assert str(workspace.folder / ".rowmill" / "facts") in log_of(service, job)


def test_a_duplicate_message_finds_nothing_to_do(service, submit, supervisor):
    job = submit()
    supervisor("finish()").run(job.id)
    supervisor("finish()").run(job.id)
    assert service.get(job.id).attempt == 1


def test_rejects_are_published_beside_the_result_and_old_ones_are_removed(service, submit, supervisor, workspace):
    job = submit()
    supervisor('finish(rejects="record,line,byte_offset,reason,column,raw\\n", read=2)').run(job.id)
    assert service.get(job.id).rejects_name == "out.csv.rejects.csv"
    assert "out.csv.rejects.csv" in visible(workspace)
    again = submit()
    supervisor("finish()").run(again.id)
    assert visible(workspace) == ["example_input.csv", "out.csv"]


def test_a_failure_of_the_work_ends_the_job_with_its_sentence(service, submit, supervisor, workspace):
    job = submit()
    supervisor('say("failed", code="limit", message="Too much: raise ENGINE_OUTPUT_MB.")').run(job.id)
    failed = service.get(job.id)
    assert (failed.state, failed.error.code) == (JobState.FAILED, "limit")
    assert failed.error.message == "Too much: raise ENGINE_OUTPUT_MB."
    assert visible(workspace) == ["example_input.csv"] and workspace.attempt_folders() == ()


def test_a_ledger_that_does_not_balance_publishes_nothing(service, submit, supervisor, workspace):
    job = submit()
    supervisor("finish(read=2)").run(job.id)
    assert service.get(job.id).error.code == "ledger"
    assert visible(workspace) == ["example_input.csv"]


def test_an_engine_that_dies_is_tried_three_times_then_the_cause_is_told(service, submit, supervisor, bell):
    job = submit()
    killed = supervisor("print('out of luck', file=sys.stderr, flush=True); os.kill(os.getpid(), signal.SIGKILL)")
    for attempt in (1, 2):
        killed.run(job.id)
        assert service.get(job.id).state is JobState.QUEUED
        assert len(bell.rung) == attempt + 1
    killed.run(job.id)
    failed = service.get(job.id)
    assert (failed.state, failed.error.code, failed.attempt) == (JobState.FAILED, "engine_died", 3)
    assert "killed by signal 9" in failed.error.message and "three times" in failed.error.message
    assert "memory" in failed.error.message
    assert "out of luck" in log_of(service, job)


def test_a_death_is_forgiven_when_the_next_attempt_succeeds(service, submit, supervisor, workspace):
    job = submit()
    supervisor("sys.exit(7)").run(job.id)
    assert "ended with exit code 7" in log_of(service, job)
    supervisor("finish()").run(job.id)
    done = service.get(job.id)
    assert done.state is JobState.SUCCEEDED and done.attempt == 2
    assert visible(workspace) == ["example_input.csv", "out.csv"]


def test_what_is_no_event_is_no_reason_to_lose_the_work(service, submit, supervisor):
    job = submit()
    supervisor("print('a library says hello'); say('note', message='A note.'); finish()").run(job.id)
    assert service.get(job.id).state is JobState.SUCCEEDED
    assert "A note." in log_of(service, job)


@pytest.fixture
def running(service, submit, supervisor, wait_until):
    """Starts a supervisor whose engine has told of some progress and lingers; ends it with the test."""
    threads = []

    def start(lines="", **options):
        job = submit()
        lines += "\nsay('progress', phase='working', bytes_read=5, bytes_total=10, rows_read=3, fraction=0.5)\n"
        runner = supervisor(lines + "linger()", **options)
        thread = threading.Thread(target=runner.run, args=(job.id,))
        thread.start()
        threads.append((thread, job))
        wait_until(lambda: service.get(job.id).progress.phase == "working")
        return job, thread

    yield start
    for thread, job in threads:
        if thread.is_alive():
            try:
                service.cancel(job.id)
            except ConflictError:
                pass
        thread.join(10)
        assert not thread.is_alive()


def is_alive(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_progress_is_told_while_the_engine_works(running, service):
    job, _ = running()
    progress = service.get(job.id).progress
    assert (progress.bytes_read, progress.bytes_total, progress.rows_read) == (5, 10, 3)


def test_cancelling_ends_the_engine_and_all_that_it_started(running, service, tmp_path, wait_until, workspace):
    pids = tmp_path / "pids"
    job, thread = running(f"""
import subprocess
child = subprocess.Popen(["sleep", "600"])
Path({str(pids)!r}).write_text(f"{{os.getpid()}} {{child.pid}}")
""")
    service.cancel(job.id)
    thread.join(10)
    assert service.get(job.id).state is JobState.CANCELLED
    wait_until(lambda: not any(is_alive(int(pid)) and not is_zombie(pid) for pid in pids.read_text().split()))
    assert workspace.attempt_folders() == ()


def is_zombie(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except FileNotFoundError:
        return True


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells what a process does")
def test_an_engine_that_is_stuck_is_ended_and_another_attempt_follows(service, submit, supervisor):
    job = submit()
    supervisor("linger()", stall_seconds=1.2, lease_seconds=1).run(job.id)
    assert service.get(job.id).state is JobState.QUEUED
    assert "did nothing for 1.2 s, and was ended" in log_of(service, job)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells what a process does")
def test_an_engine_that_works_and_says_nothing_is_not_stuck(service, submit, supervisor):
    job = submit()
    work = "import time\nwhile time.process_time() < 2.5: pass\nfinish()"
    supervisor(work, stall_seconds=0.5, lease_seconds=1).run(job.id)
    assert service.get(job.id).state is JobState.SUCCEEDED


@pytest.mark.parametrize(
    "words",
    [
        "MemoryError: Unable to allocate 9.3 GiB",
        "memory allocation of 8388608 bytes failed",
        "OS can't spawn worker thread: Resource temporarily unavailable (os error 11)",
        "<jemalloc>: background thread creation failed (11)",
    ],
)
def test_an_engine_that_says_it_has_no_memory_is_ended_also_if_it_never_would(service, submit, supervisor, words):
    job = submit()
    stuck = supervisor(f"print('a thread of a library'); print({words!r}, file=sys.stderr, flush=True); linger()")
    for _ in range(3):
        stuck.run(job.id)
    failed = service.get(job.id)
    assert (failed.state, failed.error.code, failed.attempt) == (JobState.FAILED, "engine_died", 3)
    assert failed.error.message.startswith(f"The engine ran out of memory ({words}); attempts have died three times.")
    assert "lower ENGINE_MEMORY_MB" in failed.error.message


def test_a_worker_that_is_told_to_stop_hands_the_job_back_uncounted(running, service, database, bell):
    lifeline = Lifeline()
    job, thread = running(lifeline=lifeline)
    lifeline.cut()
    thread.join(10)
    given_back = service.get(job.id)
    assert given_back.state is JobState.QUEUED and given_back.progress.phase is None
    assert bell.rung == [job.id, job.id]
    for number in (2, 3, 4, 5):
        attempt = claim(database, job.id, "other", 30, 3)
        assert attempt.number == number
        attempt.give_back("Handed back.")


def test_a_worker_that_lost_its_lease_ends_its_engine_and_touches_nothing(
    running, service, database, expire, wait_until
):
    job, thread = running(lease_seconds=3600)
    expire(job.id)
    other = claim(database, job.id, "other", 30, 3)
    assert other.number == 2
    thread.join(10)
    assert not thread.is_alive()
    now = service.get(job.id)
    assert (now.state, now.attempt, now.worker) == (JobState.RUNNING, 2, "other")
    other.cancel()


def test_a_worker_that_lost_its_lease_leaves_what_the_next_attempt_may_be_reading(
    running, service, database, expire, workspace, sweeper
):
    checkpoint = '(folder / "checked.json").write_text("{}"); (folder / "plan.json").touch()'
    job, thread = running(checkpoint, lease_seconds=3600)
    expire(job.id)
    other = claim(database, job.id, "other", 3600, 3)
    thread.join(10)
    assert not thread.is_alive()
    assert [path.name for path in workspace.attempt_folder(job.id, 1).iterdir()] == ["checked.json"]
    other.cancel()
    sweeper.sweep()
    assert workspace.attempt_folders() == ()


def test_a_stale_attempt_can_write_nothing(service, submit, database, expire):
    job = submit()
    stale = claim(database, job.id, "one", 30, 3)
    assert claim(database, job.id, "two", 30, 3) is None
    expire(job.id)
    fresh = claim(database, job.id, "two", 30, 3)
    for write in (
        stale.renew,
        lambda: stale.fail("x", "y"),
        stale.cancel,
        lambda: stale.give_back("z"),
        lambda: stale.bury(Death("died"), 3),
        lambda: stale.decide(finished(), ("1:1", None)),
        lambda: stale.succeed(0),
    ):
        with pytest.raises(LostLeaseError):
            write()
    assert service.get(job.id).attempt == fresh.number == 2


def finished():
    ledger = Ledger(read=0, kept=0, rejected=0, blank=0, written=0)
    return Finished(ledger=ledger, columns=(), result_bytes=0, dialect="", peak_memory_mb=64)


def test_a_full_disk_fails_the_job_and_the_worker_goes_on(service, submit, supervisor, workspace, monkeypatch):
    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    job = submit()
    with monkeypatch.context() as patch:
        patch.setattr(publish.os, "replace", full)
        supervisor("finish()").run(job.id)
    failed = service.get(job.id)
    assert failed.error.code == "disk_full" and "disk is full" in failed.error.message
    assert visible(workspace) == ["example_input.csv"] and workspace.attempt_folders() == ()
    service.retry(job.id)
    supervisor("finish()").run(job.id)
    assert service.get(job.id).state is JobState.SUCCEEDED


def test_an_input_that_vanished_after_the_submission_fails_the_job(service, submit, supervisor, workspace):
    job = submit()
    (workspace.folder / "example_input.csv").unlink()
    supervisor("finish()").run(job.id)
    assert service.get(job.id).error.code == "not_found"


def test_an_output_that_became_a_folder_fails_the_job(service, submit, supervisor, workspace):
    job = submit()
    (workspace.folder / "out.csv").mkdir()
    supervisor("finish()").run(job.id)
    assert service.get(job.id).error.code == "invalid_input"


def test_the_engine_does_not_get_the_secrets(service, submit, supervisor, tmp_path, monkeypatch):
    monkeypatch.setenv("SECRET_KEY", "x" * 20)
    job = submit()
    supervisor(f"Path({str(tmp_path / 'env')!r}).write_text(str('SECRET_KEY' in os.environ)); finish()").run(job.id)
    assert (tmp_path / "env").read_text() == "False"
