"""A process that is forked while another thread writes can use the database itself."""

from __future__ import annotations

import os
import signal
import threading

import pytest
from sqlalchemy import text

from project.database import Database


@pytest.fixture
def busy_thread(database):
    """Another thread in the middle of a transaction, which ends some time after the fork was asked for."""
    begun, end = threading.Event(), threading.Event()

    def write() -> None:
        with database.write() as session:
            session.execute(text("DELETE FROM leases"))
            begun.set()
            end.wait(0.5)

    thread = threading.Thread(target=write)
    thread.start()
    assert begun.wait(10)
    yield
    end.set()
    thread.join()


def status_of_child(database: Database) -> int:
    child = os.fork()
    if child == 0:
        signal.alarm(30)
        try:
            with database.write() as session:
                session.execute(text("DELETE FROM leases"))
        except BaseException:
            os._exit(1)
        os._exit(0)
    return os.waitpid(child, 0)[1]


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_fork_waits_for_the_transactions_of_other_threads(database, busy_thread):
    assert status_of_child(database) == 0


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_the_parent_goes_on_after_a_fork(database):
    database.ping()
    assert status_of_child(database) == 0
    database.ping()
