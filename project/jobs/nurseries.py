"""The nurseries of one process that runs jobs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from project.jobs.engine_process import engine_nursery, scanning_nursery
from project.jobs.fetch_process import fetch_nursery
from project.jobs.nursery import Nursery

# What the interpreter reads of these in 50 ms and more, the compiled scanner does at once; to fork a process that
# holds it takes 10 ms longer.
LARGER_BYTES = 512 * 1024


@dataclass(frozen=True)
class Nurseries:
    """What is None is started in the plain way."""

    engines: Nursery | None = None
    scanning: Nursery | None = None
    fetches: Nursery | None = None

    @classmethod
    def of(cls, defaults: Mapping[str, str]) -> Self:
        """All of them; nothing runs yet. `defaults`: those of a process's environment."""
        return cls(engine_nursery(defaults), scanning_nursery(defaults), fetch_nursery(defaults))

    def prepare_engines(self) -> None:
        """Every job has an engine."""
        if self.engines:
            self.engines.prepare()

    def of_engine(self, size: int) -> Nursery | None:
        """That of an engine whose largest file has so many bytes.

        The first of larger files does not wait for theirs: it loads for itself what the next ones find there.
        """
        if self.scanning is None or size < LARGER_BYTES:
            return self.engines
        if self.scanning.is_running:
            return self.scanning
        self.scanning.prepare()
        return self.engines

    def prepare_fetches(self) -> None:
        """Who never calls an API does not pay for it: to be called for a job that will."""
        if self.fetches:
            self.fetches.prepare()
