"""The page of a trial: what it has found out, and the buttons that start, mend and change."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from flask.testing import FlaskClient
from sqlalchemy import update
from werkzeug.test import TestResponse

from project.assembly import Services
from project.database.clock import now
from project.engine.ledger import Ledger, StepCounts
from project.engine.matches import CallReport, Double, MatchReport, NearMiss, Sample, Side, TrialReport
from project.jobs.models import Job, StoredReport
from project.jobs.states import JobState
from project.jobs.view import JobView
from project.operations.recipe import Recipe

Press = Callable[..., TestResponse]
JOIN = {"operation": "join", "file": "users.csv", "on": [{"left": "user_id", "right": "id"}]}
ENRICH = {"operation": "enrich", "api": {"url": "https://api.example.com/users"}, "column": "user_id", "key": "id"}

FOUND = MatchReport(
    step=0,
    left=Side(name="views.csv", rows=2000, keys=40, missing=3, double_keys=1, doubles=(Double(key=("1",), rows=900),)),
    right=Side(name="users.csv", rows=11, keys=10, double_keys=1, doubles=(Double(key=("<i>",), rows=2),)),
    matched_keys=9,
    matched_rows=1500,
    rows_out=4100,
    near=(NearMiss(ignore="spaces", keys=2, rows=30, examples=(((" 1",), ("1",)),)),),
    unmatched=(("<b>9</b>",), ("11",)),
)
CALLS = CallReport(
    keys=40,
    answered=20,
    called=18,
    matched=17,
    failures=("3: 500 <script>",),
    left=20,
    seconds_left=12.0,
    cost_left="0.04",
    sentences=("The rest follows.",),
)
SAMPLE = Sample(columns=("user_id", "<name>"), rows=(("1", "Ada"), ("9", None), ("2", "")))


@pytest.fixture
def tried(services: Services, page_of: Callable[[str], str]) -> Callable[..., JobView]:
    """A trial of a step that has come to a report."""
    page_of("views.csv")

    def tried(step: dict[str, Any], report: TrialReport | None) -> JobView:
        job = services.trials.submit("views.csv", Recipe.parse({"steps": [step]}))
        state = JobState.SUCCEEDED if report else JobState.FAILED
        with services.database.write() as session:
            session.execute(update(Job).where(Job.id == job.id).values(state=state, finished_at=now()))
            if report:
                session.add(StoredReport(job_id=job.id, report=report.model_dump_json()))
        return services.jobs.get(job.id)

    return tried


def text_of(page: str) -> str:
    """What a reader sees, with single spaces."""
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


def test_the_page_shows_what_was_counted_as_text(client: FlaskClient, tried: Callable[..., JobView]) -> None:
    job = tried(JOIN, TrialReport(match=FOUND, sample=SAMPLE))
    page = client.get(f"/jobs/{job.id}").text
    text = text_of(page)
    assert "75.0 % of the rows match: 1,500 of 2,000 ." in text
    assert "There would be 2.0 times as many rows as before" in text
    for count in (
        "The result would have 4,100 rows",
        "views.csv 2,000 3 40 9 1",
        "users.csv 11 0 10 9 1",
        "and 29 more",
    ):
        assert count in text
    assert "2 more keys in 30 rows would match without regard to spaces around them." in text
    assert "users.csv: 1" in text and "&lt;i&gt;" in text
    assert "<b>9</b>" not in page and "&lt;name&gt;" in page
    assert "missing" in text and "empty text" in text
    assert "Calls of the API" not in text


def test_a_warning_stands_before_rows_explode_and_where_the_job_would_fail(
    client: FlaskClient, tried: Callable[..., JobView]
) -> None:
    found = FOUND.model_copy(update={"rows_out": 90_000, "would_fail": "That would fail."})
    text = text_of(client.get(f"/jobs/{tried(JOIN, TrialReport(match=found)).id}").text)
    assert "That would fail." in text
    assert "There would be 45.0 times as many rows as before" in text


def test_the_calls_are_shown_with_time_cost_and_what_the_api_said(
    client: FlaskClient, tried: Callable[..., JobView]
) -> None:
    page = client.get(f"/jobs/{tried(ENRICH, TrialReport(calls=CALLS)).id}").text
    text = text_of(page)
    for words in (
        "There are too few answers to say how many rows match.",
        "Values to look up 40",
        "Answers kept 20",
        "Called by this trial 18",
        "Calls still needed 20",
        "Time for them, about 12 s",
        "Cost 0.04",
        "The rest follows.",
    ):
        assert words in text
    assert "500 &lt;script&gt;" in page


def test_keys_that_stand_twice_are_told_by_the_field_that_is_compared(
    client: FlaskClient, tried: Callable[..., JobView]
) -> None:
    page = client.get(f"/jobs/{tried(ENRICH, TrialReport(match=FOUND)).id}").text
    doubles = text_of(page.partition('id="doubles"')[2])
    assert "users.csv: 1 id Rows &lt;i&gt; 2 views.csv: 1 user_id Rows 1 900" in doubles
    assert "Of several that match a row, the first is taken." in doubles


def test_start_submits_what_was_tried(
    client: FlaskClient, services: Services, tried: Callable[..., JobView], press: Press
) -> None:
    trial = tried(JOIN, TrialReport(match=FOUND))
    page = f"/jobs/{trial.id}"
    assert 'value="views joined.csv"' in client.get(page).text
    assert 'value="mine.csv"' in client.get(page, query_string={"output": "mine.csv"}).text
    answer = press(page, f"{page}/start", output="mine.csv")
    job = services.jobs.get(answer.location.rpartition("/")[2])
    assert (job.output, job.recipe, job.is_trial) == ("mine.csv", trial.recipe, False)


def test_a_name_that_cannot_be_is_told_beside_the_field(tried: Callable[..., JobView], press: Press) -> None:
    page = f"/jobs/{tried(JOIN, TrialReport(match=FOUND)).id}"
    answer = press(page, f"{page}/start", output="a/b.csv")
    assert answer.status_code == 422
    assert re.search(r'id="output-error".*has a “/” in it', answer.text, re.DOTALL)
    assert 'value="a/b.csv"' in answer.text


def test_a_near_miss_is_mended_by_another_trial(
    services: Services, tried: Callable[..., JobView], press: Press
) -> None:
    trial = tried({**JOIN, "ignore": ["case"]}, TrialReport(match=FOUND))
    page = f"/jobs/{trial.id}"
    answer = press(page, f"{page}/mend", ignore="spaces", output="mine.csv")
    address = urlsplit(answer.location)
    assert parse_qs(address.query) == {"output": ["mine.csv"]}
    again = services.jobs.get(address.path.rpartition("/")[2])
    assert again.is_trial and again.match and again.match.ignore == ("case", "spaces")
    assert press(page, f"{page}/mend", ignore="dots").status_code == 422


def test_change_leads_to_the_form_with_all_of_it(client: FlaskClient, tried: Callable[..., JobView]) -> None:
    trial = tried(JOIN, TrialReport(match=FOUND))
    page = client.get(f"/jobs/{trial.id}/change?output=mine.csv", follow_redirects=True)
    assert page.request.path.endswith("/join")
    assert 'value="mine.csv"' in page.text and 'name="bring" value="all" checked' in page.text


def test_a_trial_that_failed_can_be_changed_but_not_started(client: FlaskClient, tried: Callable[..., JobView]) -> None:
    trial = tried(JOIN, None)
    page = client.get(f"/jobs/{trial.id}?output=mine.csv").text
    assert f'href="/jobs/{trial.id}/change?output=mine.csv"' in page
    assert f"/jobs/{trial.id}/start" not in page and "/retry" not in page


def test_no_other_job_can_be_started_so(client: FlaskClient, services: Services, press: Press) -> None:
    job = services.jobs.submit("example_input.csv", "o.csv", Recipe.parse({"steps": []}))
    assert press(f"/jobs/{job.id}", f"/jobs/{job.id}/start", output="x.csv").status_code == 404


@pytest.mark.parametrize(
    ("how", "filtered", "is_offered"), [("left", 0, True), ("inner", 3, True), ("inner", 0, False), ("anti", 3, False)]
)
def test_rows_without_a_match_are_offered_where_there_may_be_some(
    services: Services, page_of: Callable[[str], str], how: str, filtered: int, is_offered: bool
) -> None:
    page_of("views.csv")
    job = services.jobs.submit("views.csv", "o.csv", Recipe.parse({"steps": [{**JOIN, "how": how}]}))
    counts = StepCounts(operation="join", rows_in=4, rows_out=4 - filtered, filtered=filtered)
    ledger = Ledger(read=4, kept=4, rejected=0, blank=0, steps=(counts,), written=4 - filtered)
    assert not job.leaves_unmatched, "nothing has come of it yet"
    assert job.model_copy(update={"ledger": ledger}).leaves_unmatched == is_offered


def test_trials_have_a_list_of_their_own(client: FlaskClient, tried: Callable[..., JobView]) -> None:
    trial = tried(JOIN, None)
    assert trial.id in client.get("/jobs?kind=trial").text
    assert trial.id not in client.get("/jobs").text
