"""One round of a scenario: a fresh product, a stream of jobs, some faults, quiet, and the verdict."""

from __future__ import annotations

import random
import shutil
import time
from dataclasses import dataclass, field
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select

from chaos.material import Material
from chaos.product import Product, wait_for
from chaos.stream import Stream, Submitted
from chaos.verdict import Judge, Verdict
from chaos.witness import Witness
from project.errors import UnavailableError
from project.jobs.models import Job
from project.jobs.states import FINAL, UNFINISHED

if TYPE_CHECKING:
    from chaos.scenario import Scenario

QUIET_SECONDS = 150.0


@dataclass
class Arena:
    """What a scenario has at hand to break things with."""

    product: Product
    stream: Stream
    random: random.Random
    faults: list[datetime] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def pause(self, least: float = 0.2, most: float = 2.5) -> None:
        """Wait for a moment that nobody chose."""
        time.sleep(self.random.uniform(least, most))

    def struck(self) -> None:
        """Note that a fault was injected now."""
        self.faults.append(datetime.now(timezone.utc))

    def wait_for_end(self, job: Submitted) -> dict[str, Any]:
        """The job as it ended, or as it is after a long time."""
        answer: dict[str, Any] = {}

        def has_ended() -> bool:
            answer.update(self.product.ask(f"/api/v1/jobs/{job.id}")[1])
            return answer.get("state") in FINAL

        wait_for(has_ended, QUIET_SECONDS)
        return answer

    def is_quiet(self) -> bool:
        """Whether every job has ended and nothing works any more."""
        try:
            with self.product.database.read() as session:
                left = session.scalar(select(func.count()).where(Job.state.in_(UNFINISHED)))
        except UnavailableError:
            return False
        processes = self.product.processes
        return not (left or self.product.workspace.attempt_folders() or processes.engines or processes.fetches)


def hold(scenario: Scenario, faults: int, seed: int, folder: Path, material: Material) -> Verdict:
    """One round. The folder is removed unless something was breached."""
    with scenario.surroundings(folder) as place:
        url = scenario.server.fresh() if scenario.server else ""
        product = Product(place, material, scenario.variables, url)
        stream = Stream(product, seed, scenario.kinds)
        arena = Arena(product, stream, random.Random(seed))
        try:
            verdict = _fight(scenario, arena, faults, material)
        finally:
            left = product.stop()
        verdict.strays += [f"{left} processes outlived the product"] if left else []
        if verdict.breaches:
            shutil.copy(product.log, folder.with_suffix(".log"))
    if not verdict.breaches:
        shutil.rmtree(folder, ignore_errors=True)
    return verdict


def _fight(scenario: Scenario, arena: Arena, faults: int, material: Material) -> Verdict:
    arena.product.start()
    witness = Witness(arena.product)
    witness.start()
    arena.stream.start()
    wait_for(lambda: arena.product.processes.engines, 30)
    for _ in range(faults):
        arena.pause()
        scenario.strike(arena)
    arena.stream.stop()
    wait_for(arena.is_quiet, QUIET_SECONDS)
    scenario.settle(arena)
    witness.stop()
    judge = Judge(arena.product, material, witness, scenario.excused)
    verdict = judge.verdict(arena.stream.jobs, arena.faults)
    verdict.wrong += scenario.breaches(arena)
    verdict.notes += arena.notes
    return verdict
