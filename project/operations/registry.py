"""The operations that there are, and what a form needs to know to offer them."""

from __future__ import annotations

import inspect
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import Field

from project.operations.aggregate import Aggregate
from project.operations.enrich import Enrich
from project.operations.filter import Filter
from project.operations.join import Join
from project.operations.sort import Sort

Step = Annotated[Filter | Aggregate | Sort | Join | Enrich, Field(discriminator="operation")]

OPERATIONS: dict[str, type[Filter] | type[Aggregate] | type[Sort] | type[Join] | type[Enrich]] = {
    "filter": Filter,
    "aggregate": Aggregate,
    "sort": Sort,
    "join": Join,
    "enrich": Enrich,
}


@dataclass(frozen=True)
class Description:
    """What a form needs of one operation. `fields` is a JSON schema in which every field has a description."""

    name: str
    title: str
    summary: str
    fields: dict[str, Any]


def describe(name: str) -> Description:
    """The operation of that name in words and as a schema. Raises KeyError for another name."""
    operation = OPERATIONS[name]
    summary = inspect.getdoc(operation) or ""
    return Description(name, operation.title, summary, operation.model_json_schema())
