"""Engines from a nursery are engines like any other, and a nursery that fails costs nothing but time."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from project.engine.events import Finished
from project.engine.plan import PLAN_FILE, RESULT_FILE, Plan
from project.jobs.engine_process import COMMAND, EngineProcess
from project.jobs.nursery import Nursery
from project.recipes.built_in import BUILT_IN

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="engines are forked on Linux alone")

ENGINES = "project.engine.nursery"
EXAMPLE = "Song,Date,Number of Plays\nUmbrella,2020-01-02,200\nUmbrella,2020-01-02,50\n"
# Whatever is started by this is not what was asked for.
FAILS = (sys.executable, "-c", "raise SystemExit(3)")


@pytest.fixture
def nursery() -> Iterator[Nursery]:
    nursery = Nursery(ENGINES, os.environ, answer_seconds=20.0)
    yield nursery
    nursery.close()


@pytest.fixture
def plan(tmp_path: Path) -> Path:
    """That of a small job, in a folder of its own."""
    folder = tmp_path / "attempt"
    folder.mkdir()
    (tmp_path / "in.csv").write_text(EXAMPLE)
    limits = {"memory_mb": 256, "spill_mb": 100, "output_mb": 100}
    names = {"job_id": "x", "attempt": 1, "input": tmp_path / "in.csv", "input_name": "in.csv", "folder": folder}
    text = Plan(**names, **limits, recipe=BUILT_IN[0].recipe).model_dump_json(by_alias=True, exclude_none=True)
    (folder / PLAN_FILE).write_text(text)
    return folder / PLAN_FILE


def check_finishes(engine: EngineProcess, plan: Path) -> None:
    found = []
    while not engine.is_silent:
        found += engine.events(20.0)
    assert isinstance(found[-1], Finished)
    assert (plan.parent / RESULT_FILE).read_text().endswith("Umbrella,2020-01-02,250\n")


def is_gone(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] in "ZX"
    except FileNotFoundError:
        return True


def parent_of(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])


def test_an_engine_from_it_carries_out_its_plan(nursery: Nursery, plan: Path) -> None:
    for _ in range(2):
        with EngineProcess(plan, FAILS, nursery=nursery) as engine:
            check_finishes(engine, plan)
        assert is_gone(engine.pid)
        (plan.parent / "input").unlink()


def test_it_is_a_child_of_its_own_in_a_group_of_its_own_and_gives_way(nursery: Nursery) -> None:
    engine = nursery.process()
    assert engine is not None
    try:
        assert parent_of(engine.pid) == os.getpid()
        assert os.getsid(engine.pid) == os.getpgid(engine.pid) == engine.pid
    finally:
        engine.stdin.close()
    assert engine.wait(20) == 0


def test_one_whose_starter_is_gone_ends_without_having_begun(nursery: Nursery, plan: Path) -> None:
    engine = nursery.process()
    assert engine is not None
    engine.stdin.close()
    assert engine.wait(20) == 0
    assert [path.name for path in plan.parent.iterdir()] == [PLAN_FILE]


def test_its_death_is_told_as_that_of_any_other(nursery: Nursery, plan: Path) -> None:
    fifo = plan.parent.parent / "in.csv"
    fifo.unlink()
    os.mkfifo(fifo)  # it waits for ever for somebody who writes
    with EngineProcess(plan, FAILS, nursery=nursery) as engine:
        assert os.getpriority(os.PRIO_PROCESS, engine.pid) >= 10
        os.kill(engine.pid, signal.SIGKILL)
        while not engine.is_silent:
            engine.events(20.0)
        death = engine.death()
    assert (death.how, death.was_killed) == ("was killed by signal 9", True)


def test_an_unreadable_plan_is_an_exit_code_and_its_last_line(nursery: Nursery, plan: Path) -> None:
    plan.write_text("{")
    with EngineProcess(plan, FAILS, nursery=nursery) as engine:
        while not engine.is_silent:
            engine.events(20.0)
        assert engine.death().how.startswith("ended with exit code 1 (")


def test_it_forks_from_one_thread_and_without_polars(nursery: Nursery) -> None:
    engine = nursery.process()
    assert engine is not None and nursery.pid is not None
    engine.stdin.close()
    assert len(os.listdir(f"/proc/{nursery.pid}/task")) == 1
    assert "polars" not in Path(f"/proc/{nursery.pid}/maps").read_text()
    assert engine.wait(20) == 0


def test_an_engine_outlives_it(nursery: Nursery, plan: Path) -> None:
    engine = nursery.process()
    assert engine is not None
    nursery.close()
    engine.begin(plan)
    assert b'"finished"' in engine.stdout.read()
    assert engine.wait(20) == 0
    engine.stdin.close()


def test_one_that_was_killed_is_started_again(nursery: Nursery, plan: Path, wait_until: Callable[..., None]) -> None:
    nursery.prepare()
    first = nursery.pid
    assert first is not None
    os.kill(first, signal.SIGKILL)
    wait_until(lambda: is_gone(first))
    with EngineProcess(plan, FAILS, nursery=nursery) as engine:
        check_finishes(engine, plan)
    assert nursery.pid not in (None, first)


def test_without_one_that_runs_it_is_started_in_the_plain_way(plan: Path, caplog: pytest.LogCaptureFixture) -> None:
    nursery = Nursery("project.engine.no_such_nursery", os.environ)
    with EngineProcess(plan, COMMAND, nursery=nursery) as engine:
        check_finishes(engine, plan)
    assert "nothing from the nursery" in caplog.text
    assert nursery.pid is None


def test_one_that_is_stuck_is_not_waited_for() -> None:
    nursery = Nursery(ENGINES, os.environ, answer_seconds=0.2)
    nursery.prepare()
    assert nursery.pid is not None
    stuck = nursery.pid
    os.kill(stuck, signal.SIGSTOP)
    assert nursery.process() is None
    assert is_gone(stuck)


def test_it_ends_with_the_process_that_started_it(tmp_path: Path, wait_until: Callable[..., None]) -> None:
    script = "from project.jobs.engine_process import engine_nursery; n = engine_nursery({}); n.prepare(); print(n.pid)"
    ran = subprocess.run([sys.executable, "-c", script], stdout=subprocess.PIPE, check=True, timeout=60)
    wait_until(lambda: is_gone(int(ran.stdout)))
