"""What the product writes to is away or full."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from chaos.arena import Arena
from chaos.scenario import Scenario


class DatabaseAway(Scenario):
    """SQLite is locked by another process, or PostgreSQL stopped, for some seconds."""

    name = "database-away"

    def strike(self, arena: Arena) -> None:
        """Take it away and give it back."""
        if self.server is not None:
            self.server.stop()
            arena.struck()
            arena.pause(1, 5)
            self.server.start()
            return
        with closing(sqlite3.connect(arena.product.state / "rowmill.db", timeout=10, isolation_level=None)) as lock:
            lock.execute("BEGIN EXCLUSIVE")
            arena.struck()
            arena.pause(1, 6)
            lock.execute("ROLLBACK")


class DiskFull(Scenario):
    """Nothing can be written for a while, to the workspace or to the state folder with the database."""

    name = "disk-full"
    excused = frozenset({"disk_full", "limit"})
    sizes = {"data": 300, "state": 60}

    def why_not(self) -> str | None:
        """Only root can mount a small disk."""
        if os.geteuid() != 0 or shutil.which("mount") is None:
            return "only root can mount a small disk"
        return None

    @contextmanager
    def surroundings(self, folder: Path) -> Iterator[Path]:
        """Two small disks."""
        mounted = []
        try:
            for name, size in self.sizes.items():
                (folder / name).mkdir(parents=True)
                subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}m", "tmpfs", folder / name], check=True)
                mounted.append(folder / name)
            yield folder
        finally:
            for path in mounted:
                subprocess.run(["umount", "--lazy", path], check=True)

    def strike(self, arena: Arena) -> None:
        """Fill one of them, and make room again."""
        name = arena.random.choice(sorted(self.sizes))
        filler = arena.product.folder / name / ".filler"
        with filler.open("wb", buffering=0) as stream:
            try:
                while True:
                    stream.write(b"\0" * 65536)
            except OSError:
                arena.struck()
        arena.pause(0.5, 4)
        filler.unlink()
