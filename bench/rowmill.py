"""Rowmill as a contender: its engine, started with a plan as a worker does it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from bench.contenders import BUDGET_MB, Contender
from bench.works import INSPECT, RECIPES

Command = tuple[list[str], dict[str, str]]
_AMPLE_MB = 1_000_000


def command(
    work: str, source: Path, contender: Contender, folder: Path, facts: Path, other: Path | None = None
) -> Command:
    """What to start, and its environment. The result appears in the folder. `other`: what a join matches with."""
    plan = folder / "plan.json"
    values = _plan(work, source, folder, contender.memory_mb or BUDGET_MB) | _remembering(facts)
    if other is not None:
        values["tables"] = [{"step": 0, "path": str(other), "name": other.name}]
    plan.write_text(json.dumps(values))
    return [sys.executable, "-m", "project.engine", str(plan)], compiled_cache(folder.parent)


def _plan(work: str, source: Path, folder: Path, memory_mb: int) -> dict[str, object]:
    return {
        "job_id": "bench",
        "attempt": 1,
        "input": str(source),
        "input_name": source.name,
        "folder": str(folder),
        **({"inspection": True} if work == INSPECT else {"recipe": {"steps": RECIPES[work]}}),
        "memory_mb": memory_mb,
        "spill_mb": _AMPLE_MB,
        "output_mb": _AMPLE_MB,
    }


def _remembering(facts: Path) -> dict[str, object]:
    """Where the engine keeps what it has found out about a file, for later jobs."""
    facts.mkdir(parents=True, exist_ok=True)
    return {"facts": str(facts)}


def compile_first(folder: Path) -> None:
    """Compile the scanner, as a worker does when it starts, for the contests in that folder."""
    starting = [sys.executable, "-m", "project.engine.ahead"]
    # It ends when its standard input is closed.
    with subprocess.Popen(starting, stdin=subprocess.PIPE, env={**os.environ, **compiled_cache(folder)}) as process:
        process.wait()


def compiled_cache(folder: Path) -> dict[str, str]:
    """Where the engine keeps its compiled scanner, as the product does in its state folder."""
    return {"NUMBA_CACHE_DIR": os.environ.get("NUMBA_CACHE_DIR", str(folder / "numba"))}
