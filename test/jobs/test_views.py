"""The pages of jobs, over HTTP, with jobs that the real engine has run."""

import csv
import io
import json
import re
from collections.abc import Callable, Iterator
from html import unescape
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import update

from config.settings import Settings
from project.assembly import Services, assemble
from project.database.clock import now
from project.files.workspace import Workspace
from project.jobs.models import Job
from project.operations.recipe import Recipe
from project.recipes.service import BUILT_IN

UNKNOWN = "00000000-0000-4000-8000-000000000000"
DIRTY = (
    "Song,Date,Number of Plays\nUmbrella,2020-01-01,5\nshort,2020\n\nUmbrella,2020-01-01,x\nÜ\u202e<i>,2020-01-02,7\n"
)
Submit = Callable[..., str]


@pytest.fixture
def services(settings: Settings) -> Iterator[Services]:
    services = assemble(settings)
    yield services
    services.database.close()


@pytest.fixture
def submit(services: Services) -> Submit:
    """Submit a job and give its ID."""

    def submit(output: str = "out.csv", input: str = "example_input.csv", recipe: Recipe = BUILT_IN[0].recipe) -> str:
        return services.jobs.submit(input, output, recipe).id

    return submit


@pytest.fixture
def run(services: Services, submit: Submit) -> Submit:
    """Submit a job, let the real engine run it to its end, and give its ID."""

    def run(*args: object, **kwargs: object) -> str:
        job_id = submit(*args, **kwargs)
        services.supervisor().run(job_id)
        return job_id

    return run


def set_row(services: Services, job_id: str, **values: object) -> None:
    with services.database.write() as session:
        session.execute(update(Job).where(Job.id == job_id).values(values))


def token(client: FlaskClient) -> str:
    found = re.search(r'name="csrf_token" value="([^"]+)"', client.get("/").text)
    assert found
    return found.group(1)


def text_of(html: str) -> str:
    """What a reader reads, on one line."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", html)).split())


def test_the_list_is_empty_at_first_and_teaches(client: FlaskClient) -> None:
    page = client.get("/jobs")
    assert page.status_code == 200
    assert "No job has run yet." in page.text


def test_the_list_shows_jobs_newest_first_and_filters_by_state(
    client: FlaskClient, run: Submit, submit: Submit
) -> None:
    first, second = run("one.csv"), submit("two.csv")
    listed = client.get("/jobs").text
    assert listed.index(second) < listed.index(first)
    queued = client.get("/jobs?state=queued").text
    assert second in queued
    assert first not in queued
    assert "No job is failed." in text_of(client.get("/jobs?state=failed").text)


def test_the_list_goes_on_on_the_next_page(client: FlaskClient, submit: Submit) -> None:
    ids = [submit(f"{number}.csv") for number in range(52)]
    page = client.get("/jobs").text
    assert ids[51] in page
    assert ids[1] not in page
    older = re.search(r'href="([^"]+)">Older', page)
    assert older
    rest = client.get(unescape(older.group(1))).text
    assert ids[1] in rest and ids[0] in rest
    assert "Newest" in rest and "Older" not in rest


def test_a_state_that_no_job_can_have_is_refused_with_the_ones_there_are(client: FlaskClient) -> None:
    page = client.get("/jobs?state=lost")
    assert page.status_code == 422
    assert "The states are: queued, running" in page.text


def test_a_queued_job_says_so_and_works_without_javascript(client: FlaskClient, submit: Submit) -> None:
    job_id = submit()
    page = client.get(f"/jobs/{job_id}")
    assert page.headers["X-Job-State"] == "queued"
    assert page.headers["Cache-Control"] == "no-store"
    assert "Waiting for a worker" in page.text
    assert '<noscript><meta http-equiv="refresh" content="5"></noscript>' in page.text
    assert f'value="{job_id}"' in page.text
    assert "Cancel" in page.text


def test_a_succeeded_job_shows_its_ledger_its_rows_and_its_recipe(client: FlaskClient, run: Submit) -> None:
    page = client.get(f"/jobs/{run()}")
    text = text_of(page.text)
    assert page.headers["X-Job-State"] == "succeeded"
    assert "The ledger balances: 7 read = 7 kept + 0 rejected + 0 blank" in text
    assert "−3 merged into others" in text
    assert "1 In The End 2020-01-01 1500 2 In The End 2020-01-02 500 3 Umbrella" in text
    assert "All 4 rows." in text
    assert "Recipe: Total plays per song and day" in text
    assert 'http-equiv="refresh"' not in page.text


def test_the_recipe_is_shown_as_json_that_can_be_sent_again(client: FlaskClient, run: Submit) -> None:
    page = client.get(f"/jobs/{run()}").text
    shown = re.search(r'<pre[^>]*id="recipe-json"[^>]*>(.*?)</pre>', page, re.DOTALL)
    assert shown
    assert Recipe.parse(json.loads(unescape(shown.group(1)))) == BUILT_IN[0].recipe


def test_rejects_are_shown_with_their_reasons_and_everything_is_escaped(
    client: FlaskClient, run: Submit, workspace: Workspace
) -> None:
    (workspace.folder / "<b>dirty.csv").write_text(DIRTY)
    page = client.get(f"/jobs/{run(input='<b>dirty.csv')}").text
    text = text_of(page)
    assert "5 read = 2 kept + 2 rejected + 1 blank" in text
    assert "All 2, as they are in the input." in text
    assert "2 fields where 3 were expected" in text
    assert 'href="#rejects"' in page
    assert "<b>dirty" not in page and "<i>" not in page and "\u202e" not in page
    assert "[U+202E]" in page


def test_the_live_part_comes_alone_for_the_poller(client: FlaskClient, submit: Submit) -> None:
    page = client.get(f"/jobs/{submit()}?live=1")
    assert page.headers["X-Job-State"] == "queued"
    assert "<html" not in page.text
    assert 'data-state="queued"' in page.text


def test_a_running_job_tells_how_far_it_is(client: FlaskClient, submit: Submit, services: Services) -> None:
    job_id = submit()
    set_row(
        services,
        job_id,
        state="running",
        attempt=2,
        started_at=now(-60),
        updated_at=now(),
        worker="mill:1",
        phase="checking",
        bytes_read=1_200_000_000,
        bytes_total=2_600_000_000,
        rows_read=46_000_000,
        rejects=3,
        rows_per_second=2_500_000.0,
        seconds_left=31.0,
        fraction=0.4615,
    )
    page = client.get(f"/jobs/{job_id}?live=1").text
    text = text_of(page)
    for words in ("Checking every record", "46.2 %", "1.2 GB of 2.6 GB", "46,000,000", "2,500,000", "31 s", "mill:1"):
        assert words in text
    assert 'title="1,200,000,000 bytes"' in page
    assert "Attempt 2 on" in text
    assert "No sign of life" not in text


def test_a_silent_job_is_told_from_a_slow_one(client: FlaskClient, submit: Submit, services: Services) -> None:
    job_id = submit()
    set_row(services, job_id, state="running", attempt=1, started_at=now(-60), updated_at=now(-60))
    assert "another worker takes it over" in client.get(f"/jobs/{job_id}?live=1").text


def test_a_failed_job_says_why_and_what_to_do_and_can_be_tried_again(
    client: FlaskClient, run: Submit, workspace: Workspace
) -> None:
    (workspace.folder / "broken.csv").write_text('Song,Date,Number of Plays\na,2020-01-01,1\n"never closed,b,c\n')
    job_id = run(input="broken.csv")
    page = client.get(f"/jobs/{job_id}")
    assert page.headers["X-Job-State"] == "failed"
    assert "is never closed" in page.text
    assert "The original is untouched." in page.text
    assert f"/jobs/{job_id}/retry" in page.text
    again = client.post(f"/jobs/{job_id}/retry", data={"csrf_token": token(client)})
    assert (again.status_code, again.location) == (303, f"/jobs/{job_id}")
    assert client.get(f"/jobs/{job_id}").headers["X-Job-State"] == "queued"


def test_a_queued_job_is_cancelled_by_a_button(client: FlaskClient, submit: Submit) -> None:
    job_id = submit()
    answer = client.post(f"/jobs/{job_id}/cancel", data={"csrf_token": token(client)})
    assert (answer.status_code, answer.location) == (303, f"/jobs/{job_id}")
    assert client.get(f"/jobs/{job_id}").headers["X-Job-State"] == "cancelled"


def test_what_cannot_be_cancelled_or_tried_again_says_why(client: FlaskClient, run: Submit) -> None:
    job_id, csrf = run(), token(client)
    for action in ("cancel", "retry"):
        page = client.post(f"/jobs/{job_id}/{action}", data={"csrf_token": csrf})
        assert page.status_code == 409
        assert "The job is succeeded" in page.text


@pytest.mark.parametrize("action", ["cancel", "retry"])
def test_a_foreign_form_does_nothing(client: FlaskClient, submit: Submit, action: str) -> None:
    job_id = submit()
    page = client.post(f"/jobs/{job_id}/{action}")
    assert page.status_code == 400
    assert "Go back, load the page again" in page.text
    assert client.get(f"/jobs/{job_id}").headers["X-Job-State"] == "queued"


def test_the_result_is_downloaded_whole_by_its_name(client: FlaskClient, run: Submit, workspace: Workspace) -> None:
    answer = client.get(f"/jobs/{run('ergebnis ü.csv')}/result")
    assert answer.status_code == 200
    assert answer.content_type == "text/csv; charset=utf-8"
    assert answer.data == (workspace.folder / "ergebnis ü.csv").read_bytes()
    assert "attachment" in answer.headers["Content-Disposition"]
    assert "filename*=UTF-8''ergebnis%20%C3%BC.csv" in answer.headers["Content-Disposition"]


def test_a_download_goes_on_where_it_stopped(client: FlaskClient, run: Submit, workspace: Workspace) -> None:
    job_id = run()
    whole = (workspace.folder / "out.csv").read_bytes()
    first = client.get(f"/jobs/{job_id}/result", headers={"Range": "bytes=0-9"})
    etag = first.headers["ETag"]
    rest = client.get(f"/jobs/{job_id}/result", headers={"Range": "bytes=10-", "If-Range": etag})
    assert (first.status_code, rest.status_code) == (206, 206)
    assert rest.headers["Content-Range"] == f"bytes 10-{len(whole) - 1}/{len(whole)}"
    assert first.data + rest.data == whole
    assert client.get(f"/jobs/{job_id}/result", headers={"If-None-Match": etag}).status_code == 304


def test_a_range_past_the_end_is_refused(client: FlaskClient, run: Submit) -> None:
    answer = client.get(f"/jobs/{run()}/result", headers={"Range": "bytes=99999-"})
    assert answer.status_code == 416


def test_rejects_are_downloaded(client: FlaskClient, run: Submit, workspace: Workspace) -> None:
    (workspace.folder / "dirty.csv").write_text(DIRTY)
    answer = client.get(f"/jobs/{run(input='dirty.csv')}/rejects")
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert [row["record"] for row in rows] == ["2", "4"]
    assert "out.csv.rejects.csv" in answer.headers["Content-Disposition"]


@pytest.mark.parametrize("is_inspected", [False, True])
def test_a_join_leads_to_the_file_whose_rejects_it_has_counted(
    client: FlaskClient,
    run: Submit,
    services: Services,
    workspace: Workspace,
    inspected: Callable[[str, str], object],
    is_inspected: bool,
) -> None:
    songs = "id,title\nUmbrella,One\nshort\n"
    (workspace.folder / "<i>songs.csv").write_text(songs)
    services.catalogue.refresh()
    if is_inspected:
        inspected("<i>songs.csv", songs)
    join = {"operation": "join", "file": "<i>songs.csv", "on": [{"left": "Song", "right": "id"}]}
    address = f"/jobs/{run(recipe=Recipe.parse({'steps': [join]}))}"
    page = client.get(address).text
    file = services.catalogue.named("<i>songs.csv")
    assert file
    assert "1 of the 2 records of <i>songs.csv could not be read, and matched nothing." in text_of(page)
    assert f'href="/files/{file.id}"' in page and "<i>songs" not in page
    (workspace.folder / "<i>songs.csv").unlink()
    services.catalogue.refresh()
    assert f'href="/files/{file.id}"' not in client.get(address).text


def test_a_result_that_was_replaced_since_is_not_passed_off_as_this_jobs(
    client: FlaskClient, run: Submit, workspace: Workspace
) -> None:
    job_id = run()
    (workspace.folder / "out.csv").write_text("something,else\n")
    page, download = client.get(f"/jobs/{job_id}"), client.get(f"/jobs/{job_id}/result")
    assert "has been replaced or changed" in page.text
    assert "something" not in page.text
    assert "Download result" not in page.text
    assert download.status_code == 404


def test_an_unfinished_job_has_nothing_to_download(client: FlaskClient, submit: Submit) -> None:
    job_id = submit()
    assert client.get(f"/jobs/{job_id}/result").status_code == 404
    assert client.get(f"/jobs/{job_id}/rejects").status_code == 404


@pytest.mark.parametrize("job_id", [UNKNOWN, "not-an-id", "%3Cb%3E"])
def test_an_unknown_job_is_a_friendly_page_that_keeps_what_was_asked(client: FlaskClient, job_id: str) -> None:
    page = client.get(f"/jobs/{job_id}")
    assert page.status_code == 404
    assert "No job has the ID" in page.text
    assert f'value="{job_id.replace("%3C", "&lt;").replace("%3E", "&gt;")}"' in page.text
    assert "<b>" not in page.text


def test_pages_need_no_inline_script_or_style(client: FlaskClient, run: Submit, app: Flask) -> None:
    for path in ("/", "/jobs", f"/jobs/{run()}"):
        page = client.get(path)
        assert not re.search(r"<style|\sstyle=|\son\w+=|<script(?![^>]*\ssrc=)|javascript:", page.text), path
        assert "default-src 'self'" in page.headers["Content-Security-Policy"]


def test_every_partial_of_a_job_belongs_to_a_page() -> None:
    folder = Path(__file__).parents[2] / "project" / "jobs" / "templates" / "jobs"
    sources = {path.name: path.read_text() for path in folder.glob("*.html")}
    home = folder.parents[2] / "page" / "templates" / "page" / "home.html"
    file = folder.parents[2] / "files" / "templates" / "files" / "file.html"
    everything = "".join(sources.values()) + home.read_text() + file.read_text()
    assert [name for name in sources if name.startswith("_") and f'"jobs/{name}"' not in everything] == []
