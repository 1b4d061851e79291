"""The database's guarantees, on SQLite and PostgreSQL, and the migrations."""

from __future__ import annotations

import subprocess
import sys
import threading
from datetime import datetime, timedelta, timezone

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import Engine, event, select, text
from sqlalchemy.exc import StatementError

from config.settings import ROOT
from project.database import Base, Database
from project.database.clock import now
from project.jobs.models import Lease


def migrate(url, revision="head"):
    config = Config(ROOT / "alembic.ini")
    config.attributes["database_url"] = url
    if revision == "base":
        command.downgrade(config, revision)
    else:
        command.upgrade(config, revision)


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_url(request, tmp_path):
    """A database without tables."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'new' / 'empty.db'}"
        return
    server = Database(request.getfixturevalue("postgresql"))
    autocommit = server.engine.execution_options(isolation_level="AUTOCOMMIT")
    with autocommit.connect() as connection:
        connection.execute(text("DROP DATABASE IF EXISTS migrations"))
        connection.execute(text("CREATE DATABASE migrations"))
    yield server.engine.url.set(drivername="postgresql", database="migrations").render_as_string(hide_password=False)
    with autocommit.connect() as connection:
        connection.execute(text("DROP DATABASE migrations WITH (FORCE)"))
    server.close()


def test_the_migrations_make_exactly_what_the_models_say(empty_url):
    migrate(empty_url)
    migrate(empty_url)
    database = Database(empty_url)
    with database.engine.connect() as connection:
        options = {"compare_type": True, "compare_server_default": True}
        assert compare_metadata(MigrationContext.configure(connection, opts=options), Base.metadata) == []
    database.close()


def test_the_migrations_can_be_undone(empty_url):
    migrate(empty_url)
    migrate(empty_url, "base")
    migrate(empty_url)


def test_all_migrations_are_one_transaction(empty_url):
    # Else a second process may look between two of them, and do again what the first one is about to do.
    commits = []
    note = commits.append
    event.listen(Engine, "commit", note)
    try:
        migrate(empty_url)
    finally:
        event.remove(Engine, "commit", note)
    assert len(commits) == 1


def test_two_that_migrate_at_once_wait_for_each_other(empty_url):
    # Processes, as in containers that start together: alembic's own state is one a process.
    script = "import sys; from project.database import Database; from alembic import command; " + (
        "from alembic.config import Config; config = Config('alembic.ini'); "
        "config.attributes['database_url'] = sys.argv[1]; command.upgrade(config, 'head')"
    )
    start = [subprocess.Popen([sys.executable, "-c", script, empty_url], cwd=ROOT) for _ in range(2)]
    assert [process.wait(60) for process in start] == [0, 0]


def test_times_come_back_in_utc_whatever_zone_they_were_given_in(database):
    moment = datetime(2026, 1, 2, 3, 4, 5, 678000, timezone(timedelta(hours=5)))
    with database.write() as session:
        session.add(Lease(name="a", holder="x", until=moment))
    with database.read() as session:
        found = session.scalar(select(Lease.until))
        assert found == moment and found.utcoffset() == timedelta(0)
        assert session.scalar(select(Lease.name).where(Lease.until < now())) == "a"


def test_a_time_without_a_zone_is_refused(database):
    with pytest.raises(StatementError, match="without a zone"), database.write() as session:
        session.add(Lease(name="a", holder="x", until=datetime(2026, 1, 1)))
        session.flush()


def test_the_databases_clock_is_read_and_shifted(database):
    with database.read() as session:
        here = datetime.now(timezone.utc)
        plain, later, earlier = session.execute(select(now(), now(90), now(-90.5))).one()
    assert abs(plain - here) < timedelta(seconds=5)
    assert abs(later - plain - timedelta(seconds=90)) < timedelta(seconds=1)
    assert abs(plain - earlier - timedelta(seconds=90.5)) < timedelta(seconds=1)


def test_an_error_rolls_back_what_was_written(database):
    with pytest.raises(RuntimeError), database.write() as session:
        session.add(Lease(name="a", holder="x", until=datetime.now(timezone.utc)))
        session.flush()
        raise RuntimeError
    with database.read() as session:
        assert session.scalars(select(Lease)).all() == []


def test_sqlite_is_set_up_so_that_nothing_is_lost_and_writers_wait(sqlite_url):
    database = Database(sqlite_url)
    with database.read() as session:
        told = [session.scalar(text(f"PRAGMA {name}")) for name in ("journal_mode", "synchronous", "foreign_keys")]
    assert told == ["delete", 2, 1]
    order = []
    held = threading.Event()

    def second():
        held.wait(10)
        with database.write():
            order.append("second")

    thread = threading.Thread(target=second)
    with database.write() as session:
        thread.start()
        session.execute(text("SELECT 1"))
        held.set()
        thread.join(0.3)
        order.append("first")
    thread.join(10)
    assert order == ["first", "second"]
    database.close()
