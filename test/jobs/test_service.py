"""Submitting, looking up, listing, cancelling and retrying jobs, on both databases."""

from __future__ import annotations

import os
from datetime import timezone

import pytest

from project.engine.dialect import DialectChoice
from project.errors import (
    ConflictError,
    DamagedInputError,
    InvalidInputError,
    MissingColumnError,
    NotFoundError,
)
from project.jobs.attempt import claim
from project.jobs.states import JobState
from project.operations.recipe import Recipe
from project.recipes.built_in import BUILT_IN


def test_a_submitted_job_is_queued_and_rung_for(service, submit, bell):
    job = submit()
    assert job.state is JobState.QUEUED and job.attempt == 0 and job.error is None
    assert bell.rung == [job.id]
    assert service.get(job.id) == job
    assert job.created_at.tzinfo is timezone.utc
    assert [line.message for line in service.log(job.id)] == ["Accepted and queued."]


def test_a_recipe_and_a_dialect_come_back_as_they_were_given(service, workspace):
    (workspace.folder / "in.csv").write_text("x;\0y\n1;2\n")
    recipe = Recipe.parse(
        {"steps": [{"operation": "filter", "where": [{"column": "x", "test": "one_of", "value": ["a", "ü\0"]}]}]}
    )
    choice = DialectChoice(delimiter=";", skip_rows=0)
    job = service.submit("in.csv", "out.csv", recipe, choice)
    assert service.get(job.id).recipe == recipe
    assert service.get(job.id).choice == choice


def test_redis_away_at_submission_leaves_the_job_standing(service, submit, bell, sweeper):
    bell.is_away = True
    job = submit()
    assert service.get(job.id).state is JobState.QUEUED
    bell.is_away = False
    sweeper.sweep()
    assert bell.rung == [job.id]


@pytest.mark.parametrize("id", ["nonsense", "", "7b1e6f0e-0000-4000-8000-000000000000", "x" * 10_000, "\0"])
def test_an_unknown_id_is_not_found_with_a_sentence(service, id):
    with pytest.raises(NotFoundError, match="No job has the ID"):
        service.get(id)


def test_a_missing_column_is_named_before_the_job_is_accepted(service, workspace):
    (workspace.folder / "other.csv").write_text("a,b\n1,2\n")
    with pytest.raises(MissingColumnError, match="“Song”.*“a”, “b”"):
        service.submit("other.csv", "out.csv", BUILT_IN[0].recipe)
    assert service.latest() == ()


def test_an_empty_file_is_refused(service, workspace):
    (workspace.folder / "empty.csv").write_text("")
    with pytest.raises(DamagedInputError, match="empty"):
        service.submit("empty.csv", "out.csv", BUILT_IN[1].recipe)


def test_the_output_may_not_be_the_input(submit):
    with pytest.raises(InvalidInputError, match="output is the input"):
        submit(output="example_input.csv")


def test_the_output_may_not_be_another_name_of_the_input(submit, workspace):
    os.link(workspace.folder / "example_input.csv", workspace.folder / "same.csv")
    with pytest.raises(InvalidInputError, match="output is the input"):
        submit(output="same.csv")


def test_the_rejects_may_not_replace_the_input(submit, workspace):
    (workspace.folder / "example_input.csv").rename(workspace.folder / "a.csv.rejects.csv")
    with pytest.raises(InvalidInputError, match="rejects"):
        submit(input="a.csv.rejects.csv", output="a.csv")


def test_an_output_that_an_unfinished_job_writes_is_a_conflict_that_names_it(submit):
    first = submit()
    with pytest.raises(ConflictError, match=first.id) as caught:
        submit()
    assert caught.value.field == "output"
    submit(output="other.csv")


def test_an_output_is_free_again_once_its_job_has_ended(service, submit):
    service.cancel(submit().id)
    assert submit().state is JobState.QUEUED


def test_pages_go_from_the_newest_to_the_oldest(service, submit):
    ids = [submit(output=f"{number}.csv").id for number in range(5)]
    service.cancel(ids[1])
    first = service.page(limit=2)
    second = service.page(before=first.older, limit=2)
    last = service.page(before=second.older, limit=2)
    pages = [[job.id for job in page.jobs] for page in (first, second, last)]
    assert pages == [[ids[4], ids[3]], [ids[2], ids[1]], [ids[0]]]
    assert last.older is None
    assert [job.id for job in service.page(state=JobState.CANCELLED).jobs] == [ids[1]]
    assert [job.id for job in service.latest(1)] == [ids[4]]


def test_a_queued_job_is_cancelled_at_once_and_only_once(service, submit):
    job = service.cancel(submit().id)
    assert job.state is JobState.CANCELLED and job.finished_at
    with pytest.raises(ConflictError, match="cancelled already"):
        service.cancel(job.id)


def test_a_running_job_is_asked_to_end(service, submit, database):
    job = submit()
    claim(database, job.id, "worker", 30, 3)
    asked = service.cancel(job.id)
    assert asked.state is JobState.RUNNING and asked.cancel_requested and not asked.can_cancel
    assert service.cancel(job.id).cancel_requested
    assert [line.message for line in service.log(job.id)].count("Asked to cancel.") == 1


def test_a_failed_job_can_be_tried_again_with_higher_attempt_numbers(service, submit, database, bell):
    job = submit()
    claim(database, job.id, "worker", 30, 3).fail("limit", "Too much.")
    assert service.get(job.id).error.message == "Too much."
    again = service.retry(job.id)
    assert again.state is JobState.QUEUED and again.error is None and again.finished_at is None
    assert bell.rung == [job.id, job.id]
    assert claim(database, job.id, "worker", 30, 3).number == 2


def test_only_a_failed_or_cancelled_job_can_be_tried_again(service, submit):
    with pytest.raises(ConflictError, match="queued"):
        service.retry(submit().id)


def test_a_retry_meets_the_job_that_took_its_output(service, submit):
    first = service.cancel(submit().id)
    second = submit()
    with pytest.raises(ConflictError, match=second.id):
        service.retry(first.id)


def test_a_retry_without_its_input_says_so(service, submit, workspace):
    job = service.cancel(submit().id)
    (workspace.folder / "example_input.csv").unlink()
    with pytest.raises(NotFoundError, match="example_input.csv"):
        service.retry(job.id)


def test_look_ups_share_what_one_of_them_found_a_moment_ago(service, submit, database, monkeypatch):
    job = submit()
    monkeypatch.setattr("project.jobs.service._SHARED_SECONDS", 60)
    first = service.look_up(job.id)
    assert service.look_up(job.id) is first
    # What is done here is seen here at once.
    service.cancel(job.id)
    assert service.look_up(job.id).state == "cancelled"
    monkeypatch.setattr("project.jobs.service._SHARED_SECONDS", -1)
    assert service.look_up(job.id) is not service.look_up(job.id)
