"""A view to take away: all of its rows, with the columns that are shown, in any of the formats."""

from __future__ import annotations

from pathlib import PurePath

from project.errors import BeingPreparedError
from project.files.exports.answer import RETRY_SECONDS
from project.files.exports.source import Source, stamp_of
from project.files.grid.making import Making
from project.files.grid.query import GridQuery
from project.files.grid.service import Grid, view_of
from project.files.inspections import Inspection
from project.files.view import FileView


def view_name(file: FileView) -> str:
    """A name for a file with some of its rows."""
    return f"{PurePath(file.name).stem} (view).csv"


def view_source(grid: Grid, file: FileView, inspection: Inspection, query: GridQuery) -> Source:
    """The rows of the view that is asked for; with the columns that are chosen, or else with all.

    Raises BeingPreparedError as long as the view is being made, and InvalidInputError, FailureError.
    """
    columns = grid.columns(inspection)
    view, chosen = view_of(query, columns), columns.chosen(query.columns) if query.columns else columns.all
    names = tuple(column.name for column in chosen)
    key, name = f"view {file.id} {file.version} {view.digest} {query.columns}", view_name(file)
    if view.is_plain:
        return Source(key, name, inspection.data, names, columns.rows, stamp_of(inspection.data))
    found = grid.whole(inspection, query)
    if isinstance(found, Making):
        raise BeingPreparedError(
            f"The rows are being made ready, {found.state.fraction:.0%} so far: ask again in some seconds.",
            retry_seconds=RETRY_SECONDS,
        )
    folder = inspection.views / view.digest
    first, *more = (folder / stretch.name for stretch in found.stretches)
    return Source(key, name, first, names, found.state.total, stamp_of(first), more=tuple(more))
