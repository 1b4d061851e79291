"""The real worker: Celery, Redis and the engine together, through the loss of a message and the worker's own end."""

from __future__ import annotations

import signal

from sqlalchemy import update

from project.assembly import Services
from project.database.clock import now
from project.jobs.models import Job
from project.jobs.states import JobState
from project.recipes.built_in import BUILT_IN


def submit(services: Services, input: str = "example_input.csv"):
    return services.jobs.submit(input, "out.csv", BUILT_IN[0].recipe)


def reaches(services: Services, job, state: JobState):
    def look() -> bool:
        seen = services.jobs.get(job.id)
        assert seen.state is state or not seen.is_final, seen.error
        return seen.state is state

    return look


def test_a_job_whose_message_was_flushed_runs_all_the_same(services, redis, start_worker, wait_until):
    job = submit(services)
    redis.flush()
    with services.database.write() as session:
        session.execute(update(Job).values(rung_at=now(-3600)))
    start_worker()
    wait_until(reaches(services, job, JobState.SUCCEEDED), 60)


def test_a_worker_that_is_asked_to_stop_hands_its_job_back_and_goes(services, start_worker, wait_until):
    worker = start_worker()
    big = services.workspace.folder / "big.csv"
    with big.open("w") as stream:
        stream.write("Song,Date,Number of Plays\n")
        stream.writelines(f"Song {number % 1000},2020-01-01,{number}\n" for number in range(20_000))
    job = submit(services, "big.csv")
    wait_until(lambda: services.jobs.get(job.id).progress.phase, 60)
    worker.send_signal(signal.SIGTERM)
    assert worker.wait(15) == 0
    handed_back = services.jobs.get(job.id)
    assert (handed_back.state, handed_back.attempt) == (JobState.QUEUED, 1)
    assert "Handed back" in services.jobs.log(job.id)[-1].message
    assert services.workspace.attempt_folders() == ()
    start_worker()
    wait_until(reaches(services, job, JobState.SUCCEEDED), 90)
    assert services.jobs.get(job.id).attempt == 2
