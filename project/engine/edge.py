"""A process's edge: an output for events alone, an end that is told whatever happens, a way out that waits for none."""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Callable
from typing import TYPE_CHECKING, NoReturn, TextIO, TypeVar

from project.engine.disk import disk_full, is_full
from project.errors import RowmillError

if TYPE_CHECKING:
    from project.engine.events import Failed

E = TypeVar("E")
_FAILED = 1
_DIED = 71


def own_output() -> TextIO:
    """The standard output, for events alone: whatever else prints goes to standard error from here on."""
    events = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    return events


def tell_end(work: Callable[[], E], send: Callable[[E | Failed], None]) -> int:
    """Send the event that the work ends with, or its failure; the process's exit status."""
    try:
        send(work())
    except RowmillError as error:
        send(_failed(error))
    except BaseException as error:  # Polars panics are BaseException
        if not is_full(error):
            traceback.print_exc()
            return _DIED
        send(_failed(disk_full()))
    return 0


def leave_with(run: Callable[[], int]) -> NoReturn:
    """End the process with the exit status that `run` returns, or with a traceback of what it raises."""
    try:
        status = run()
    except BaseException:
        traceback.print_exc()
        status = _FAILED
    sys.stdout.flush()
    sys.stderr.flush()
    # Threads of the libraries may still run: nothing of theirs is waited for.
    os._exit(status)


def _failed(error: RowmillError) -> Failed:
    # Imported here: some processes have no events, and would load them for nothing.
    from project.engine.events import Failed

    return Failed(code=error.code, message=error.message)
