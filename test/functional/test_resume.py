"""A job of steps that work on any rows, killed when nearly all of it is done, goes on from there: the same bytes."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from config.settings import ROOT
from project import faults
from project.cli import generate_dataset
from project.engine.budget import range_bytes
from project.engine.plan import PLAN_FILE, RESULT_FILE, Plan
from project.jobs.states import JobState
from project.operations.recipe import Recipe

ROWS = 3_250_000
FILTER = {"steps": [{"operation": "filter", "where": [{"column": "Number of Plays", "test": "gt", "value": 200}]}]}
RECIPES = {"filter": Recipe.parse(FILTER), "clean copy": Recipe.parse({"steps": []})}
ROWS_OF = {"function": "count", "as": "Rows"}
DAYS = {"function": "count_distinct", "column": "Number of Plays", "as": "Different"}
SORT = {"operation": "sort", "by": ["Song", "Date"]}
LIMITS = {"memory_mb": 256, "spill_mb": 1000, "output_mb": 1000}


@pytest.fixture(scope="module")
def plays(tmp_path_factory) -> Path:
    """A file of twenty pieces."""
    path = tmp_path_factory.mktemp("plays") / "plays.csv"
    generate_dataset.main(["--rows", str(ROWS), str(path)])
    return path


@pytest.fixture
def settings(settings):
    """So little memory that the rows are worked in parts."""
    return settings.model_copy(update={"engine_memory_mb": LIMITS["memory_mb"]})


@pytest.fixture
def armed(tmp_path, monkeypatch) -> Path:
    """The folder of the fault points; workers and engines that start from now on look into it."""
    folder = tmp_path / "faults"
    folder.mkdir()
    monkeypatch.setenv(faults.VARIABLE, str(folder))
    return folder


def undisturbed(plays: Path, recipe: Recipe, folder: Path) -> bytes:
    """What an engine makes of it that nobody disturbs."""
    folder.mkdir()
    plan = Plan(job_id="x", attempt=1, input=plays, input_name=plays.name, folder=folder, recipe=recipe, **LIMITS)
    (folder / PLAN_FILE).write_text(plan.model_dump_json(by_alias=True, exclude_none=True))
    command = [sys.executable, "-m", "project.engine", str(folder / PLAN_FILE)]
    # Its standard input stays open until it ends.
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL) as engine:
        assert engine.wait(60) == 0
    return (folder / RESULT_FILE).read_bytes()


def log_of_second_attempt(services, job, expected: bytes, wait_until) -> str:
    """When the job has ended, and the second attempt has come to the bytes that an undisturbed one comes to."""
    wait_until(lambda: services.jobs.get(job.id).is_final, 90)
    done = services.jobs.get(job.id)
    assert (done.state, done.attempt) == (JobState.SUCCEEDED, 2), done.error
    assert services.workspace.published("out.csv").read_bytes() == expected
    assert (done.ledger.read, done.ledger.kept) == (ROWS, ROWS)
    return "\n".join(line.message for line in services.jobs.log(job.id))


@pytest.mark.parametrize("recipe", RECIPES.values(), ids=RECIPES)
def test_an_engine_that_is_killed_at_nine_tenths_repeats_less_than_a_fifth(
    recipe, plays, armed, tmp_path, services, start_worker, wait_until
):
    expected = undisturbed(plays, recipe, tmp_path / "undisturbed")
    os.link(plays, services.workspace.folder / plays.name)
    # Behind nine tenths of the pieces, before the last of them is noted down.
    pieces = plays.stat().st_size / range_bytes(LIMITS["memory_mb"])
    nine = int(pieces * 0.9)
    (armed / f"engine-piece-{nine}").write_text("kill")

    job = services.jobs.submit(plays.name, "out.csv", recipe)
    start_worker()
    log = log_of_second_attempt(services, job, expected, wait_until)
    assert "killed by signal 9" in log
    told = re.search(r"Goes on behind ([\d,]+) of ([\d,]+) rows.* about ([\d,]+) rows .* is done again", log)
    behind, kept, again = (int(number.replace(",", "")) for number in told.groups())
    assert kept == ROWS
    assert behind + again == pytest.approx(nine / pieces * ROWS, rel=0.02)
    assert 0.85 * ROWS < behind + again < 0.95 * ROWS
    assert 0 < again < 0.2 * ROWS


PARTS = {
    "sort": [{"operation": "sort", "by": ["Song", "Date"]}],
    "filter, then sort": [*FILTER["steps"], {"operation": "sort", "by": [{"column": "Date", "descending": True}]}],
    "aggregate by codes": [{"operation": "aggregate", "group_by": ["Date", "Number of Plays"], "measures": [ROWS_OF]}],
    "aggregate by texts": [{"operation": "aggregate", "group_by": ["Song", "Date"], "measures": [DAYS]}, SORT],
}


@pytest.mark.parametrize("steps", PARTS.values(), ids=PARTS)
def test_an_engine_that_is_killed_between_two_parts_goes_on_with_the_next(
    steps, plays, armed, tmp_path, services, start_worker, wait_until
):
    recipe = Recipe.parse({"steps": steps})
    expected = undisturbed(plays, recipe, tmp_path / "undisturbed")
    os.link(plays, services.workspace.folder / plays.name)
    (armed / "engine-part-3").write_text("kill")

    job = services.jobs.submit(plays.name, "out.csv", recipe)
    start_worker()
    log = log_of_second_attempt(services, job, expected, wait_until)
    parts, joined = re.search(
        r"Goes on with (\d+) parts that an earlier attempt has spread, (\d+) of which", log
    ).groups()
    assert int(joined) == 3 < int(parts)
    assert log.count("Texts are read as numbers") == (2 if steps is PARTS["aggregate by codes"] else 0)
    # What is left of the attempts goes after the job's end is on record.
    wait_until(lambda: services.workspace.attempt_folders() == ())
