"""Turns rows of the table of files into values, and values into rows."""

from __future__ import annotations

import unicodedata
import uuid
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.orm import Session

from project.engine.dialect import DialectChoice
from project.files.models import File
from project.files.view import Birth, FileFacts, FileView, Origin, SeenFile, Stamp, moment

# Any number, the same for all who change the folder of files together with its table.
_LOCK = 7_469_356
# A file that is read as is found in it.
NOT_CHOSEN: dict[str, Any] = {"choice": None, "choice_stamp": None}
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
    stamp = Stamp(file.size, file.modified, file.inode)
    return FileView(
        id=file.id,
        name=file.name,
        size=file.size,
        modified=moment(file.modified),
        stamp=stamp,
        origin=Origin(file.origin),
        job_id=file.job_id,
        source=file.source,
        added_at=file.added_at,
        used_at=file.used_at,
        deleted_at=file.deleted_at,
        facts=facts,
        inspected_at=file.inspected_at,
        has_changed=file.changed_at is not None,
        choice=choice_of(file.choice),
        choice_is_older=file.choice is not None and file.choice_stamp != str(stamp),
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
    values: dict[str, Any] = {"origin": birth.origin, "job_id": birth.job_id, "source": birth.source}
    values["changed_at"] = None
    if birth.origin is Origin.RESULT:
        # Results are all written in one way; an upload in a file's place is probably a newer one of the same kind.
        values |= NOT_CHOSEN
    return {**values, **(known(birth.facts, stamp) if birth.facts else NO_FACTS)}


def known(facts: FileFacts, stamp: Stamp) -> dict[str, Any]:
    """The values of facts that were found in the file with that stamp."""
    return {**facts.model_dump(), "facts_stamp": str(stamp)}


def choice_of(text: str | None) -> DialectChoice:
    """How a file is to be read, as it is kept."""
    return DialectChoice.model_validate_json(text) if text else DialectChoice()


def chosen(choice: DialectChoice, stamp: Stamp) -> dict[str, Any]:
    """The values of a file that is to be read so; what was found in it when it was read otherwise holds no more."""
    text = None if choice.is_empty else choice.model_dump_json(exclude_none=True)
    return {**NO_FACTS, "choice": text, "choice_stamp": text and str(stamp)}


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
