"""The workers and the queue as they are seen, on both databases."""

from __future__ import annotations

import pytest
from sqlalchemy import update

from project.database.clock import now
from project.jobs.attempt import claim
from project.jobs.heart import Heart
from project.jobs.models import Job, Worker
from project.jobs.queue import Queue
from project.jobs.roster import GONE_SECONDS, Roster, WorkerIdentity

ONE = WorkerIdentity(id="11111111-1111-4111-8111-111111111111", host="mill", pid=7, slots=1)
SAME_NAME = WorkerIdentity(id="22222222-2222-4222-8222-222222222222", host="mill", pid=7, slots=1)


@pytest.fixture
def roster(database):
    return Roster(database)


@pytest.fixture
def place(database, roster, service):
    """The place of a job by its ID."""
    queue = Queue(database, roster)
    return lambda job: queue.place(service.get(job.id))


@pytest.fixture
def set_row(database):
    def set_row(table, **values):
        with database.write() as session:
            session.execute(update(table).values(values))

    return set_row


def test_a_worker_is_seen_with_what_it_does(roster, database, submit):
    job = submit()
    roster.beat(ONE, True)
    claim(database, job.id, "mill:8", 30, 3, worker_id=ONE.id)
    (worker,) = roster.workers()
    assert (worker.id, worker.name, worker.slots, worker.is_alive) == (ONE.id, "mill:7", 1, True)
    assert [(each.id, each.input, each.attempt) for each in worker.jobs] == [(job.id, "example_input.csv", 1)]
    assert worker.silent_seconds < GONE_SECONDS and worker.hears_doorbell


def test_a_run_that_reuses_host_and_process_is_another_worker(roster, database, submit):
    roster.beat(ONE, True)
    roster.beat(SAME_NAME, True)
    claim(database, submit().id, "mill:8", 30, 3, worker_id=ONE.id)
    assert {worker.id: len(worker.jobs) for worker in roster.workers()} == {ONE.id: 1, SAME_NAME.id: 0}


def test_a_silent_worker_is_gone_then_forgotten_and_comes_back_with_its_next_beat(roster, set_row):
    roster.beat(ONE, True)
    set_row(Worker, heartbeat_at=now(-GONE_SECONDS - 1))
    assert [worker.is_alive for worker in roster.workers()] == [False]
    set_row(Worker, heartbeat_at=now(-3601))
    roster.beat(SAME_NAME, True)
    assert [worker.id for worker in roster.workers()] == [SAME_NAME.id]
    roster.beat(ONE, True)
    assert {worker.id for worker in roster.workers()} == {ONE.id, SAME_NAME.id}


def test_a_worker_that_ends_in_order_leaves_no_row(roster, bell, wait_until):
    heart = Heart(roster, ONE, bell, 0.05)
    heart.start()
    wait_until(roster.workers)
    bell.is_away = True
    wait_until(lambda: not roster.workers()[0].hears_doorbell)
    heart.stop()
    assert roster.workers() == ()


def test_without_a_worker_the_job_says_how_to_start_one(submit, place, roster, set_row):
    job = submit()
    assert place(job).position == 1
    assert place(job).reason.startswith("No worker is alive: start one with ./run up")
    roster.beat(ONE, True)
    set_row(Worker, heartbeat_at=now(-60))
    assert "the last one was heard of 1 min ago" in place(job).reason


def test_jobs_stand_in_the_order_in_which_they_were_queued(submit, service, place, roster, database):
    roster.beat(ONE, True)
    first, second, third = (submit(f"{name}.csv") for name in "abc")
    assert [place(job).position for job in (first, second, third)] == [1, 2, 3]
    service.cancel(first.id)
    service.retry(first.id)
    assert [place(job).position for job in (first, second, third)] == [3, 1, 2]
    claim(database, second.id, "mill:8", 30, 3, worker_id=ONE.id)
    assert place(second) is None
    assert (place(third).position, place(third).reason) == (1, "1 worker is busy with 1 job.")


def test_a_free_worker_takes_the_job_at_once(submit, place, roster):
    roster.beat(ONE, True)
    assert place(submit()).reason == "A worker is free and takes the next job at once."


def test_a_job_that_redis_never_got_says_so(submit, place, roster, bell, set_row):
    roster.beat(ONE, True)
    bell.is_away = True
    job = submit()
    set_row(Job, updated_at=now(-10))
    assert place(job).reason == "Redis is away: the job is kept, and is sent to a worker when Redis is back."


def test_workers_that_do_not_hear_redis_say_so_although_it_got_the_message(submit, place, roster):
    job = submit()
    roster.beat(ONE, False)
    assert place(job).reason.startswith("Redis is away")


def test_a_worker_that_leaves_jobs_waiting_is_told_as_such_until_it_claims_one(
    submit, place, roster, set_row, database
):
    roster.beat(ONE, True)
    job, other = submit(), submit("other.csv")
    roster.beat(ONE, True)
    set_row(Worker, started_at=now(-40), idle_since=now(-35))
    roster.beat(ONE, True)
    set_row(Job, updated_at=now(-35))
    reason = place(job).reason
    assert reason.startswith("The worker mill:7 has been alive for 40 s, but has not claimed anything for 35 s"), reason
    claim(database, job.id, "mill:8", 30, 3, worker_id=ONE.id)
    (worker,) = roster.workers()
    assert worker.idle_seconds is None
    assert place(other).reason == "1 worker is busy with 1 job."


def test_a_worker_without_a_free_slot_or_without_waiting_jobs_is_not_idle(submit, roster, database):
    roster.beat(ONE, True)
    assert roster.workers()[0].idle_seconds is None
    claim(database, submit().id, "mill:8", 30, 3, worker_id=ONE.id)
    submit("other.csv")
    roster.beat(ONE, True)
    assert roster.workers()[0].idle_seconds is None


@pytest.mark.parametrize("seconds, positions", [(60.0, [2, 2]), (0.0, [2, 1])])
def test_many_who_ask_at_once_may_get_the_same_place_for_a_moment(database, roster, submit, seconds, positions):
    queue, first, second = Queue(database, roster, picture_seconds=seconds), submit(), submit(output="other.csv")
    seen = [queue.place(second).position]
    claim(database, first.id, "mill:8", 30, 3)
    assert [*seen, queue.place(second).position] == positions
