"""The list of files as the database is asked for it: searched, filtered, in order, by pages."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from project.files.models import File
from project.files.rows import folded, view_of
from project.files.view import FilePage, Origin


class SortColumn(StrEnum):
    """What a list of files can be put in order by."""

    NAME = "name"
    SIZE = "size"
    MODIFIED = "modified"
    ROWS = "rows"
    COLUMNS = "columns"
    REJECTS = "rejects"
    ADDED = "added"
    USED = "used"
    DELETED = "deleted"


@dataclass(frozen=True)
class Listing:
    """Which files are asked for. `search` is a part of their names, whatever its cases."""

    search: str = ""
    origin: Origin | None = None
    is_trash: bool = False
    sort: SortColumn = SortColumn.MODIFIED
    descending: bool = True
    offset: int = 0
    limit: int = 50


_COLUMNS = {
    SortColumn.NAME: File.folded,
    SortColumn.SIZE: File.size,
    SortColumn.MODIFIED: File.modified,
    SortColumn.ROWS: File.rows,
    SortColumn.COLUMNS: File.columns,
    SortColumn.REJECTS: File.rejects,
    SortColumn.ADDED: File.added_at,
    SortColumn.USED: File.used_at,
    SortColumn.DELETED: File.deleted_at,
}


def page(session: Session, asked: Listing) -> FilePage:
    """The files that match, from `offset` on, at most `limit`."""
    conditions = _conditions(asked)
    total = session.scalar(select(func.count()).select_from(File).where(*conditions)) or 0
    column = _COLUMNS[asked.sort]
    # What is not known comes last, whichever way; names that differ in cases alone have an order too.
    order = (column.desc() if asked.descending else column.asc()).nulls_last()
    query = select(*File.__table__.columns).where(*conditions).order_by(order, File.name, File.id)
    found = session.execute(query.offset(asked.offset).limit(asked.limit)).all()
    return FilePage(files=tuple(map(view_of, found)), total=total, offset=asked.offset, limit=asked.limit)


def _conditions(asked: Listing) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = [
        File.deleted_at.is_not(None) if asked.is_trash else File.deleted_at.is_(None)
    ]
    # PostgreSQL refuses NUL, UTF-8 lone surrogates, and no name has either.
    search = folded(asked.search.strip().replace("\0", "\N{REPLACEMENT CHARACTER}").encode(errors="replace").decode())
    if search:
        conditions.append(File.folded.contains(search, autoescape=True))
    if asked.origin is not None:
        conditions.append(File.origin == asked.origin)
    return conditions
