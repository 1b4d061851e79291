"""The JSON interface of the grid: the rows of an inspected file, filtered and sorted."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from flask import Blueprint, Response, request, url_for
from werkzeug.datastructures import MultiDict

from project import current
from project.api.asking import MOST, limit
from project.errors import ConflictError
from project.files.exports.answer import for_program, is_asked
from project.files.grid.columns import GridColumn
from project.files.grid.downloads import view_source
from project.files.grid.query import GridQuery, names_text, whole
from project.files.grid.service import GridPage

grid = Blueprint("api_grid", __name__, url_prefix="/api/v1/files/<file_id>")
_MOST_CHARACTERS = 10_000
_MOST_OFFSET = 10**15 - 2


@grid.get("/rows")
def rows(file_id: str) -> tuple[dict[str, Any], int] | Response:
    """Rows of an inspected file; all that meet the conditions, as a file, with `format`.

    For example `?offset=73000000&limit=100&sort=-Plays&where=[{"column": "Song", "test": "contains", "value": "a"}]`
    `&columns=["Song"]`; 202 while they are made ready.
    """
    file = current.catalogue().get(file_id)
    inspection = current.inspections().of(file)
    if inspection is None:
        raise ConflictError(f"“{file.name}” was not inspected yet.", code="not_inspected")
    query, offset = _query(), whole("offset", request.args.get("offset", ""), 0, _MOST_OFFSET, 0)
    columns = current.grid().columns(inspection)
    names = names_text(request.args.get("columns", ""))
    shown = [columns.named(name) for name in names] if names else columns.all
    query = replace(query, columns=tuple(column.index for column in shown), row=offset + 1, rows=limit(MOST))
    if is_asked():
        return for_program(lambda: view_source(current.grid(), file, inspection, query))
    found = current.grid().page(inspection, query, _MOST_CHARACTERS)
    if found.making:
        return {"state": "making", "fraction": found.making.fraction, "total": found.total}, 202
    return _page_json(file.id, found, offset), 200


def _query() -> GridQuery:
    known = {name: request.args.getlist(name) for name in ("where", "sort")}
    return GridQuery.parse(MultiDict(known))


def _page_json(file_id: str, page: GridPage, offset: int) -> dict[str, Any]:
    is_beyond = page.query.row != offset + 1
    return {
        "state": "ready",
        "offset": offset,
        "total": page.total,
        "columns": [_column_json(column) for column in page.shown],
        "rows": [] if is_beyond else [_row_json(file_id, page, row) for row in page.rows],
    }


def _column_json(column: GridColumn) -> dict[str, Any]:
    return {"name": column.name, "shape": column.profile.shape.value, "compared_as_numbers": column.is_number}


def _row_json(file_id: str, page: GridPage, row: Any) -> dict[str, Any]:
    return {
        "row": row.number + 1,
        "cells": [
            _long_json(file_id, row.number, column, cell) if cell.is_cut else cell.text
            for column, cell in zip(page.shown, row.cells, strict=True)
        ],
    }


def _long_json(file_id: str, row: int, column: GridColumn, cell: Any) -> dict[str, Any]:
    """A text that is too long for a list: its beginning, its length in characters, and where all of it is."""
    address = url_for("grid.cell", file_id=file_id, row=row + 1, column=column.index + 1)
    return {"text": cell.text, "length": cell.length, "href": address}
