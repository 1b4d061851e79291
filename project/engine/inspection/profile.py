"""The profile: what an inspection tells of a file and of each of its columns, as JSON that a page can show.

Values stand as texts, so that none of them loses a digit.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Literal

from pydantic import BaseModel, ConfigDict

from project.operations.columns import Numbers

FORMAT = 1
# The record numbers beside the rows of the columnar copy, where they differ from the rows' own. No column of a file has
# a name that begins so.
RECORD_COLUMN = "\0record"


class Shape(StrEnum):
    """What all present values of a column are."""

    INTEGER = "integer"
    DECIMAL = "decimal"
    FLOAT = "float"
    BOOLEAN = "boolean"
    DATE = "date"
    DATE_TIME = "date-time"
    TEXT = "text"
    NOTHING = "nothing"


class _Told(BaseModel):
    model_config = ConfigDict(frozen=True)


class Quantile(_Told):
    """The value that so many per cent of the present values do not exceed."""

    percent: int
    value: str


class Frequent(_Told):
    """A value and how often it occurs; a long one is cut, and `length` tells how many characters it has."""

    value: str
    count: int
    length: int


class Bin(_Told):
    """How many values are at least `low` and less than `high`; of floats, the last bin has its `high` too."""

    low: str
    high: str
    count: int


class Histogram(_Told):
    """Of the values, or of how many characters they have."""

    of: Literal["values", "lengths"]
    bins: tuple[Bin, ...]


class ColumnProfile(_Told):
    """One column. Sizes are of values that are present: neither missing (null) nor empty (a quoted "")."""

    name: str
    shape: Shape
    sentence: str
    """The shape in words, with what stands against a narrower one."""
    values: int
    missing: int
    empty: int
    distinct: int
    """Different texts, the empty one among them."""
    distinct_error: float
    """The standard error of `distinct` as a share of it; 0 where it is counted."""
    minimum: str | None
    maximum: str | None
    sum: str | None
    mean: str | None
    span: str | None
    quantiles: tuple[Quantile, ...]
    rank_error: float
    """By how much of all values the ranks of quantiles and bins may be wrong; 0 where they are counted."""
    longest: int
    top: tuple[Frequent, ...]
    top_error: int
    """By how much the counts of `top` may be too low; 0 where they are counted."""
    histogram: Histogram | None
    numbers: Numbers | None = None
    """The form of the values, where all of them are integers, decimals or floats: by it they are compared."""
    methods: tuple[str, ...] = ()
    """A sentence for everything that is not counted exactly."""


class Profile(_Told):
    """A file, as far as it was read: `complete` once that is all of it."""

    format: int = FORMAT
    complete: bool
    dialect: str
    records: int
    rejected: int
    blank: int
    rows: int
    """Kept records that the columns tell of."""
    has_records: bool
    """Whether the columnar copy has RECORD_COLUMN."""
    columns: tuple[ColumnProfile, ...]
