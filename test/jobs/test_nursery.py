"""Processes from a nursery are processes like any other, and a nursery that fails costs nothing but time."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from test.apis.server import Api

import pytest

from project.engine import compiled
from project.engine.events import Finished
from project.engine.plan import PLAN_FILE, RESULT_FILE, Plan
from project.fetch import ahead
from project.fetch.events import Fetched
from project.fetch.plan import ANSWERS_FILE, FETCH_PLAN_FILE, Confidential, FetchLimits, FetchPlan, Secret
from project.jobs.engine_process import COMMAND, EngineProcess
from project.jobs.fetch_process import FetchProcess, fetch_nursery
from project.jobs.nurseries import LARGER_BYTES, Nurseries
from project.jobs.nursery import Nursery
from project.operations.enrich import Enrich
from project.recipes.built_in import BUILT_IN

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="processes are forked on Linux alone")

ENGINES = "project.engine.nursery"
SCANNING = "project.engine.nursery_scanning"
EXAMPLE = "Song,Date,Number of Plays\nUmbrella,2020-01-02,200\nUmbrella,2020-01-02,50\n"
# Whatever is started by this is not what was asked for.
FAILS = (sys.executable, "-c", "raise SystemExit(3)")


@pytest.fixture
def nursery() -> Iterator[Nursery]:
    nursery = Nursery(ENGINES, os.environ, answer_seconds=20.0)
    yield nursery
    nursery.close()


@pytest.fixture
def fetches(monkeypatch: pytest.MonkeyPatch) -> Iterator[Nursery]:
    """That of a worker which knows more than a fetch may."""
    monkeypatch.setenv("DATABASE_URL", "postgresql://rowmill:the-password@db/rowmill")
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    nursery = fetch_nursery({})
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


def test_a_fetch_from_it_is_told_its_secret_and_nothing_else(fetches: Nursery, api: Api, tmp_path: Path) -> None:
    (tmp_path / "keys.csv").write_text("k,n\n7,1\n")
    calls = {"url": f"{api.url}/guarded/1/{{k}}"}
    plan = FetchPlan(
        job_id="x",
        attempt=1,
        folder=tmp_path,
        step=Enrich.model_validate({"operation": "enrich", "column": "k", "api": calls}),
        keys=tmp_path / "keys.csv",
        journals=tmp_path / "journals",
        limits=FetchLimits(allow_hosts=("127.0.0.1",)),
    )
    (tmp_path / FETCH_PLAN_FILE).write_text(plan.model_dump_json())
    told = Confidential(secret=Secret(host="127.0.0.1", header="Authorization", value="Bearer good"))
    found = []
    with FetchProcess(tmp_path / FETCH_PLAN_FILE, told, FAILS, {}, fetches) as fetch:
        known = Path(f"/proc/{fetch.pid}/environ").read_bytes() + Path(f"/proc/{fetches.pid}/environ").read_bytes()
        while not fetch.is_silent:
            found += fetch.events(20.0)
    assert isinstance(found[-1], Fetched), found
    assert (found[-1].records, found[-1].calls.failed) == (1, 0)
    assert (tmp_path / ANSWERS_FILE).exists()
    assert b"PATH=" in known and b"the-password" not in known and b"127.0.0.1:9" not in known


def test_that_of_fetches_loads_the_scanner_and_is_still_one_thread_without_polars(
    fetches: Nursery, wait_until: Callable[..., None]
) -> None:
    ahead.compile_ahead()
    fetches.prepare()
    maps = Path(f"/proc/{fetches.pid}/maps")
    wait_until(lambda: "llvmlite" in maps.read_text())
    fetch = fetches.process()  # it comes when all is loaded
    assert fetch is not None
    fetch.stdin.close()
    assert len(os.listdir(f"/proc/{fetches.pid}/task")) == 1
    assert "polars" not in maps.read_text()
    assert fetch.wait(20) == 0


@pytest.fixture
def scanning() -> Iterator[Nursery]:
    """That of larger files, with machine code that lies ready."""
    compiled.compile_ahead()
    nursery = Nursery(SCANNING, os.environ, answer_seconds=20.0)
    yield nursery
    nursery.close()


def test_that_of_larger_files_loads_the_scanner_and_is_still_one_thread_without_polars(
    scanning: Nursery, plan: Path, wait_until: Callable[..., None]
) -> None:
    scanning.prepare()
    maps = Path(f"/proc/{scanning.pid}/maps")
    wait_until(lambda: "llvmlite" in maps.read_text())
    with EngineProcess(plan, FAILS, nursery=scanning) as engine:  # it comes when all is loaded
        assert len(os.listdir(f"/proc/{scanning.pid}/task")) == 1
        assert "polars" not in maps.read_text()
        check_finishes(engine, plan)


def test_where_nothing_is_compiled_that_of_larger_files_compiles_nothing(plan: Path, tmp_path: Path) -> None:
    folder = tmp_path / "numba"
    nursery = Nursery(SCANNING, {**os.environ, "NUMBA_CACHE_DIR": str(folder)}, answer_seconds=20.0)
    try:
        nursery.prepare()
        with EngineProcess(plan, FAILS, nursery=nursery) as engine:
            check_finishes(engine, plan)
        assert "llvmlite" not in Path(f"/proc/{nursery.pid}/maps").read_text()
        assert not folder.exists()
    finally:
        nursery.close()


def test_larger_files_have_a_nursery_of_their_own_from_the_second_on(nursery: Nursery, scanning: Nursery) -> None:
    nurseries = Nurseries(nursery, scanning)
    assert nurseries.of_engine(LARGER_BYTES - 1) is nursery
    assert not scanning.is_running
    assert nurseries.of_engine(LARGER_BYTES) is nursery
    assert scanning.is_running
    assert nurseries.of_engine(LARGER_BYTES) is scanning
    assert nurseries.of_engine(LARGER_BYTES - 1) is nursery
    scanning.close()
    assert nurseries.of_engine(LARGER_BYTES) is nursery


def test_one_that_ends_leaves_the_processes_of_the_other_to_be_waited_for(nursery: Nursery, fetches: Nursery) -> None:
    nursery.prepare()
    fetches.prepare()
    fetches.close()
    engine = nursery.process()
    assert engine is not None
    engine.stdin.close()
    assert engine.wait(20) == 0
