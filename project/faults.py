"""Fault points: places where a test lets a process die, stop or meet a full disk. Without ROWMILL_FAULTS, nothing."""

from __future__ import annotations

import errno
import os
import signal
from pathlib import Path

VARIABLE = "ROWMILL_FAULTS"
_SIGNALS = {"kill": signal.SIGKILL, "stop": signal.SIGSTOP}


def point(name: str) -> None:
    """Do what the file of that name in the folder ROWMILL_FAULTS says: "kill", "stop" or "full", once a file.

    Raises OSError (no space left) for "full".
    """
    folder = os.environ.get(VARIABLE)
    if not folder:
        return
    try:
        action = (Path(folder) / name).read_text()
        (Path(folder) / name).unlink()
    except FileNotFoundError:
        return  # not armed, or another process was here first
    if action == "full":
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    os.kill(os.getpid(), _SIGNALS[action])
