"""The budget: what of an attempt's memory each part of the engine may take."""

from __future__ import annotations

import os
import resource

from project.engine.check import RANGE_BYTES
from project.errors import SettingsError
from project.least import LEAST_MEMORY_MB

_MB = 1024 * 1024
# Measured: the interpreter and the libraries, before any rows are held.
_FIXED_MB = 200
_LEAST_PART_MB = 8


def check(memory_mb: int) -> None:
    """Raise SettingsError if that is too little to work in."""
    if memory_mb < LEAST_MEMORY_MB:
        raise SettingsError(
            f"ENGINE_MEMORY_MB is {memory_mb}, but an engine needs at least {LEAST_MEMORY_MB} to work in: raise it."
        )


def threads() -> int:
    """How many threads load and prepare pieces; the libraries have their own beside them."""
    return min(4, len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1)


def range_bytes(memory_mb: int) -> int:
    """The size of the ranges in which a file is checked and read: the rows of some of them are held at a time."""
    return max(_MB, min(RANGE_BYTES, memory_mb * _MB // 64))


def part_bytes(memory_mb: int) -> int:
    """The rows that one step may work on at once: grouping, sorting and writing take several times as much."""
    return max(_LEAST_PART_MB, (memory_mb - _FIXED_MB) // 8) * _MB


def key_bytes(memory_mb: int) -> int:
    """What the check may collect of texts beside the ranges that it reads; it is free again before the steps begin."""
    return memory_mb * _MB // 6


def peak_memory_mb() -> int:
    """The most memory that this process has held, in MB (1024 * 1024 bytes)."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
