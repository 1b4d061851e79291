"""A person who enriches and joins: the forms, a trial's page, stored answers and secrets, with a script and without."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import update

from project.assembly import Services
from project.database.clock import now
from project.engine.matches import CallReport, Double, MatchReport, NearMiss, Sample, Side, TrialReport
from project.fetch.calls import Answer, Request
from project.fetch.entries import Entry
from project.fetch.journal import Journal, digest_of
from project.files.workspace import Workspace
from project.jobs.models import Job, StoredReport
from project.jobs.states import JobState
from project.operations.recipe import Recipe

sync_api = pytest.importorskip("playwright.sync_api")
expect = sync_api.expect
expect.set_options(timeout=20_000)

URL = "https://api.example.com/users"
ENRICH = {"operation": "enrich", "api": {"url": URL + "/{user_id}"}, "column": "user_id"}
LEFT = Side(name="views.csv", rows=20, keys=4, missing=1, double_keys=1, doubles=(Double(key=("1",), rows=9),))
REPORT = TrialReport(
    match=MatchReport(
        step=0,
        left=LEFT,
        right=Side(name="api.example.com", rows=3, keys=3),
        matched_keys=2,
        matched_rows=15,
        rows_out=20,
        would_fail="“<users>” has several rows for the key “1”.",
        near=(NearMiss(ignore="spaces", keys=1, rows=3, examples=(((" 1",), ("1",)),)),),
        unmatched=(("<script>alert(1)</script>",), (" 1",)),
    ),
    calls=CallReport(keys=4, answered=1, called=3, matched=2, failures=("9: 500 <b>",), left=0, seconds_left=0.0),
    sample=Sample(columns=("user_id", "address.geo.lat"), rows=(("1", "-37.3159"), ("9", None))),
)


@pytest.fixture
def file(workspace: Workspace, services: Services) -> str:
    """The path of the page of a file that can be matched with another one."""
    (workspace.folder / "views.csv").write_text("user_id,views,<b>odd</b>\n1,10,x\n2,20,\n 1,30,z\n")
    (workspace.folder / "users.csv").write_text("id,name,mail\n1,Ada,a@x\n2,Bob,\n")
    services.catalogue.refresh()
    found = services.catalogue.named("views.csv")
    assert found
    return f"/files/{found.id}"


@pytest.fixture
def trial(file: str, services: Services) -> str:
    """The path of the page of a trial that has come to a report."""
    job = services.trials.submit("views.csv", Recipe.parse({"steps": [ENRICH]}))
    with services.database.write() as session:
        session.execute(update(Job).where(Job.id == job.id).values(state=JobState.SUCCEEDED, finished_at=now()))
        session.add(StoredReport(job_id=job.id, report=REPORT.model_dump_json()))
    return f"/jobs/{job.id}"


@pytest.fixture
def kept(services: Services) -> None:
    """A stored answer, a failure, and a secret."""
    services.secrets.add("users", "api.example.com", "", "Bearer hidden")
    with Journal(services.workspace.journals, URL) as journal:
        one, other = Request("GET", URL + "/1"), Request("GET", URL + "/2")
        body = json.dumps({"id": 1, "odd": "<script>alert(1)</script>"}).encode()
        journal.store(
            [
                Entry(digest_of(one, ""), one, "1", time.time(), Answer(200, body, one.url)),
                Entry(digest_of(other, ""), other, "2", time.time(), failure="500: <b>down</b>", status=500),
            ]
        )


@pytest.mark.parametrize("has_script", [True, False])
def test_an_enrichment_is_put_right_tried_and_changed(
    open_page: Callable[..., Any], file: str, kept: None, has_script: bool
) -> None:
    page = open_page(file, java_script_enabled=has_script)
    page.get_by_role("link", name="Enrich").click()
    page.get_by_label("The API’s address").fill(URL)
    page.get_by_text("Pace, price and failures").click()
    page.get_by_label("Price of one call").fill("cheap")
    page.get_by_role("button", name="Try it").click()
    expect(page.get_by_text("2 fields need another look")).to_be_visible()
    expect(page.get_by_label("The API’s address")).to_have_value(URL)
    expect(page.get_by_text("Type an amount such as 0.002.")).to_be_visible()
    page.get_by_label("Key in the response").fill("id")
    page.get_by_label("Price of one call").fill("0.002")
    page.get_by_label("Secret").select_option(label="users (for api.example.com)")
    page.get_by_text("Where the records are, and further pages").click()
    expect(page.get_by_label("Parameter for the number")).to_be_hidden()
    page.get_by_label("How the next page is found").select_option(label="Pages are numbered")
    page.get_by_label("Parameter for the number").fill("page")
    page.get_by_label("Output file").fill("mine.csv")
    page.get_by_role("button", name="Try it").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Trial on views.csv")
    assert page.url.endswith("?output=mine.csv")


def store_secret(page: Any, name: str, host: str, value: str) -> None:
    """On the page of secrets."""
    page.get_by_label("Name", exact=True).fill(name)
    page.get_by_label("Host").fill(host)
    page.get_by_label("Value").fill(value)
    page.get_by_role("button", name="Store").click()
    expect(page.get_by_role("status")).to_have_text(f"Stored: {name}.")


def test_a_secret_is_stored_beside_the_form_which_keeps_what_was_typed(
    open_page: Callable[..., Any], file: str
) -> None:
    page = open_page(f"{file}/enrich", java_script_enabled=False)
    page.get_by_label("The API’s address").fill(URL)
    with page.context.expect_page() as beside:
        page.get_by_role("link", name="See and store secrets").click()
    secrets = beside.value
    store_secret(secrets, "weather", "api.example.com", "Bearer hidden")
    page.get_by_role("button", name="look again").click()
    page.get_by_label("Secret").select_option(label="weather (for api.example.com)")
    # Enter tries, and finds that there is no key yet; the button before it in the form is not what it presses.
    page.get_by_label("The API’s address").press("Enter")
    expect(page.get_by_text("one field needs another look")).to_be_visible()
    expect(page.get_by_label("The API’s address")).to_have_value(URL)
    expect(page.get_by_label("Secret")).to_have_value("weather")


def test_a_column_in_the_address_is_matched_at_once(open_page: Callable[..., Any], file: str) -> None:
    page = open_page(f"{file}/enrich")
    key = page.get_by_label("Key in the response")
    page.get_by_label("The API’s address").fill(URL + "/{views}")
    expect(page.get_by_label("Column to match")).to_have_value("views")
    expect(key).to_be_hidden()
    page.get_by_label("The API’s address").fill(URL)
    expect(key).to_be_visible()


@pytest.mark.parametrize("has_script", [True, False])
def test_a_join_is_chosen_step_by_step(open_page: Callable[..., Any], file: str, has_script: bool) -> None:
    page = open_page(file, java_script_enabled=has_script)
    page.get_by_role("link", name="Join").click()
    page.get_by_label("The other file").fill("users.csv")
    page.get_by_role("button", name="Choose").click()
    page.get_by_label("Column of this file, pair 1").select_option(label="user_id")
    page.get_by_label("Column of the other file, pair 1").select_option(label="id")
    expect(page.get_by_role("checkbox", name="mail")).to_be_hidden()
    page.get_by_label("Those that are ticked").check()
    page.get_by_role("checkbox", name="mail").check()
    page.get_by_role("button", name="Start").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("views.csv → to views joined.csv")
    expect(page.locator("#recipe-json")).to_contain_text('"columns": ["mail"]')


@pytest.mark.parametrize("has_script", [True, False])
def test_a_near_miss_is_mended_with_one_click_and_a_trial_started(
    open_page: Callable[..., Any], trial: str, has_script: bool
) -> None:
    page = open_page(f"{trial}?output=mine.csv", java_script_enabled=has_script)
    expect(page.get_by_text("75.0 %")).to_be_visible()
    page.get_by_role("button", name="Ignore spaces around them").click()
    expect(page.locator("#recipe")).to_contain_text("without regard to spaces around them")
    assert page.url.endswith("?output=mine.csv")
    page.goto(trial)
    page.get_by_label("Output file").fill("mine.csv")
    page.get_by_role("button", name="Start").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("views.csv → to mine.csv")


def test_answers_are_deleted_and_a_secret_is_stored_without_a_script(open_page: Callable[..., Any], kept: None) -> None:
    page = open_page("/", java_script_enabled=False)
    page.get_by_role("link", name="Stored answers").click()
    page.get_by_role("link", name="https://api.example.com").click()
    page.get_by_text("Delete answers of this API").click()
    page.get_by_role("button", name="Delete …").click()
    page.get_by_role("button", name="Delete").click()
    expect(page.get_by_role("status")).to_have_text("Deleted: 2 answers.")
    page.get_by_role("link", name="Secrets").click()
    store_secret(page, "weather", "api.weather.example", "Bearer hidden too")
    page.get_by_role("link", name="Delete weather").click()
    page.get_by_role("button", name="Delete").click()
    expect(page.get_by_role("status")).to_have_text("Deleted: weather.")


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 320)])
def test_the_pages_keep_nobody_out(
    open_page: Callable[..., Any],
    check_with_axe: Callable[[Any], None],
    services: Services,
    file: str,
    trial: str,
    kept: None,
    scheme: str,
    width: int,
) -> None:
    page = open_page("/secrets", color_scheme=scheme, viewport={"width": width, "height": 900})
    api = services.answers.apis()[0]
    paths = (
        f"{file}/enrich",
        f"{file}/join",
        f"{file}/join?with=users.csv",
        trial,
        "/answers",
        f"/answers/{api.digest}",
        f"/answers/{api.digest}/delete",
        "/secrets",
    )
    for path in paths:
        page.goto(path)
        page.evaluate("document.querySelectorAll('details').forEach((each) => { each.open = true; })")
        check_with_axe(page)
        shown, most = page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
        assert shown <= most, path
    page.goto(f"{file}/enrich")
    page.get_by_label("The API’s address").fill("ftp://x")
    page.get_by_role("button", name="Try it").click()
    expect(page.get_by_text("fields need another look")).to_be_visible()
    check_with_axe(page)
