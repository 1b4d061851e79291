"""Emitting: records of the file written in the clean form, which the fast reader reads as what they are.

Like `scan.py`, written for Numba.
"""

# Numba finds the types itself, and other ones than Python's.
# mypy: disable-error-code="no-untyped-def, no-untyped-call"

from __future__ import annotations

from project.engine.fields import QUOTED, scan_field


def emit_field(buf, start, stop, quoted, quote, escape, delimiter, out_quote, out, at):
    """Write one field's content buf[start:stop] to out[at:] in the clean form; returns the position behind it."""
    wrap = out_quote >= 0 and quoted
    if out_quote >= 0 and not quoted:
        for i in range(start, stop):
            b = buf[i]
            if b == out_quote or b == delimiter or b == 10 or b == 13:
                wrap = True
                break
    if wrap:
        out[at] = out_quote
        at += 1
    i = start
    while i < stop:
        if escape >= 0 and buf[i] == escape and i + 1 < stop:
            i += 1
        elif quoted and buf[i] == quote:
            i += 1
        if wrap and buf[i] == out_quote:
            out[at] = buf[i]
            at += 1
        out[at] = buf[i]
        at += 1
        i += 1
    if wrap:
        out[at] = out_quote
        at += 1
    return at


def emit_record(buf, start, end, classes, delimiter, quote, escape, out_quote, out, at):
    """Write the record buf[start:end], field by field, to out[at:] in the clean form, with a LF."""
    position = start
    while True:
        position, field, stop, _, bits = scan_field(buf, position, end, classes, delimiter, quote, escape, -1, 1)
        at = emit_field(buf, field, stop, bits & QUOTED != 0, quote, escape, delimiter, out_quote, out, at)
        if position >= end:
            break
        out[at] = delimiter
        at += 1
        position += 1
    out[at] = 10
    return at + 1


def emit_run(buf, start, end, out, at):
    """Copy buf[start:end], records that are clean as they stand, to out[at:]."""
    if end > start:
        out[at : at + end - start] = buf[start:end]
        at += end - start
    return at
