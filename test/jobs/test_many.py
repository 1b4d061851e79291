"""10,000 queued jobs: what is done again and again takes about as long as with 100, on both databases."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable
from datetime import datetime, timedelta, timezone

import pytest
from sqlalchemy import delete, func, insert, select, text

from project.database.clock import now
from project.jobs.attempt import claim
from project.jobs.models import Job, JobLog
from project.jobs.queue import Queue
from project.jobs.recovery import RINGS_A_ROUND
from project.jobs.roster import Roster, WorkerIdentity
from project.jobs.states import JobState

FEW, MANY = 100, 10_000
WORKER = WorkerIdentity(id="11111111-1111-4111-8111-111111111111", host="mill", pid=7, slots=1)


@pytest.fixture
def fill(database):
    """Put that many queued jobs into the table, and nothing else; gives their IDs in the order of the queue."""

    def fill(count: int) -> list[str]:
        start = datetime.now(timezone.utc) - timedelta(hours=1)
        rows = [
            {
                "id": str(uuid.uuid4()),
                "input": "example_input.csv",
                "output": f"{number}.csv",
                "recipe": '{"steps": []}',
                "choice": "{}",
                "created_at": start + timedelta(milliseconds=number),
                "updated_at": start + timedelta(milliseconds=number),
                "rung_at": start + timedelta(milliseconds=number),
            }
            for number in range(count)
        ]
        with database.write() as session:
            session.execute(delete(JobLog))
            session.execute(delete(Job))
            session.execute(insert(Job), rows)
            session.execute(text("ANALYZE"))
        return [row["id"] for row in rows]

    return fill


@pytest.fixture
def actions(database, service, sweeper, bell) -> dict[str, Callable[[list[str]], object]]:
    """What is done, by name; each gets the IDs."""
    roster = Roster(database)
    queue = Queue(database, roster)

    def sweep_quietly(ids: list[str]) -> None:
        bell.left = len(ids)
        sweeper.sweep()

    def claim_and_give_back(ids: list[str]) -> None:
        attempt = claim(database, ids[0], "mill:8", 30, 3, worker_id=WORKER.id)
        assert attempt
        attempt.give_back("Handed back.")

    return {
        "list": lambda ids: service.page(limit=50),
        "list by state": lambda ids: service.page(limit=50, state=JobState.QUEUED),
        "a page in the middle": lambda ids: service.page(before=ids[len(ids) // 2], limit=50),
        "look-up": lambda ids: service.get(ids[-1]),
        "claim": claim_and_give_back,
        "heartbeat": lambda ids: roster.beat(WORKER, True),
        "sweep": sweep_quietly,
        "place": lambda ids: queue.place(service.get(ids[-1])),
    }


# Counting is the one thing that grows: the place of the last of 10,000, and how many messages there should be.
MOST_TIMES = {"place": 12.0, "sweep": 12.0}


def seconds(action: Callable[[list[str]], object], ids: list[str]) -> float:
    def once() -> float:
        start = time.perf_counter()
        action(ids)
        return time.perf_counter() - start

    # What else the machine does only ever adds to it.
    return min(once() for _ in range(15))


def test_ten_thousand_queued_jobs_cost_about_what_a_hundred_do(fill, actions):
    found: dict[str, list[float]] = {name: [] for name in actions}
    for count in (FEW, MANY):
        ids = fill(count)
        for name, action in actions.items():
            found[name].append(seconds(action, ids))
    report = {name: f"{few * 1000:.1f} ms, {many * 1000:.1f} ms" for name, (few, many) in found.items()}
    print(report)
    for name, (few, many) in found.items():
        # A floor under which the clock of a busy machine says nothing.
        assert many < MOST_TIMES.get(name, 4.0) * max(few, 0.002), report


def test_after_a_flush_all_are_rung_for_again_in_rounds_that_are_short(fill, sweeper, bell, database):
    ids = fill(MANY)
    bell.left = 0
    sweeper.ring_again()
    assert bell.rung == ids[:RINGS_A_ROUND]
    sweeper.ring_again()
    assert bell.rung == ids[: 2 * RINGS_A_ROUND]
    with database.read() as session:
        fresh = select(func.count()).where(Job.rung_at > now(-60))
        assert session.scalar(fresh) == 2 * RINGS_A_ROUND


def test_the_last_of_ten_thousand_knows_its_place(fill, service, database):
    ids = fill(MANY)
    queue = Queue(database, Roster(database))
    assert [queue.place(service.get(ids[number])).position for number in (0, 5_000, -1)] == [1, 5_001, MANY]


def test_ten_thousand_jobs_are_read_in_pages_without_a_gap(fill, service):
    ids = fill(1_000)
    before, seen = None, []
    while True:
        page = service.page(before=before, limit=200)
        seen += [job.id for job in page.jobs]
        if page.older is None:
            break
        before = page.older
    assert seen == ids[::-1]
