"""What is put is kept: at once in a file, soon in the journal, and after a death by whoever opens that next."""

from __future__ import annotations

import asyncio
import fcntl
import os
import signal
import threading
import time
from io import StringIO
from pathlib import Path

import pytest

from project.errors import RowmillError
from project.fetch.answers_store import AnswersStore
from project.fetch.calls import Answer, Request
from project.fetch.committing import Committer
from project.fetch.entries import Entry, Row, Rows
from project.fetch.journal import Journal, digest_of
from project.fetch.received import SUFFIX, Received, rows_in
from project.fetch.telling import Telling
from project.fetch.writing import Writing

URL = "https://api.example/users"


def entry(key: int, body: bytes = b'{"id": "\xc3\xa9"}', failure: str | None = None) -> Entry:
    request = Request("GET", f"{URL}/{key}")
    answer = None if failure else Answer(200, body, request.url, "")
    return Entry(digest_of(request, ""), request, str(key), time.time(), answer, failure)


def left(folder: Path) -> list[Path]:
    return list(folder.glob(f"*{SUFFIX}"))


def kept(folder: Path, keys: int) -> set[bytes]:
    with Journal(folder, URL) as journal:
        return set(journal.answered([entry(key).digest for key in range(keys)]))


def test_all_that_is_put_is_stored_and_told_in_order(tmp_path: Path) -> None:
    stored: list[Row] = []
    entries = [entry(key) for key in range(3000)] + [entry(9999, failure="down")]
    rows = list(map(Rows().of, entries))
    telling = Telling(StringIO())

    async def run(journal: Journal) -> None:
        async def store(path: Path, some: list[Row]) -> None:
            assert list(rows_in(path)) == some
            await writing.store(some)
            stored.extend(some)

        with Writing(journal, telling) as writing:
            async with Committer(journal.path, store) as committer:
                for row in rows:
                    await committer.wait_for_room()
                    committer.put(row)
                    if row is rows[1500]:
                        await asyncio.sleep(0.15)

    with Journal(tmp_path, URL) as journal:
        asyncio.run(run(journal))
        assert stored == rows
        assert (telling.made, telling.failed, telling.failures) == (3001, 1, ("“9999”: down",))
        found = journal.answers([each.digest for each in entries[:500]])
        assert {kept.answer.body for kept in found.values()} == {b'{"id": "\xc3\xa9"}'} and len(found) == 500
    assert len(kept(tmp_path, 3000)) == 3000 and not left(tmp_path)


def test_a_disk_that_cannot_take_them_is_told_and_what_came_is_kept(tmp_path: Path) -> None:
    class FullError(RowmillError):
        code = "disk_full"

    async def full(path: Path, rows: list[Row]) -> None:
        raise FullError("The disk is full.")

    async def run(journal: Journal) -> None:
        async with Committer(journal.path, full) as committer:
            committer.put(Rows().of(entry(1)))
            await asyncio.wait({committer._task})
            await committer.wait_for_room()

    with Journal(tmp_path, URL) as journal, pytest.raises(FullError):
        asyncio.run(run(journal))
    assert len(left(tmp_path)) == 2
    assert len(kept(tmp_path, 2)) == 1 and not left(tmp_path)


def test_a_kill_costs_nothing_that_was_put(tmp_path: Path) -> None:
    with Journal(tmp_path, URL) as journal:
        rows = [Rows().of(entry(key)) for key in range(50)]
    if not (child := os.fork()):
        received = Received(journal.path)
        for row in rows:
            received.add(row)
        os.kill(os.getpid(), signal.SIGKILL)
    os.waitpid(child, 0)
    (api,) = AnswersStore(tmp_path).apis()
    assert api.answers == 50 and not left(tmp_path)


def test_what_a_process_has_put_that_lives_is_its_own(tmp_path: Path) -> None:
    with Journal(tmp_path, URL) as journal:
        received = Received(journal.path)
        received.add(Rows().of(entry(1)))
        assert not kept(tmp_path, 2) and len(left(tmp_path)) == 1
        received.close(is_stored=False)
    assert len(kept(tmp_path, 2)) == 1


@pytest.mark.parametrize("cut", [2, 40, 100])
def test_what_was_cut_is_no_answer(tmp_path: Path, cut: int) -> None:
    with Journal(tmp_path, URL) as journal:
        received = Received(journal.path)
        for key in range(3):
            received.add(Rows().of(entry(key)))
        received.close(is_stored=False)
    (path,) = left(tmp_path)
    os.truncate(path, path.stat().st_size - cut)
    assert len(kept(tmp_path, 3)) == 2


def test_two_that_open_it_at_once_take_it_in_once(tmp_path: Path) -> None:
    with Journal(tmp_path, URL) as journal:
        received = Received(journal.path)
        for key in range(200):
            received.add(Rows().of(entry(key)))
        received.close(is_stored=False)
    failures: list[BaseException] = []

    def open_it() -> None:
        try:
            Journal(tmp_path, URL).__exit__()
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=open_it) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures and len(kept(tmp_path, 200)) == 200 and not left(tmp_path)


def test_a_file_that_is_just_made_is_never_taken_for_a_dead_ones(tmp_path: Path, monkeypatch) -> None:
    lock, seen = fcntl.flock, []

    def watched(descriptor: int, operation: int) -> None:
        # Somebody else opens the journal in this very moment.
        seen.append(left(tmp_path))
        lock(descriptor, operation)

    with Journal(tmp_path, URL) as journal:
        monkeypatch.setattr(fcntl, "flock", watched)
        received = Received(journal.path)
        assert seen == [[]] and len(left(tmp_path)) == 1
        received.close(is_stored=True)
    assert not left(tmp_path)
