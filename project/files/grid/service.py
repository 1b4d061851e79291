"""The grid's service: pages of an inspected file's rows, and single values. Knows no Flask."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from project.engine.viewing.state import State
from project.engine.viewing.view import View, ViewPlan
from project.errors import NotFoundError
from project.files.grid.columns import GridColumn, GridColumns, columns_of
from project.files.grid.making import Making, Ready, Views
from project.files.grid.query import GridQuery
from project.files.inspections import Inspection

if TYPE_CHECKING:
    from project.engine.viewing.pages import Row

# A wide file shows so many columns until others are chosen.
FIRST_COLUMNS = 30
# A cell shows at most so many characters; the whole text has an address of its own.
MOST_CHARACTERS = 500


@dataclass(frozen=True)
class GridPage:
    """Some rows of a view. `total`: how many it has, once that is known; `making`: it is not there yet, and how far."""

    query: GridQuery
    columns: GridColumns
    shown: tuple[GridColumn, ...]
    view: View
    rows: tuple[Row, ...] = ()
    total: int | None = None
    making: State | None = None

    @property
    def last(self) -> int:
        """The last row that is shown, counted as `query.row` is."""
        return self.query.row + len(self.rows) - 1

    @property
    def is_counting(self) -> bool:
        """Whether there are rows, but how many the view has is not known yet."""
        return self.total is None and bool(self.rows)

    @property
    def has_more(self) -> bool:
        """Whether there are rows behind, as far as is known."""
        return len(self.rows) == self.query.rows and (self.total is None or self.last < self.total)


class Grid:
    """`memory_mb()`: what a process that makes a view may use."""

    def __init__(self, views: Views, memory_mb: Callable[[], int]) -> None:
        self.views = views
        self._memory_mb = memory_mb

    def page(self, inspection: Inspection, query: GridQuery, most: int = MOST_CHARACTERS) -> GridPage:
        """The page that is asked for, with at most so many characters a cell; behind the rows' end, the last one.

        Raises InvalidInputError, FailureError.
        """
        columns = columns_of(inspection.profile)
        view = view_of(query, columns)
        page = GridPage(query, columns, _shown(query, columns), view)
        return self._of_file(inspection, page, most) if view.is_plain else self._of_view(inspection, page, most)

    def whole(self, inspection: Inspection, query: GridQuery) -> Ready | Making:
        """Where all rows of a view lie that has conditions or an order. Raises InvalidInputError, FailureError."""
        columns = columns_of(inspection.profile)
        page = GridPage(query, columns, (), view_of(query, columns))
        return self.views.find(self._plan(inspection, page), 0, columns.rows)

    def columns(self, inspection: Inspection) -> GridColumns:
        """What is known of the file's columns."""
        return columns_of(inspection.profile)

    def text(self, inspection: Inspection, row: int, column: int) -> str | None:
        """One value, whole; None if it is missing. `row`: its number in the file, from 0 on. Raises NotFoundError."""
        from project.engine.viewing.pages import text_of

        columns = columns_of(inspection.profile)
        if not (0 <= row < columns.rows and 0 <= column < len(columns.all)):
            raise NotFoundError("The file has no such cell.")
        return text_of(inspection.data, row, columns.all[column].name)

    def _of_file(self, inspection: Inspection, page: GridPage, most: int) -> GridPage:
        from project.engine.viewing.pages import rows_of_file

        total = page.columns.rows
        query = _within(page.query, total)
        names = [column.name for column in page.shown]
        rows = rows_of_file(inspection.data, query.row - 1, query.rows, names, most)
        return replace(page, query=query, rows=rows, total=total)

    def _of_view(self, inspection: Inspection, page: GridPage, most: int) -> GridPage:
        from project.engine.viewing.pages import rows_of_view

        plan = self._plan(inspection, page)
        query = page.query
        found = self.views.find(plan, query.row - 1, query.rows)
        if found.state.total is not None and query.row > max(1, found.state.total):
            query = _within(query, found.state.total)
            found = self.views.find(plan, query.row - 1, query.rows)
        page = replace(page, query=query, total=found.state.total)
        if isinstance(found, Making):
            return replace(page, making=found.state)
        names = [column.name for column in page.shown]
        return replace(page, rows=rows_of_view(plan.folder, found.stretches, names, most))

    def _plan(self, inspection: Inspection, page: GridPage) -> ViewPlan:
        return ViewPlan(
            view=page.view,
            data=inspection.data,
            folder=inspection.views / page.view.digest,
            gate=self.views.gate,
            columns=page.columns.known,
            rows=page.columns.rows,
            memory_mb=self._memory_mb(),
            disk_mb=self.views.megabytes(),
        )


def view_of(query: GridQuery, columns: GridColumns) -> View:
    """The view that is asked for, over these columns. Raises InvalidInputError."""
    for condition in query.where:
        columns.named(condition.column).check(condition)
    keys = (columns.named(each.column).key(descending=each.descending) for each in query.sort)
    return View(where=query.where, by=tuple(keys))


def _shown(query: GridQuery, columns: GridColumns) -> tuple[GridColumn, ...]:
    return columns.chosen(query.columns) if query.columns else columns.all[:FIRST_COLUMNS]


def _within(query: GridQuery, total: int) -> GridQuery:
    """The same, but from the last page on where there are fewer rows."""
    if query.row <= max(1, total):
        return query
    return replace(query, row=(total - 1) // query.rows * query.rows + 1)
