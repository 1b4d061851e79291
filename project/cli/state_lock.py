"""One product a state folder: a second `./run up` on it learns who runs there."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from project.errors import ConflictError

LOCK_FILE = "up.lock"


@contextmanager
def hold(state: Path, url: str) -> Iterator[None]:
    """Hold the state folder. Raises ConflictError naming the process that holds it. Ends with the process."""
    with open(state / LOCK_FILE, "a+", encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            file.seek(0)
            raise ConflictError(
                f"Rowmill runs already on the state folder {state}: {file.read().strip()}. "
                "Stop it first, or give this one its own: PORT=8001 STATE_DIR=.state-2 DATA_DIR=data-2 ./run up"
            ) from error
        file.truncate(0)
        file.write(f"process {os.getpid()}, {url}\n")
        file.flush()
        yield
