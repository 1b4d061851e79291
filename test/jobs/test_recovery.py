"""The sweeper: an accepted job ends, whatever is killed or flushed, on both databases."""

from __future__ import annotations

import os
import time

from sqlalchemy import update

from project.database.clock import now
from project.engine.plan import CHECKED_FILE, NOTED_FILE, WRITTEN_FILE
from project.jobs.attempt import claim
from project.jobs.leader import lead, resign
from project.jobs.models import Job
from project.jobs.recovery import Sweeper
from project.jobs.states import JobState
from project.jobs.sweeping import SweepLoop


def test_a_running_job_with_a_lease_is_left_alone(service, submit, database, sweeper):
    job = submit()
    claim(database, job.id, "worker", 30, 3)
    sweeper.sweep()
    assert service.get(job.id).state is JobState.RUNNING


def test_a_dead_workers_job_is_queued_and_rung_for(service, submit, database, sweeper, expire, bell):
    job = submit()
    claim(database, job.id, "worker-7", 30, 3)
    expire(job.id)
    sweeper.sweep()
    assert service.get(job.id).state is JobState.QUEUED
    assert bell.rung == [job.id, job.id]
    assert "worker-7" in service.log(job.id)[-1].message


def test_the_third_death_fails_the_job(service, submit, database, sweeper, expire):
    job = submit()
    for _ in range(3):
        assert claim(database, job.id, "worker", 30, 3)
        expire(job.id)
        sweeper.take_back()
    failed = service.get(job.id)
    assert (failed.state, failed.error.code) == (JobState.FAILED, "engine_died")
    assert "three times" in failed.error.message


def test_a_claim_of_an_expired_lease_counts_as_a_death_too(service, submit, database, expire):
    job = submit()
    for _ in range(3):
        assert claim(database, job.id, "worker", 30, 3)
        expire(job.id)
    assert claim(database, job.id, "worker", 30, 3) is None


def test_a_dead_workers_job_that_was_to_be_cancelled_is_cancelled(service, submit, database, sweeper, expire):
    job = submit()
    claim(database, job.id, "worker", 30, 3)
    service.cancel(job.id)
    expire(job.id)
    sweeper.sweep()
    assert service.get(job.id).state is JobState.CANCELLED


def long_ago(database, job):
    with database.write() as session:
        session.execute(update(Job).where(Job.id == job.id).values(rung_at=now(-3600)))


def test_a_message_that_redis_lost_is_sent_again(submit, database, sweeper, bell):
    job = submit()
    long_ago(database, job)
    bell.left = 0
    sweeper.sweep()
    sweeper.sweep()
    assert bell.rung == [job.id, job.id]


def test_messages_that_only_wait_for_a_worker_are_not_piled_up(submit, database, sweeper, bell):
    long_ago(database, submit())
    sweeper.sweep()
    assert len(bell.rung) == 1


def test_a_sweep_goes_on_without_redis(service, submit, database, sweeper, expire, bell):
    job = submit()
    claim(database, job.id, "worker", 30, 3)
    expire(job.id)
    bell.is_away = True
    sweeper.sweep()
    assert service.get(job.id).state is JobState.QUEUED
    bell.is_away = False
    sweeper.sweep()
    assert bell.rung == [job.id, job.id]


def test_folders_that_belong_to_no_live_attempt_are_removed(submit, database, sweeper, workspace):
    live = claim(database, submit().id, "worker", 30, 3)
    workspace.make_attempt_folder(live.job.id, 1)
    workspace.make_attempt_folder(live.job.id, 0)
    ended = submit(output="other.csv")
    workspace.make_attempt_folder(ended.id, 1)
    strange = workspace.make_attempt_folder("11111111-1111-4111-8111-111111111111", 1)
    old = workspace.make_attempt_folder("22222222-2222-4222-8222-222222222222", 1)
    os.utime(old, (time.time() - 30 * 86400,) * 2)
    sweeper.sweep()
    assert sorted(workspace.attempt_folders()) == sorted([(live.job.id, 1), (strange.name[:-2], 1)])


def test_one_of_many_leads_until_its_lease_runs_out_or_it_resigns(database):
    assert lead(database, "sweeper", "a", 30)
    assert not lead(database, "sweeper", "b", 30)
    assert lead(database, "sweeper", "a", -1)
    assert lead(database, "sweeper", "b", 30)
    resign(database, "sweeper", "a")
    assert not lead(database, "sweeper", "a", 30)
    resign(database, "sweeper", "b")
    assert lead(database, "sweeper", "a", 30)


def test_the_loop_sweeps_at_once_and_lets_another_one_lead_when_it_ends(
    service, submit, database, sweeper, expire, wait_until
):
    job = submit()
    claim(database, job.id, "worker", 30, 3)
    expire(job.id)
    loop = SweepLoop(sweeper, 0.05)
    loop.start()
    wait_until(lambda: service.get(job.id).state is JobState.QUEUED)
    loop.stop()
    assert lead(database, "sweeper", "another", 30)


def test_an_earlier_attempts_folder_stays_until_the_next_one_has_taken_what_it_noted(workspace):
    first, second = (workspace.make_attempt_folder("job", attempt) for attempt in (1, 2))
    (first / CHECKED_FILE).touch()
    (first / NOTED_FILE).touch()
    (second / CHECKED_FILE).touch()
    assert not Sweeper._has_taken_over(first, second)
    (second / WRITTEN_FILE).touch()
    assert Sweeper._has_taken_over(first, second)
