"""A contest: several contenders do the same work in turn, and their results must be the same bytes."""

from __future__ import annotations

import filecmp
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from bench.measure import Figures, Run, run_once
from project.engine.plan import RESULT_FILE

KEYS = {"total": ["Song", "Date"], "by-date": ["Date"]}
_LIMIT_SECONDS = 900


@dataclass(frozen=True)
class Contender:
    """An engine with a memory budget in MB; None: all the memory of the machine."""

    engine: str
    memory_mb: int | None = None

    @property
    def name(self) -> str:
        """Its name in the table."""
        budget = "all memory" if self.memory_mb is None else f"{self.memory_mb:,} MB"
        return f"{self.engine}, {budget}"


@dataclass(frozen=True)
class Contest:
    """What is done on which file, by whom."""

    title: str
    work: str
    source: Path
    contenders: tuple[Contender, ...]


def hold(contest: Contest, rounds: int, folder: Path, say: Callable[[str], None]) -> tuple[Figures, ...]:
    """Let the contenders work in turn, A B C A B C. Raises ValueError if two of them come to different results."""
    runs: dict[Contender, list[Run]] = {contender: [] for contender in contest.contenders}
    reference = folder / "reference.csv"
    reference.unlink(missing_ok=True)
    for number in range(rounds):
        for contender in contest.contenders:
            run = _run(contest, contender, folder / "run", reference)
            runs[contender].append(run)
            outcome = run.failure or f"{run.seconds:.1f} s, {run.peak_mb:,.0f} MB"
            say(f"  {contest.title}, round {number + 1}: {contender.name}: {outcome}")
    reference.unlink(missing_ok=True)
    return tuple(Figures(contender.name, tuple(done)) for contender, done in runs.items())


def _run(contest: Contest, contender: Contender, folder: Path, reference: Path) -> Run:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    result = folder / RESULT_FILE
    command, environment = _command(contest, contender, folder, result)
    run = run_once(command, folder, environment, _LIMIT_SECONDS)
    if not run.failure and not result.exists():
        run = Run(run.seconds, run.peak_mb, (folder / "log").read_text(errors="replace")[-300:])
    if not run.failure:
        if not reference.exists():
            shutil.move(result, reference)
        elif not filecmp.cmp(result, reference, shallow=False):
            raise ValueError(f"{contest.title}: {contender.name} came to another result.")
    shutil.rmtree(folder)
    return run


def _command(contest: Contest, contender: Contender, folder: Path, result: Path) -> tuple[list[str], dict[str, str]]:
    if contender.engine == "Rowmill":
        plan = folder / "plan.json"
        plan.write_text(json.dumps(_plan(contest, folder, contender.memory_mb or 1024)))
        return [sys.executable, "-m", "project.engine", str(plan)], compiled_cache(folder.parent)
    environment = {"BENCH_SPILL": str(folder / "spill")}
    if contender.memory_mb is not None:
        environment["BENCH_MEMORY_MB"] = str(contender.memory_mb)
        if contender.engine == "Polars":
            environment["POLARS_OOC_MEMORY_BUDGET_MB"] = str(contender.memory_mb)
            environment["POLARS_OOC_SPILL_DIR"] = str(folder / "spill")
    engine = contender.engine.lower()
    return [sys.executable, "-m", "bench.peers", engine, contest.work, str(contest.source), str(result)], environment


def compile_first(folder: Path) -> None:
    """Compile the scanner, as a worker does when it starts, for the contests in that folder."""
    command = [sys.executable, "-m", "project.engine.ahead"]
    # It ends when its standard input is closed.
    with subprocess.Popen(command, stdin=subprocess.PIPE, env={**os.environ, **compiled_cache(folder)}) as process:
        process.wait()


def compiled_cache(folder: Path) -> dict[str, str]:
    """Where the engine keeps its compiled scanner, as the product does in its state folder."""
    return {"NUMBA_CACHE_DIR": os.environ.get("NUMBA_CACHE_DIR", str(folder / "numba"))}


def _plan(contest: Contest, folder: Path, memory_mb: int) -> dict[str, object]:
    keys = KEYS[contest.work]
    measure = {"function": "sum", "column": "Number of Plays", "as": "Total"}
    return {
        "job_id": "bench",
        "attempt": 1,
        "input": str(contest.source),
        "input_name": contest.source.name,
        "folder": str(folder),
        "recipe": {
            "steps": [
                {"operation": "aggregate", "group_by": keys, "measures": [measure]},
                {"operation": "sort", "by": keys},
            ]
        },
        "memory_mb": memory_mb,
        "spill_mb": 1_000_000,
        "output_mb": 1_000_000,
    }
