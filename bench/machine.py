"""The machine and the versions that a run was measured with, in words."""

from __future__ import annotations

import os
import platform
from importlib.metadata import version
from pathlib import Path

_NAMES = ("Polars", "DuckDB", "pandas", "Dask", "Numba")
_PROCESSORS = Path("/proc/cpuinfo")


def machine() -> str:
    """E.g. "2 cores of a Xeon, 24 GiB of memory, Linux on x86_64"."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    cores = f"{os.cpu_count()} cores{_model()}"
    return f"{cores}, {memory:.0f} GiB of memory, {platform.system()} on {platform.machine()}"


def versions() -> str:
    """E.g. "Python 3.11.7, Polars 2.1.0"."""
    return ", ".join([f"Python {platform.python_version()}", *(f"{name} {version(name.lower())}" for name in _NAMES)])


def _model() -> str:
    """Nothing where the operating system does not tell it so."""
    lines = _PROCESSORS.read_text().splitlines() if _PROCESSORS.exists() else []
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return f" ({names[0]})" if names else ""
