"""Trials: jobs that tell what a match would do and write no file."""

from __future__ import annotations

import json

import pytest
from sqlalchemy import update

from project.database.clock import now
from project.engine.matches import TrialReport
from project.errors import ConflictError, InvalidInputError, NotFoundError
from project.fetch.events import Calls, Fetched
from project.jobs.kinds import JobKind
from project.jobs.models import Job
from project.jobs.states import JobState
from project.jobs.trials import Trials
from project.jobs.trying import with_calls
from project.operations.enrich import Enrich
from project.operations.recipe import Recipe

JOIN = {"operation": "join", "file": "songs.csv", "on": [{"left": "Song", "right": "Name"}]}
API = {"url": "https://api.example.com/songs/{Song}", "price": "0.002"}
ENRICH = {"operation": "enrich", "api": API, "column": "Song"}
LIST = {"operation": "enrich", "api": {"url": "https://api.example.com/songs"}, "column": "Song", "key": "title"}
SORT = {"operation": "sort", "by": ["Song"]}
MATCH = {
    "step": 0,
    "left": {"name": "example_input.csv", "rows": 7, "keys": 2},
    "right": {"name": "songs.csv", "rows": 1, "keys": 1},
    "matched_keys": 1,
    "matched_rows": 4,
    "rows_out": 7,
}
SAMPLE = {"columns": ["Song", "Year"], "rows": [["Umbrella", "2007"], ["In The End", None]]}
TRIES = f"""
(folder / "trial.json").write_text(json.dumps({{"match": {MATCH!r}, "sample": {SAMPLE!r}}}).replace("None", "null"))
ledger = {{"read": 7, "kept": 7, "rejected": 0, "blank": 0, "written": 7}}
say("finished", ledger=ledger, columns=[], result_bytes=0, dialect="UTF-8, comma", peak_memory_mb=70)
"""


@pytest.fixture(autouse=True)
def songs(workspace):
    (workspace.folder / "songs.csv").write_text("Name,Year\nUmbrella,2007\n")


@pytest.fixture
def trials(database, service):
    return Trials(database, service)


def recipe(*steps):
    return Recipe.parse({"steps": list(steps)})


def test_a_join_is_tried_without_a_fetch_and_nothing_is_written(trials, service, supervisor, workspace, tmp_path):
    before = workspace.list()
    job = trials.submit("example_input.csv", recipe(JOIN, SORT))
    assert job.kind is JobKind.TRIAL and trials.report(job) is None
    assert [step.name for step in job.recipe.steps] == ["join", "sort"]
    assert service.latest() == () and service.page(kind=JobKind.TRIAL).jobs == (job,)
    plan = tmp_path / "plan.json"
    supervisor(f"import shutil\nshutil.copy(sys.argv[1], {str(plan)!r})\n{TRIES}").run(job.id)
    done = trials.get(job.id)
    told = json.loads(plan.read_text())
    assert done.state is JobState.SUCCEEDED and told["trial"] is True
    # Nothing behind the match is carried out; the job that is started from the trial has all steps.
    assert [step["operation"] for step in told["recipe"]["steps"]] == ["join"]
    report = trials.report(done)
    assert report.match.matched_rows == 4 and report.calls is None and report.sample.rows[1] == ("In The End", None)
    assert workspace.list() == before and workspace.attempt_folders() == ()
    assert not done.can_retry and not done.can_pause


def test_an_api_is_asked_for_twenty_and_tells_what_the_rest_needs(trials, supervisor, tmp_path):
    job = trials.submit("example_input.csv", recipe(ENRICH))
    plan = tmp_path / "plan.json"
    fetch = f"""
        import shutil
        shutil.copy(sys.argv[1], {str(plan)!r})
        says = calls(18, from_journal=2, failed=1, left=81, per_second=4.0, failures=["7: 500"])
        (folder / "answers.parquet").write_bytes(b"")
        say("fetched", columns=["Year"], records=19, keys=100, matched=19, is_whole=False, calls=says, peak_memory_mb=3)
        """
    supervisor(TRIES, fetch=fetch).run(job.id)
    told = json.loads(plan.read_text())
    assert told["most_calls"] == 20 and told["step"]["max_failures"] == 20
    report = trials.report(trials.get(job.id))
    assert report.match is None  # of so few answers nobody can tell
    assert report.sample is not None
    calls = report.calls
    assert (calls.answered, calls.called, calls.matched, calls.failures) == (19, 18, 19, ("7: 500",))
    assert (calls.left, calls.seconds_left, calls.cost_left) == (81, 20.2, "0.162")
    assert "The whole file needs 81 more calls, which takes about 20 s and costs 0.162." in calls.sentences


def called(is_whole=False, matched=3, keys=4, **calls):
    columns = ("Year",)
    return Fetched(
        columns=columns,
        records=3,
        keys=keys,
        matched=matched,
        is_whole=is_whole,
        calls=Calls(**calls),
        peak_memory_mb=1,
    )


def sentences(step, **values):
    found = TrialReport.model_validate({"match": MATCH})
    report = with_calls(found, Enrich.model_validate(step), called(**values))
    return report, " ".join(report.calls.sentences)


def test_with_all_answers_there_the_match_is_counted_and_nothing_is_left():
    report, words = sentences(ENRICH, is_whole=True, made=1, from_journal=3, left=0)
    assert report.match is not None
    assert (report.calls.left, report.calls.seconds_left, report.calls.cost_left) == (0, 0.0, "0.000")
    assert "3 answers had been given before: kept, and not paid for again" in words and "needs no more calls" in words


def test_the_rate_is_the_measured_one_but_never_more_than_is_allowed():
    slow = {**ENRICH, "api": {**API, "per_second": 2}}
    report, _ = sentences(slow, keys=24, made=4, left=20, per_second=10.0)
    assert (report.calls.left, report.calls.seconds_left) == (20, 10.0)
    report, words = sentences({**ENRICH, "api": {"url": API["url"]}}, keys=24, made=4, left=20)
    assert (report.calls.seconds_left, report.calls.cost_left) == (None, None)
    assert "The whole file needs 20 more calls." in words


def test_of_an_unfinished_list_it_is_told_that_more_may_match():
    report, words = sentences(LIST, made=4)
    assert report.match is not None and report.calls.left is None and report.calls.keys is None
    assert "The list goes on: 4 pages with 3 records were fetched" in words and "More may match in the end." in words
    report, words = sentences(LIST, is_whole=True, made=4)
    assert report.calls.left == 0 and "The list is whole: 3 records." in words


def test_without_a_match_there_is_nothing_to_try(trials):
    with pytest.raises(InvalidInputError, match="nothing to try"):
        trials.submit("example_input.csv", recipe(SORT))


def test_what_is_not_there_is_told_at_once(trials):
    with pytest.raises(NotFoundError):
        trials.submit("gone.csv", recipe(JOIN))
    with pytest.raises(NotFoundError, match="Step 1"):
        trials.submit("example_input.csv", recipe({**JOIN, "file": "gone.csv"}))


def test_two_trials_and_a_job_clash_with_nothing(trials, service):
    for _ in range(2):
        trials.submit("example_input.csv", recipe(JOIN))
    assert service.submit("example_input.csv", "out.csv", recipe(JOIN)).state is JobState.QUEUED


def test_another_kind_of_job_is_no_trial_and_a_trial_is_not_tried_again(trials, service, submit):
    with pytest.raises(NotFoundError, match="is no trial"):
        trials.get(submit().id)
    job = trials.submit("example_input.csv", recipe(JOIN))
    service.cancel(job.id)
    assert trials.report(trials.get(job.id)) is None
    with pytest.raises(ConflictError, match="begun anew"):
        service.retry(job.id)


def test_a_trial_that_dies_is_tried_again_and_a_failure_has_no_report(trials, supervisor):
    job = trials.submit("example_input.csv", recipe(JOIN))
    supervisor("sys.exit(3)").run(job.id)
    assert trials.get(job.id).state is JobState.QUEUED
    supervisor("say('failed', code='limit', message='Too much.')").run(job.id)
    failed = trials.get(job.id)
    assert failed.error.code == "limit" and trials.report(failed) is None


def test_trials_are_forgotten_after_some_days(trials, service, supervisor, database, submit):
    old, young, job = (*(trials.submit("example_input.csv", recipe(JOIN)) for _ in range(2)), submit())
    for each in (old, young):
        supervisor(TRIES).run(each.id)
    supervisor("finish()").run(job.id)
    long_ago = {"finished_at": now(-8 * 24 * 3600)}
    with database.write() as session:
        session.execute(update(Job).where(Job.id.in_([old.id, job.id])).values(long_ago))
    trials.sweep()
    assert service.get(job.id) and trials.report(trials.get(young.id)) is not None
    with pytest.raises(NotFoundError):
        service.get(old.id)
