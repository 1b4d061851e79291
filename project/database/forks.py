"""No fork while a database is in use: what the new process would inherit of a transaction locks it out for ever."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from weakref import WeakSet

# Longer than a session waits for a lock, so that only one that hangs lets a fork go on without it.
WAIT_SECONDS = 20.0


class ForkGuard:
    """Counts the sessions in use. Before a fork in any thread of this process it waits until there are none, lets
    `close` close all connections, and keeps others waiting until the fork is done.

    SQLite notes in the process's memory which locks it holds on a file. A process that was forked during a transaction
    of another thread believes to hold them too, and finds the database locked by itself as long as it lives.
    """

    def __init__(self, close: Callable[[], None], forget: Callable[[], None]) -> None:
        self._close = close
        self._forget = forget
        self._reset()
        _guards.add(self)

    @contextmanager
    def session(self) -> Iterator[None]:
        """Around each use of a connection."""
        with self._changed:
            self._count += 1
        try:
            yield
        finally:
            with self._changed:
                self._count -= 1
                self._changed.notify_all()

    def before(self) -> None:
        """In the process that forks."""
        self._changed.acquire()
        if self._changed.wait_for(lambda: self._count == 0, WAIT_SECONDS):
            self._close()

    def after_in_parent(self) -> None:
        """Others may go on."""
        self._changed.release()

    def after_in_child(self) -> None:
        """The new process has only the thread that forked."""
        self._reset()
        self._forget()

    def _reset(self) -> None:
        self._changed = threading.Condition(threading.RLock())
        self._count = 0


_guards: WeakSet[ForkGuard] = WeakSet()
_held: list[ForkGuard] = []


def _before() -> None:
    _held[:] = list(_guards)
    for guard in _held:
        guard.before()


def _after_in_parent() -> None:
    for guard in _held:
        guard.after_in_parent()
    _held.clear()


def _after_in_child() -> None:
    for guard in _held:
        guard.after_in_child()
    _held.clear()


os.register_at_fork(before=_before, after_in_parent=_after_in_parent, after_in_child=_after_in_child)
