"""The engine's process, as the worker starts it."""

from __future__ import annotations

import os
import sys

from project.jobs.engine_process import EngineProcess

WAITS = (sys.executable, "-c", "import sys; sys.stdin.read()")


def test_it_gives_way_to_workers_and_pages(tmp_path):
    with EngineProcess(tmp_path / "plan.json", WAITS) as engine:
        assert os.getpriority(os.PRIO_PROCESS, engine.pid) >= 10
