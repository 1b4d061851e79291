"""What the machine, or the container, has: memory and disk, from which the engine's budget follows."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from project.least import LEAST_MEMORY_MB

_MB = 1024 * 1024


def engine_memory_mb(setting: int, root: Path = Path("/")) -> int:
    """The setting; for 0, a quarter of the machine's memory, but never more than is free now.

    At least what an engine can work in.
    """
    if setting:
        return setting
    total, free = memory_mb(root)
    return max(LEAST_MEMORY_MB, min(total // 4, free))


def engine_spill_mb(setting: int, folder: Path) -> int:
    """The setting; for 0, half of what is free on the folder's disk."""
    return setting or max(1, disk_free_mb(folder) // 2)


def engine_output_mb(setting: int, folder: Path) -> int:
    """The setting; for 0, what is free on the folder's disk."""
    return setting or max(1, disk_free_mb(folder))


def views_mb(setting: int, folder: Path) -> int:
    """The setting; for 0, a quarter of what is free on the folder's disk."""
    return setting or max(1, disk_free_mb(folder) // 4)


def disk_free_mb(folder: Path) -> int:
    """What an ordinary user may still write there."""
    return shutil.disk_usage(folder).free // _MB


def memory_mb(root: Path = Path("/")) -> tuple[int, int]:
    """(total, free) of the machine, or of the control group if that has less."""
    total, free = _of_machine(root)
    for limit, used in _of_groups(root):
        total = min(total, limit)
        free = min(free, limit - used)
    return total // _MB, max(0, free) // _MB


def _of_machine(root: Path) -> tuple[int, int]:
    try:
        lines = (root / "proc/meminfo").read_text().splitlines()
    except OSError:
        total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
        return total, total // 2  # not Linux: what is free is not told in one way
    fields = {name: int(rest.split()[0]) * 1024 for name, _, rest in (line.partition(":") for line in lines)}
    return fields["MemTotal"], fields["MemAvailable"]


def _of_groups(root: Path) -> list[tuple[int, int]]:
    """(limit, used) in bytes of the process's control group and of those around it, where there is a limit."""
    try:
        lines = (root / "proc/self/cgroup").read_text().splitlines()
    except OSError:
        return []
    found: list[tuple[int, int]] = []
    for line in lines:
        number, controllers, path = line.split(":", 2)
        if number == "0":
            found += _limits(root / "sys/fs/cgroup", path, "memory.max", "memory.current", "inactive_file")
        elif "memory" in controllers.split(","):
            names = "memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file"
            found += _limits(root / "sys/fs/cgroup/memory", path, *names)
    return found


def _limits(mount: Path, path: str, limit: str, usage: str, cache: str) -> list[tuple[int, int]]:
    # In a container, the path may be that of the host, and only the mount itself is there to be read.
    folders = [mount / Path(path.lstrip("/")), *(mount / Path(path.lstrip("/"))).parents]
    pairs = (_limit(folder, limit, usage, cache) for folder in folders if folder.is_relative_to(mount))
    return [pair for pair in pairs if pair is not None]


def _limit(folder: Path, limit: str, usage: str, cache: str) -> tuple[int, int] | None:
    try:
        most = (folder / limit).read_text().strip()
        used = int((folder / usage).read_text())
        stat = dict(line.split() for line in (folder / "memory.stat").read_text().splitlines())
    except (OSError, ValueError):
        return None
    # Cached pages of files are counted as used, but are given up at once when memory is needed.
    return (int(most), max(0, used - int(stat.get(cache, 0)))) if most.isdigit() else None
