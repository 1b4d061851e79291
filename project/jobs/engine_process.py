"""One engine process."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from project.engine.events import EVENT, Event
from project.jobs.child import Child, started
from project.jobs.engine_environment import environment
from project.jobs.nursery import Nursery

COMMAND = (sys.executable, "-m", "project.engine")


class EngineProcess(Child[Event]):
    """It comes from the nursery, if there is one and it gives one; else it is started by the command."""

    def __init__(
        self,
        plan: Path,
        command: tuple[str, ...] = COMMAND,
        defaults: Mapping[str, str] = MappingProxyType({}),
        nursery: Nursery | None = None,
    ) -> None:
        forked = nursery.process() if nursery else None
        super().__init__(forked or started([*command, str(plan)], environment(defaults)), EVENT, "engine")
        if forked:
            forked.begin(plan)


def engine_nursery(defaults: Mapping[str, str]) -> Nursery:
    """One that engines come from; it has begun nothing yet."""
    return Nursery("project.engine.nursery", environment(defaults))


def scanning_nursery(defaults: Mapping[str, str]) -> Nursery:
    """One that engines for larger files come from, with the compiled scanner; it has begun nothing yet."""
    return Nursery("project.engine.nursery_scanning", environment(defaults))
