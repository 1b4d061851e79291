"""Puts a whole upload into the workspace under its name, in one step that never overwrites what it was not told to."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from itertools import filterfalse
from pathlib import Path

from project.engine.disk import sync
from project.files.copies import candidates
from project.files.uploads.folder import Record, UploadFolder
from project.files.uploads.upload import IfExists
from project.files.workspace import Workspace

_LINKLESS = (errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS)


def place(workspace: Workspace, folder: UploadFolder, record: Record, is_used: Callable[[str], bool]) -> Record:
    """The record with the name that the file has got; may be called again after a death at any point. It gets no name
    that `is_used`: a job that has not ended reads or writes that one.

    Raises InvalidInputError where something that is no file has taken the name.
    """
    name = _placed(workspace, folder, record) or _move(workspace, folder, record, is_used)
    sync(workspace.folder)
    done = record.model_copy(update={"file": name})
    folder.write(done)
    folder.data.unlink(missing_ok=True)
    return done


def _placed(workspace: Workspace, folder: UploadFolder, record: Record) -> str | None:
    """The name under which the bytes are in the workspace since before a death, if they are."""
    try:
        status = folder.data.stat()
    except FileNotFoundError:
        return record.name  # it replaced the file of its name
    if status.st_nlink == 1:
        return None
    with os.scandir(workspace.folder) as entries:
        return next((entry.name for entry in entries if entry.inode() == status.st_ino), None)


def _move(workspace: Workspace, folder: UploadFolder, record: Record, is_used: Callable[[str], bool]) -> str:
    if record.if_exists is IfExists.REPLACE and not is_used(record.name):
        os.replace(folder.data, workspace.uploaded(record.name))
        return record.name
    # Who asked to be refused was refused at the beginning. If the name was taken since, or is a job’s, both are kept:
    # gigabytes that have come are not thrown away.
    free = filterfalse(is_used, candidates(record.name))
    return next(name for name in free if _link(folder.data, workspace.folder / name))


def _link(data: Path, target: Path) -> bool:
    """Whether the name was free."""
    try:
        os.link(data, target)
        return True
    except FileExistsError:
        return False
    except OSError as error:
        if error.errno not in _LINKLESS:
            raise
        return _reserve_and_move(data, target)


def _reserve_and_move(data: Path, target: Path) -> bool:
    """The same where a file can have one name only (exFAT, some network shares): for a moment an empty one has it."""
    try:
        os.close(os.open(target, os.O_CREAT | os.O_EXCL | os.O_WRONLY))
    except FileExistsError:
        return False
    os.replace(data, target)
    return True
