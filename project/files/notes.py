"""What others note about files within transactions of their own: that a job reads one, or has written one."""

from __future__ import annotations

from sqlalchemy import bindparam, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from project.database.clock import now
from project.engine.dialect import DialectChoice
from project.files import folder, rows
from project.files.models import File
from project.files.view import Birth, FileFacts, SeenFile, Stamp
from project.files.workspace import Workspace

_OF_THAT_NAME = (File.name == bindparam("name"), File.deleted_at.is_(None))
_ID_OF = select(File.id).where(*_OF_THAT_NAME)
_CHOICE_OF = select(File.choice).where(*_OF_THAT_NAME)


def hold(session: Session, workspace: Workspace, name: str) -> None:
    """Make sure that a file which is about to be used is still there: until the session's end it can neither be renamed
    nor deleted. Raises what `Workspace.input` raises."""
    rows.lock(session, shared=True)
    workspace.input(name)
    seen = folder.look(workspace, name)
    if seen is not None:  # else a link: the catalogue has no place for these
        _add_missing(session, seen)


def _add_missing(session: Session, seen: SeenFile) -> None:
    """Several at once may meet here, for all of them share the lock."""
    if session.scalar(_ID_OF, {"name": seen.name}) is None:
        insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
        session.execute(insert(File).values(rows.fresh(seen)).on_conflict_do_nothing())


def note_used(session: Session, name: str) -> None:
    """A job begins to read the file of that name."""
    session.execute(update(File).where(File.name == name, File.deleted_at.is_(None)).values(used_at=now()))


def note_facts(session: Session, id: str, stamp: Stamp, facts: FileFacts) -> bool:
    """What was found in the file while it had that stamp; whether it still has it, so that this was kept."""
    values = {**rows.known(facts, stamp), "inspected_at": now(), "changed_at": None}
    same = [getattr(File, name) == value for name, value in rows.stamped(stamp).items()]
    query = update(File).where(File.id == id, *same).values(values).returning(File.id)
    return bool(session.execute(query).all())


def note_inspection(session: Session, id: str, version: str, facts: FileFacts) -> bool:
    """What an inspection of that version of the file has found; whether it is still the version that is there."""
    file = session.get(File, id)
    view = rows.view_of(file) if file else None
    return view is not None and view.version == version and note_facts(session, id, view.stamp, facts)


def kept_choice(session: Session, name: str) -> DialectChoice:
    """How the file of that name is to be read, as somebody has set it by hand; empty: as is found in it."""
    return rows.choice_of(session.scalar(_CHOICE_OF, {"name": name}))


def note_births(session: Session, births: tuple[tuple[SeenFile, Birth], ...]) -> None:
    """Rowmill has written these files; a file that had one of the names before was replaced."""
    if births:
        rows.lock(session)
    for seen, birth in births:
        _note_birth(session, seen, birth)


def _note_birth(session: Session, seen: SeenFile, birth: Birth) -> None:
    values = {**rows.stamped(seen.stamp), **rows.born(birth, seen.stamp), "added_at": now()}
    id = session.scalar(_ID_OF, {"name": seen.name})
    if id is None:
        session.execute(insert(File).values({**rows.fresh(seen), **values}))
    else:
        session.execute(update(File).where(File.id == id).values({**values, "used_at": None}))
