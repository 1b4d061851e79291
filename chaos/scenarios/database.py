"""The database is away."""

from __future__ import annotations

import sqlite3
from contextlib import closing

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
