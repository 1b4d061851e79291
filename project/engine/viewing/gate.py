"""The gate: lets only a few processes make views at a time, however many web processes have started them."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

AT_ONCE = 2
_LOOK_SECONDS = 0.05
# Whoever waits says so anew at every look.
_WAITING_SECONDS = 1.0


class Gate:
    """The kernel's locks on files in a folder: they end with whoever held them. Each `name` has places of its own."""

    def __init__(self, folder: Path, name: str) -> None:
        self._folder = folder
        self._name = name
        self._waiting = folder / f"{name}-waiting"

    @contextmanager
    def passed(self, wait: Callable[[], None]) -> Iterator[None]:
        """Hold one of the places. While all are taken, `wait` is called again and again; it may raise."""
        self._folder.mkdir(parents=True, exist_ok=True)
        descriptor = self._place()
        while descriptor is None:
            self._waiting.touch()
            wait()
            time.sleep(_LOOK_SECONDS)
            descriptor = self._place()
        try:
            yield
        finally:
            os.close(descriptor)

    @property
    def is_waited_for(self) -> bool:
        """Whether somebody else would begin if a place became free."""
        try:
            return time.time() - self._waiting.stat().st_mtime < _WAITING_SECONDS
        except FileNotFoundError:
            return False

    def _place(self) -> int | None:
        for number in range(AT_ONCE):
            descriptor = locked(self._folder / f"{self._name}-{number}")
            if descriptor is not None:
                return descriptor
        return None


def locked(path: Path) -> int | None:
    """A descriptor that holds the file's lock until it is closed; None if somebody else holds it."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    return descriptor
