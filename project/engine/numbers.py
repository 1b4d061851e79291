"""The numbers in a column: in what form all of them can be held, as the structural check found them."""

from __future__ import annotations

from dataclasses import replace

from project.engine import survey
from project.engine.checked import CheckedInput
from project.engine.dialect import Dialect
from project.operations.aggregate import Aggregate
from project.operations.columns import Column, Columns, Kind, NumberForm, Numbers, Use
from project.operations.filter import Filter
from project.operations.recipe import Recipe
from project.operations.sort import Sort

_MOST_ROWS_OF_SMALL = 2**32
_SMALL_DIGITS = 9
_FLOAT_DIGITS = 15
# Measures of numbers alone, or of nothing but rows.
_MEASURED = ("count", "sum", "mean", "min", "max")


def source_columns(dialect: Dialect, checked: CheckedInput, uses: dict[str, Use]) -> Columns:
    """What is known of the file's columns after the check."""
    return tuple(
        Column(name, source=name, numbers=_pointed(checked, name, uses.get(name), dialect.decimal))
        for name in dialect.columns
    )


def read_as_integers(columns: Columns, recipe: Recipe) -> Columns:
    """The same columns, with those that hold small integers and that no step reads as text held as such.

    To read an integer straight from the file takes half the time and memory of a text that is cast behind.
    """
    merging = next((number for number, step in enumerate(recipe.steps, 1) if isinstance(step, Aggregate)), 0)
    steps = recipe.steps[:merging]
    if not merging or any(isinstance(step, Sort) for step in steps):
        # The column itself is in the result.
        return columns
    texts = frozenset[str]().union(*(step.texts() for step in steps))
    return tuple(
        replace(column, kind=Kind.INTEGER) if column.name not in texts and is_small(column.numbers) else column
        for column in columns
    )


def is_small(numbers: Numbers | None) -> bool:
    """Whether a column's numbers can be read straight as small integers."""
    return numbers is not None and numbers.form is NumberForm.SMALL and not numbers.irregular


def _pointed(checked: CheckedInput, name: str, use: Use | None, point: str) -> Numbers | None:
    numbers = _numbers(checked.numbers.get(name), use, checked.kept)
    return numbers and replace(numbers, point=point)


def _numbers(found: tuple[int, ...] | None, use: Use | None, rows: int) -> Numbers | None:
    """The narrowest form for a column's numbers; None where its values are read as text."""
    if found is None or (use is Use.AUTO and (found[survey.N_BAD] or not found[survey.N_VALUES])):
        return None
    is_irregular, complete = found[survey.N_IRREGULAR] > 0, found[survey.N_MISSING] == 0
    whole, scale = found[survey.N_WHOLE_DIGITS], found[survey.N_SCALE]
    if use is Use.AUTO and whole + scale > (_FLOAT_DIGITS if found[survey.N_EXPONENTS] else survey.MAX_DIGITS):
        # Floats would call some of them equal that are not.
        return None
    if found[survey.N_EXPONENTS] or whole + scale > survey.MAX_DIGITS:
        return Numbers(NumberForm.FLOAT, scale, is_irregular, complete)
    if scale:
        return Numbers(NumberForm.DECIMAL, scale, is_irregular, complete)
    fits = whole <= _SMALL_DIGITS and rows < _MOST_ROWS_OF_SMALL
    return Numbers(NumberForm.SMALL if fits else NumberForm.INTEGER, 0, is_irregular, complete)


def coded_columns(recipe: Recipe) -> tuple[str, ...]:
    """The columns whose texts the check collects, so that the recipe's aggregate can be done by codes; else none."""
    step = recipe.steps[0] if recipe.steps else None
    if not isinstance(step, Aggregate) or any(measure.function not in _MEASURED for measure in step.measures):
        return ()
    return () if set(measured_columns(step)) & set(step.group_by) else step.group_by


def measured_columns(step: Aggregate) -> tuple[str, ...]:
    """The columns that its measures are of, each once."""
    return tuple(dict.fromkeys(measure.column for measure in step.measures if measure.column is not None))


def measured(recipe: Recipe) -> tuple[str, ...]:
    """The columns that the aggregate at the recipe's beginning measures; none if there is no such."""
    step = recipe.steps[0] if recipe.steps else None
    return measured_columns(step) if isinstance(step, Aggregate) else ()


def sorted_columns(recipe: Recipe) -> tuple[str, ...]:
    """The columns by which a recipe of nothing but filters and a sort at its end puts the file's rows in order."""
    *before, last = recipe.steps or (None,)
    if not isinstance(last, Sort) or any(not isinstance(step, Filter) for step in before):
        return ()
    return tuple(key.column for key in last.by)
