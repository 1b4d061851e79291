"""A nursery loads more while nothing is asked, and ends when it is not needed."""

from __future__ import annotations

import socket
from collections.abc import Callable

import pytest

from project.engine.forking import serve


def never(_: list[str]) -> int:
    raise AssertionError("nothing was asked")


@pytest.fixture
def serves() -> Callable[..., int]:
    """Serve somebody who never asks; the exit status."""

    def serves(
        *, is_gone: bool, load_more: Callable[[], bool] = lambda: True, idle_seconds: float | None = None
    ) -> int:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with ours:
            if is_gone:
                ours.close()
            return serve(theirs.detach(), never, load_more, idle_seconds)

    return serves


def test_it_ends_when_nothing_is_asked_for_long(serves: Callable[..., int]) -> None:
    loaded: list[bool] = []

    def load() -> bool:
        loaded.append(True)
        return True

    assert serves(is_gone=False, load_more=load, idle_seconds=0.05) == 0
    assert loaded == [True]


def test_it_ends_when_whoever_asks_is_gone(serves: Callable[..., int]) -> None:
    assert serves(is_gone=True) == 0
