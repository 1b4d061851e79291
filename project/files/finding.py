"""Finds a file's row by its ID."""

from __future__ import annotations

import uuid

from sqlalchemy.orm import Session

from project.errors import NotFoundError
from project.files.models import File


def find(session: Session, id: str) -> File:
    """The file of that ID, also in the trash. Raises NotFoundError, also for what is no ID at all."""
    file = session.get(File, id) if _is_id(id) else None
    if file is None:
        raise NotFoundError("There is no such file any more: it was removed, or its ID misses a character.")
    return file


def find_live(session: Session, id: str) -> File:
    """The same, but only if it is in the folder. Raises NotFoundError."""
    file = find(session, id)
    if file.deleted_at is not None:
        raise NotFoundError(f"“{file.name}” has been deleted: take it back first.")
    return file


def _is_id(id: str) -> bool:
    try:
        return str(uuid.UUID(id)) == id
    except ValueError:
        return False
