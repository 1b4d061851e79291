"""The engine's budget from what a machine or a container has, told by made-up files of the kernel."""

from __future__ import annotations

from pathlib import Path

import pytest

from config.machine import engine_memory_mb, engine_output_mb, engine_spill_mb, memory_mb
from project.least import LEAST_MEMORY_MB

MB = 1024 * 1024


@pytest.fixture
def machine(tmp_path: Path):
    """A machine with 16,000 MB, of which 9,000 are free, and files besides."""

    def make(**files: str) -> Path:
        everything = {"proc/meminfo": f"MemTotal: {16000 * 1024} kB\nMemAvailable: {9000 * 1024} kB\n", **files}
        for name, text in everything.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        return tmp_path

    return make


def test_a_quarter_of_the_machine(machine):
    assert engine_memory_mb(0, machine()) == 4000


def test_never_more_than_is_free(machine):
    busy = f"MemTotal: {16000 * 1024} kB\nMemAvailable: {500 * 1024} kB\n"
    assert engine_memory_mb(0, machine(**{"proc/meminfo": busy})) == 500


def test_a_small_machine_gives_the_least_that_an_engine_can_work_in(machine):
    small = f"MemTotal: {900 * 1024} kB\nMemAvailable: {500 * 1024} kB\n"
    assert engine_memory_mb(0, machine(**{"proc/meminfo": small})) == LEAST_MEMORY_MB


def test_what_is_set_is_obeyed(machine):
    assert engine_memory_mb(300, machine()) == 300


def test_a_limit_of_a_control_group_counts_without_the_cache_of_files(machine):
    root = machine(
        **{
            "proc/self/cgroup": "0::/docker/abc\n",
            "sys/fs/cgroup/docker/abc/memory.max": "max\n",
            "sys/fs/cgroup/docker/abc/memory.current": "1\n",
            "sys/fs/cgroup/docker/abc/memory.stat": "inactive_file 0\n",
            "sys/fs/cgroup/docker/memory.max": f"{2000 * MB}\n",
            "sys/fs/cgroup/docker/memory.current": f"{1900 * MB}\n",
            "sys/fs/cgroup/docker/memory.stat": f"anon 5\ninactive_file {300 * MB}\n",
        }
    )
    assert memory_mb(root) == (2000, 400)
    assert engine_memory_mb(0, root) == 400


def test_a_limit_of_the_older_kind_of_control_group_counts_even_if_only_the_mount_is_there(machine):
    root = machine(
        **{
            "proc/self/cgroup": "5:cpu:/x\n9:memory:/docker/abc\n",
            "sys/fs/cgroup/memory/memory.limit_in_bytes": f"{1200 * MB}\n",
            "sys/fs/cgroup/memory/memory.usage_in_bytes": f"{100 * MB}\n",
            "sys/fs/cgroup/memory/memory.stat": "total_inactive_file 0\n",
        }
    )
    assert engine_memory_mb(0, root) == 300


def test_this_machine_has_memory():
    total, free = memory_mb()
    assert total >= free > 0


def test_disk_budgets_follow_what_is_free(tmp_path):
    assert engine_spill_mb(7, tmp_path) == 7 and engine_output_mb(8, tmp_path) == 8
    assert 0 < engine_spill_mb(0, tmp_path) <= engine_output_mb(0, tmp_path)
