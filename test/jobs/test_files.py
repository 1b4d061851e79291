"""Jobs and the catalogue: what is used stays, and what was published is told with its story."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import update

from project.database.clock import now
from project.engine import rejects
from project.engine.detect import detect
from project.errors import ConflictError, NotFoundError
from project.files.catalogue import Catalogue
from project.files.listing import Listing
from project.files.models import File
from project.files.view import FileFacts, Origin
from project.jobs import births, preflight
from project.jobs.attempt import claim
from project.jobs.file_uses import uses
from project.jobs.states import JobState
from project.operations.recipe import Recipe

NAME = "example_input.csv"


@pytest.fixture
def catalogue(database, workspace):
    return Catalogue(database, workspace, uses)


@pytest.fixture
def listed(catalogue):
    """The files by name."""

    def listed():
        catalogue.refresh()
        return {file.name: file for file in catalogue.page(Listing()).files}

    return listed


def in_use(database, *names):
    with database.read() as session:
        return {name: (use.job_id, use.does) for name, use in uses(session, names).items()}


def test_an_unfinished_job_uses_its_input_its_output_and_its_rejects(database, service, submit):
    job = submit("out.csv")
    expected = {NAME: (job.id, "reads"), "out.csv": (job.id, "writes"), "out.csv.rejects.csv": (job.id, "writes")}
    assert in_use(database, *expected, "other.csv") == expected
    assert in_use(database, "out.csv.rejects.csv") == {"out.csv.rejects.csv": (job.id, "writes")}
    service.cancel(job.id)
    assert in_use(database, *expected) == {}


def test_what_a_queued_or_running_job_uses_stays(database, catalogue, service, submit, listed):
    job, file = submit(), listed()[NAME]
    for _ in ("queued", "running"):
        with pytest.raises(ConflictError, match=job.id):
            catalogue.rename(file.id, "x.csv")
        with pytest.raises(ConflictError, match=job.id):
            catalogue.delete(file.id)
        claim(database, job.id, "worker", 30, 3)


def test_a_result_and_its_rejects_are_told_with_their_story(workspace, submit, supervisor, listed):
    (workspace.folder / "dirty.csv").write_text("Song,Date,Number of Plays\na,2020-01-01,5\nshort\nb,2020-01-01,x\n")
    job = submit("out.csv", "dirty.csv")
    supervisor().run(job.id)
    files = listed()
    for name, rows, columns in (("out.csv", 1, 3), ("out.csv.rejects.csv", 2, births.REJECTS_COLUMNS)):
        file = files[name]
        assert (file.origin, file.job_id, file.source) == (Origin.RESULT, job.id, "dirty.csv")
        assert (file.facts.rows, file.facts.columns, file.facts.rejects) == (rows, columns, 0)
    assert files["out.csv.rejects.csv"].is_rejects and not files["out.csv"].is_rejects
    assert files["dirty.csv"].used_at is not None and files[NAME].used_at is None
    assert files["dirty.csv"].facts == FileFacts()


def test_the_catalogue_knows_what_columns_rejects_have():
    assert births.REJECTS_COLUMNS == len(rejects.COLUMNS)


def test_a_job_that_fails_publishes_nothing_but_has_used_its_input(service, submit, supervisor, listed):
    job = submit()
    supervisor('say("failed", code="limit", message="Too much.")').run(job.id)
    assert service.get(job.id).state is JobState.FAILED
    assert list(listed()) == [NAME] and listed()[NAME].used_at is not None


def test_a_result_over_a_file_that_was_there_is_the_jobs(workspace, submit, supervisor, listed):
    (workspace.folder / "out.csv").write_text("before")
    before = listed()["out.csv"]
    job = submit("out.csv")
    supervisor().run(job.id)
    after = listed()["out.csv"]
    assert (after.id, after.job_id, before.job_id) == (before.id, job.id, None)


def test_of_a_job_and_a_deletion_at_once_one_is_refused(catalogue, submit, listed, workspace):
    """Whoever comes second finds the file gone, or in use: no job is accepted on a file that is not there."""
    text = (workspace.folder / NAME).read_text()
    for number in range(10):
        name = f"{number}.csv"
        (workspace.folder / name).write_text(text)
        id = listed()[name].id
        with ThreadPoolExecutor(2) as pool:
            job, deletion = pool.submit(submit, f"{number}.out", name), pool.submit(catalogue.delete, id)
            refusals = [type(each.exception()) for each in (job, deletion)]
        assert refusals in ([NotFoundError, type(None)], [type(None), ConflictError]), refusals


def test_a_failed_job_whose_file_was_deleted_is_not_queued_again(database, catalogue, service, submit, listed):
    job = submit()
    claim(database, job.id, "worker", 30, 3).fail("limit", "Too much.")
    catalogue.delete(listed()[NAME].id)
    with pytest.raises(NotFoundError):
        service.retry(job.id)


def test_the_sweeper_empties_the_trash(services, workspace):
    file = services.catalogue.page(Listing()).files[0]
    services.catalogue.delete(file.id)
    services.sweeper().sweep()
    assert services.catalogue.undelete(file.id).name == NAME
    services.catalogue.delete(file.id)
    with services.database.write() as session:
        session.execute(update(File).values(deleted_at=now(-3600 * services.settings.trash_hours - 1)))
    services.sweeper().sweep()
    assert os.listdir(workspace.trash) == []


def test_a_file_that_vanishes_while_its_job_is_accepted_is_missing(services, monkeypatch):
    def vanish(source, choice):
        source.unlink()
        return detect(source, choice)

    monkeypatch.setattr(preflight, "detect", vanish)
    with pytest.raises(NotFoundError):
        services.jobs.submit("example_input.csv", "out.csv", Recipe())
