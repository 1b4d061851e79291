"""What is known of a column between two steps, and in what way a step reads it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Use(StrEnum):
    """How a step reads a column of the input file.

    NUMBER: every value must be a number, a record in which it is not is a reject (missing values are fine).
    AUTO: as numbers if every value of the whole file is one, else as text; decided by the structural check.
    """

    TEXT = "text"
    AUTO = "auto"
    NUMBER = "number"


class Kind(StrEnum):
    """How a column's values are held in the lazy table."""

    TEXT = "text"
    INTEGER = "integer"
    DECIMAL = "decimal"
    FLOAT = "float"


class NumberForm(StrEnum):
    """The narrowest form that holds every value of a column that was read as text, so that casts cannot fail.

    SMALL: integers within 32 bits (sums of up to 2**32 rows fit 64 bits). INTEGER: up to 28 digits.
    DECIMAL: up to 28 digits in all. FLOAT: at least one value has an exponent.
    """

    SMALL = "small"
    INTEGER = "integer"
    DECIMAL = "decimal"
    FLOAT = "float"


@dataclass(frozen=True)
class Numbers:
    """What the structural check found in a text column all of whose present values are numbers.

    `scale`: most digits after the point. `irregular`: some value has spaces around it, an empty quoted text ("")
    or no digit before the point, so the text is to be normalised before a cast. `complete`: no value is missing.
    `point`: the sign that stands before the decimals.
    """

    form: NumberForm
    scale: int = 0
    irregular: bool = False
    complete: bool = False
    point: str = "."


@dataclass(frozen=True)
class Column:
    """A column between two steps.

    `numbers` is set for a text column known to hold only numbers, for a column of integers that the file holds and
    that are read as such, and for a computed decimal column (its scale).
    `source` names the input file's column whose values these are, where that is so; `Recipe` sets it.
    `key` marks the columns that together tell every row from every other, while the rows are in no order.
    `repeats`: but for rows that agree in the key, which stand together, and are in order.
    """

    name: str
    kind: Kind = Kind.TEXT
    numbers: Numbers | None = None
    source: str | None = None
    key: bool = False
    repeats: bool = False

    @property
    def is_number(self) -> bool:
        """Whether the values are held as numbers or can be cast to numbers without a failure."""
        return self.kind is not Kind.TEXT or self.numbers is not None

    @property
    def number_kind(self) -> Kind:
        """How the values are held once they are numbers. DECIMAL stands for a text column not looked into yet."""
        if self.kind is not Kind.TEXT:
            return self.kind
        if self.numbers is None or self.numbers.form is NumberForm.DECIMAL:
            return Kind.DECIMAL
        return Kind.FLOAT if self.numbers.form is NumberForm.FLOAT else Kind.INTEGER

    @property
    def scale(self) -> int:
        """The digits after the point once the values are numbers; 0 for integers and floats."""
        return self.numbers.scale if self.numbers and self.number_kind is Kind.DECIMAL else 0


Columns = tuple[Column, ...]
