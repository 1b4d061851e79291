"""Compiles the engine's scanner when a worker starts, so that the first large file need not wait for it."""

from __future__ import annotations

import logging
import subprocess
import sys
import threading
from collections.abc import Mapping

from project.engine.compiled import is_kept
from project.jobs.engine_environment import environment

log = logging.getLogger(__name__)


def start_compiling(defaults: Mapping[str, str]) -> threading.Thread | None:
    """Compile in a process beside the worker's, which ends with it; None if nothing is to be done.

    `defaults`: those of the engine's environment, which say where the result is kept.
    """
    variables = environment(defaults)
    if is_kept(variables["NUMBA_CACHE_DIR"]):
        return None
    thread = threading.Thread(target=_compile, args=(variables,), name="compiling", daemon=True)
    thread.start()
    return thread


def _compile(variables: Mapping[str, str]) -> None:
    # Its standard input stays open and silent: it ends when ours is closed with us.
    with subprocess.Popen(
        [sys.executable, "-m", "project.engine.ahead"],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        env=variables,
        start_new_session=True,
    ) as process:
        assert process.stderr is not None
        said = process.stderr.read()
        if process.wait():
            # Only time is lost: the engine compiles for itself.
            log.warning("compiling the scanner ahead failed: %s", said[-500:].decode(errors="replace"))
        else:
            log.info("the scanner is compiled")
