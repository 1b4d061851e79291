"""The catalogue: every file of the workspace, what is known of it, and what can be done with it. Knows no Flask."""

from __future__ import annotations

import logging
import math
import shutil
import threading
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import ColumnElement, delete, select, update
from sqlalchemy.orm import Session

from project.database import Database
from project.database.clock import now
from project.engine.dialect import DialectChoice
from project.engine.disk import sync
from project.errors import ConflictError, NotFoundError
from project.files import folder, listing, moving, names, notes, rows
from project.files.finding import find, find_live
from project.files.listing import Listing
from project.files.models import File
from project.files.refresh import bring_in_line, refresh
from project.files.refusals import in_words
from project.files.trash import Trash
from project.files.view import Birth, FileFacts, FilePage, FileView, Stamp, Use
from project.files.workspace import Workspace

UseOf = Callable[[str], Use | None]
"""What a job that has not ended does with a name."""
Uses = Callable[[Session, Collection[str]], Mapping[str, Use]]
log = logging.getLogger(__name__)
_EVERY_SECONDS = 1.0


class Catalogue:
    """The folder is the truth about bytes and names; the table beside it remembers what cannot be seen there.

    `uses` tells which of some names a job that has not ended reads or writes. What is deleted lies in the trash for
    `trash_hours`.
    """

    def __init__(self, database: Database, workspace: Workspace, uses: Uses, trash_hours: float = 24.0) -> None:
        self._database = database
        self._workspace = workspace
        self._uses = uses
        self._trash = Trash(workspace)
        self.trash_hours = trash_hours
        self._refreshing = threading.Lock()
        self._refreshed_at = -math.inf

    def refresh(self) -> None:
        """Bring the table in line with the folder. Raises UnavailableError."""
        refresh(self._database, self._workspace, self._trash)

    def refresh_if_due(self) -> None:
        """The same, but once a second at most, however many ask."""
        with self._refreshing:
            if time.monotonic() - self._refreshed_at < _EVERY_SECONDS:
                return
            self.refresh()
            self._refreshed_at = time.monotonic()

    def page(self, asked: Listing) -> FilePage:
        """Some of the files, as the folder has them now."""
        self.refresh_if_due()
        with self._database.read() as session:
            return listing.page(session, asked)

    def uses(self, files: Collection[FileView]) -> Mapping[str, Use]:
        """By name, what jobs that have not ended do with these files."""
        with self._database.read() as session:
            return self._uses(session, [file.name for file in files])

    def get(self, id: str) -> FileView:
        """The file of that ID, also if it is in the trash. Raises NotFoundError, also for what is no ID at all."""
        with self._database.read() as session:
            return rows.view_of(find(session, id))

    def find(self, id: str) -> FileView:
        """The file of that ID as the folder has it right now. Raises NotFoundError, also if it is in the trash."""
        self.refresh()
        with self._database.read() as session:
            return rows.view_of(find_live(session, id))

    def find_named(self, name: str) -> FileView:
        """The file that has that name in the folder right now. Raises NotFoundError."""
        self.refresh()
        file = self.named(name)
        if file is None:
            raise NotFoundError(f"There is no file “{name[:300]}” in the workspace.")
        return file

    def named(self, name: str) -> FileView | None:
        """The file of that name in the folder, as it was last seen there; None if none is known."""
        if not names.is_name(name):
            return None
        with self._database.read() as session:
            file = session.scalars(select(File).where(_is_live(name))).one_or_none()
            return rows.view_of(file) if file is not None else None

    def path(self, file: FileView) -> Path:
        """Where its bytes are. Raises NotFoundError if it is in the trash, or no longer there."""
        if file.deleted_at is not None:
            raise NotFoundError(f"“{file.name}” has been deleted.")
        return self._present(file.name)

    def rename(self, id: str, name: str) -> FileView:
        """Give it another name. Raises NotFoundError, InvalidInputError (the name), ConflictError (the name is taken,
        or a job uses it, or the file) or FailureError (the folder cannot be written)."""
        with self._change() as session:
            file = find_live(session, id)
            if file.name == name:
                return rows.view_of(file)
            names.check_new_name(name, file.name)
            self._check_free(session, file.name, f"“{file.name}”")
            self._check_free(session, name, f"the name “{name}”", field="name")
            with in_words(file.name):
                self._move(self._present(file.name), self._workspace.folder / name)
            log.info("file renamed", extra={"file": id, "was": file.name, "file_name": name})
            return self._update(session, id, **rows.named(name))

    def delete(self, id: str) -> FileView:
        """Move it into the trash. Raises NotFoundError, ConflictError (a job uses it) or FailureError."""
        with self._change() as session:
            file = find_live(session, id)
            self._check_free(session, file.name, f"“{file.name}”")
            self._present(file.name)
            with in_words(file.name):
                self._trash.put(id, file.name)
            log.info("file deleted", extra={"file": id, "file_name": file.name})
            return self._update(session, id, deleted_at=now())

    def undelete(self, id: str) -> FileView:
        """Take it out of the trash, under another name if its own is taken. Raises NotFoundError or FailureError."""
        with self._change() as session:
            file = find(session, id)
            if file.deleted_at is None:
                return rows.view_of(file)  # somebody has pressed the button twice
            with in_words(file.name):
                name = self._trash.take_out(id, file.name, lambda name: name in self._uses(session, [name]))
            log.info("file taken back", extra={"file": id, "file_name": name})
            return self._update(session, id, deleted_at=None, **rows.named(name))

    def purge(self, id: str) -> FileView:
        """Remove a deleted file for good. Raises NotFoundError, or ConflictError if it is not in the trash."""
        with self._database.write() as session:
            rows.lock(session)
            file = find(session, id)
            if file.deleted_at is None:
                raise ConflictError(f"“{file.name}” is not in the trash: delete it first.")
            view = rows.view_of(file)
            session.delete(file)
        self._remove_bytes(id)
        log.info("file removed", extra={"file": id, "file_name": view.name})
        return view

    def empty_trash(self) -> None:
        """Remove for good what was deleted longer ago than can be taken back, and what nobody knows any more."""
        with self._database.look_up() as connection:
            over = connection.scalars(select(File.id).where(self._is_over())).all()
        for id in over:
            self._remove(id)
        for id in self._trash.strangers():
            if not self._is_known(id):
                self._trash.remove(id)

    def _is_over(self) -> ColumnElement[bool]:
        return File.deleted_at < now(-3600 * self.trash_hours)

    def _remove(self, id: str) -> None:
        # First the row, and only if nobody has taken the file back meanwhile.
        with self._database.write() as session:
            rows.lock(session)
            removed = session.scalar(delete(File).where(File.id == id, self._is_over()).returning(File.name))
        if removed is not None:
            self._remove_bytes(id)
            log.info("file removed", extra={"file": id, "file_name": removed})

    def _remove_bytes(self, id: str) -> None:
        self._trash.remove(id)
        shutil.rmtree(self._workspace.inspections / id, ignore_errors=True)

    def note_birth(self, name: str, birth: Birth) -> FileView:
        """Rowmill has put this file into the folder. Raises NotFoundError if it is not there."""
        seen = folder.look(self._workspace, name)
        if seen is None:
            raise NotFoundError(f"There is no file “{name}” in the workspace.")
        with self._database.write() as session:
            notes.note_births(session, ((seen, birth),))
            return rows.view_of(session.scalars(select(File).where(_is_live(name))).one())

    @contextmanager
    def naming(self) -> Iterator[UseOf]:
        """While it lasts, no job begins to use a name that is free, and nobody else gives one to a file."""
        with self._database.write() as session:
            rows.lock(session)
            yield lambda name: self._uses(session, [name]).get(name)

    def note_facts(self, id: str, stamp: Stamp, facts: FileFacts) -> bool:
        """What was found in the file while it had that stamp; whether it still has it, so that this was kept."""
        with self._database.write() as session:
            return notes.note_facts(session, id, stamp, facts)

    def keep_reading(self, id: str, choice: DialectChoice) -> FileView:
        """From now on, the file is read so, unless a job says otherwise; an empty choice: as is found in it.

        Raises NotFoundError."""
        with self._change() as session:
            view = rows.view_of(find_live(session, id))
            if view.choice == choice and not view.choice_is_older:
                return view
            log.info("reading kept", extra={"file": id, "choice": choice.sentence()})
            return self._update(session, id, **rows.chosen(choice, view.stamp))

    @contextmanager
    def _change(self) -> Iterator[Session]:
        with self._database.write() as session:
            rows.lock(session)
            bring_in_line(session, self._workspace, self._trash)
            yield session

    def _check_free(self, session: Session, name: str, what: str, field: str | None = None) -> None:
        use = self._uses(session, [name]).get(name)
        if use is not None:
            raise ConflictError(
                f"The job {use.job_id} {use.does} {what} and has not ended: wait for it, or cancel it.", field=field
            )

    def _present(self, name: str) -> Path:
        if folder.look(self._workspace, name) is None:
            raise NotFoundError(f"“{name}” is not in the workspace any more.")
        return self._workspace.folder / name

    def _move(self, source: Path, target: Path) -> None:
        try:
            moving.move(source, target)
        except FileExistsError:
            raise ConflictError(
                f"There is a file “{target.name}” already: choose another name.", field="name"
            ) from None
        sync(self._workspace.folder)

    def _update(self, session: Session, id: str, **values: object) -> FileView:
        session.execute(update(File).where(File.id == id).values(values))
        file = find(session, id)
        session.refresh(file)
        return rows.view_of(file)

    def _is_known(self, id: str) -> bool:
        with self._database.read() as session:
            return session.scalar(select(File.id).where(File.id == id)) is not None


def _is_live(name: str) -> ColumnElement[bool]:
    return (File.name == name) & File.deleted_at.is_(None)
