"""What is in the workspace folder right now: one pass over it, without opening a file."""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping

from project.errors import UnavailableError
from project.files import names
from project.files.view import SeenFile, Stamp
from project.files.workspace import Workspace

# Databases hold signed numbers of 64 bits; file systems tell numbers of inodes, and times, that are beyond them.
_MOST = 2**63 - 1


def scan(workspace: Workspace) -> Mapping[str, Stamp]:
    """The regular files that a user can name, never symlinks. Raises UnavailableError if the folder cannot be read."""
    found = {}
    try:
        with os.scandir(workspace.folder) as entries:
            for entry in entries:
                if names.is_name(entry.name) and entry.is_file(follow_symlinks=False):
                    if (stamp := _stamp_of(entry)) is not None:
                        found[entry.name] = stamp
    except OSError as error:
        raise UnavailableError(
            f"The workspace folder cannot be read: {error.strerror or error}.", code="workspace"
        ) from error
    return found


def look(workspace: Workspace, name: str) -> SeenFile | None:
    """The regular file of that name, if there is one."""
    try:
        status = (workspace.folder / name).lstat()
    except OSError:
        return None
    return SeenFile(name, stamp_of(status)) if stat.S_ISREG(status.st_mode) and names.is_name(name) else None


def stamp_of(status: os.stat_result) -> Stamp:
    """The stamp of a file whose status that is."""
    modified = max(-_MOST, min(_MOST, status.st_mtime_ns))
    return Stamp(status.st_size, modified, status.st_ino & _MOST)


def _stamp_of(entry: os.DirEntry[str]) -> Stamp | None:
    try:
        return stamp_of(entry.stat(follow_symlinks=False))
    except FileNotFoundError:
        return None  # gone since the folder was read
