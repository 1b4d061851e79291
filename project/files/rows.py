"""Turns rows of the table of files into values, and values into rows."""

from __future__ import annotations

import unicodedata
import uuid
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.orm import Session

from project.files.models import File
from project.files.view import Birth, FileFacts, FileView, Origin, SeenFile, Stamp, moment

# Any number, the same for all who change the folder of files together with its table.
_LOCK = 7_469_356
# What is not known of a file that nobody has looked into.
NO_FACTS: dict[str, Any] = {
    "rows": None,
    "columns": None,
    "rejects": None,
    "dialect": None,
    "inspected_at": None,
    "facts_stamp": None,
}
FOUND: dict[str, Any] = {"origin": Origin.FOUND, "job_id": None, "source": None}


def view_of(file: File | Row[Any]) -> FileView:
    """The file as a frozen value."""
    facts = FileFacts(rows=file.rows, columns=file.columns, rejects=file.rejects, dialect=file.dialect)
    return FileView(
        id=file.id,
        name=file.name,
        size=file.size,
        modified=moment(file.modified),
        stamp=Stamp(file.size, file.modified, file.inode),
        origin=Origin(file.origin),
        job_id=file.job_id,
        source=file.source,
        added_at=file.added_at,
        used_at=file.used_at,
        deleted_at=file.deleted_at,
        facts=facts,
        inspected_at=file.inspected_at,
        has_changed=file.changed_at is not None,
    )


def fresh(seen: SeenFile) -> dict[str, Any]:
    """The values of a new row."""
    return {"id": str(uuid.uuid4()), **named(seen.name), **stamped(seen.stamp)}


def named(name: str) -> dict[str, str]:
    """The values that follow from a name."""
    return {"name": name, "folded": folded(name)}


def stamped(stamp: Stamp) -> dict[str, int]:
    """The values that a stamp consists of."""
    return {"size": stamp.size, "modified": stamp.modified, "inode": stamp.inode}


def born(birth: Birth, stamp: Stamp) -> dict[str, Any]:
    """The values of a file that Rowmill has written itself."""
    values = {"origin": birth.origin, "job_id": birth.job_id, "source": birth.source, "changed_at": None}
    return {**values, **(known(birth.facts, stamp) if birth.facts else NO_FACTS)}


def known(facts: FileFacts, stamp: Stamp) -> dict[str, Any]:
    """The values of facts that were found in the file with that stamp."""
    return {**facts.model_dump(), "facts_stamp": str(stamp)}


def folded(text: str) -> str:
    """The text as it is searched: databases differ in what they take for the same letter."""
    return unicodedata.normalize("NFC", text).casefold()


def lock(session: Session, *, shared: bool = False) -> None:
    """Until the session's end, no other one changes the folder and the table; those that share it do not either.

    On SQLite every session that writes is alone anyway.
    """
    if session.get_bind().dialect.name == "postgresql":
        function = "pg_advisory_xact_lock_shared" if shared else "pg_advisory_xact_lock"
        session.execute(text(f"SELECT {function}(:lock)"), {"lock": _LOCK})
