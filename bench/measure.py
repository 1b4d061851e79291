"""Measures whole processes: their wall time and the most memory that they held."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Run:
    """One run: seconds from start to end, peak memory in MB (1024 * 1024 bytes), and why it failed ("" if not)."""

    seconds: float
    peak_mb: float
    failure: str = ""


@dataclass(frozen=True)
class Figures:
    """The runs of one contender. Figures are medians of the runs that did not fail."""

    name: str
    runs: tuple[Run, ...]

    @property
    def failure(self) -> str:
        """Why it never finished; "" if it did."""
        return "" if any(not run.failure for run in self.runs) else self.runs[-1].failure

    @property
    def seconds(self) -> float:
        """The median wall time; infinite if it never finished."""
        done = [run.seconds for run in self.runs if not run.failure]
        return statistics.median(done) if done else float("inf")

    @property
    def peak_mb(self) -> float:
        """The largest peak of all runs, those that failed included."""
        return max(run.peak_mb for run in self.runs)


def run_once(command: Sequence[str], folder: Path, environment: dict[str, str], limit_seconds: float) -> Run:
    """Run one command to its end in a process group of its own; its output goes to `folder`/log."""
    with (folder / "log").open("wb") as log:
        start = time.perf_counter()
        # The engine ends when its standard input is closed, so it gets one that stays open.
        process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=log,
            stderr=log,
            env={**os.environ, **environment},
            start_new_session=True,
        )
        deadline = start + limit_seconds
        while True:
            # wait4 gives the operating system's own count of the memory of just this process.
            pid, status, usage = os.wait4(process.pid, os.WNOHANG)
            if pid:
                break
            if time.perf_counter() > deadline:
                os.killpg(process.pid, 9)
                deadline = float("inf")
            time.sleep(0.005)
        seconds = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        assert process.stdin is not None
        process.stdin.close()
    failure = ""
    if process.returncode != 0:
        failure = (
            f"over {limit_seconds:,.0f} s" if seconds > limit_seconds else _why(folder / "log", process.returncode)
        )
    return Run(seconds, usage.ru_maxrss / (1024 if sys.platform != "darwin" else 1024 * 1024), failure)


def _why(log: Path, code: int) -> str:
    text = log.read_text(errors="replace")
    if "Out of Memory" in text or "out of memory" in text.lower():
        return "out of memory"
    return f"signal {-code}" if code < 0 else f"exit status {code}"
