"""The preamble: the lines that stand above the header, told by the shape of what follows them; pure."""

from __future__ import annotations

from project.engine.shapes import NUMBER, Shape

_LONGEST = 50


def preamble_lines(shape: Shape) -> int:
    """The lines above the header: those of a single text where records have several, before a row of names."""
    for record in shape.records[_remarks(shape) :][: _LONGEST + 1]:
        fields = record.fields
        filled = sum(1 for field in fields if field.strip())
        if fields and len(fields) >= shape.fields and (shape.fields == 1 or filled > max(1, (shape.fields - 1) // 2)):
            is_header = record.lines == 0 or _is_row_of_names(fields, shape.fields)
            return record.lines if is_header else blank_lines(shape)
        if filled > max(1, (shape.fields - 1) // 2):
            break
    return blank_lines(shape)


def _remarks(shape: Shape) -> int:
    """How many records at the beginning are remarks: lines with a #, of which the last one may hold the names."""
    marked = 0
    while marked < len(shape.records) and (shape.records[marked].fields or ("",))[0].startswith("#"):
        marked += 1
    return max(0, marked - 1)


def blank_lines(shape: Shape) -> int:
    """The lines before the first record that is not blank."""
    return next((record.lines for record in shape.records if record.fields), 0)


def _is_row_of_names(fields: tuple[str, ...], count: int) -> bool:
    filled = [field for field in fields if field.strip()]
    return len(filled) == count == len(set(filled)) and not any(NUMBER.fullmatch(field) for field in filled)
