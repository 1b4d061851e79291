"""What a step has made of rows, not counted yet."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl


@dataclass(frozen=True)
class Applied:
    """The rows; of a match also how many rows it left out, and how many it added beside those that came in."""

    frame: pl.DataFrame
    filtered: int = 0
    added: int = 0
