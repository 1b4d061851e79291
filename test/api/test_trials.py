"""The JSON interface of trials, and of pauses."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from project.assembly import Services
from project.engine.matches import TrialReport
from project.files.workspace import Workspace
from project.jobs.models import Job, StoredReport
from project.jobs.states import JobState

JOIN = {"operation": "join", "file": "songs.csv", "on": [{"left": "Song", "right": "Name"}]}
ENRICH = {"operation": "enrich", "api": {"url": "https://api.example.com/songs/{Song}"}, "column": "Song"}


@pytest.fixture(autouse=True)
def songs(workspace: Workspace) -> Path:
    path = workspace.folder / "songs.csv"
    path.write_text("Name,Year\nUmbrella,2007\n")
    return path


def test_a_trial_is_accepted_and_tells_its_report_when_it_is_there(
    client: FlaskClient, services: Services, wait_until: Callable[..., None]
) -> None:
    answer = client.post("/api/v1/trials", json={"input": "example_input.csv", "recipe": {"steps": [JOIN]}})
    assert answer.status_code == 202, answer.text
    trial = answer.get_json()
    assert (trial["kind"], trial["output"], trial["report"], trial["state"]) == ("trial", None, None, "queued")
    assert trial["recipe"]["steps"][0]["columns"] == ["Year"]
    address = answer.headers["Location"]
    assert address == f"/api/v1/trials/{trial['id']}" and client.get(address).get_json() == trial
    assert client.get("/api/v1/jobs").get_json()["jobs"] == []
    with services.database.write() as session:
        session.query(Job).filter_by(id=trial["id"]).update({"state": JobState.SUCCEEDED})
        calls = {"answered": 1, "called": 1, "matched": 1, "sentences": ["The list is whole: 1 record."]}
        report = TrialReport.model_validate({"sample": {"columns": ["Song"], "rows": [[None]]}, "calls": calls})
        session.add(StoredReport(job_id=trial["id"], report=report.model_dump_json()))
    found = services.trials.report(services.trials.get(trial["id"]))
    assert found == report
    # For a moment, those who ask again share what was found before.
    wait_until(lambda: client.get(f"/api/v1/trials/{trial['id']}").get_json()["report"])
    told = client.get(f"/api/v1/trials/{trial['id']}").get_json()["report"]
    assert told["sentences"] == ["The list is whole: 1 record."] and told["sample"]["rows"] == [[None]]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"input": "example_input.csv"}, "recipe"),
        ({"input": "example_input.csv", "recipe": {"steps": []}}, "recipe"),
        ({"input": "example_input.csv", "recipe": {"steps": [JOIN]}, "output": "x.csv"}, "output"),
        ({"input": "gone.csv", "recipe": {"steps": [JOIN]}}, "input"),
    ],
)
def test_what_cannot_be_tried_is_a_problem(client: FlaskClient, body: dict[str, object], field: str) -> None:
    answer = client.post("/api/v1/trials", json=body)
    assert answer.status_code in (400, 404, 422) and answer.get_json(force=True)["field"] == field
    assert client.post("/api/v1/trials", data=body).status_code == 415


def test_another_job_is_no_trial(client: FlaskClient) -> None:
    job = client.post("/api/v1/jobs", json={"input": "example_input.csv", "output": "out.csv"}).get_json()
    assert client.get(f"/api/v1/trials/{job['id']}").status_code == 404


def test_a_job_that_calls_an_api_is_paused_and_resumed(client: FlaskClient) -> None:
    body = {"input": "example_input.csv", "output": "out.csv", "recipe": {"steps": [ENRICH]}}
    job = client.post("/api/v1/jobs", json=body).get_json()
    paused = client.post(f"/api/v1/jobs/{job['id']}/pause", json={})
    assert paused.status_code == 202
    found = paused.get_json()
    assert (found["state"], found["paused"], found["queue"]) == ("queued", {"until": None, "reason": None}, None)
    resumed = client.post(f"/api/v1/jobs/{job['id']}/resume", json={}).get_json()
    assert resumed["paused"] is None and resumed["queue"]["position"] == 1
    assert client.post(f"/api/v1/jobs/{job['id']}/resume", json={}).status_code == 409
    assert client.post(f"/api/v1/jobs/{job['id']}/pause", data={}).status_code == 415


def test_the_buttons_on_the_page_do_the_same(client: FlaskClient) -> None:
    client.application.config["WTF_CSRF_ENABLED"] = False
    body = {"input": "example_input.csv", "output": "out.csv", "recipe": {"steps": [ENRICH]}}
    job = client.post("/api/v1/jobs", json=body).get_json()
    assert 'id="pause"' in client.get(f"/jobs/{job['id']}").text
    assert client.post(f"/jobs/{job['id']}/pause").status_code == 303
    page = client.get(f"/jobs/{job['id']}").text
    assert 'id="resume"' in page and "Paused by hand: nothing is called until it is resumed." in page
    assert client.post(f"/jobs/{job['id']}/resume").status_code == 303
    assert 'id="paused"' not in client.get(f"/jobs/{job['id']}").text
