"""Compiles the scanners when a worker starts, so that the first large file, or long list, need not wait for them."""

from __future__ import annotations

import logging
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence

from project.engine.compiled import is_kept
from project.fetch import ahead
from project.jobs.engine_environment import environment

log = logging.getLogger(__name__)


def start_compiling(defaults: Mapping[str, str]) -> threading.Thread | None:
    """Compile in a process beside the worker's, which ends with it; None if nothing is to be done.

    `defaults`: those of the engine's environment, which say where the result is kept.
    """
    variables = environment(defaults)
    folder = variables["NUMBA_CACHE_DIR"]
    kept = {"project.engine.ahead": is_kept(folder), "project.fetch.ahead": ahead.is_kept(folder)}
    programs = [program for program, is_there in kept.items() if not is_there]
    if not programs:
        return None
    thread = threading.Thread(target=_compile_all, args=(programs, variables), name="compiling", daemon=True)
    thread.start()
    return thread


def _compile_all(programs: Sequence[str], variables: Mapping[str, str]) -> None:
    for program in programs:
        _compile(program, variables)


def _compile(program: str, variables: Mapping[str, str]) -> None:
    # Its standard input stays open and silent: it ends when ours is closed with us.
    with subprocess.Popen(
        [sys.executable, "-m", program],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        env=variables,
        start_new_session=True,
    ) as process:
        assert process.stderr is not None
        said = process.stderr.read()
        if process.wait():
            # Only time is lost: whoever needs it compiles for itself.
            log.warning("compiling ahead (%s) failed: %s", program, said[-500:].decode(errors="replace"))
        else:
            log.info("compiled ahead: %s", program)
