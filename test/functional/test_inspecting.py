"""Files are inspected by a real worker, whatever happens meanwhile."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import polars as pl
import pytest

from project import faults
from project.engine.inspection.profile import Profile
from project.files.listing import Listing
from project.jobs.inspecting import InspectionState
from project.jobs.kinds import JobKind
from project.jobs.states import JobState
from project.operations.recipe import Recipe

pytestmark = pytest.mark.skipif(not Path("/proc/self/cmdline").exists(), reason="finds processes in /proc")
NAME = "new.csv"


@pytest.fixture
def seen(services):
    """The file as the catalogue has it now."""

    def seen():
        services.catalogue.refresh()
        return services.catalogue.page(Listing(search=NAME)).files[0]

    return seen


@pytest.fixture
def state(services, seen):
    return lambda: services.inspecting.status(seen()).state


@pytest.fixture
def stopped(tmp_path, monkeypatch, client, services, seen, start_worker, wait_until):
    """The process ID of an engine that stands still in the middle of the inspection of an uploaded file."""
    folder = tmp_path / "faults"
    folder.mkdir()
    (folder / "engine-inspect").write_text("stop")
    monkeypatch.setenv(faults.VARIABLE, str(folder))
    client.put(f"/upload/{NAME}", data=b"a,b\n1,x\n2\n3,z\n")
    start_worker()
    wait_until(lambda: any(map(_is_stopped, _engines(services.workspace))), 60)
    return next(filter(_is_stopped, _engines(services.workspace)))


def _engines(workspace):
    return [int(it.name) for it in Path("/proc").iterdir() if it.name.isdigit() and _works_in(it, workspace.folder)]


def _works_in(process, folder):
    try:
        return str(folder) in os.readlink(process / "cwd") or os.fsencode(folder) in (process / "cmdline").read_bytes()
    except OSError:
        return False


def _is_stopped(process):
    return ") T " in Path(f"/proc/{process}/stat").read_text()


def test_an_uploaded_file_is_inspected_and_the_list_tells_what_is_in_it(client, services, seen, stopped, wait_until):
    assert services.inspecting.status(seen()).state is InspectionState.RUNNING
    renamed = services.catalogue.rename(seen().id, f"2{NAME}")
    os.kill(stopped, signal.SIGCONT)
    wait_until(lambda: services.inspecting.status(seen()).state is InspectionState.DONE, 60)
    file = seen()
    assert file.id == renamed.id
    assert (file.facts.rows, file.facts.columns, file.facts.rejects) == (2, 2, 1)
    assert file.facts.dialect and file.inspected_at and file.used_at is None
    inspection = services.inspections.of(file)
    assert pl.read_parquet(inspection.data)["b"].to_list() == ["x", "z"]
    assert Profile.model_validate_json(inspection.profile.read_text()).complete
    assert "1 field where 2 were expected" in inspection.rejects.read_text()
    assert ">2<" in client.get("/files").text
    assert client.get("/api/v1/jobs").get_json()["jobs"] == []
    wait_until(lambda: services.workspace.attempt_folders() == (), 60)


def test_an_engine_that_is_killed_in_the_middle_is_followed_by_another(services, seen, stopped, state, wait_until):
    os.kill(stopped, signal.SIGKILL)
    wait_until(lambda: state() is InspectionState.DONE, 60)
    job = services.inspecting.status(seen()).job
    assert job.attempt == 2 and seen().facts.rows == 2


def test_what_changes_in_the_middle_is_inspected_as_it_is_then(services, seen, stopped, state, wait_until):
    before = seen()
    (services.workspace.folder / NAME).write_text("a\n1\n2\n3\n4\n")
    assert services.inspecting.look(seen()).state is InspectionState.OUTDATED
    wait_until(lambda: services.inspecting.look(seen()).state is InspectionState.DONE, 60)
    assert seen().id == before.id and seen().facts.rows == 4
    assert services.inspections.of(before) is None


def test_what_is_purged_in_the_middle_leaves_nothing(services, seen, stopped, wait_until):
    file = seen()
    services.catalogue.delete(file.id)
    services.catalogue.purge(file.id)
    os.kill(stopped, signal.SIGCONT)
    wait_until(lambda: services.workspace.attempt_folders() == (), 60)
    wait_until(lambda: not (services.workspace.inspections / file.id).exists(), 60)


def test_a_job_does_not_wait_behind_inspections(client, services, seen, stopped, state, wait_until):
    client.put("/upload/second.csv", data=b"a\n1\n")
    job = services.jobs.submit("example_input.csv", "out.csv", Recipe())
    # The only worker's engine stands still in an inspection, and another one waits.
    wait_until(lambda: services.jobs.get(job.id).is_final, 60)
    assert services.jobs.get(job.id).state is JobState.SUCCEEDED
    wait_until(lambda: state() is InspectionState.DONE, 60)
    inspections = services.jobs.page(kind=JobKind.INSPECTION).jobs
    assert min(it.finished_at or it.updated_at for it in inspections) > services.jobs.get(job.id).started_at
