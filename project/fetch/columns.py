"""Large answers as tables: Polars takes up what the scanner has found, a batch at a time."""

from __future__ import annotations

import polars as pl

from project.fetch.scanner import Batch, PageScanner

_END = "\0"


def tables_of(body: bytes, path: str, null: str | None) -> tuple[list[pl.DataFrame], bytes]:
    """The records of a large answer as `read_records` would give them, as tables of texts, a column a field.

    With what is around them: the answer with an empty array in their place. Raises UnsureError.
    """
    scanner = PageScanner(body, path, null)
    tables = [table_of(batch) for batch in scanner.records()]
    return tables, scanner.around()


def table_of(batch: Batch) -> pl.DataFrame:
    """The batch as a table of texts."""
    schema = dict.fromkeys((*batch.columns, _END), pl.String)
    table = pl.read_csv(batch.csv, has_header=False, schema=schema, infer_schema=False)
    table.drop_in_place(_END)
    return table
