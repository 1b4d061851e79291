"""kill -9 of the process of one stage of an enrichment or of a join, beside an API that counts."""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import urlsplit

from chaos.api import CountingApi
from chaos.arena import Arena
from chaos.material import ENRICHED, JOINED, KINDS, PARALLEL, Kind
from chaos.processes import Process
from chaos.product import wait_for
from chaos.scenario import Scenario
from chaos.stream import Submitted
from project.fetch.answers_store import AnswersStore
from project.jobs.course import KEYS_FOLDER

APPEAR_SECONDS = 60.0
GONE_SECONDS = 10.0
TRIES = 10


@dataclass(frozen=True)
class Stage:
    """One that a job of that kind has; `seconds`: about how long it takes."""

    name: str
    kind: Kind
    seconds: float


STAGES = (
    Stage("keys", ENRICHED, 0.6),
    Stage("fetch", ENRICHED, 3.0),
    Stage("answers", ENRICHED, 0.8),
    Stage("join", JOINED, 1.0),
)


class KillStages(Scenario):
    """The keys, the fetch, the join of the answers, the join of a file: each is killed at a moment of its time."""

    name = "kill-stages"
    variables = {"ENRICH_ALLOW_HOSTS": "127.0.0.1"}
    kinds = tuple(kind for kind in KINDS if kind.name in ("copy", "small"))
    more_kinds = (ENRICHED, JOINED)

    def __init__(self, *arguments: object) -> None:
        super().__init__(*arguments)  # type: ignore[arg-type]
        self._bag: list[Stage] = []
        self._sent = self._fetches_killed = 0
        # By the path of each stored answer: how often it had been asked for when it was first seen there.
        self._stored: dict[str, int] = {}

    @contextmanager
    def surroundings(self, folder: Path) -> Iterator[Path]:
        """The API beside it."""
        with CountingApi() as self._api, super().surroundings(folder) as place:
            yield place

    def strike(self, arena: Arena) -> None:
        """Kill the next stage; with another job where it was over too soon."""
        self._bag = self._bag or arena.random.sample(STAGES, len(STAGES))
        stage = self._bag.pop()
        for _ in range(TRIES):
            job = self._submit(arena, stage)
            if job.id is not None and self._kill(arena, stage, job):
                arena.wait_for_end(job)
                return

    def breaches(self, arena: Arena) -> list[str]:
        """Whether an answer was paid for twice."""
        again = [path for path, hits in self._stored.items() if self._api.hits[path] > hits]
        found = [f"{len(again)} stored answers were asked for again, for one {again[0]}"] if again else []
        # What is under way at a kill is not stored yet.
        calls, most = self._api.hits.total(), len(self._api.hits) + self._fetches_killed * PARALLEL
        arena.notes.append(
            f"{calls:,} calls for {len(self._api.hits):,} answers, {self._fetches_killed} fetches killed"
        )
        return found + ([f"{calls} calls were made where {most} were enough"] if calls > most else [])

    def _submit(self, arena: Arena, stage: Stage) -> Submitted:
        """Each enrichment asks for answers of its own."""
        self._sent += 1
        return arena.stream.submit(replace(stage.kind, recipe=_beside(stage.kind, f"{self._api.url}/{self._sent}")))

    def _kill(self, arena: Arena, stage: Stage, job: Submitted) -> bool:
        """Whether the stage was still at work."""
        if not wait_for(lambda: _at_work(arena, stage, job), APPEAR_SECONDS):
            return False
        moment = arena.random.uniform(0, stage.seconds)
        time.sleep(moment)
        with self._api.held():
            if not any(process.send(signal.SIGKILL) for process in _at_work(arena, stage, job)):
                return False
            arena.struck()
            arena.notes.append(f"{stage.name} killed after {moment:.2f} s")
            self._fetches_killed += stage.name == "fetch"
            wait_for(lambda: not _at_work(arena, stage, job), GONE_SECONDS)
            # Nothing is counted and nothing comes meanwhile: all of this had been asked for before.
            self._note_stored(arena)
        return True

    def _note_stored(self, arena: Arena) -> None:
        store = AnswersStore(arena.product.workspace.journals)
        for api in store.apis():
            for answer in store.answers(api.digest, most=api.answers + api.failures):
                path = urlsplit(answer.url).path
                self._stored.setdefault(path, self._api.hits[path])


def _beside(kind: Kind, address: str) -> dict[str, object]:
    """The recipe of the kind, with the address of the API that there is now."""
    steps = [dict(step) for step in kind.recipe["steps"]]
    for step in steps:
        if "api" in step:
            step["api"] = {**step["api"], "url": f"{address}/{{Song}}"}
    return {"steps": steps}


def _at_work(arena: Arena, stage: Stage, job: Submitted) -> list[Process]:
    """The processes of that stage of the job."""
    processes = arena.product.processes
    found = processes.fetches if stage.name == "fetch" else processes.engines
    own = [process for process in found if f"/{job.id}." in process.command + process.folder]
    if stage.name == "fetch":
        return own
    return [process for process in own if _collects(process) == (stage.name == "keys")]


def _collects(process: Process) -> bool:
    return f"/{KEYS_FOLDER}" in process.command + process.folder
