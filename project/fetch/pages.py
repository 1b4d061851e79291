"""One page of a list as rows of the table of answers."""

from __future__ import annotations

from project.errors import FailureError
from project.fetch.answers import AnswersTable
from project.fetch.reading import read_records
from project.operations.enrich import Enrich

_MOST_SHOWN = 12


class PageReader:
    """Reads the pages of one list."""

    def __init__(self, step: Enrich) -> None:
        self._key = step.key
        self._path = step.api.records
        self._null = "null" if step.nulls == "text" else None

    def read(self, body: bytes, table: AnswersTable) -> None:
        """Put a page's records into the table. Raises NotJsonError, OddAnswerError or LimitError."""
        records = read_records(body, self._path, null=self._null)
        table.add([record.get(self._key) for record in records], records)

    def check_key(self, table: AnswersTable) -> None:
        """Raise FailureError where no record has the field that is compared."""
        if table.records and self._key not in table.fields:
            fields = ", ".join(f"“{field}”" for field in table.fields[:_MOST_SHOWN])
            more = " …" if len(table.fields) > _MOST_SHOWN else ""
            raise FailureError(
                f"No record of the API has the field “{self._key}”, which is compared. They have: {fields}{more}.",
                code="no_such_field",
            )
