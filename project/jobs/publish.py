"""Moves an attempt's files to the names that users see, so that each appears whole or not at all.

Every step may be taken twice, by two processes, in any order with pauses of any length: each moves a file out of the
attempt's folder or into it, so that it happens once and finds nothing to do later (docs/adr/0007).
"""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from project import faults
from project.engine.disk import sync
from project.engine.plan import REJECTS_FILE, RESULT_FILE
from project.errors import NotFoundError
from project.files.exports.source import Source, written
from project.files.workspace import Workspace
from project.jobs.view import JobView

# Where what is replaced goes; once the folder has its other name, nobody can move anything into it any more.
_OPEN = "replaced"
_CLOSED = "replaced.closed"


def prepare(workspace: Workspace, folder: Path, output: str) -> tuple[str, str | None]:
    """The stamps that the result and, if there are any, the rejects will have once published; all of it is on disk.

    Raises InvalidInputError if something stands in the way.
    """
    workspace.output(output)
    (folder / _OPEN).mkdir(exist_ok=True)
    for path in (folder, folder.parent):
        sync(path)
    rejects = folder / REJECTS_FILE
    return stamp(folder / RESULT_FILE), stamp(rejects) if rejects.exists() else None


def publish(workspace: Workspace, folder: Path, job: JobView) -> bool:
    """Move the files into place, rejects first: whoever sees the new result sees its own rejects beside it.

    Whether they are there now, or were: False means that they are gone, and the job has to run again.
    """
    result, rejects = _targets(workspace, job.output)
    faults.point("before-rejects")
    if job.rejects_stamp is None:
        _move(rejects, folder / _OPEN / REJECTS_FILE)
    else:
        _move(folder / REJECTS_FILE, rejects)
    faults.point("between-renames")
    moved = _move(folder / RESULT_FILE, result)
    sync(workspace.folder)
    # Whoever was stopped before the first step can from here on take away no other job's rejects.
    _move(folder / _OPEN, folder / _CLOSED)
    return moved or _is(result, job.result_stamp)


def withdraw(workspace: Workspace, folder: Path, job: JobView) -> None:
    """Move the rejects of a job back whose result could not be moved into place."""
    _, rejects = _targets(workspace, job.output)
    if job.rejects_stamp is not None and _is(rejects, job.rejects_stamp):
        _move(rejects, folder / REJECTS_FILE)


def stamp(path: Path) -> str:
    """Size and time of change: a rename keeps them, a replacement does not."""
    status = path.lstat()
    return f"{status.st_size}:{status.st_mtime_ns}"


def result_file(workspace: Workspace, job: JobView) -> Path:
    """The job's own result. Raises NotFoundError if there is none, or if it is gone or was replaced since."""
    return _own(workspace, job.output, job.result_stamp)


def source(workspace: Workspace, job: JobView) -> Source:
    """The rows of the job's own result, to be converted. Raises NotFoundError as `result_file` does."""
    path = result_file(workspace, job)
    return written(f"result {job.id} {job.result_stamp}", job.output, path, job.ledger.written if job.ledger else None)


def rejects_file(workspace: Workspace, job: JobView) -> Path:
    """The job's own rejects. Raises NotFoundError if there are none, or if they are gone or were replaced since."""
    return _own(workspace, workspace.rejects_name(job.output), job.rejects_stamp)


def _targets(workspace: Workspace, output: str) -> tuple[Path, Path]:
    return workspace.folder / output, workspace.folder / workspace.rejects_name(output)


def _move(source: Path, target: Path) -> bool:
    """Whether there was something to move, and a place to move it to."""
    with suppress(FileNotFoundError):
        os.replace(source, target)
        return True
    return False


def _is(path: Path, expected: str | None) -> bool:
    with suppress(FileNotFoundError):
        return stamp(path) == expected
    return False


def _own(workspace: Workspace, name: str, expected: str | None) -> Path:
    if expected is None:
        raise NotFoundError(f"This job has not written “{name}”.", field="output")
    path = workspace.published(name)
    if not _is(path, expected):
        raise NotFoundError(f"“{name}” has been replaced or changed since this job wrote it.", field="output")
    return path
