"""The parent: a process of the engine ends when whoever started it is gone."""

from __future__ import annotations

import os
from threading import Thread

_ORPHANED = 70


def end_with_parent() -> None:
    """From now on, the process ends when its standard input is closed."""
    Thread(target=_wait, daemon=True).start()


def _wait() -> None:
    while os.read(0, 4096):
        pass
    os._exit(_ORPHANED)
