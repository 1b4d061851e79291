"""The numbers in a column: in what form all of them can be held, as the structural check found them."""

from __future__ import annotations

from project.engine import scan
from project.engine.check import CheckedInput
from project.engine.dialect import Dialect
from project.operations.columns import Column, Columns, NumberForm, Numbers, Use

_MOST_ROWS_OF_SMALL = 2**32
_SMALL_DIGITS = 9


def source_columns(dialect: Dialect, checked: CheckedInput, uses: dict[str, Use]) -> Columns:
    """What is known of the file's columns after the check."""
    return tuple(
        Column(name, source=name, numbers=_numbers(checked.numbers.get(name), uses.get(name), checked.kept))
        for name in dialect.columns
    )


def _numbers(found: tuple[int, ...] | None, use: Use | None, rows: int) -> Numbers | None:
    """The narrowest form for a column's numbers; None where its values are read as text."""
    if found is None or (use is Use.AUTO and (found[scan.N_BAD] or not found[scan.N_VALUES])):
        return None
    is_irregular = found[scan.N_IRREGULAR] > 0
    whole, scale = found[scan.N_WHOLE_DIGITS], found[scan.N_SCALE]
    if found[scan.N_EXPONENTS] or whole + scale > scan.MAX_DIGITS:
        return Numbers(NumberForm.FLOAT, scale, is_irregular)
    if scale:
        return Numbers(NumberForm.DECIMAL, scale, is_irregular)
    is_small = whole <= _SMALL_DIGITS and rows < _MOST_ROWS_OF_SMALL
    return Numbers(NumberForm.SMALL if is_small else NumberForm.INTEGER, 0, is_irregular)
