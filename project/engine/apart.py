"""The other table of a match that does not fit into memory: it is worked in parts, together with the rows."""

from __future__ import annotations

from dataclasses import dataclass

from project.engine.lookup import Matching
from project.engine.table import Table


@dataclass(frozen=True)
class Apart:
    """The table as it is read piece by piece, and about how many bytes of it are needed."""

    matching: Matching
    table: Table
    size: int
