"""What a job's page shows of its published files: their first rows, ready to be set as tables."""

from __future__ import annotations

from dataclasses import dataclass

from project.errors import NotFoundError
from project.files.workspace import Workspace
from project.jobs import preview
from project.jobs.present import looks_numeric
from project.jobs.states import JobState
from project.jobs.view import JobView


@dataclass(frozen=True)
class Column:
    """A column's name, and whether its shown cells all read as numbers."""

    name: str
    numeric: bool


@dataclass(frozen=True)
class Grid:
    """The first rows; each has one cell a column. `hidden_columns` are in the file but not here."""

    columns: tuple[Column, ...]
    rows: tuple[tuple[str, ...], ...]
    hidden_columns: int


@dataclass(frozen=True)
class Files:
    """The parts of a job's files that are there, and a sentence for each that is not."""

    result: Grid | None = None
    rejects: tuple[preview.Reject, ...] = ()
    missing: tuple[str, ...] = ()


def files_of(workspace: Workspace, job: JobView) -> Files:
    """What can be shown of a succeeded job's files; nothing of any other's, nor of one that writes none."""
    if job.state is not JobState.SUCCEEDED or not job.writes_file:
        return Files()
    result: Grid | None = None
    rejects: tuple[preview.Reject, ...] = ()
    missing: list[str] = []
    try:
        result = _grid(preview.result_rows(workspace, job), job)
    except NotFoundError as error:
        missing.append(error.message)
    try:
        rejects = preview.reject_rows(workspace, job)
    except NotFoundError as error:
        missing.append(error.message)
    return Files(result, rejects, tuple(missing))


def _grid(table: preview.Table, job: JobView) -> Grid:
    width = len(table.columns)
    rows = tuple((row + ("",) * width)[:width] for row in table.rows)
    columns = tuple(
        Column(name, looks_numeric([row[index] for row in rows])) for index, name in enumerate(table.columns)
    )
    return Grid(columns, rows, max(0, len(job.columns) - width))
