"""The JSON interface of jobs: names, states, and every error as a problem document."""

from __future__ import annotations

import re
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

JOB = {
    "id": str,
    "kind": str,
    "file": type(None),
    "state": str,
    "attempt": int,
    "input": str,
    "output": str,
    "recipe": dict,
    "progress": dict,
    "ledger": type(None),
    "error": type(None),
    "calls": type(None),
    "paused": type(None),
    "created_at": str,
    "started_at": type(None),
    "finished_at": type(None),
    "queue": dict,
}
PROGRESS = ["phase", "bytes_read", "bytes_total", "rows_read", "rejects", "rows_per_second", "seconds_left", "fraction"]


def submit(client, **values):
    return client.post("/api/v1/jobs", json={"input": "example_input.csv", "output": "out.csv", **values})


def check_problem(answer, status, code, field=None):
    assert answer.status_code == status, answer.text
    assert answer.content_type == "application/problem+json"
    body = answer.get_json(force=True)
    assert (body["status"], body["code"], body.get("field")) == (status, code, field)
    assert body["type"] and body["title"] and body["detail"].endswith((".", "?", "…"))
    return body["detail"]


def test_a_job_is_accepted_with_exactly_these_names(client):
    answer = submit(client)
    assert answer.status_code == 202
    job = answer.get_json()
    assert {name: type(value) for name, value in job.items()} == JOB
    assert list(job["progress"]) == PROGRESS
    assert job["state"] == "queued" and job["recipe"]["steps"][0]["operation"] == "aggregate"
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", job["created_at"])
    assert answer.headers["Location"] == f"/api/v1/jobs/{job['id']}"
    assert client.get(answer.headers["Location"]).get_json() == job


@pytest.mark.parametrize(
    "recipe", ["clean-copy", "Clean copy", {"steps": []}, '{"steps": []}'], ids=["slug", "name", "object", "text"]
)
def test_a_recipe_is_a_name_or_the_json_itself(client, recipe):
    assert submit(client, recipe=recipe).get_json()["recipe"] == {"steps": []}


def test_a_dialect_overrules_the_found_one(client, workspace):
    (workspace.folder / "odd.csv").write_text("Song;Date;Number of Plays\na;b;1\n")
    assert submit(client, input="odd.csv", dialect={"delimiter": ";"}).status_code == 202
    detail = check_problem(
        submit(client, input="odd.csv", output="x.csv", dialect={"delimiter": "|"}), 422, "missing_column", "recipe"
    )
    assert "Song" in detail


@pytest.mark.parametrize(
    "values, status, code, field",
    [
        ({"input": "nothing.csv"}, 404, "not_found", "input"),
        ({"input": "../x"}, 422, "invalid_input", "input"),
        ({"input": ""}, 422, "invalid_input", "input"),
        ({"output": ""}, 422, "invalid_input", "output"),
        ({"output": "example_input.csv"}, 422, "invalid_input", "output"),
        ({"output": 3}, 422, "invalid_input", "output"),
        ({"recipe": "nope"}, 422, "invalid_input", "recipe"),
        ({"recipe": {"steps": [{"operation": "dance"}]}}, 422, "invalid_input", "recipe"),
        ({"recipe": [1]}, 422, "invalid_input", "recipe"),
        ({"dialect": {"delimiter": "ab"}}, 422, "invalid_input", "dialect"),
        ({"dialect": {"colour": "red"}}, 422, "invalid_input", "dialect"),
        ({"priority": 1}, 422, "invalid_input", "priority"),
    ],
)
def test_what_cannot_be_done_is_a_problem_that_names_the_field(client, values, status, code, field):
    check_problem(submit(client, **values), status, code, field)


def test_a_missing_field_is_named(client):
    detail = check_problem(client.post("/api/v1/jobs", json={"input": "x"}), 422, "invalid_input", "output")
    assert detail == "“output” is missing."


def test_a_body_that_is_no_json_object_is_refused(client):
    json = {"content_type": "application/json"}
    check_problem(client.post("/api/v1/jobs", data="{", **json), 400, "bad_request")
    check_problem(client.post("/api/v1/jobs", data="[]", **json), 422, "invalid_input")
    check_problem(client.post("/api/v1/jobs", data="", **json), 400, "bad_request")
    check_problem(client.post("/api/v1/jobs", data=b"\xff", **json), 400, "bad_request")


@pytest.mark.parametrize("address", ["/api/v1/jobs", "/api/v1/jobs/x/cancel", "/api/v1/jobs/x/retry"])
def test_what_a_form_on_a_foreign_page_can_send_is_refused(client, address):
    for content_type in (None, "text/plain", "application/x-www-form-urlencoded", "multipart/form-data"):
        check_problem(client.post(address, data="{}", content_type=content_type), 415, "unsupported_media_type")


def test_an_output_in_use_is_a_conflict_that_names_the_job(client):
    first = submit(client).get_json()["id"]
    assert first in check_problem(submit(client), 409, "conflict", "output")


def test_of_two_that_want_the_same_output_at_once_one_gets_it(app):
    def one(_):
        return submit(app.test_client()).status_code

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(one, range(4))) == [202, 409, 409, 409]


def test_an_unknown_job_is_not_found(client):
    for address in ("/api/v1/jobs/nonsense", "/api/v1/jobs/7b1e6f0e-0000-4000-8000-000000000000"):
        assert "ID" in check_problem(client.get(address), 404, "not_found", "process_id")


def test_other_addresses_and_methods_are_problems_too(client):
    check_problem(client.get("/api/v1/nothing"), 404, "not_found")
    check_problem(client.get("/api/nothing"), 404, "not_found")
    assert "GET" in check_problem(client.delete("/api/v1/jobs"), 405, "method_not_allowed")


def test_a_body_that_is_too_large_is_a_problem(client):
    check_problem(submit(client, recipe="x" * 3_000_000), 413, "request_entity_too_large")


def test_a_job_is_cancelled_and_queued_again(client):
    address = submit(client).headers["Location"]
    assert client.post(f"{address}/cancel", json={}).get_json()["state"] == "cancelled"
    check_problem(client.post(f"{address}/cancel", json={}), 409, "conflict")
    again = client.post(f"{address}/retry", json={})
    assert (again.status_code, again.get_json()["state"]) == (202, "queued")
    check_problem(client.post(f"{address}/retry", json={}), 409, "conflict")


def test_jobs_are_listed_in_pages_and_by_state(client):
    ids = [submit(client, output=f"{number}.csv").get_json()["id"] for number in range(3)]
    client.post(f"/api/v1/jobs/{ids[0]}/cancel", json={})
    page = client.get("/api/v1/jobs?limit=2").get_json()
    assert [job["id"] for job in page["jobs"]] == [ids[2], ids[1]]
    rest = client.get(f"/api/v1/jobs?limit=2&before={page['older']}").get_json()
    assert [job["id"] for job in rest["jobs"]] == [ids[0]] and rest["older"] is None
    assert [job["id"] for job in client.get("/api/v1/jobs?state=cancelled").get_json()["jobs"]] == [ids[0]]


@pytest.mark.parametrize(
    "query, field", [("limit=0", "limit"), ("limit=x", "limit"), ("limit=²", "limit"), ("state=x", "state")]
)
def test_a_bad_query_is_a_problem(client, query, field):
    check_problem(client.get(f"/api/v1/jobs?{query}"), 422, "invalid_input", field)


def test_redis_away_still_accepts_and_answers_soon(client, redis):
    redis.stop()
    begin = time.monotonic()
    answer = submit(client)
    assert answer.status_code == 202 and time.monotonic() - begin < 4
    assert client.get(answer.headers["Location"]).get_json()["state"] == "queued"


def test_recipes_and_files_are_listed(client):
    recipes = client.get("/api/v1/recipes").get_json()["recipes"]
    assert recipes[0]["slug"] == "total-plays-per-song-and-day" and recipes[0]["sentences"]
    files = client.get("/api/v1/files").get_json()["files"]
    assert [(file["name"], file["size"]) for file in files] == [("example_input.csv", 199)]
