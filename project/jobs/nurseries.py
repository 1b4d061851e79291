"""The nurseries of one process that runs jobs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from project.jobs.engine_process import engine_nursery
from project.jobs.fetch_process import fetch_nursery
from project.jobs.nursery import Nursery


@dataclass(frozen=True)
class Nurseries:
    """What is None is started in the plain way."""

    engines: Nursery | None = None
    fetches: Nursery | None = None

    @classmethod
    def of(cls, defaults: Mapping[str, str]) -> Self:
        """Both; nothing runs yet. `defaults`: those of a process's environment."""
        return cls(engine_nursery(defaults), fetch_nursery(defaults))

    def prepare_engines(self) -> None:
        """Every job has an engine."""
        if self.engines:
            self.engines.prepare()

    def prepare_fetches(self) -> None:
        """Who never calls an API does not pay for it: to be called for a job that will."""
        if self.fetches:
            self.fetches.prepare()
