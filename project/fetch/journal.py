"""The journal of one API: every answer that was ever paid for, in a SQLite file that several processes may use."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache, partial
from hashlib import blake2b
from itertools import chain, islice
from pathlib import Path
from typing import Self
from urllib.parse import urlsplit

import zstandard

from project.engine.disk import disk_full
from project.fetch.calls import Answer, Request
from project.fetch.entries import Entry, Row, Rows
from project.fetch.received import left

SUFFIX = ".sqlite3"
_BUSY_SECONDS = 60.0
_DIGEST_BYTES = 16
_PORTS = {"http": 80, "https": 443}
_SCHEMA = """
PRAGMA auto_vacuum = FULL;
BEGIN IMMEDIATE;
CREATE TABLE IF NOT EXISTS api (address TEXT PRIMARY KEY);
CREATE TABLE IF NOT EXISTS jobs (id TEXT PRIMARY KEY, began_at REAL NOT NULL);
CREATE TABLE IF NOT EXISTS answers (
    id INTEGER PRIMARY KEY,
    digest BLOB NOT NULL UNIQUE,
    method TEXT NOT NULL,
    url TEXT NOT NULL,
    key TEXT,
    asked_at REAL NOT NULL,
    status INTEGER,
    answered_by TEXT NOT NULL DEFAULT '',
    link TEXT NOT NULL DEFAULT '',
    size INTEGER NOT NULL DEFAULT 0,
    body BLOB,
    failure TEXT
);
COMMIT;
"""
# Of some thousand answers, those that are longer are read one at a time.
_LARGE = 16 * 1024
_ROW = "(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
# A statement for many rows: after each one, the thread would have to wait for the interpreter.
_ROWS_AT_ONCE = 128
# An answer that is to hand is never replaced by a failure.
_STORE = """
INSERT INTO answers (digest, method, url, key, asked_at, status, answered_by, link, size, body, failure)
VALUES {}
ON CONFLICT (digest) DO UPDATE SET
    asked_at = excluded.asked_at, status = excluded.status, answered_by = excluded.answered_by, link = excluded.link,
    size = excluded.size, body = excluded.body, failure = excluded.failure
WHERE excluded.failure IS NULL OR answers.failure IS NOT NULL
"""


@dataclass(frozen=True, slots=True)
class Kept:
    """An answer out of the journal, and when it was given."""

    answer: Answer
    asked_at: float


def digest_of(request: Request, secret_name: str) -> bytes:
    """What tells a request from others: answers that were given to another secret are others."""
    return _digest(_begun(request.method, request.headers, secret_name), request.url, request.body)


def digester(
    method: str, headers: tuple[tuple[str, str], ...], secret_name: str
) -> Callable[[str, bytes | None], bytes]:
    """The same for many requests that differ in their address and body alone."""
    return partial(_digest, _begun(method, headers, secret_name))


def _digest(begun: blake2b, url: str, body: bytes | None) -> bytes:
    digest = begun.copy()
    digest.update(url.encode())
    if body is not None:
        digest.update(b"\0" + body)
    return digest.digest()


@lru_cache(maxsize=64)
def _begun(method: str, headers: tuple[tuple[str, str], ...], secret_name: str) -> blake2b:
    """The digest of what all requests of a job have in common; an address holds no NUL."""
    parts = [method, sorted((name.lower(), value) for name, value in headers), secret_name]
    return blake2b(json.dumps(parts).encode() + b"\0", digest_size=_DIGEST_BYTES)


def address_of(url: str) -> str:
    """An API's scheme, host and port, in one way of writing: “https://api.example.com:443”."""
    parts = urlsplit(url)
    scheme = parts.scheme.lower()
    return f"{scheme}://{(parts.hostname or '').lower()}:{parts.port or _PORTS.get(scheme, 0)}"


def journal_path(folder: Path, url: str) -> Path:
    """Where the journal of that address's API is, or will be."""
    digest = blake2b(address_of(url).encode(), digest_size=_DIGEST_BYTES).hexdigest()
    return folder / f"{digest}{SUFFIX}"


def connected(path: Path) -> sqlite3.Connection:
    """A connection that waits for others and whose commits are on the disk; for one thread at a time."""
    connection = sqlite3.connect(path, timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False)
    connection.execute("PRAGMA journal_mode = TRUNCATE")
    connection.execute("PRAGMA synchronous = FULL")
    # What is deleted is overwritten.
    connection.execute("PRAGMA secure_delete = ON")
    return connection


def take_in(connection: sqlite3.Connection, path: Path) -> None:
    """Store what dead processes have left beside the journal. Raises DiskFullError."""
    with left(path) as rows:
        if rows is not None:
            _store(connection, rows)


def _store(connection: sqlite3.Connection, rows: Iterable[Row]) -> None:
    # A statement for many rows is quicker than one for each.
    with transaction(connection):
        for some in _groups(rows):
            connection.execute(_STORE.format(",".join([_ROW] * len(some))), list(chain.from_iterable(some)))


def _groups(rows: Iterable[Row]) -> Iterator[tuple[Row, ...]]:
    left = iter(rows)
    while some := tuple(islice(left, _ROWS_AT_ONCE)):
        yield some


class Journal:
    """See the module. For one thread at a time."""

    def __init__(self, folder: Path, url: str) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.path = journal_path(folder, url)
        self._connection = connected(self.path)
        self._connection.executescript(_SCHEMA)
        take_in(self._connection, self.path)
        self._connection.execute("INSERT OR IGNORE INTO api VALUES (?)", (address_of(url),))
        self._rows = Rows()
        self._unpacker = zstandard.ZstdDecompressor()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._connection.close()

    def began(self, job_id: str, now: float) -> float:
        """When the job's first attempt began: for another attempt, answers of the first are not old."""
        with transaction(self._connection):
            self._connection.execute("INSERT OR IGNORE INTO jobs VALUES (?, ?)", (job_id, now))
            row = self._connection.execute("SELECT began_at FROM jobs WHERE id = ?", (job_id,)).fetchone()
        return float(row[0])

    def store(self, entries: Iterable[Entry]) -> None:
        """Keep them all, on the disk when it returns. Raises DiskFullError."""
        self.store_rows([self._rows.of(entry) for entry in entries])

    def store_rows(self, rows: Iterable[Row]) -> None:
        """The same for rows."""
        _store(self._connection, rows)

    def take_in(self) -> list[Row]:
        """Store what dead processes have left beside it, and nobody has taken in yet. Raises DiskFullError."""
        with left(self.path) as rows:
            found = list(rows or ())
            self.store_rows(found)
        return found

    def is_empty(self) -> bool:
        """Whether it holds nothing at all."""
        return self._connection.execute("SELECT 1 FROM answers LIMIT 1").fetchone() is None

    def answered(self, digests: Sequence[bytes], since: float = 0.0) -> dict[bytes, float]:
        """Those of these requests (some thousand at most) that have an answer that is not older than `since`, with the
        time at which it was given."""
        found = self._connection.execute(
            f"SELECT digest, asked_at FROM answers WHERE digest IN ({_marks(digests)}) AND {_FRESH}", (*digests, since)
        )
        return dict(found.fetchall())

    def answers(self, digests: Sequence[bytes], since: float = 0.0) -> dict[bytes, Kept]:
        """The same, with the answers themselves."""
        found = self._connection.execute(
            "SELECT digest, status, size, body, answered_by, link, asked_at FROM answers "
            f"WHERE digest IN ({_marks(digests)}) AND {_FRESH}",
            (*digests, since),
        )
        return {
            digest: Kept(Answer(status, unpacked(self._unpacker, body, size), url, link), asked_at)
            for digest, status, size, body, url, link, asked_at in found.fetchall()
        }

    def bodies(self, digests: Sequence[bytes], since: float = 0.0) -> Iterator[tuple[int, bytes] | None]:
        """For each of these requests, in their order, its answer's status and body, None without an answer.

        Large bodies are read when it is their turn: only one of them is in memory.
        """
        found = self._connection.execute(
            "SELECT digest, status, size, CASE WHEN size <= ? THEN body END FROM answers "
            f"WHERE digest IN ({_marks(digests)}) AND {_FRESH}",
            (_LARGE, *digests, since),
        )
        rows = {row[0]: row for row in found.fetchall()}
        for digest in digests:
            row = rows.get(digest)
            if row is None:
                yield None
            elif row[2] <= _LARGE:
                yield row[1], unpacked(self._unpacker, row[3], row[2])
            else:
                kept = self.answers([digest], since).get(digest)
                yield None if kept is None else (kept.answer.status, kept.answer.body)


_FRESH = "failure IS NULL AND asked_at >= ?"


def unpacked(unpacker: zstandard.ZstdDecompressor, body: bytes, size: int) -> bytes:
    """A body as it came; `size`: its length."""
    return body if len(body) == size else unpacker.decompress(body, max_output_size=size)


def _marks(values: Sequence[object]) -> str:
    return ",".join("?" * len(values))


@contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """The block's changes are made together, and are on the disk behind it. Raises DiskFullError."""
    try:
        connection.execute("BEGIN IMMEDIATE")
        yield
        connection.execute("COMMIT")
    except BaseException as error:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        if isinstance(error, sqlite3.Error) and getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_FULL:
            raise disk_full("the answers of an API") from error
        raise
