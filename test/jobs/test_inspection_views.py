"""The inspection of a file on its pages, in the list of jobs, and in the JSON interface."""

from __future__ import annotations

import re
from io import StringIO

import pytest
from sqlalchemy import update

from project.engine.attempt import carry_out
from project.engine.plan import Plan
from project.engine.reporter import Reporter
from project.files.view import FileFacts
from project.jobs.models import Job

NAME = "example_input.csv"


@pytest.fixture(autouse=True)
def _every_look_is_a_new_one(monkeypatch):
    monkeypatch.setattr("project.files.catalogue._EVERY_SECONDS", -1)


@pytest.fixture
def file(client):
    """The ID of the workspace's one file."""
    return client.get("/api/v1/files").get_json()["files"][0]["id"]


@pytest.fixture
def turn(services):
    """Change the newest inspection as its worker, or somebody else, would."""

    def turn(**values):
        with services.database.write() as session:
            session.execute(update(Job).values(values))

    return turn


@pytest.fixture
def inspected(services, file, workspace):
    """The inspection of the file, with a reject in it."""
    path = workspace.folder / NAME
    path.write_text("a,b\n1,x\nodd\n2,y\n")
    seen = services.catalogue.find(file)
    folder = services.inspections.place(seen)
    folder.mkdir(parents=True)
    names = {"job_id": "job", "attempt": 1, "input": path, "input_name": NAME, "folder": folder}
    carry_out(Plan(**names, inspection=True, memory_mb=300, spill_mb=100, output_mb=100), Reporter(StringIO()))
    services.catalogue.note_facts(file, seen.stamp, FileFacts(rows=2, columns=2, rejects=1, dialect="UTF-8, comma"))
    return services.inspections.of(seen)


def token_of(page):
    return re.search(r'name="csrf_token" value="([^"]+)"', page).group(1)


def live(client, file):
    answer = client.get(f"/files/{file}/inspection")
    assert answer.status_code == 200 and answer.headers["Cache-Control"] == "no-store"
    assert "csrf_token" not in answer.text and "Set-Cookie" not in answer.headers
    return answer.text


@pytest.mark.parametrize("tab", ["", "/columns", "/reading"])
def test_the_first_look_begins_it_whatever_the_page(client, services, file, tab):
    page = client.get(f"/files/{file}{tab}").text
    (job,) = services.jobs.page(kind="inspection").jobs
    assert "Waiting to be inspected" in page and "1st in the queue" in page and f"/jobs/{job.id}" in page
    assert f'data-live="/files/{file}/inspection"' in page and "http-equiv" in page


def test_what_is_polled_follows_it(client, file, turn):
    client.get(f"/files/{file}")
    assert "No worker is alive" in live(client, file)
    turn(state="running", attempt=1, phase="working", rows_read=1234567, bytes_read=5e6, bytes_total=1e7, fraction=0.5)
    page = live(client, file)
    assert "Looking at every column" in page and "1,234,567" in page and "50.0 %" in page and "5.0 MB" in page
    assert 'data-state="running"' in page and "Inspect again" not in client.get(f"/files/{file}").text
    turn(state="failed", error_code="all_rejects", error_message="No record of <b> could be read.")
    page = live(client, file)
    assert "No record of &lt;b&gt; could be read." in page and "say how it is to be read" in page
    assert "data-live" not in page and "Inspect again" in page
    turn(state="cancelled")
    assert "was cancelled" in live(client, file)


def test_a_finished_one_is_told_with_what_was_found(client, services, file, inspected):
    page = re.sub(r"<[^>]+>|\s+", " ", client.get(f"/files/{file}").text)
    assert re.search(r"Inspected: +2 +rows, +2 +columns, +1 +reject ", page), page
    assert services.jobs.page(kind="inspection").jobs == ()
    answer = client.get(f"/files/{file}/rejects")
    assert (
        answer.text == inspected.rejects.read_text() and f"{NAME}.rejects.csv" in answer.headers["Content-Disposition"]
    )


def test_a_button_begins_it_again(client, services, file, inspected):
    page = client.get(f"/files/{file}").text
    assert "Inspect again" in page
    assert client.post(f"/files/{file}/inspect").status_code == 400
    answer = client.post(f"/files/{file}/inspect", data={"csrf_token": token_of(page)})
    assert (answer.status_code, answer.location) == (303, f"/files/{file}")
    assert len(services.jobs.page(kind="inspection").jobs) == 1
    again = client.post(f"/files/{file}/inspect", data={"csrf_token": token_of(page)})
    assert again.status_code == 409 and "being inspected already" in again.text


def test_what_is_no_csv_is_told_and_not_begun(client, services, file, workspace):
    (workspace.folder / NAME).write_bytes(b"\x89PNG\r\n\x1a\n")
    page = client.get(f"/files/{file}").text
    assert "This is a PNG image" in page and 'id="inspect"' not in page and "data-live" not in page
    answer = client.post(f"/api/v1/files/{file}/inspect", json={})
    assert (answer.status_code, answer.get_json(force=True)["code"]) == (422, "not_csv")
    assert services.jobs.page(kind="inspection").jobs == ()


def test_a_deleted_file_is_shown_with_the_way_back_and_nothing_else(client, services, file):
    services.catalogue.delete(file)
    page = client.get(f"/files/{file}").text
    assert "This file is deleted" in page and f"/files/{file}/undelete" in page
    assert "Use in a job" not in page and "Rename" not in page and "Waiting to be inspected" not in page
    assert services.jobs.page(kind="inspection").jobs == ()


def test_a_file_is_renamed_on_its_page_or_told_why_not(client, file):
    page = client.get(f"/files/{file}?rename=1").text
    values = {"csrf_token": token_of(page)}
    assert f'value="{NAME}"' in page
    wrong = client.post(f"/files/{file}/name", data={**values, "name": "a/b"})
    assert wrong.status_code == 422 and "has a “/” in it" in wrong.text and 'value="a/b"' in wrong.text
    assert client.post(f"/files/{file}/name", data={**values, "name": "new.csv"}).status_code == 303
    assert "new.csv" in client.get(f"/files/{file}").text


def test_jobs_are_listed_without_inspections_unless_asked_for(client, services, file):
    client.get(f"/files/{file}")
    (job,) = services.jobs.page(kind="inspection").jobs
    assert job.id not in client.get("/jobs").text and "Inspections" in client.get("/jobs").text
    assert (
        job.id in client.get("/jobs?kind=inspection").text
        and job.id in client.get("/jobs?kind=inspection&state=queued").text
    )
    assert job.id not in client.get("/").text
    assert client.get("/jobs?kind=x").status_code == 422
    assert client.get("/api/v1/jobs").get_json()["jobs"] == []
    (told,) = client.get("/api/v1/jobs?kind=inspection").get_json()["jobs"]
    assert (told["id"], told["kind"], told["file"], told["output"]) == (job.id, "inspection", file, None)


def test_its_own_page_says_what_it_is_and_leads_to_the_file(client, services, file, turn):
    client.get(f"/files/{file}")
    (job,) = services.jobs.page(kind="inspection").jobs
    for state in ("queued", "failed"):
        turn(state=state, error_code="failed", error_message="It failed.")
        page = client.get(f"/jobs/{job.id}").text
        assert "Inspection of" in page and f'href="/files/{file}"' in page
        assert ".inspections/" not in page and 'id="recipe"' not in page
        assert 'id="again"' not in page and 'id="retry"' not in page


def test_programs_begin_it_and_get_what_it_found(client, file, inspected, workspace):
    address = f"/api/v1/files/{file}"
    assert client.get(address).get_json()["inspection"]["state"] == "done"
    assert client.get(f"{address}/profile").get_json()["rows"] == 2
    assert client.post(f"{address}/inspect", data="{}").status_code == 415
    answer = client.post(f"{address}/inspect", json={})
    job = answer.get_json()
    assert (answer.status_code, job["kind"], answer.headers["Location"]) == (
        202,
        "inspection",
        f"/api/v1/jobs/{job['id']}",
    )
    assert client.get(address).get_json()["inspection"] == {"state": "queued", "job": job["id"], "reason": None}
    (workspace.folder / NAME).write_text("a\n1\n")
    client.get("/api/v1/files")
    told = client.get(f"{address}/profile")
    assert (told.status_code, told.get_json(force=True)["code"]) == (404, "not_found")


def test_programs_get_what_is_known_so_far_if_they_ask_for_that(client, services, file, turn, workspace):
    client.get(f"/files/{file}")
    turn(state="running", attempt=1)
    (job,) = services.jobs.page(kind="inspection").jobs
    folder = workspace.make_attempt_folder(job.id, 1)
    (folder / "profile.partial.json").write_text('{"complete": false}')
    address = f"/api/v1/files/{file}/profile"
    assert client.get(address).status_code == 404
    assert client.get(f"{address}?partial=true").get_json() == {"complete": False}


class TestByHand:
    """Without the setting, nothing begins by itself."""

    @pytest.fixture
    def settings(self, settings):
        return settings.model_copy(update={"inspect_automatically": False})

    def test_a_look_begins_nothing_and_the_button_is_there(self, client, services, file):
        page = client.get(f"/files/{file}").text
        assert "Nobody has inspected it yet" in page and 'id="inspect"' in page
        assert services.jobs.page(kind="inspection").jobs == ()
        client.put("/upload/new.csv", data=b"a\n1\n")
        assert services.jobs.page(kind="inspection").jobs == ()
        assert client.post(f"/files/{file}/inspect", data={"csrf_token": token_of(page)}).status_code == 303
        assert "Waiting to be inspected" in client.get(f"/files/{file}").text


def test_the_list_tells_what_is_being_inspected(client, file, turn):
    assert "Being inspected" not in client.get("/files").text
    client.get(f"/files/{file}")
    page = client.get("/files").text
    assert f'<a href="/files/{file}">Being inspected</a>' in page and "Rename" in page
    turn(state="failed", error_code="x")
    assert "Being inspected" not in client.get("/files").text


def test_an_upload_begins_it_unless_it_cannot_be(client, services):
    client.put("/upload/new.csv", data=b"a\n1\n")
    assert client.put("/upload/new.png", data=b"\x89PNG\r\n\x1a\n").status_code == 201
    assert [job.input for job in services.jobs.page(kind="inspection").jobs] == ["new.csv"]
