"""Turns come evenly, and none while the API has asked for a pause."""

from __future__ import annotations

import asyncio

import pytest

from project.fetch.pace import Pace


@pytest.mark.parametrize(
    ("per_second", "hold", "least"), [(None, 0.0, 0.0), (50, 0.0, 0.08), (None, 0.1, 0.1), (50, 0.1, 0.18)]
)
def test_five_turns(per_second: float | None, hold: float, least: float) -> None:
    async def run() -> float:
        pace, now = Pace(per_second), asyncio.get_running_loop().time
        begin = now()
        pace.hold(hold)
        await asyncio.gather(*(pace.turn() for _ in range(5)))
        return now() - begin

    assert least <= asyncio.run(run()) < least + 2


def test_who_waits_for_a_turn_waits_for_a_pause_too() -> None:
    async def run() -> float:
        pace, now = Pace(100), asyncio.get_running_loop().time
        begin = now()
        await pace.turn()
        waiting = asyncio.create_task(pace.turn())
        await asyncio.sleep(0)
        pace.hold(0.1)
        await waiting
        return now() - begin

    assert asyncio.run(run()) >= 0.1
