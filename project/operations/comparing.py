"""Keys as they are compared when rows are matched: texts, without what the match does not regard."""

from __future__ import annotations

from collections.abc import Collection

import polars as pl

from project.operations.expressions import named
from project.operations.match import Ignore


def compared(name: str, ignore: Collection[Ignore] = ()) -> pl.Expr:
    """The column's values as texts, the same for values that count as equal; a missing one stays missing.

    Spaces are Unicode's white space at both ends; of a text of nothing but zeros the last one stays.
    """
    text = named(name).cast(pl.String)
    if "spaces" in ignore:
        text = text.str.strip_chars()
    if "case" in ignore:
        text = text.str.to_lowercase()
    if "leading_zeros" in ignore:
        text = text.str.replace("(?s)^0+(.)", "$1")
    return text
