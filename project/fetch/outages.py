"""How often in a row an API was found down, over all fetches that call it: the pauses of each job grow with it."""

from __future__ import annotations

import time
from contextlib import suppress
from pathlib import Path

from project.fetch.journal import journal_path

_SUFFIX = ".outages"
# What lies back longer than any pause says nothing about today.
_SECONDS_OF_MEMORY = 3600.0


class Outages:
    """The count of one API, in a small file beside its journal. That it may be lost, or counted twice, does no harm."""

    def __init__(self, journals: Path, url: str) -> None:
        self._path = journal_path(journals, url).with_suffix(_SUFFIX)

    def read(self) -> int:
        """How often in a row, lately."""
        try:
            is_recent = time.time() - self._path.stat().st_mtime < _SECONDS_OF_MEMORY
            return int(self._path.read_text()) if is_recent else 0
        except (OSError, ValueError):
            return 0

    def count(self, earlier: int) -> None:
        """One more, after so many."""
        with suppress(OSError):
            self._path.write_text(str(earlier + 1))

    def forget(self) -> None:
        """It answers."""
        self._path.unlink(missing_ok=True)
