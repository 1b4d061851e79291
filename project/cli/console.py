"""One clean log of several parts: a line an event, each behind the name of the part that said it."""

from __future__ import annotations

import sys
import threading

WIDTH = 6


class Console:
    """Writes whole lines to standard output; the threads that read the parts share it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()

    def say(self, part: str, line: str) -> None:
        """One line of one part."""
        self.print(f"{part:<{WIDTH}} | {line}")

    def print(self, line: str) -> None:
        """A line for the person who started all this."""
        with self._lock:
            try:
                sys.stdout.write(f"{line}\n")
                sys.stdout.flush()
            except (OSError, ValueError):
                # Whoever read the log is gone, or the disk that it goes to is full; the product goes on without it.
                pass
