"""All journals as people look at them: what APIs there are, what they answered, as a file, and gone for good."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import zstandard

from project.errors import NotFoundError
from project.fetch.journal import SUFFIX, connected, take_in, transaction, unpacked

_EXPORTED_AT_ONCE = 200
_DELETED_AT_ONCE = 1_000
_SHOWN_BYTES = 2_000
_COUNTS = """
SELECT count(body), count(failure), coalesce(sum(size), 0), min(asked_at), max(asked_at) FROM answers
"""
_COLUMNS = "id, method, url, key, asked_at, status, size, body, failure"
_IS_MADE = "SELECT 1 FROM sqlite_master WHERE name = 'answers'"
_UNKNOWN = "No answers of such an API are kept."
_LIKE = "(url LIKE ? ESCAPE '!' OR key LIKE ? ESCAPE '!')"


@dataclass(frozen=True)
class KeptApi:
    """What is kept of one API. `digest` names it in addresses; `bytes` are those of the answers, unpacked."""

    digest: str
    address: str
    answers: int
    failures: int
    bytes: int
    oldest: datetime | None
    newest: datetime | None


@dataclass(frozen=True)
class KeptAnswer:
    """One answer or failure. `start`: the first characters of the body; `id` counts up with time."""

    id: int
    method: str
    url: str
    key: str | None
    asked_at: datetime
    status: int | None
    size: int
    start: str
    failure: str | None


class AnswersStore:
    """The journals of a folder. Others may write them meanwhile."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def apis(self) -> list[KeptApi]:
        """All of which something is kept, by their addresses."""
        found = []
        for path in self._folder.glob(f"*{SUFFIX}"):
            with suppress(NotFoundError):  # deleted, or not yet made, meanwhile
                found.append(self._api(path.name.removesuffix(SUFFIX)))
        return sorted((api for api in found if api.answers or api.failures), key=lambda api: api.address)

    def api(self, digest: str) -> KeptApi:
        """One of them. Raises NotFoundError."""
        return self._api(digest)

    def answers(self, digest: str, *, search: str = "", before: int | None = None, most: int = 50) -> list[KeptAnswer]:
        """The newest ones first, whose address or key holds `search`; `before`: only those with a smaller ID."""
        pattern = "%" + search.replace("!", "!!").replace("%", "!%").replace("_", "!_") + "%"
        with closing(self._open(digest)) as connection:
            rows = connection.execute(
                f"SELECT {_COLUMNS} FROM answers WHERE {_LIKE} AND id < ? ORDER BY id DESC LIMIT ?",
                (pattern, pattern, before if before is not None else 2**62, most),
            ).fetchall()
        return [_answer(row) for row in rows]

    def export(self, digest: str) -> Iterator[bytes]:
        """All answers of an API as JSON lines, oldest first; `body` is the text that came."""
        with closing(self._open(digest)) as connection:
            last = 0
            while rows := connection.execute(
                f"SELECT {_COLUMNS} FROM answers WHERE id > ? ORDER BY id LIMIT ?", (last, _EXPORTED_AT_ONCE)
            ).fetchall():
                last = rows[-1][0]
                yield b"".join(_line(row) for row in rows)

    def delete(self, digest: str, *, older_than: datetime | None = None) -> int:
        """Delete an API's answers, or the older ones; returns how many. Raises NotFoundError."""
        until = older_than.timestamp() if older_than else 2.0**62
        deleted = 0
        with closing(self._open(digest)) as connection:
            # A few at a time: a fetch that stores an answer is not to wait.
            while found := self._delete_some(connection, until):
                deleted += found
        return deleted

    def delete_all(self, *, older_than: datetime | None = None) -> int:
        """The same for all APIs."""
        return sum(self.delete(api.digest, older_than=older_than) for api in self.apis())

    @staticmethod
    def _delete_some(connection: sqlite3.Connection, until: float) -> int:
        with transaction(connection):
            return connection.execute(
                "DELETE FROM answers WHERE id IN (SELECT id FROM answers WHERE asked_at < ? LIMIT ?)",
                (until, _DELETED_AT_ONCE),
            ).rowcount

    def _api(self, digest: str) -> KeptApi:
        with closing(self._open(digest)) as connection:
            row = connection.execute("SELECT address FROM api").fetchone()
            answers, failures, size, oldest, newest = connection.execute(_COUNTS).fetchone()
        address = row[0] if row else ""
        return KeptApi(digest, address, answers, failures, size, _moment(oldest), _moment(newest))

    def _open(self, digest: str) -> sqlite3.Connection:
        path = self._folder / f"{digest}{SUFFIX}"
        if not digest.isalnum() or not path.is_file():
            raise NotFoundError(_UNKNOWN)
        connection = connected(path)
        if connection.execute(_IS_MADE).fetchone() is None:
            connection.close()
            raise NotFoundError(_UNKNOWN)
        take_in(connection, path)
        return connection


def _moment(seconds: float | None) -> datetime | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)


def _text(size: int, body: bytes | None) -> str:
    return unpacked(zstandard.ZstdDecompressor(), body, size).decode(errors="replace") if body else ""


def _start(size: int, body: bytes) -> bytes:
    """The first bytes of a body; the rest is not unpacked."""
    if len(body) == size:
        return body[:_SHOWN_BYTES]
    return zstandard.ZstdDecompressor().stream_reader(body).read(_SHOWN_BYTES)


def _answer(row: tuple[Any, ...]) -> KeptAnswer:
    id_, method, url, key, asked_at, status, size, body, failure = row
    start = _start(size, body or b"").decode(errors="replace")
    return KeptAnswer(id_, method, url, key, datetime.fromtimestamp(asked_at, UTC), status, size, start, failure)


def _line(row: tuple[Any, ...]) -> bytes:
    _, method, url, key, asked_at, status, size, body, failure = row
    values = {
        "method": method,
        "url": url,
        "key": key,
        "asked_at": datetime.fromtimestamp(asked_at, UTC).isoformat(timespec="milliseconds"),
        "status": status,
        "body": _text(size, body) if failure is None else None,
        "failure": failure,
    }
    return json.dumps(values, ensure_ascii=False).encode(errors="replace") + b"\n"
