"""Keeps parts running: starts them, waits until they are ready, starts again what dies, ends all of them together."""

from __future__ import annotations

import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import chain

from project.cli.console import Console
from project.cli.part import Part, Running
from project.errors import FailureError

TICK = 0.2
READY_SECONDS = 90.0
FIRST_WAIT = 0.5
LONGEST_WAIT = 30.0
# A part that lived this long is well: its next death is answered at once again.
WELL_AFTER = 60.0
TRIES_BEFORE_READY = 3


@dataclass
class _Slot:
    """A part, what runs of it, and when it may be started again."""

    part: Part
    running: Running | None = None
    started_at: float = 0.0
    start_at: float = 0.0
    deaths: int = 0
    was_ready: bool = False


class Supervisor:
    """`stopping` counts the requests to stop: 1 asks for an orderly end, more for an end at once."""

    def __init__(self, console: Console) -> None:
        self.stopping = 0
        self._console = console
        self._groups: list[list[_Slot]] = []

    def ask_to_stop(self) -> None:
        """What a signal's handler calls."""
        self.stopping += 1

    def start(self, parts: Sequence[Part]) -> bool:
        """Start parts together and wait for all. False: asked to stop. Raises FailureError if one cannot start."""
        slots = [_Slot(part) for part in parts]
        self._groups.append(slots)
        deadline = time.monotonic() + READY_SECONDS
        while not self.stopping:
            self._look_after()
            for slot in slots:
                slot.was_ready = slot.was_ready or (slot.running is not None and slot.part.is_ready())
            if all(slot.was_ready for slot in slots):
                return True
            self._check_start(slots, deadline)
            time.sleep(TICK)
        return False

    def watch(self) -> None:
        """Keep everything running until asked to stop."""
        while not self.stopping:
            self._look_after()
            time.sleep(TICK)

    def stop(self) -> None:
        """End all parts, those that were started last first: what is used outlives what uses it."""
        for group in reversed(self._groups):
            with ThreadPoolExecutor() as pool:
                for slot in group:
                    if slot.running is not None:
                        pool.submit(slot.running.end, lambda: self.stopping > 1)

    def _look_after(self) -> None:
        now = time.monotonic()
        for slot in chain.from_iterable(self._groups):
            death = slot.running.death() if slot.running else None
            if death:
                self._bury(slot, death, now)
            if slot.running is None and now >= slot.start_at:
                slot.running, slot.started_at = Running(slot.part, self._console), now

    def _bury(self, slot: _Slot, death: str, now: float) -> None:
        assert slot.running is not None
        slot.running.kill()
        slot.running.join()
        slot.running = None
        slot.deaths = 1 if now - slot.started_at > WELL_AFTER else slot.deaths + 1
        wait = min(FIRST_WAIT * 2 ** (slot.deaths - 1), LONGEST_WAIT)
        slot.start_at = now + wait
        self._console.say(slot.part.name, f"{death}; it is started again in {wait:g} s")

    def _check_start(self, slots: list[_Slot], deadline: float) -> None:
        for slot in slots:
            if not slot.was_ready and slot.deaths >= TRIES_BEFORE_READY:
                raise FailureError(
                    f"The {slot.part.name} ended {slot.deaths} times before it was ready: see above why."
                )
        if time.monotonic() > deadline:
            late = ", ".join(slot.part.name for slot in slots if not slot.was_ready)
            raise FailureError(f"Not ready after {READY_SECONDS:.0f} seconds: {late}. See above why.")
