"""Puts what an inspection has found into its place, whole or not at all, and tells what the catalogue keeps of it.

Each attempt moves one folder to a name that is its own: whoever comes second finds nothing to move (docs/adr/0007).
"""

from __future__ import annotations

import os
import shutil
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from project import faults
from project.engine.disk import sync
from project.engine.plan import DATA_FILE, PINNED_INPUT, PROFILE_FILE, REJECTS_FILE
from project.errors import FailureError
from project.files import folder as files_folder
from project.files.view import FileFacts, FileView, Stamp
from project.files.workspace import Workspace
from project.jobs.publish import stamp
from project.jobs.view import JobView

_WHOLE = "inspected"


@dataclass(frozen=True)
class Source:
    """What an attempt reads: the file, and its name for people. `stamp`: that of the file as it is to be inspected."""

    path: Path
    name: str
    stamp: Stamp | None = None


def source_of(workspace: Workspace, file: FileView, job: JobView) -> Source:
    """The file of an inspection, whatever its name is by now. Raises FailureError if its bytes are others by now."""
    if file.version != job.version:
        raise _changed(file.name)
    return Source(workspace.input(file.name), file.name, file.stamp)


def prepare(folder: Path, source: Source) -> tuple[str, str | None]:
    """Gather in one folder what the engine has left; the stamp by which it is known again. All of it is on disk.

    Raises FailureError if the engine has read other bytes than were to be inspected.
    """
    if not _is_read(folder / PINNED_INPUT, source):
        raise _changed(source.name)
    whole = folder / _WHOLE
    whole.mkdir(exist_ok=True)
    for name in (PROFILE_FILE, REJECTS_FILE, DATA_FILE):
        with suppress(FileNotFoundError):
            os.replace(folder / name, whole / name)
    for path in (whole, folder, folder.parent):
        sync(path)
    return stamp(whole / DATA_FILE), None


def publish(workspace: Workspace, folder: Path, job: JobView) -> bool:
    """Move it into place. Whether it is there now, or was; False: it is gone, and the job has to run again."""
    target = place(workspace, job)
    target.parent.mkdir(parents=True, exist_ok=True)
    faults.point("before-inspection")
    moved = True
    try:
        os.rename(folder / _WHOLE, target)
    except FileNotFoundError:
        moved = False
    sync(target.parent)
    return moved or _is_there(target, job)


def discard(workspace: Workspace, job: JobView) -> None:
    """Remove it again: the file was changed or removed meanwhile, so that nobody can ask for it."""
    target = place(workspace, job)
    shutil.rmtree(target, ignore_errors=True)
    with suppress(OSError):  # there are others
        target.parent.rmdir()


def place(workspace: Workspace, job: JobView) -> Path:
    """Where this attempt's inspection is, or will be: the later one of a version, in the order of names, is newer."""
    age = f"{job.created_at.timestamp():017.6f}".replace(".", "") + f"-{job.attempt:06d}"
    return workspace.inspections / str(job.file_id) / f"{job.version}.{age}"


def facts_of(job: JobView) -> FileFacts | None:
    """What the catalogue keeps of it."""
    if job.ledger is None:
        return None
    rows, rejected = job.ledger.kept, job.ledger.rejected
    return FileFacts(rows=rows, columns=len(job.columns), rejects=rejected, dialect=job.dialect)


def _is_read(pinned: Path, source: Source) -> bool:
    """Whether the engine, which holds that what it reads does not change, has read the file with the source's stamp."""
    read = _stamp_of(pinned)
    if read is None or source.stamp is None or read.inode != source.stamp.inode:
        # Some file systems have no second names, or give each name an inode of its own.
        return _stamp_of(source.path) == source.stamp
    return read == source.stamp


def _stamp_of(path: Path) -> Stamp | None:
    with suppress(FileNotFoundError):
        return files_folder.stamp_of(path.lstat())
    return None


def _is_there(target: Path, job: JobView) -> bool:
    with suppress(FileNotFoundError):
        return stamp(target / DATA_FILE) == job.result_stamp
    return False


def _changed(name: str) -> FailureError:
    return FailureError(
        f"“{name}” changed before it was inspected: it is not what it was any more.", code="input_changed"
    )
