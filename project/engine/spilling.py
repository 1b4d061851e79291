"""Around the writing of temporary files: a disk that is full is told with what there was no room for."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from project import faults
from project.engine.disk import Room

_ROOM = Room("its temporary files")


@contextmanager
def spilling() -> Iterator[None]:
    """The block writes a file that is there only while the job runs."""
    with _ROOM:
        faults.point("engine-spill")
        yield
