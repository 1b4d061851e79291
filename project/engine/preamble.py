"""The preamble: the lines that stand above the header, told by the shape of what follows them; pure."""

from __future__ import annotations

import re

from project.engine.shapes import Shape

_LONGEST = 50
_NUMBER = re.compile(r"\s*[+-]?[\d.,]*\d[\d.,]*(e[+-]?\d+)?%?\s*", re.IGNORECASE)


def preamble_lines(shape: Shape) -> int:
    """The lines above the header: those of a single text where records have several, before a row of names."""
    for record in shape.records[: _LONGEST + 1]:
        fields = record.fields
        filled = sum(1 for field in fields if field.strip())
        if fields and len(fields) >= shape.fields and (shape.fields == 1 or filled > max(1, (shape.fields - 1) // 2)):
            is_header = record.lines == 0 or _is_row_of_names(fields, shape.fields)
            return record.lines if is_header else blank_lines(shape)
        if filled > max(1, (shape.fields - 1) // 2):
            break
    return blank_lines(shape)


def blank_lines(shape: Shape) -> int:
    """The lines before the first record that is not blank."""
    return next((record.lines for record in shape.records if record.fields), 0)


def _is_row_of_names(fields: tuple[str, ...], count: int) -> bool:
    filled = [field for field in fields if field.strip()]
    return len(filled) == count == len(set(filled)) and not any(_NUMBER.fullmatch(field) for field in filled)
