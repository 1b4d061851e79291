"""Moves an attempt's files to the names that users see, so that each appears whole or not at all."""

from __future__ import annotations

import os
from pathlib import Path

from project.engine.plan import REJECTS_FILE, RESULT_FILE
from project.errors import NotFoundError
from project.files.workspace import Workspace
from project.jobs.view import JobView


def stamps(folder: Path) -> tuple[str, str | None]:
    """The stamps that the attempt's result and, if there are any, its rejects will have once published."""
    rejects = folder / REJECTS_FILE
    return stamp(folder / RESULT_FILE), stamp(rejects) if rejects.exists() else None


def publish(workspace: Workspace, folder: Path, output: str) -> None:
    """Rename the files into place, rejects first: whoever sees the new result sees its own rejects beside it."""
    target = workspace.output(output)
    rejects = target.with_name(workspace.rejects_name(output))
    try:
        os.replace(folder / REJECTS_FILE, rejects)
    except FileNotFoundError:
        rejects.unlink(missing_ok=True)
    os.replace(folder / RESULT_FILE, target)
    _sync(workspace.folder)


def stamp(path: Path) -> str:
    """Size and time of change: a rename keeps them, a replacement does not."""
    status = path.lstat()
    return f"{status.st_size}:{status.st_mtime_ns}"


def result_file(workspace: Workspace, job: JobView) -> Path:
    """The job's own result. Raises NotFoundError if there is none, or if it is gone or was replaced since."""
    return _own(workspace, job.output, job.result_stamp)


def rejects_file(workspace: Workspace, job: JobView) -> Path:
    """The job's own rejects. Raises NotFoundError if there are none, or if they are gone or were replaced since."""
    return _own(workspace, workspace.rejects_name(job.output), job.rejects_stamp)


def _own(workspace: Workspace, name: str, expected: str | None) -> Path:
    if expected is None:
        raise NotFoundError(f"This job has not written “{name}”.", field="output")
    path = workspace.published(name)
    if stamp(path) != expected:
        raise NotFoundError(f"“{name}” has been replaced or changed since this job wrote it.", field="output")
    return path


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
