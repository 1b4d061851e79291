"""Runs the migrations on the database of the settings, one migrating process at a time."""

from __future__ import annotations

from alembic import context
from sqlalchemy import Connection, text

import project.files.models  # noqa: F401 - its tables belong to what is compared
import project.jobs.models  # noqa: F401 - so do these
import project.secrets.models  # noqa: F401 - and these
from config.settings import load
from project.database import Base, Database

# Any number, the same for all who migrate this product.
_LOCK = 7_469_355


def _migrate(connection: Connection) -> None:
    context.configure(
        connection=connection, target_metadata=Base.metadata, render_as_batch=connection.dialect.name == "sqlite"
    )
    with context.begin_transaction():
        if connection.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
        context.run_migrations()


def _run() -> None:
    url = context.config.attributes.get("database_url") or load().database
    database = Database(url)
    # One transaction around all: on SQLite, alembic would begin one for each migration, and what a second process has
    # seen of the first one's could be old by then. Its BEGIN IMMEDIATE makes the second one wait before it looks.
    with database.engine.execution_options(rowmill_write=True).begin() as connection:
        _migrate(connection)
    database.close()


_run()
