"""Calls that take too long are broken off, and nothing else is."""

from __future__ import annotations

import asyncio

import pytest

from project.fetch.patience import Patience, SilentError, Wait


def test_what_is_quick_is_left_alone_and_looked_at_no_more() -> None:
    async def run() -> None:
        patience = Patience(0.1)
        for _ in range(3):
            with patience.wait(5) as wait:
                await asyncio.sleep(0)
                wait.heard()
        await asyncio.sleep(0.3)
        assert not patience._waits
        assert patience._timer is None
        with patience.wait(5):
            assert patience._timer is not None

    asyncio.run(run())


def test_silence_is_told_from_time_that_is_up() -> None:
    async def dripping(wait: Wait) -> None:
        while True:
            await asyncio.sleep(0.01)
            wait.heard()

    async def run() -> None:
        patience = Patience(0.1)
        with pytest.raises(SilentError), patience.wait(5):
            await asyncio.sleep(5)
        with pytest.raises(TimeoutError) as up, patience.wait(0.3) as wait:
            await dripping(wait)
        assert not isinstance(up.value, SilentError)
        # The task goes on as if nobody had cancelled it.
        await asyncio.sleep(0)

    asyncio.run(run())


def test_only_the_call_that_waits_too_long_ends() -> None:
    async def run() -> tuple[object, object]:
        patience = Patience(5)

        async def call(seconds: float) -> str:
            with patience.wait(seconds):
                await asyncio.sleep(0.4)
            return "answered"

        short, long = await asyncio.gather(call(0.05), call(5), return_exceptions=True)
        return short, long

    short, long = asyncio.run(run())
    assert isinstance(short, TimeoutError)
    assert long == "answered"


def test_who_cancels_a_call_is_heard() -> None:
    async def run() -> None:
        patience = Patience(0.05)
        waiting = asyncio.Event()

        async def call() -> None:
            with patience.wait(5):
                waiting.set()
                await asyncio.sleep(5)

        task = asyncio.create_task(call())
        await waiting.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert task.cancelled()
        # Also if its time is up in the same moment.
        task = asyncio.create_task(call())
        await asyncio.sleep(0)
        (wait,) = patience._waits
        wait.expire(SilentError())
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(run())


def test_another_error_stays_what_it_is() -> None:
    async def run() -> None:
        patience = Patience(0.05)
        with pytest.raises(ValueError), patience.wait(5):
            raise ValueError

    asyncio.run(run())
