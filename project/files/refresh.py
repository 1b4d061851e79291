"""Brings the table of files in line with the folder, whatever was done there by hand."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import Executable, bindparam, case, delete, insert, select, update
from sqlalchemy.orm import Session

from project.database import Database
from project.database.clock import now
from project.files import folder, rows
from project.files.compare import Difference, Known, compare, stamp_of
from project.files.models import File
from project.files.trash import Trash
from project.files.view import SeenFile
from project.files.workspace import Workspace

# A statement has a limit of parameters.
_AT_ONCE = 500
_table = File.__table__
_SEEN = select(File.id, File.name, File.size, File.modified, File.inode)
_LIVE = _SEEN.where(File.deleted_at.is_(None))
_BY_ID = update(_table).where(_table.c.id == bindparam("row"))  # type: ignore[arg-type]
_STAMP: dict[str, Any] = {name: bindparam(name) for name in ("size", "modified", "inode")}
_RENAME = _BY_ID.values(name=bindparam("name"), folded=bindparam("folded"), deleted_at=None)
_CHANGE = _BY_ID.values(
    **_STAMP,
    **rows.FOUND,
    **rows.NO_FACTS,
    changed_at=case((_table.c.facts_stamp.is_not(None), now()), else_=_table.c.changed_at),
)


def refresh(database: Database, workspace: Workspace, trash: Trash) -> None:
    """One pass over the folder, compared in memory; nothing is written, and nobody waits, where all is as it was."""
    with database.look_up() as connection:
        known = connection.execute(_LIVE).all()
    if not compare(folder.scan(workspace), known):
        return
    with database.write() as session:
        rows.lock(session)
        bring_in_line(session, workspace, trash)


def bring_in_line(session: Session, workspace: Workspace, trash: Trash) -> None:
    """The same within a transaction that holds the lock: only what differs then does, for others rename too."""
    known = session.execute(_LIVE).all()
    difference = compare(folder.scan(workspace), known)
    if difference:
        _apply(session, difference, known, trash)


def _apply(session: Session, difference: Difference, known: Sequence[Known], trash: Trash) -> None:
    names = {row.id: row.name for row in known}
    # One who was deleting a file was killed between the folder and the table.
    deleted = [id for id in difference.gone if trash.has(id, names[id])]
    _for_ids(session, deleted, lambda some: update(File).where(File.id.in_(some)).values(deleted_at=now()))
    gone = sorted(set(difference.gone) - set(deleted))
    _for_ids(session, gone, lambda some: delete(File).where(File.id.in_(some)))
    added, revived = _parted(session, difference.added, trash)
    moved = [{"row": id, **rows.named(seen.name)} for id, seen in (*difference.renamed, *revived)]
    if moved:
        session.execute(_RENAME, moved)
    if difference.changed:
        session.execute(_CHANGE, [{"row": id, **rows.stamped(seen.stamp)} for id, seen in difference.changed])
    if added:
        session.execute(insert(File), [rows.fresh(seen) for seen in added])


def _parted(
    session: Session, added: tuple[SeenFile, ...], trash: Trash
) -> tuple[list[SeenFile], list[tuple[str, SeenFile]]]:
    """Files that are new, and those that were taken out of the trash by one who was killed before the table told it."""
    if not added:
        return [], []
    query = _SEEN.where(File.deleted_at.is_not(None))
    lost = {stamp_of(row): row.id for row in session.execute(query).all() if not trash.has(row.id, row.name)}
    revived = [(lost.pop(seen.stamp), seen) for seen in added if seen.stamp in lost]
    names = {seen.name for _, seen in revived}
    return [seen for seen in added if seen.name not in names], revived


def _for_ids(session: Session, ids: Sequence[str], statement: Callable[[Sequence[str]], Executable]) -> None:
    for start in range(0, len(ids), _AT_ONCE):
        session.execute(statement(ids[start : start + _AT_ONCE]))
