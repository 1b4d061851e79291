"""Jobs and trials end to end: the real engine and the real fetch, against an API that counts what it is asked for."""

from __future__ import annotations

import csv
import os
import signal
import subprocess
import sys
import threading

import pytest

from config.settings import ROOT
from project.database import Database
from project.fetch.plan import FetchLimits
from project.jobs.states import JobState
from project.jobs.trials import Trials
from project.operations.recipe import Recipe

LIMITS = FetchLimits(allow_hosts=("127.0.0.1",))


@pytest.fixture
def database(sqlite_url):
    """One of the two: what differs between them is tested without engines."""
    database = Database(sqlite_url)
    yield database
    database.close()


@pytest.fixture
def plays(workspace):
    """Views of posts by ten users; one value that no user has, and an empty one."""
    rows = [f"{number % 10 + 1},{number}" for number in range(40)]
    (workspace.folder / "views.csv").write_text("\n".join(["user_id,views", *rows, "99,7", ",8"]) + "\n")


def per_value(api, **how):
    return {"operation": "enrich", "api": {"url": f"{api.url}/users/{{user_id}}", **how}, "column": "user_id"}


def of_list(api):
    return {"operation": "enrich", "api": {"url": f"{api.url}/users"}, "column": "user_id", "key": "id"}


def recipe(*steps):
    return Recipe.parse({"steps": list(steps)})


def rows_of(workspace, name="out.csv"):
    with (workspace.folder / name).open(newline="") as file:
        return list(csv.DictReader(file))


def asked(api):
    return sum(count for path, count in api.hits.items() if path.startswith("/users/"))


@pytest.mark.parametrize("step", [per_value, of_list])
def test_a_file_is_enriched_from_an_api(service, supervisor, workspace, api, plays, step):
    original = (workspace.folder / "views.csv").read_bytes()
    job = service.submit("views.csv", "out.csv", recipe(step(api)))
    supervisor(limits=LIMITS).run(job.id)
    done = service.get(job.id)
    assert done.state is JobState.SUCCEEDED, done.error
    rows = rows_of(workspace)
    assert len(rows) == 42 and done.ledger.written == 42
    first = rows[0]
    assert (first["user_id"], first["name"], first["address.geo.lat"]) == ("1", "Ada Winter", "-7.5000")
    assert rows[40]["user_id"] == "99" and rows[40]["name"] == ""
    assert max(api.hits.values()) == 1  # nothing was asked twice
    assert (workspace.folder / "views.csv").read_bytes() == original
    assert workspace.attempt_folders() == ()


def test_a_trial_counts_for_the_job_that_follows(service, supervisor, workspace, api, database):
    rows = "\n".join(str(number) for number in range(1, 31))
    (workspace.folder / "views.csv").write_text(f"user_id\n{rows}\n")
    trials = Trials(database, service)
    trial = trials.submit("views.csv", recipe(per_value(api)))
    supervisor(limits=LIMITS).run(trial.id)
    report = trials.report(trials.get(trial.id))
    assert report is not None and report.match is None and report.sample is not None
    calls = report.calls
    assert (calls.keys, calls.answered, calls.called, calls.left) == (30, 20, 20, 10)
    assert asked(api) == 20
    job = service.submit("views.csv", "out.csv", recipe(per_value(api)))
    supervisor(limits=LIMITS).run(job.id)
    done = service.get(job.id)
    assert (done.state, done.calls.made, done.calls.from_journal) == (JobState.SUCCEEDED, 10, 20)
    assert asked(api) == 30


def test_a_trial_of_a_join_counts_what_matches(service, supervisor, workspace, database, plays):
    (workspace.folder / "users.csv").write_text("id,name\n1,Ada\n2,Bela\n2,Bela again\n")
    step = {"operation": "join", "file": "users.csv", "on": [{"left": "user_id", "right": "id"}]}
    trials = Trials(database, service)
    trial = trials.submit("views.csv", recipe(step))
    supervisor().run(trial.id)
    report = trials.report(trials.get(trial.id))
    assert (report.match.matched_rows, report.match.rows_out, report.calls) == (8, 46, None)
    job = service.submit("views.csv", "out.csv", recipe(step))
    supervisor().run(job.id)
    assert len(rows_of(workspace)) == 46


def test_an_api_that_is_down_pauses_the_job_which_goes_on_without_asking_twice(
    service, supervisor, workspace, api, plays, wait_until
):
    api.status = 503
    job = service.submit("views.csv", "out.csv", recipe(per_value(api)))
    quick = LIMITS.model_copy(update={"tries": 1})
    supervisor(limits=quick).run(job.id)
    paused = service.get(job.id)
    assert paused.is_paused and "503" in paused.paused_reason
    api.status = None
    service.resume(job.id)
    supervisor(limits=quick).run(job.id)
    done = service.get(job.id)
    assert done.state is JobState.SUCCEEDED, done.error
    assert len(rows_of(workspace)) == 42


@pytest.mark.parametrize("how", ["killed", "paused"])
def test_answers_of_a_fetch_that_ended_in_the_middle_are_kept(
    service, supervisor, workspace, api, plays, wait_until, how
):
    api.delay = 0.15
    job = service.submit("views.csv", "out.csv", recipe(per_value(api, parallel=1)))
    runner = supervisor(limits=LIMITS)
    thread = threading.Thread(target=runner.run, args=(job.id,))
    thread.start()
    wait_until(lambda: asked(api) >= 4)
    if how == "paused":
        service.pause(job.id)
    else:
        os.kill(fetch_of(workspace, job), signal.SIGKILL)
    thread.join(10)
    assert not thread.is_alive()
    before = service.get(job.id)
    assert before.state is JobState.QUEUED and before.is_paused == (how == "paused")
    if how == "paused":
        service.resume(job.id)
    api.delay = 0.0
    runner.run(job.id)
    done = service.get(job.id)
    assert done.state is JobState.SUCCEEDED, done.error
    assert done.calls.from_journal >= 2
    # What was under way, or came in the moment before and was not on the disk yet, is asked for again; nothing else is.
    assert asked(api) <= 11 + 2
    assert len(rows_of(workspace)) == 42


_WORKER = "import sys; from project.assembly import *; assemble(Settings.load()).supervisor().run(sys.argv[1])"


def test_a_worker_that_dies_between_the_stages_costs_no_answer(
    service, supervisor, workspace, api, plays, settings, expire, tmp_path
):
    job = service.submit("views.csv", "out.csv", recipe(per_value(api)))
    faults = tmp_path / "faults"
    faults.mkdir()
    (faults / "fetched").write_text("kill")
    own = settings.model_dump(include={"data_dir", "state_dir", "database_url", "redis_url"})
    values = {"ROWMILL_FAULTS": faults, "ENRICH_ALLOW_HOSTS": "127.0.0.1"} | {
        name.upper(): str(value) for name, value in own.items()
    }
    worker = subprocess.run([sys.executable, "-c", _WORKER, job.id], cwd=ROOT, env={**os.environ, **values})
    assert worker.returncode == -signal.SIGKILL and service.get(job.id).state is JobState.RUNNING
    expire(job.id)
    supervisor(limits=LIMITS).run(job.id)
    done = service.get(job.id)
    assert done.state is JobState.SUCCEEDED and done.attempt == 2
    assert (done.calls.made, done.calls.from_journal) == (0, 11)
    assert max(api.hits.values()) == 1 and len(rows_of(workspace)) == 42


def fetch_of(workspace, job):
    """The process that carries out the fetch's plan of that job."""
    for folder in os.listdir("/proc"):
        try:
            with open(f"/proc/{folder}/cmdline", "rb") as file:
                words = file.read().decode(errors="replace")
        except (OSError, NotADirectoryError):
            continue
        if "project.fetch" in words and job.id in words:
            return int(folder)
    raise AssertionError("no fetch runs")
