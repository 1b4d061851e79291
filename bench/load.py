"""Asks one address as fast as the server answers: with wrk where it is on the PATH, else with threads."""

from __future__ import annotations

import http.client
import re
import shutil
import subprocess
import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

CONNECTIONS = 8
_UNITS = {"us": 1e-6, "ms": 1e-3, "s": 1.0}


@dataclass(frozen=True)
class Load:
    """What came of it: answers in so many seconds, errors among them, and the time of the slowest hundredth."""

    answers: int
    seconds: float
    errors: int
    p99_seconds: float

    @property
    def rate(self) -> float:
        """Answers a second."""
        return self.answers / self.seconds


def ask(port: int, path: str, seconds: float, wrk: str | None = shutil.which("wrk")) -> Load:
    """Ask for so long over several connections that are kept open."""
    return _with_wrk(wrk, port, path, seconds) if wrk else _with_threads(port, path, seconds)


def together(loads: Iterable[Load]) -> Load:
    """Several turns as one; its 99th percentile is the middle one of theirs."""
    turns = list(loads)
    p99 = sorted(turn.p99_seconds for turn in turns)[len(turns) // 2]
    answers, errors = sum(turn.answers for turn in turns), sum(turn.errors for turn in turns)
    return Load(answers, sum(turn.seconds for turn in turns), errors, p99)


def _with_wrk(wrk: str, port: int, path: str, seconds: float) -> Load:
    options = ["--threads", "1", "--connections", str(CONNECTIONS), "--duration", f"{round(seconds)}s", "--latency"]
    address = f"http://127.0.0.1:{port}{path}"
    text = subprocess.run([wrk, *options, address], check=True, capture_output=True, text=True).stdout
    return read_wrk(text)


def read_wrk(text: str) -> Load:
    """What wrk has printed."""
    answers = re.search(r"(\d+) requests in ([\d.]+)(m?s|m),", text)
    p99 = re.search(r"99%\s+([\d.]+)(us|ms|s)", text)
    if not answers or not p99:
        raise ValueError(f"wrk said something else than usual:\n{text}")
    refused = re.search(r"Non-2xx or 3xx responses: (\d+)", text)
    broken = re.search(r"Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)", text)
    errors = sum(int(number) for found in (refused, broken) if found for number in found.groups())
    length = float(answers[2]) * {"m": 60.0}.get(answers[3], _UNITS.get(answers[3], 1.0))
    return Load(int(answers[1]), length, errors, float(p99[1]) * _UNITS[p99[2]])


def _with_threads(port: int, path: str, seconds: float) -> Load:
    start = time.perf_counter()
    with ThreadPoolExecutor(CONNECTIONS) as pool:
        parts = list(pool.map(lambda _: _connection(port, path, start + seconds), range(CONNECTIONS)))
    times = sorted(moment for part, _ in parts for moment in part)
    p99 = times[int(len(times) * 0.99)] if times else float("inf")
    return Load(len(times), time.perf_counter() - start, sum(errors for _, errors in parts), p99)


def _connection(port: int, path: str, end: float) -> tuple[list[float], int]:
    times: list[float] = []
    errors = 0
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    while time.perf_counter() < end:
        start = time.perf_counter()
        try:
            connection.request("GET", path)
            answer = connection.getresponse()
            answer.read()
            errors += answer.status >= 400
        except (OSError, http.client.HTTPException):
            errors += 1
            connection.close()
        times.append(time.perf_counter() - start)
    connection.close()
    return times, errors
