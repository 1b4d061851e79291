"""A pipe between a worker's main process and those that run jobs: when it is cut, they hand their jobs back."""

from __future__ import annotations

import os
import select


class Lifeline:
    """Made before the fork. The main process holds one end; its death cuts the line as surely as a shutdown does."""

    def __init__(self) -> None:
        self._read, self._write = os.pipe()
        self._is_told = False

    def fileno(self) -> int:
        """Readable once the line is cut."""
        return self._read

    def leave_to_parent(self) -> None:
        """In a child: let go of the parent's end, or its death would go unseen."""
        if self._write >= 0:
            os.close(self._write)
        self._write = -1

    def cut(self) -> None:
        """Tell all who hold the other end to stop; may be called twice, and from a signal's handler."""
        if self._write >= 0:
            os.close(self._write)
        self._write = -1

    def tell(self) -> None:
        """Tell this process alone to stop."""
        self._is_told = True

    def is_cut(self) -> bool:
        """Whether it is time to stop."""
        return self._is_told or bool(select.select([self._read], [], [], 0)[0])
