"""What people and programs see of the queue, the workers and the attempts, over HTTP."""

from __future__ import annotations

import re

import pytest

from project.assembly import Services
from project.jobs.attempt import claim
from project.jobs.deaths import Death
from project.jobs.roster import WorkerIdentity
from project.jobs.states import JobState
from project.recipes.built_in import BUILT_IN

WORKER = WorkerIdentity(id="11111111-1111-4111-8111-111111111111", host="mill", pid=7, slots=1)


def submit(services: Services, output: str = "out.csv"):
    return services.jobs.submit("example_input.csv", output, BUILT_IN[0].recipe)


def token(client):
    return re.search(r'name="csrf_token" value="([^"]+)"', client.get("/").text).group(1)


def test_without_workers_the_page_says_what_starts_one(client):
    page = client.get("/workers")
    assert page.status_code == 200 and "No worker is alive." in page.text and "./run up" in page.text


def test_the_workers_page_shows_who_does_what_and_is_linked_from_every_page(client, services):
    services.roster.beat(WORKER, True)
    job = submit(services)
    claim(services.database, job.id, "mill:8", 30, 3, worker_id=WORKER.id)
    page = client.get("/workers").text
    assert "mill:7" in page and f"/jobs/{job.id}" in page and "1 of 1" in page
    live = client.get("/workers?live=1").text
    assert "mill:7" in live and "<html" not in live
    assert 'href="/workers"' in client.get("/").text


def test_a_waiting_jobs_page_tells_its_place_and_why(client, services):
    services.roster.beat(WORKER, True)
    first, second = submit(services), submit(services, "other.csv")
    claim(services.database, first.id, "mill:8", 30, 3, worker_id=WORKER.id)
    page = client.get(f"/jobs/{second.id}").text
    assert "<strong>1st in the queue.</strong> 1 worker is busy with 1 job." in page
    assert 'id="place"' not in client.get(f"/jobs/{first.id}").text


def test_the_interface_tells_the_place_of_a_job_that_waits_and_null_of_others(client, services):
    job = submit(services)
    answer = client.get(f"/api/v1/jobs/{job.id}").get_json()
    assert answer["queue"]["position"] == 1 and answer["queue"]["reason"].startswith("No worker is alive")
    claim(services.database, job.id, "mill:8", 30, 3)
    assert client.get(f"/api/v1/jobs/{job.id}").get_json()["queue"] is None
    assert "queue" not in client.get("/api/v1/jobs").get_json()["jobs"][0]


def test_the_interface_lists_the_workers(client, services):
    assert client.get("/api/v1/workers").get_json() == {"workers": []}
    services.roster.beat(WORKER, False)
    job = submit(services)
    claim(services.database, job.id, "mill:8", 30, 3, worker_id=WORKER.id)
    (worker,) = client.get("/api/v1/workers").get_json()["workers"]
    assert (worker["id"], worker["name"], worker["state"], worker["slots"]) == (WORKER.id, "mill:7", "alive", 1)
    assert worker["hears_redis"] is False and worker["complaint"] is None
    assert [each["id"] for each in worker["jobs"]] == [job.id]


def test_a_retried_job_keeps_its_history_in_chapters(client, services):
    job = submit(services)
    claim(services.database, job.id, "mill:8", 30, 3).bury(Death("ended with exit code 7"), 3)
    claim(services.database, job.id, "mill:9", 30, 3).fail("limit", "Too much: raise ENGINE_OUTPUT_MB.")
    services.jobs.retry(job.id)
    claim(services.database, job.id, "mill:8", 30, 3)
    page = client.get(f"/jobs/{job.id}").text
    assert re.findall(r"<h3>(.+)</h3>", page) == ["Before the first attempt", "Attempt 1", "Attempt 2", "Attempt 3"]
    for sentence in ("exit code 7", "raise ENGINE_OUTPUT_MB", "Queued again by hand.", "Attempt 3 started on mill:8."):
        assert sentence in page
    assert services.jobs.get(job.id).id == job.id and services.jobs.get(job.id).attempt == 3


@pytest.mark.parametrize("button", ["cancel", "retry"])
def test_an_id_that_is_none_is_a_sentence_on_the_page_and_in_the_interface(client, button):
    for id in ("no-uuid", "00000000-0000-4000-8000-000000000000"):
        page = client.post(f"/jobs/{id}/{button}", data={"csrf_token": token(client)})
        assert page.status_code == 404 and "No job has the ID" in page.text
        answer = client.post(f"/api/v1/jobs/{id}/{button}", json={})
        assert answer.status_code == 404 and "No job has the ID" in answer.get_json(force=True)["detail"]


def test_the_second_of_two_browsers_gets_a_sentence_and_changes_nothing(client, services):
    job = submit(services)
    form = {"csrf_token": token(client)}
    assert client.post(f"/jobs/{job.id}/cancel", data=form).status_code == 303
    before = services.jobs.get(job.id)
    late = client.post(f"/jobs/{job.id}/cancel", data=form)
    assert late.status_code == 409 and "The job is cancelled already, so there is nothing to cancel." in late.text
    assert services.jobs.get(job.id) == before
    assert client.post(f"/jobs/{job.id}/retry", data=form).status_code == 303
    late = client.post(f"/jobs/{job.id}/retry", data=form)
    assert late.status_code == 409 and "only a failed or cancelled one can be tried again" in late.text


def test_a_real_worker_signs_runs_its_jobs_under_its_id_and_leaves(services, start_worker, wait_until):
    worker = start_worker()
    wait_until(services.roster.workers, 60)
    (seen,) = services.roster.workers()
    assert (seen.pid, seen.slots, seen.hears_doorbell) == (worker.pid, 1, True)
    big = services.workspace.folder / "big.csv"
    big.write_text("Song,Date,Number of Plays\n" + "a,2020-01-01,1\n" * 1_000_000)
    job = services.jobs.submit("big.csv", "out.csv", BUILT_IN[0].recipe)
    wait_until(lambda: services.roster.workers()[0].jobs, 60)
    assert services.roster.workers()[0].jobs[0].id == job.id
    services.jobs.cancel(job.id)
    wait_until(lambda: services.jobs.get(job.id).state is JobState.CANCELLED, 2)
    assert services.roster.workers()[0].jobs == () and services.workspace.attempt_folders() == ()
    worker.terminate()
    assert worker.wait(20) == 0
    assert services.roster.workers() == ()
