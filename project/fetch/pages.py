"""One page of a list as rows of the table of answers."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from project.errors import FailureError
from project.fetch.answers import AnswersTable
from project.fetch.reading import Record, read_records
from project.operations.enrich import ANSWER_KEY, Enrich

# Below this size, the exact reader has done before Numba is loaded.
WORTH_SCANNING_BYTES = 512 * 1024
_MOST_SHOWN = 12


@dataclass(frozen=True)
class Page:
    """The records of a page, as tables if they are many.

    `around`: the page with an empty array in the place of its records, if that is known.
    """

    records: list[Record]
    tables: list[pl.DataFrame]
    around: bytes | None = None

    @property
    def count(self) -> int:
        """How many records there are."""
        return len(self.records) + sum(table.height for table in self.tables)


class PageReader:
    """Reads the pages of one list."""

    def __init__(self, step: Enrich) -> None:
        self._key = step.key
        self._path = step.api.records
        self._null = "null" if step.nulls == "text" else None

    def read(self, body: bytes) -> Page:
        """The records of a page. Raises NotJsonError or OddAnswerError."""
        page = _scanned(body, self._path, self._null) if len(body) >= WORTH_SCANNING_BYTES else None
        return page or Page(read_records(body, self._path, null=self._null), [])

    def put(self, page: Page, table: AnswersTable) -> None:
        """Put a page's records into the table. Raises LimitError."""
        table.add([record.get(self._key) for record in page.records], page.records)
        for rows in page.tables:
            none = pl.Series([None], dtype=pl.String)
            keys = rows[self._key] if self._key in rows.columns else none.new_from_index(0, rows.height)
            # Nothing is computed: the columns are shared.
            table.add_frame(pl.DataFrame([keys.alias(ANSWER_KEY), *rows.get_columns()]))

    def check_key(self, table: AnswersTable) -> None:
        """Raise FailureError where no record has the field that is compared."""
        if table.records and self._key not in table.fields:
            fields = ", ".join(f"“{field}”" for field in table.fields[:_MOST_SHOWN])
            more = " …" if len(table.fields) > _MOST_SHOWN else ""
            raise FailureError(
                f"No record of the API has the field “{self._key}”, which is compared. They have: {fields}{more}.",
                code="no_such_field",
            )


def load() -> None:
    """Load what large pages are read with, so that the first of them does not wait for it."""
    from project.fetch.ahead import scan_sample

    scan_sample()


def _scanned(body: bytes, path: str, null: str | None) -> Page | None:
    from project.fetch.columns import tables_of
    from project.fetch.scanner import UnsureError

    try:
        tables, around = tables_of(body, path, null)
    except UnsureError:
        return None
    return Page([], tables, around)
