"""An accepted job ends, once and with the same bytes, whatever is killed, away or full meanwhile."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from config.settings import ROOT
from project.cli import generate_dataset
from project.engine.plan import PLAN_FILE, RESULT_FILE, Plan
from project.jobs.states import JobState
from project.recipes.built_in import BUILT_IN

ROWS = 2_000_000
# So little that the rows are worked in parts on disk.
MEMORY_MB = 256

pytestmark = pytest.mark.skipif(not Path("/proc/self/cmdline").exists(), reason="finds processes in /proc")


@pytest.fixture(scope="module")
def plays(tmp_path_factory) -> Path:
    """A file that keeps an engine busy for some seconds."""
    path = tmp_path_factory.mktemp("plays") / "plays.csv"
    generate_dataset.main(["--rows", str(ROWS), str(path)])
    return path


@pytest.fixture(scope="module")
def undisturbed(plays, tmp_path_factory) -> Path:
    """What an engine makes of it that nobody disturbs."""
    folder = tmp_path_factory.mktemp("undisturbed")
    limits = {"memory_mb": MEMORY_MB, "spill_mb": 1000, "output_mb": 1000}
    recipe = BUILT_IN[0].recipe
    plan = Plan(job_id="x", attempt=1, input=plays, input_name=plays.name, folder=folder, recipe=recipe, **limits)
    (folder / PLAN_FILE).write_text(plan.model_dump_json(by_alias=True, exclude_none=True))
    command = [sys.executable, "-m", "project.engine", str(folder / PLAN_FILE)]
    # Its standard input stays open until it ends.
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL) as engine:
        assert engine.wait(60) == 0
    return folder / RESULT_FILE


@pytest.fixture
def settings(settings):
    """A lease that runs out soon."""
    return settings.model_copy(update={"lease_seconds": 3.0, "engine_memory_mb": MEMORY_MB})


@pytest.fixture
def busy(services, start_worker, plays, wait_until):
    """A job that is in the middle of its work, and its worker."""
    os.link(plays, services.workspace.folder / plays.name)
    job = services.jobs.submit(plays.name, "out.csv", BUILT_IN[0].recipe)
    worker = start_worker()
    spill = services.workspace.attempt_folder(job.id, 1) / "spill"
    wait_until(lambda: spill.is_dir() and any(spill.iterdir()), 60)
    return job, worker


def processes(folder: Path) -> list[int]:
    """The engines that work below this folder; what has ended but was not waited for is none."""
    return [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit() and _names(entry, folder)]


def _names(process: Path, folder: Path) -> bool:
    try:
        # The command of one that came from a nursery is the nursery's.
        return str(folder) in os.readlink(process / "cwd") or os.fsencode(folder) in (process / "cmdline").read_bytes()
    except OSError:
        return False


def has_ended(services, job):
    return lambda: services.jobs.get(job.id).is_final


def check_succeeded_once(services, job, undisturbed, wait_until):
    done = services.jobs.get(job.id)
    assert (done.state, done.attempt) == (JobState.SUCCEEDED, 2), done.error
    messages = [line.message for line in services.jobs.log(job.id)]
    assert sum(message.startswith("Succeeded") for message in messages) == 1
    assert (done.ledger.read, done.ledger.kept, done.ledger.rejected) == (ROWS, ROWS, 0)
    assert services.workspace.published("out.csv").read_bytes() == undisturbed.read_bytes()
    wait_until(lambda: services.workspace.attempt_folders() == ())
    assert processes(services.workspace.folder) == []
    return "\n".join(messages)


def test_an_engine_that_is_killed_in_the_middle_is_followed_by_another(busy, services, undisturbed, wait_until):
    job, _ = busy
    (engine,) = processes(services.workspace.folder)
    os.kill(engine, signal.SIGKILL)
    wait_until(has_ended(services, job), 60)
    assert "killed by signal 9" in check_succeeded_once(services, job, undisturbed, wait_until)


def test_a_worker_that_is_killed_is_replaced_after_its_lease(busy, services, undisturbed, start_worker, wait_until):
    job, worker = busy
    os.killpg(worker.pid, signal.SIGKILL)
    worker.wait()
    # The engine was told nothing and belongs to another group: it notices by itself.
    wait_until(lambda: processes(services.workspace.folder) == [])
    assert services.jobs.get(job.id).state is JobState.RUNNING
    start_worker()
    wait_until(has_ended(services, job), 60)
    assert "no sign of life" in check_succeeded_once(services, job, undisturbed, wait_until)


def test_a_job_that_was_accepted_without_redis_runs_when_it_returns(client, services, redis, start_worker, wait_until):
    redis.stop()
    answer = client.post("/api/v1/jobs", json={"input": "example_input.csv", "output": "out.csv"})
    assert (answer.status_code, answer.get_json()["state"]) == (202, "queued")
    start_worker()
    redis.start()
    wait_until(lambda: client.get(answer.headers["Location"]).get_json()["state"] == "succeeded", 60)
    assert services.workspace.published("out.csv").read_text().endswith("Umbrella,2020-01-02,250\n")


@pytest.fixture
def small_disk(workspace):
    """The workspace on a file system of 8 MB."""
    mount = ["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", str(workspace.folder)]
    if os.geteuid() != 0 or subprocess.run(mount, capture_output=True).returncode != 0:
        pytest.skip("only root can mount a small disk")
    yield workspace.folder
    subprocess.run(["umount", "--lazy", str(workspace.folder)], check=True)


@pytest.fixture
def unlimited(small_disk, settings):
    """Nothing of the product's own stops a job before the disk does."""
    return settings.model_copy(update={"engine_spill_mb": 1000, "engine_output_mb": 1000})


class TestFullDisk:
    """A job that fills the disk fails with a sentence and leaves nothing behind; the next one runs."""

    @pytest.fixture
    def settings(self, unlimited):
        return unlimited

    @pytest.mark.parametrize("recipe", [BUILT_IN[0], BUILT_IN[1]], ids=lambda recipe: recipe.slug)
    def test_it_fails_with_a_sentence(self, recipe, small_disk, services, start_worker, wait_until):
        # Larger than what is left beside it; wide in spilled form.
        generate_dataset.main(["--rows", "180000", str(small_disk / "large.csv")])
        generate_dataset.main(["--rows", "10", str(small_disk / "small.csv")])
        job = services.jobs.submit("large.csv", "out.csv", recipe.recipe)
        start_worker()
        wait_until(has_ended(services, job), 60)
        failed = services.jobs.get(job.id)
        assert (failed.state, failed.error.code) == (JobState.FAILED, "disk_full")
        # The copy is refused before it is begun.
        told = "The disk is (full: the job found no room for its|too full: the result would take at least about) "
        assert re.match(told, failed.error.message)
        assert sorted(entry.name for entry in services.workspace.list()) == ["large.csv", "small.csv"]
        wait_until(lambda: services.workspace.attempt_folders() == ())
        following = services.jobs.submit("small.csv", "out.csv", recipe.recipe)
        wait_until(has_ended(services, following), 60)
        assert services.jobs.get(following.id).state is JobState.SUCCEEDED
