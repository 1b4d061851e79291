"""The memory of a contender: all its processes together."""

from __future__ import annotations

import resource
import sys
from pathlib import Path

_PROC = Path("/proc")


def held_mb(pid: int) -> float:
    """The most that a process has held so far, or what it and its descendants hold now, shared pages counted once.

    0 where there is no /proc.
    """
    family = [pid]
    for member in family:
        family += _children(member)
    kilobytes = sum(map(_share_kb, family)) if len(family) > 1 else _entry_kb(_PROC / str(pid) / "status", "VmHWM:")
    return kilobytes / 1024


def peak_mb(usage: resource.struct_rusage, sampled_mb: float) -> float:
    """The peak of a process that has ended, from the operating system's count and the samples of `held_mb`.

    That count is exact, but of single processes; and a new process begins it with what its parent, which is this
    process, held at most: when it is no larger, the samples know better.
    """
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    counted = usage.ru_maxrss / (1024 if sys.platform != "darwin" else 1024 * 1024)
    return max(counted, sampled_mb) if usage.ru_maxrss > own or not sampled_mb else sampled_mb


def _children(pid: int) -> list[int]:
    found: list[int] = []
    for task in (_PROC / str(pid) / "task").glob("*/children"):
        found += map(int, _read(task).split())
    return found


def _share_kb(pid: int) -> int:
    return _entry_kb(_PROC / str(pid) / "smaps_rollup", "Pss:")


def _entry_kb(path: Path, name: str) -> int:
    return sum(int(line.split()[1]) for line in _read(path).splitlines() if line.startswith(name))


def _read(path: Path) -> str:
    """Nothing, if the process has ended meanwhile."""
    try:
        return path.read_text()
    except OSError:
        return ""
