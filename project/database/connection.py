"""Connects to SQLite or PostgreSQL with the guarantees that the job table needs."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.orm import Session
from sqlalchemy.pool import QueuePool

from project.database.forks import ForkGuard
from project.errors import UnavailableError

BUSY_SECONDS = 15
# As many connections are kept as threads have asked for one at once; their number is a setting's.
_POOL: dict[str, Any] = {"poolclass": QueuePool, "pool_size": 0}
# A process that is stopped in the middle of a transaction may not lock its rows for all others.
IDLE_SECONDS = 30


class Database:
    """Sessions on one database. Nothing is connected before the first use."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._engine: Engine | None = None
        self._without_transactions: Engine | None = None
        self._lock = threading.Lock()
        self._guard = ForkGuard(self.close, self.forget)

    @property
    def engine(self) -> Engine:
        """The engine, made at the first call."""
        with self._lock:
            if self._engine is None:
                self._engine = _sqlite(self.url) if self.url.startswith("sqlite") else _postgresql(self.url)
            return self._engine

    @property
    def _alone(self) -> Engine:
        engine = self.engine
        if self._without_transactions is None:
            # SQLite's driver has no transactions of its own here; it is enough not to begin one.
            level = {} if engine.dialect.name == "sqlite" else {"isolation_level": "AUTOCOMMIT"}
            self._without_transactions = engine.execution_options(rowmill_alone=True, **level)
        return self._without_transactions

    @contextmanager
    def read(self) -> Iterator[Session]:
        """A session that sees committed rows and writes nothing."""
        with self._guard.session(), self._session(self.engine) as session:
            yield session

    @contextmanager
    def look_up(self) -> Iterator[Connection]:
        """The same for statements that stand alone, without a transaction around them or objects that follow their
        rows: for what is asked thousands of times a second."""
        with self._guard.session(), _told_apart(), self._alone.connect() as connection:
            yield connection

    @contextmanager
    def write(self) -> Iterator[Session]:
        """A session that commits at the end, or rolls back on an error. On SQLite it holds the write lock at once."""
        with self._guard.session():
            engine = self.engine.execution_options(rowmill_write=True)
            with self._session(engine) as session, session.begin():
                session.connection()  # begins now: what is read before the first write is read under the lock too
                yield session

    def ping(self) -> None:
        """Really ask the database. Raises UnavailableError."""
        with self.read() as session:
            session.execute(text("SELECT 1"))

    def close(self) -> None:
        """Close all connections; the next use connects again."""
        with self._lock:
            if self._engine is not None:
                self._engine.dispose()
            self._engine = self._without_transactions = None

    def forget(self) -> None:
        """Drop the engine without a word to the server: after a fork, its connections belong to the parent."""
        self._lock = threading.Lock()
        if self._engine is not None:
            self._engine.dispose(close=False)
        self._engine = self._without_transactions = None

    @contextmanager
    def _session(self, engine: Engine) -> Iterator[Session]:
        with _told_apart(), Session(engine, expire_on_commit=False) as session:
            yield session


@contextmanager
def _told_apart() -> Iterator[None]:
    """An outage is UnavailableError; what else goes wrong stays what it is."""
    try:
        yield
    except DBAPIError as error:
        if _is_outage(error):
            raise UnavailableError(f"The database does not answer: {error.orig}", code="database_away") from error
        raise


def _is_outage(error: DBAPIError) -> bool:
    return error.connection_invalidated or isinstance(error, (OperationalError, InterfaceError))


def _postgresql(url: str) -> Engine:
    parsed = make_url(url)
    query = {"connect_timeout": "5", **parsed.query}
    engine = create_engine(parsed.set(drivername="postgresql+psycopg", query=query), pool_pre_ping=True, **_POOL)
    event.listen(engine, "connect", _configure_postgresql)
    return engine


def _sqlite(url: str) -> Engine:
    path = make_url(url).database
    if path and path != ":memory:":
        with suppress(OSError):  # the connection itself tells better what is wrong
            Path(path).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(url, connect_args={"timeout": BUSY_SECONDS, "check_same_thread": False}, **_POOL)
    event.listen(engine, "connect", _configure_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _configure_postgresql(connection: Any, _record: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"SET idle_in_transaction_session_timeout = '{IDLE_SECONDS}s'")
        cursor.execute(f"SET lock_timeout = '{BUSY_SECONDS}s'")
    connection.commit()


def _configure_sqlite(connection: sqlite3.Connection, _record: Any) -> None:
    # The driver's own BEGIN comes late and is never IMMEDIATE: begin by hand instead. No WAL: with several
    # connections it can corrupt the file before SQLite 3.51.3.
    connection.isolation_level = None
    for pragma in ("journal_mode = DELETE", "synchronous = FULL", "foreign_keys = ON"):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    options = connection.get_execution_options()
    if options.get("rowmill_alone"):
        return
    # A transaction that reads first and writes later can meet "database is locked" without any wait.
    write = options.get("rowmill_write", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN DEFERRED")
