"""The limits of a job, with the real engine: each ends it as failed, with a sentence that names the setting."""

from __future__ import annotations

import gzip
import re
from dataclasses import replace

import pytest

from project.jobs.states import JobState
from project.jobs.supervisor import Supervisor
from project.jobs.terms import Budget, Terms

ROWS = "".join(f"Song {number % 977},2020-01-{number % 28 + 1:02d},{number}\n" for number in range(100_000))
BIG = f"Song,Date,Number of Plays\n{ROWS}"


@pytest.fixture
def run(database, workspace, service, submit, bell):
    """Run a clean copy of the file under these limits and give the job as it ended."""

    def run(input: str, *, spill_mb: int = 1000, output_mb: int = 1000, wall_seconds: float = 0.0, is_set: bool = True):
        budget = Budget(256, spill_mb, output_mb, spill_is_set=is_set, output_is_set=is_set)
        terms = Terms(lease_seconds=30, wall_seconds=wall_seconds)
        job = submit(input=input, recipe=1)
        Supervisor(database, workspace, lambda: budget, bell.ring, terms).run(job.id)
        return service.get(job.id)

    return run


def check_failed(job, workspace, setting):
    assert (job.state, job.error.code) == (JobState.FAILED, "limit"), job
    assert re.search(rf"(limit|MB) of the setting {setting}\.", job.error.message)
    assert workspace.attempt_folders() == () and not (workspace.folder / "out.csv").exists()


def test_a_result_past_engine_output_mb_fails_the_job(run, workspace):
    (workspace.folder / "big.csv").write_text(BIG)
    check_failed(run("big.csv", output_mb=1), workspace, "ENGINE_OUTPUT_MB")


def test_temporary_files_past_engine_spill_mb_fail_the_job(run, workspace):
    with gzip.open(workspace.folder / "big.csv.gz", "wt", compresslevel=1) as stream:
        stream.write(BIG)
    check_failed(run("big.csv.gz", spill_mb=1), workspace, "ENGINE_SPILL_MB")


@pytest.mark.parametrize(("limit", "setting"), [("spill_mb", "ENGINE_SPILL_MB"), ("output_mb", "ENGINE_OUTPUT_MB")])
def test_where_nobody_has_set_the_limit_the_disk_is_blamed(run, workspace, limit, setting):
    with gzip.open(workspace.folder / "big.csv.gz", "wt", compresslevel=1) as stream:
        stream.write(BIG)
    failed = run("big.csv.gz", is_set=False, **{limit: 1})
    assert (failed.state, failed.error.code) == (JobState.FAILED, "disk_full")
    # Before the work where it is sure, else when the limit is met.
    assert re.search(r"The disk is too full: .*1 MB (that )?could be spared", failed.error.message)
    assert failed.error.message.endswith(f"Or set {setting}.")


def test_a_limit_is_the_disks_unless_its_setting_is_set(services):
    assert not services.budget().spill_is_set and not services.budget().output_is_set
    settings = services.settings.model_copy(update={"engine_spill_mb": 5})
    budget = replace(services, settings=settings).budget()
    assert (budget.spill_mb, budget.spill_is_set, budget.output_is_set) == (5, True, False)


def test_an_attempt_past_engine_wall_seconds_fails_the_job(run, workspace):
    check_failed(run("example_input.csv", wall_seconds=0.01), workspace, "ENGINE_WALL_SECONDS")


def test_without_a_wall_time_a_job_may_take_its_time(run):
    assert run("example_input.csv", wall_seconds=0).state is JobState.SUCCEEDED


def test_the_wall_time_ends_an_engine_that_says_nothing_and_is_not_counted_as_a_death(
    database, workspace, service, submit, supervisor, wait_until
):
    runner = supervisor("linger()", wall_seconds=1.5)
    job = submit()
    runner.run(job.id)
    failed = service.get(job.id)
    check_failed(failed, workspace, "ENGINE_WALL_SECONDS")
    assert "has run for 1.5 s" in failed.error.message and failed.attempt == 1
    assert 1.4 < (failed.finished_at - failed.started_at).total_seconds() < 5
