"""Measures whole processes: their wall time and the most memory that they held."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path

from bench.figures import Run
from bench.memory import held_mb, peak_mb

_LOOK_SECONDS = 0.005
_SAMPLE_SECONDS = 0.1


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
        peak = _watch(process, start + limit_seconds)
        seconds = time.perf_counter() - start
        assert process.stdin is not None
        process.stdin.close()
    if process.returncode == 0:
        return Run(seconds, peak)
    is_late = seconds > limit_seconds
    return Run(seconds, peak, f"over {limit_seconds:,.0f} s" if is_late else _why(folder / "log", process.returncode))


def _watch(process: subprocess.Popen[bytes], deadline: float) -> float:
    """Wait for its end, or bring it about at the deadline; returns the peak of the memory in MB."""
    sampled, sample_at = 0.0, 0.0
    while True:
        # wait4 gives the operating system's own count of the memory of just this process.
        pid, status, usage = os.wait4(process.pid, os.WNOHANG)
        if pid:
            break
        now = time.perf_counter()
        if now > sample_at:
            sampled = max(sampled, held_mb(process.pid))
            sample_at = now + _SAMPLE_SECONDS
        if now > deadline:
            os.killpg(process.pid, 9)
            deadline = float("inf")
        time.sleep(_LOOK_SECONDS)
    process.returncode = os.waitstatus_to_exitcode(status)
    return peak_mb(usage, sampled)


def _why(log: Path, code: int) -> str:
    text = log.read_text(errors="replace").lower()
    if "out of memory" in text or "memory allocation of" in text:
        return "out of memory"
    return f"signal {-code}" if code < 0 else f"exit status {code}"
