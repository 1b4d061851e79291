"""Inspections as jobs, on both databases: begun once, followed to their end, published once, in nobody's way."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest
from sqlalchemy import update

from project.database.clock import now
from project.engine.events import Finished
from project.engine.ledger import Ledger
from project.errors import ConflictError, DamagedInputError, FailureError
from project.files.catalogue import Catalogue
from project.files.inspections import Inspections
from project.files.listing import Listing
from project.jobs import inspected
from project.jobs.attempt import LostLeaseError, claim
from project.jobs.completion import complete
from project.jobs.file_uses import uses
from project.jobs.inspecting import Inspecting, InspectionState, attempt_on
from project.jobs.kinds import JobKind
from project.jobs.models import Job
from project.jobs.queue import Queue
from project.jobs.roster import Roster
from project.jobs.states import JobState

NAME = "example_input.csv"
FINISH = """
(folder / "data.parquet").write_text("rows")
(folder / "profile.json").write_text("{}")
(folder / "rejects.csv").write_text("r")
ledger = {"read": 9, "kept": 7, "rejected": 2, "blank": 0, "written": 7}
say("finished", ledger=ledger, columns=["a", "b", "c"], result_bytes=4, rejects_bytes=1, dialect="UTF-8, comma",
    peak_memory_mb=70)
"""
FAIL = 'say("failed", code="all_rejects", message="Every record was rejected.")'


@pytest.fixture
def catalogue(database, workspace):
    return Catalogue(database, workspace, uses)


@pytest.fixture
def file(catalogue):
    """The example as the catalogue has it now."""

    def file():
        catalogue.refresh()
        return catalogue.page(Listing()).files[0]

    return file


@pytest.fixture
def inspections(database, workspace):
    return Inspections(workspace, partial(attempt_on, database, workspace))


@pytest.fixture
def inspecting(database, workspace, service, inspections):
    return Inspecting(database, workspace, service, inspections, is_automatic=True)


@pytest.fixture
def run(supervisor, catalogue):
    """Run an inspection with an engine that does as the lines say; without, with one that finishes."""
    return lambda job, lines=FINISH: supervisor(lines, find_file=catalogue.find).run(job.id)


@pytest.fixture
def decide(database, workspace, file):
    """An attempt at an inspection that is about to publish, and the job as decided."""

    def decide(job):
        attempt = claim(database, job.id, "worker", 30, 3)
        folder = workspace.make_attempt_folder(job.id, attempt.number)
        (folder / "data.parquet").write_text(f"rows of {job.id}")
        ledger = Ledger(read=1, kept=1, rejected=0, blank=0, written=1)
        done = Finished(ledger=ledger, columns=("a",), result_bytes=4, dialect="", peak_memory_mb=64)
        source = inspected.source_of(workspace, file(), job)
        return attempt, attempt.decide(done, inspected.prepare(folder, source))

    return decide


def log_of(service, job):
    return "\n".join(line.message for line in service.log(job.id))


def test_a_look_begins_one_and_it_is_followed_to_its_end(inspecting, inspections, service, bell, file, run):
    assert inspecting.status(file()).state is InspectionState.NONE
    begun = inspecting.look(file())
    assert begun.state is InspectionState.QUEUED and bell.rung == [begun.job.id]
    assert inspecting.look(file()).job == begun.job
    run(begun.job)
    done = inspecting.look(file())
    assert (done.state, done.job.state) == (InspectionState.DONE, JobState.SUCCEEDED), done.job.error
    facts = file().facts
    assert (facts.rows, facts.columns, facts.rejects, facts.dialect) == (7, 3, 2, "UTF-8, comma")
    assert file().inspected_at and file().used_at is None and not file().has_changed
    found = inspections.of(file())
    assert found == done.inspection
    assert [it.read_text() for it in (found.data, found.profile, found.rejects)] == ["rows", "{}", "r"]
    assert "Inspected: 7 rows, 3 columns, 2 rejects." in log_of(service, done.job)
    assert service.workspace.attempt_folders() == ()


def test_many_who_look_at_once_begin_one(inspecting, service, file):
    seen = file()
    with ThreadPoolExecutor(4) as pool:
        jobs = {status.job.id for status in pool.map(lambda _: inspecting.look(seen), range(8))}
    assert len(jobs) == 1 and len(service.page(kind=JobKind.INSPECTION).jobs) == 1


def test_without_the_setting_only_who_asks_begins_one(database, workspace, service, inspections, file):
    inspecting = Inspecting(database, workspace, service, inspections, is_automatic=False)
    assert inspecting.look(file()).state is InspectionState.NONE
    job = inspecting.start(file())
    assert inspecting.look(file()).job.id == job.id
    with pytest.raises(ConflictError, match="inspected already"):
        inspecting.start(file())


@pytest.mark.parametrize("end", ["failed", "cancelled"])
def test_one_that_ended_otherwise_is_shown_and_not_begun_by_looks(end, inspecting, service, file, run):
    job = inspecting.look(file()).job
    service.cancel(job.id) if end == "cancelled" else run(job, FAIL)
    for _ in range(2):
        status = inspecting.look(file())
        assert (status.state, status.job.id) == (InspectionState(end), job.id)
    assert status.can_start and inspecting.start(file()).id != job.id


def test_what_cannot_be_inspected_is_told_and_no_job(inspecting, service, workspace, file):
    (workspace.folder / NAME).write_bytes(b"\x7fELF\x02\x01\x01" + bytes(500))
    status = inspecting.look(file())
    assert status.state is InspectionState.REFUSED and "a program (ELF)" in status.refusal
    with pytest.raises(DamagedInputError):
        inspecting.start(file())
    assert service.page(kind=JobKind.INSPECTION).jobs == ()


def test_it_is_in_nobodys_way(inspecting, service, catalogue, database, file, run, workspace):
    job = inspecting.look(file()).job
    with database.read() as session:
        assert uses(session, [NAME, job.output]) == {}
    assert service.page().jobs == () and service.latest() == ()
    renamed = catalogue.rename(file().id, "renamed.csv")
    run(job)
    assert inspecting.status(renamed).state is InspectionState.DONE and file().facts.rows == 7
    with pytest.raises(ConflictError, match="begun anew from its file"):
        service.retry(job.id)


def test_a_file_that_was_moved_by_hand_is_found(inspecting, file, run, workspace):
    job = inspecting.look(file()).job
    os.rename(workspace.folder / NAME, workspace.folder / "moved.csv")
    run(job)
    assert inspecting.status(file()).state is InspectionState.DONE


def test_one_of_a_file_that_is_deleted_fails_and_is_begun_anew_when_it_is_back(
    inspecting, catalogue, file, run, service
):
    seen = file()
    job = inspecting.look(seen).job
    catalogue.delete(seen.id)
    run(job)
    assert service.get(job.id).error.code == "not_found"
    assert inspecting.look(catalogue.get(seen.id)).job.id == job.id
    catalogue.undelete(seen.id)
    assert inspecting.look(file()).state is InspectionState.QUEUED


def test_what_changed_before_it_is_ended_and_begun_anew(inspecting, service, file, workspace):
    first = inspecting.look(file()).job
    (workspace.folder / NAME).write_text("a\n1\n")
    assert inspecting.status(file()).state is InspectionState.OUTDATED
    second = inspecting.look(file())
    assert second.state is InspectionState.QUEUED and second.job.id != first.id
    assert service.get(first.id).state is JobState.CANCELLED


def test_one_that_runs_on_what_was_before_is_asked_to_end(inspecting, service, database, file, workspace):
    first = inspecting.look(file()).job
    claim(database, first.id, "worker", 30, 3)
    (workspace.folder / NAME).write_text("a\n1\n")
    assert inspecting.look(file()).state is InspectionState.OUTDATED
    assert service.get(first.id).cancel_requested


@pytest.mark.parametrize("moment", ["before", "meanwhile"])
def test_other_bytes_than_were_asked_for_are_not_inspected(
    moment, inspecting, inspections, file, run, workspace, service
):
    job, path = inspecting.look(file()).job, workspace.folder / NAME
    if moment == "before":
        path.write_text("a\n1\n")
    run(job, f"Path({str(path)!r}).write_text('a')\n{FINISH}")
    assert service.get(job.id).error.code == "input_changed"
    assert inspections.of(file()) is None and file().facts.rows is None
    assert service.workspace.attempt_folders() == ()


def test_what_is_known_so_far_can_be_had_while_it_runs(inspecting, inspections, database, file, workspace):
    job = inspecting.look(file()).job
    assert inspections.partial(file()) is None
    claim(database, job.id, "worker", 30, 3)
    folder = workspace.make_attempt_folder(job.id, 1)
    assert inspections.partial(file()) is None
    (folder / "profile.partial.json").write_text("{}")
    assert inspections.partial(file()) == folder / "profile.partial.json"
    (workspace.folder / NAME).write_text("a\n1\n")
    assert inspections.partial(file()) is None


class TestPublishing:
    """Whoever dies, stops or comes late in the middle of it: it appears once, whole (docs/adr/0007)."""

    def test_what_a_dead_worker_had_decided_is_completed_by_the_sweeper(
        self, inspecting, inspections, decide, sweeper, expire, file, workspace
    ):
        job = inspecting.look(file()).job
        attempt, decided = decide(job)
        assert inspections.of(file()) is None
        expire(job.id)
        sweeper.sweep()
        assert inspecting.status(file()).state is InspectionState.DONE
        assert inspections.of(file()).data.read_text() == f"rows of {job.id}"
        assert workspace.attempt_folders() == ()
        with pytest.raises(LostLeaseError):
            complete(attempt, workspace, decided, 3)
        assert inspections.of(file()).data.read_text() == f"rows of {job.id}"

    def test_a_stale_worker_takes_nothing_from_a_later_one(
        self, inspecting, inspections, decide, sweeper, expire, file, workspace
    ):
        first = inspecting.look(file()).job
        stale, decided = decide(first)
        expire(first.id)
        sweeper.take_back()
        second = inspecting.start(file())
        complete(*_arguments(decide(second), workspace))
        with pytest.raises(LostLeaseError):
            complete(stale, workspace, decided, 3)
        assert inspections.of(file()).data.read_text() == f"rows of {second.id}"

    def test_what_is_gone_before_it_is_published_is_made_again(
        self, inspecting, decide, sweeper, expire, file, workspace, service
    ):
        job = inspecting.look(file()).job
        decide(job)
        workspace.remove_attempt_folder(job.id, 1)
        expire(job.id)
        sweeper.sweep()
        assert service.get(job.id).state is JobState.QUEUED

    @pytest.mark.parametrize("event", ["changed", "purged"])
    def test_what_nobody_can_ask_for_any_more_is_thrown_away(
        self, event, inspecting, decide, file, workspace, catalogue, service
    ):
        seen = file()
        job = inspecting.look(seen).job
        made = decide(job)
        if event == "changed":
            (workspace.folder / NAME).write_text("a\n1\n")
            assert file().facts.rows is None
        else:
            catalogue.delete(seen.id)
            catalogue.purge(seen.id)
        complete(*_arguments(made, workspace))
        assert not (workspace.inspections / seen.id).exists()
        assert "thrown away" in log_of(service, job)


def _arguments(made, workspace):
    attempt, decided = made
    return attempt, workspace, decided, 3


class TestPrecedence:
    """A job that somebody has asked for does not wait behind inspections."""

    @pytest.fixture
    def runs(self, inspecting, file, database):
        """The attempt of an inspection that runs."""
        return claim(database, inspecting.look(file()).job.id, "worker", 30, 3)

    def test_one_that_runs_gives_way_to_a_job_that_waits(self, runs, submit, database, expire_wait):
        assert not runs.is_in_the_way()
        expire_wait(submit().id)
        assert runs.is_in_the_way()

    def test_a_job_that_has_just_come_may_find_another_worker(self, runs, submit):
        submit()
        assert not runs.is_in_the_way()

    def test_it_gives_way_so_often_and_no_oftener(self, runs, submit, database, expire_wait):
        expire_wait(submit().id)
        attempt = runs
        for _ in range(3):
            assert attempt.is_in_the_way()
            attempt.give_back("Gave way.")
            attempt = claim(database, runs.job.id, "worker", 30, 3)
        assert not attempt.is_in_the_way()

    def test_of_several_the_last_one_gives_way(
        self, runs, inspecting, submit, database, catalogue, workspace, expire_wait
    ):
        (workspace.folder / "other.csv").write_text("a\n1\n")
        catalogue.refresh()
        (other,) = catalogue.page(Listing(search="other")).files
        later = claim(database, inspecting.look(other).job.id, "worker", 30, 3)
        expire_wait(submit().id)
        assert (runs.is_in_the_way(), later.is_in_the_way()) == (False, True)

    def test_it_waits_behind_all_jobs(self, inspecting, file, submit, database, service):
        queue = Queue(database, Roster(database))
        waiting = inspecting.look(file()).job
        job = submit()
        assert [queue.place(it).position for it in (job, waiting)] == [1, 2]

    def test_the_supervisor_puts_it_back_into_its_queue(
        self, inspecting, file, run, submit, service, bell, expire_wait
    ):
        job = inspecting.look(file()).job
        expire_wait(submit().id)
        run(job, "linger()")
        assert service.get(job.id).state is JobState.QUEUED
        assert "Gave way to a job that waits" in log_of(service, job)
        assert bell.rung[-1] == job.id and bell.kinds[-1] is JobKind.INSPECTION


@pytest.fixture
def expire_wait(database):
    """Let a queued job have waited for a minute."""

    def expire_wait(job_id):
        with database.write() as session:
            session.execute(update(Job).where(Job.id == job_id).values(updated_at=now(-60)))

    return expire_wait


class TestWhatWasRead:
    """What the engine has read is held against the file that was to be inspected, whatever the file system knows."""

    @pytest.fixture
    def folder(self, workspace):
        folder = workspace.make_attempt_folder("job", 1)
        (folder / "data.parquet").write_text("rows")
        return folder

    @pytest.fixture
    def source(self, workspace, file):
        return inspected.Source(workspace.folder / NAME, NAME, file().stamp)

    def test_by_its_second_name_a_file_is_known_though_it_was_replaced(self, folder, source):
        os.link(source.path, folder / "input")
        os.replace(_written(folder / "other"), source.path)
        inspected.prepare(folder, source)

    @pytest.mark.parametrize("has_second_name", [True, False])
    def test_where_names_differ_in_inodes_or_there_is_one_only_the_file_itself_tells(
        self, has_second_name, folder, source
    ):
        if has_second_name:
            _written(folder / "input")
        inspected.prepare(folder, source)
        os.replace(_written(folder / "other"), source.path)
        with pytest.raises(FailureError, match="changed before it was inspected"):
            inspected.prepare(folder, source)
        source.path.unlink()
        with pytest.raises(FailureError):
            inspected.prepare(folder, source)


def _written(path):
    path.write_text("other")
    return path
