"""Jobs that call an API: their stages, what each is told, and what becomes of the job when one of them is ended."""

from __future__ import annotations

import json
import threading
from datetime import datetime, timedelta, timezone

import pytest
from sqlalchemy import select, update

from project.database.clock import now
from project.errors import ConflictError
from project.jobs.models import Job
from project.jobs.pauses import FOREVER
from project.jobs.states import JobState
from project.operations.recipe import Recipe
from project.secrets.service import Secrets

PER_VALUE = {
    "operation": "enrich",
    "api": {"url": "https://api.example.com/songs/{Song}"},
    "column": "Song",
}
LIST = {
    "operation": "enrich",
    "api": {"url": "https://api.example.com/songs"},
    "column": "Song",
    "key": "title",
}
TOKEN = "Bearer tok-4711-abc"


def recipe(*steps):
    return Recipe.parse({"steps": list(steps)})


@pytest.fixture
def enrich(service):
    """Submits a job that calls an API once for each song."""

    def enrich(step=PER_VALUE, output="out.csv", **values):
        return service.submit("example_input.csv", output, recipe({**step, **values}))

    return enrich


@pytest.fixture
def log_of(service):
    return lambda job: "\n".join(line.message for line in service.log(job.id))


def test_the_keys_are_collected_then_the_api_is_called_then_the_recipe_runs(
    service, enrich, supervisor, tmp_path, workspace
):
    job = enrich()
    seen = tmp_path / "plans"
    seen.mkdir()
    tell = f"(Path({str(seen)!r}) / folder.name.replace('.', '-')).write_text(json.dumps(plan))\n"
    # The engine's preamble leaves the keys and ends before these lines come.
    supervisor(tell + "finish()", fetch=tell + "fetched(columns=['title', 'year'])").run(job.id)
    done = service.get(job.id)
    assert done.state is JobState.SUCCEEDED, done.error
    plans = {path.name: json.loads(path.read_text()) for path in seen.iterdir()}
    engine = plans.pop(f"{job.id}-1")
    fetch = plans.pop("fetch")
    assert not plans
    assert fetch["keys"].endswith("/keys/result.csv")
    assert fetch["step"]["column"] == "Song" and "most_calls" not in fetch
    assert fetch["journals"] == str(workspace.folder / ".rowmill" / "journals")
    (table,) = engine["tables"]
    assert (table["step"], table["columnar"], table["name"]) == (0, True, "api.example.com")
    assert table["path"].endswith("/fetch/answers.parquet")
    assert engine["recipe"]["steps"][0]["columns"] == ["title", "year"]
    assert done.calls.made == 2 and workspace.attempt_folders() == ()


def test_the_keys_run_groups_by_the_column_behind_the_steps_before_it(service, supervisor, tmp_path):
    where = {"operation": "filter", "where": [{"column": "Song", "test": "eq", "value": "Umbrella"}]}
    steps = recipe(where, PER_VALUE, {"operation": "sort", "by": ["Song"]})
    job = service.submit("example_input.csv", "out.csv", steps)
    supervisor(
        "finish()",
        fetch=f"""
        import shutil
        shutil.copy(folder.parent / "keys" / "plan.json", {str(tmp_path / "keys.json")!r})
        fetched()
        """,
    ).run(job.id)
    assert service.get(job.id).state is JobState.SUCCEEDED
    plan = json.loads((tmp_path / "keys.json").read_text())
    first, last = plan["recipe"]["steps"]
    assert first["operation"] == "filter"
    assert (last["operation"], last["group_by"]) == ("aggregate", ["Song"])


def test_a_list_needs_no_keys(service, enrich, supervisor):
    job = enrich(LIST)
    supervisor("finish()", fetch="assert 'keys' not in plan; fetched()").run(job.id)
    assert service.get(job.id).state is JobState.SUCCEEDED


def test_the_phases_and_fractions_of_the_stages_make_one_progress(service, enrich, supervisor, wait_until, tmp_path):
    job = enrich()
    go = tmp_path / "go"
    wait = f"import time\nwhile not Path({str(go)!r}).exists(): time.sleep(0.01)\n"
    fetch = "say(**calls(3, from_journal=1, left=4, failures=['7: not found'], failed=1))\n" + wait + "fetched()"
    runner = supervisor("say('progress', phase='working', fraction=0.5)\nlinger()", fetch=fetch)
    thread = threading.Thread(target=runner.run, args=(job.id,))
    thread.start()
    try:
        wait_until(lambda: (found := service.get(job.id).calls) and found.made == 3)
        calling = service.get(job.id)
        assert calling.progress.phase == "calling" and calling.progress.fraction == pytest.approx(0.15 + 0.6 / 2)
        assert calling.calls.failures == ("7: not found",) and calling.calls.left == 4
        go.touch()
        wait_until(lambda: service.get(job.id).progress.phase == "working")
        assert service.get(job.id).progress.fraction == pytest.approx(0.75 + 0.25 / 2)
    finally:
        go.touch()
        service.cancel(job.id)
        thread.join(10)
    assert service.get(job.id).state is JobState.CANCELLED


def test_a_field_that_no_answer_has_ends_the_job_with_a_sentence(service, enrich, supervisor):
    job = enrich(columns=["title", "colour"])
    supervisor("finish()", fetch="fetched(columns=['title', 'year'])").run(job.id)
    failed = service.get(job.id)
    assert failed.error.code == "answers"
    assert "has the field “colour”" in failed.error.message and "“title”, “year”" in failed.error.message


def test_a_failure_of_the_fetch_ends_the_job_with_its_sentence(service, enrich, supervisor, workspace):
    job = enrich()
    supervisor("finish()", fetch="say('failed', code='api_refused', message='It refuses the key.')").run(job.id)
    failed = service.get(job.id)
    assert (failed.state, failed.error.code) == (JobState.FAILED, "api_refused")
    assert workspace.attempt_folders() == ()


def test_a_fetch_that_dies_is_tried_again(service, enrich, supervisor, log_of, workspace):
    job = enrich()
    supervisor("finish()", fetch="os.kill(os.getpid(), signal.SIGKILL)").run(job.id)
    assert service.get(job.id).state is JobState.QUEUED
    assert "The fetch was killed by signal 9" in log_of(job)
    assert workspace.attempt_folders() == ()
    supervisor("finish()", fetch="fetched()").run(job.id)
    assert service.get(job.id).state is JobState.SUCCEEDED


@pytest.mark.parametrize("stage", ["keys", "fetch", "engine"])
def test_a_job_is_cancelled_in_each_stage(service, enrich, supervisor, wait_until, workspace, stage):
    job = enrich()
    begun = "say('progress', phase='working', fraction=0.1)\nlinger()\n"
    engine = begun if stage == "engine" else "finish()"
    runner = supervisor(engine, fetch="say(**calls(1)); linger()" if stage == "fetch" else "fetched()")
    if stage == "keys":
        runner = supervisor(begun)  # without what leaves keys
    phase = {"keys": "collecting", "fetch": "calling", "engine": "working"}[stage]
    thread = threading.Thread(target=runner.run, args=(job.id,))
    thread.start()
    wait_until(lambda: service.get(job.id).progress.phase == phase)
    service.cancel(job.id)
    thread.join(10)
    assert not thread.is_alive() and service.get(job.id).state is JobState.CANCELLED
    assert workspace.attempt_folders() == ()


def test_a_worker_that_lost_its_lease_leaves_the_fetch_to_the_next(
    service, enrich, supervisor, wait_until, expire, workspace, tmp_path
):
    job = enrich()
    (tmp_path / "first").touch()
    # The first fetch lingers, the next one answers.
    once = f"""
        try:
            Path({str(tmp_path / 'first')!r}).unlink()
        except FileNotFoundError:
            fetched()
            sys.exit()
        say(**calls(1))
        linger()
        """
    runner = supervisor("finish()", fetch=once, lease_seconds=60)
    thread = threading.Thread(target=runner.run, args=(job.id,))
    thread.start()
    wait_until(lambda: service.get(job.id).progress.phase == "calling" and not (tmp_path / "first").exists())

    def takes_over():
        expire(job.id)  # the first one may renew its lease at any moment
        runner.run(job.id)
        return service.get(job.id).attempt == 2

    wait_until(takes_over)
    thread.join(10)
    assert not thread.is_alive()
    done = service.get(job.id)
    assert done.state is JobState.SUCCEEDED and done.attempt == 2 and workspace.attempt_folders() == ()


def test_a_fetch_that_waits_is_not_stuck(service, enrich, supervisor):
    job = enrich()
    slow = "import time\ntime.sleep(1.5)\nfetched()"
    supervisor("finish()", fetch=slow, stall_seconds=0.3, lease_seconds=1).run(job.id)
    assert service.get(job.id).state is JobState.SUCCEEDED


def test_the_wall_limit_holds_for_all_stages_together(service, enrich, supervisor):
    job = enrich()
    supervisor("finish()", fetch="say(**calls(1)); linger()", wall_seconds=0.5, lease_seconds=1).run(job.id)
    assert service.get(job.id).error.code == "limit"


# Pauses


PAUSES = "say(**calls(5, left=7)); say('paused', seconds=900, reason='The API answers 503.')"


def test_an_api_that_is_down_pauses_the_job_and_the_sweeper_goes_on_in_time(
    service, enrich, supervisor, sweeper, bell, database, log_of
):
    job = enrich()
    runner = supervisor("finish()", fetch=PAUSES)
    bell.rung.clear()
    runner.run(job.id)
    paused = service.get(job.id)
    assert paused.state is JobState.QUEUED and paused.is_paused
    assert paused.paused_reason == "The API answers 503." and paused.calls.made == 5
    left = paused.paused_until - datetime.now(timezone.utc)
    assert timedelta(minutes=14) < left < timedelta(minutes=16)
    assert "Paused: The API answers 503. The answers so far are kept." in log_of(job)
    runner.run(job.id)  # a message that comes too early finds nothing to take
    sweeper.ring_again()
    assert service.get(job.id).attempt == 1 and bell.rung == []
    with database.write() as session:
        assert session.scalar(select(Job.deaths).where(Job.id == job.id)) == 0
        session.execute(update(Job).where(Job.id == job.id).values(paused_until=now(-1)))
    assert not service.get(job.id).is_paused
    sweeper.ring_again()
    assert bell.rung == [job.id]
    supervisor("finish()", fetch="fetched()").run(job.id)
    done = service.get(job.id)
    assert done.state is JobState.SUCCEEDED and done.attempt == 2
    assert (done.paused_until, done.paused_reason) == (None, None)


@pytest.mark.parametrize(("seconds", "most"), [(0, 2), (10**9, 86_401)])
def test_a_pause_is_neither_nothing_nor_years(service, enrich, supervisor, seconds, most):
    job = enrich()
    supervisor("finish()", fetch=f"say('paused', seconds={seconds}, reason='Later.')").run(job.id)
    left = service.get(job.id).paused_until - datetime.now(timezone.utc)
    assert timedelta(0) < left < timedelta(seconds=most)


def test_a_running_job_is_paused_and_resumed_by_hand(service, enrich, supervisor, wait_until, bell, workspace, log_of):
    job = enrich()
    runner = supervisor("finish()", fetch="say(**calls(5, left=7)); linger()")
    thread = threading.Thread(target=runner.run, args=(job.id,))
    thread.start()
    wait_until(lambda: (found := service.get(job.id).calls) and found.made == 5)
    assert service.get(job.id).can_pause
    paused = service.pause(job.id)
    assert paused.state is JobState.QUEUED and paused.paused_until == FOREVER and paused.calls.made == 5
    assert paused.paused_reason is None and not paused.can_pause and paused.can_cancel
    assert service.pause(job.id).paused_until == FOREVER  # twice is no mistake
    thread.join(10)
    assert not thread.is_alive()
    runner.run(job.id)
    assert service.get(job.id).attempt == 1
    bell.rung.clear()
    assert not service.resume(job.id).is_paused and bell.rung == [job.id]
    supervisor("finish()", fetch="fetched()").run(job.id)
    done = service.get(job.id)
    assert done.state is JobState.SUCCEEDED and done.attempt == 2
    assert "Paused by hand." in log_of(job) and "Resumed by hand." in log_of(job)
    assert workspace.attempt_folders() == ()


def test_a_queued_job_that_is_paused_can_be_cancelled(service, enrich):
    job = enrich()
    service.pause(job.id)
    assert service.cancel(job.id).state is JobState.CANCELLED


def test_only_what_calls_an_api_can_be_paused_and_only_what_is_paused_resumed(service, submit, enrich):
    with pytest.raises(ConflictError, match="Only a job that calls an API"):
        service.pause(submit().id)
    job = enrich(output="other.csv")
    with pytest.raises(ConflictError, match="not paused"):
        service.resume(job.id)
    service.cancel(job.id)
    with pytest.raises(ConflictError, match="cancelled already"):
        service.pause(job.id)


def test_a_paused_job_stands_in_no_queue_and_keeps_nobody_waiting(service, enrich, database, submit):
    from project.jobs.queue import Queue
    from project.jobs.roster import Roster

    job, behind = enrich(), submit("later.csv")
    queue = Queue(database, Roster(database))
    assert queue.place(behind).position == 2
    assert queue.place(service.pause(job.id)) is None
    assert queue.place(behind).position == 1


# Secrets


@pytest.fixture
def secrets(database):
    secrets = Secrets(database, lambda: "the key of this installation")
    secrets.add("songs", "api.example.com", "Authorization", TOKEN)
    return secrets


def with_secret(name="songs", **api):
    return {**PER_VALUE, "api": {**PER_VALUE["api"], "secret": name, **api}}


def test_the_fetch_gets_its_secret_by_standard_input_and_no_secret_of_ours(
    service, enrich, supervisor, secrets, tmp_path, monkeypatch
):
    for name in ("DATABASE_URL", "SECRET_KEY", "POSTGRES_PASSWORD", "HTTPS_PROXY", "https_proxy", "AWS_SECRET_KEY"):
        monkeypatch.setenv(name, "ours")
    job = enrich(with_secret())
    found = tmp_path / "found.json"
    fetch = f"""
        Path({str(found)!r}).write_text(json.dumps([secret, dict(os.environ), sys.argv, plan]))
        fetched()
        """
    supervisor("finish()", fetch=fetch, open_secret=secrets.open).run(job.id)
    assert service.get(job.id).state is JobState.SUCCEEDED
    secret, environment, arguments, plan = json.loads(found.read_text())
    assert secret == {"host": "api.example.com", "header": "Authorization", "value": TOKEN}
    assert "ours" not in environment.values() and "PATH" in environment
    assert TOKEN not in json.dumps([environment, arguments, plan]) and plan["secret_name"] == "songs"


def test_without_a_secret_the_fetch_is_told_so(service, enrich, supervisor):
    job = enrich()
    supervisor("finish()", fetch="assert secret is None; fetched()").run(job.id)
    assert service.get(job.id).state is JobState.SUCCEEDED


@pytest.mark.parametrize(
    "says",
    [
        "say('failed', code='api_refused', message='It says: bad token tok-4711-abc.')",
        "say('paused', seconds=60, reason=f\"{secret['value']} is blocked\")",
        "say('note', message=secret['value']); say(**calls(1, failures=[secret['value']])); fetched()",
        "print('header', secret['value'], flush=True); fetched()",
        "sys.stderr.write(f\"Traceback: {secret['value']}\"); sys.exit(9)",
    ],
    ids=["failure", "pause", "note", "stdout", "stderr"],
)
def test_what_a_fetch_says_never_tells_its_secret(
    service, enrich, supervisor, secrets, database, says, caplog, log_of, workspace
):
    job = enrich(with_secret())
    supervisor("finish()", fetch=says, open_secret=secrets.open).run(job.id)
    kept = service.get(job.id).model_dump_json() + log_of(job)
    logged = "\n".join(str(vars(record)) for record in caplog.records)
    assert "tok-4711" not in kept and "tok-4711" not in logged


def test_a_secret_that_is_gone_or_cannot_be_read_ends_the_job_with_a_sentence(
    service, enrich, supervisor, secrets, database
):
    job = enrich(with_secret())
    changed = Secrets(database, lambda: "another key of the installation")
    supervisor("finish()", fetch="fetched()", open_secret=changed.open).run(job.id)
    failed = service.get(job.id)
    assert failed.error.code == "secret" and "SECRET_KEY" in failed.error.message
    again = service.retry(job.id)
    secrets.delete("songs")
    supervisor("finish()", fetch="fetched()", open_secret=secrets.open).run(again.id)
    assert "There is no secret “songs”" in service.get(job.id).error.message
