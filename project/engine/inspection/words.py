"""The words of a profile: what a column holds, why it is no narrower, and what of it is estimated."""

from __future__ import annotations

from project.engine.inspection import distinct, frequent
from project.engine.inspection.frequent import Frequencies
from project.engine.inspection.portion import Portion
from project.engine.inspection.profile import Shape
from project.engine.inspection.ranks import Ranked
from project.engine.inspection.reading import Reading
from project.engine.survey import MAX_DIGITS

_PLURALS = {
    Shape.INTEGER: "integers",
    Shape.DECIMAL: "decimals",
    Shape.FLOAT: "numbers with exponents",
    Shape.BOOLEAN: "yes or no",
    Shape.DATE: "dates",
    Shape.DATE_TIME: "dates with times",
    Shape.TEXT: "text",
    Shape.NOTHING: "no values",
}
_SHOWN = 40
_DAY = 86_400_000_000


def sentence(shape: Shape, reading: Reading, portion: Portion, found: Ranked) -> str:
    """The shape in words, with what stands against a narrower one."""
    if shape is Shape.TEXT and portion.leading_zeros:
        return f"{_tried(reading)}, {portion.leading_zeros:,} with leading zeros, so text"
    if shape is Shape.TEXT and (reading.is_near or reading.shape is not Shape.TEXT):
        tried = "numbers" if reading.is_near else _PLURALS[reading.shape]
        odd = portion.values - portion.fitting
        if not odd:
            return f"numbers, some with more than {MAX_DIGITS} digits or an exponent out of range, so text"
        return f"{portion.fitting:,} {tried} and {odd:,} other value{_s(odd)} such as “{_cut(portion.odd)}”, so text"
    if shape is Shape.INTEGER and len(found.values) == 2 and found.values.tolist() == [0, 1]:
        return "integers, 0 and 1 alone"
    if shape is Shape.DECIMAL:
        return f"decimals, {reading.scale} digit{_s(reading.scale)} behind the point"
    return _tried(reading) if shape is reading.shape else _PLURALS[shape]


def span(portion: Portion, shape: Shape) -> str | None:
    """How long it is from the first day or time to the last."""
    if shape not in (Shape.DATE, Shape.DATE_TIME) or portion.low is None or portion.high is None:
        return None
    length = int(portion.high - portion.low)
    days = length + 1 if shape is Shape.DATE else length // _DAY
    if shape is Shape.DATE or days:
        return f"{days:,} day{_s(days)}"
    minutes = length // 60_000_000
    return f"{minutes:,} minute{_s(minutes)}"


def methods(distinct_error: float, top: Frequencies, found: Ranked | None, reading: Reading) -> tuple[str, ...]:
    """What is estimated, and how well."""
    told = []
    if distinct_error:
        told.append(
            f"The different values are too many to be counted: their number is estimated from the {distinct.KEPT:,} "
            f"smallest of their hashes, with a standard error of {distinct_error:.1%}."
        )
    if top.error:
        told.append(
            f"The counts of the most frequent values may be too low by up to {top.error:,}: of all values, "
            f"{top.most:,} were held (Misra and Gries), none longer than {frequent.LONGEST_BYTES} bytes."
        )
    if found is not None and found.error:
        share = found.error / max(1, found.total)
        told.append(
            f"Quantiles and bins are those of a sketch: ranks are wrong by no more than {share:.3%} of all values."
        )
    if found is not None and reading.is_wide:
        told.append("Quantiles and bins of numbers with more than 18 digits hold to about 15 of them.")
    if found is not None and reading.shape is Shape.FLOAT:
        told.append("Sum and mean are those of binary floating-point numbers: about 15 digits of them hold.")
    return tuple(told)


def _tried(reading: Reading) -> str:
    if reading.shape is Shape.FLOAT and reading.digits:
        return f"decimals that need {reading.digits} digits together, so floating-point numbers"
    return _PLURALS[reading.shape]


def _cut(text: str | None) -> str:
    text = text or ""
    return text if len(text) <= _SHOWN else text[:_SHOWN] + "…"


def _s(count: int) -> str:
    return "" if count == 1 else "s"
