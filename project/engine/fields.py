"""One field: where its content begins and ends, and what is seen on the way.

Like `scan.py`, written for Numba, and run as it is for small inputs.
"""

# Numba finds the types itself, and other ones than Python's.
# mypy: disable-error-code="no-untyped-def, no-untyped-call"

from __future__ import annotations

# What is seen in one field, as bits.
QUOTED, HIGH_BYTES, ALTERED, TEXT_AFTER, INCOMPLETE, OPEN = 1, 2, 4, 8, 16, 32


def byte_classes(delimiter, quote, escape, stray):
    """For each byte, bit 1 if it means something in an unquoted field, bit 2 if it does in a quoted one."""
    classes = [0] * 0x80 + [3] * 0x80
    for byte, bits in ((10, 3), (13, 3), (delimiter, 1), (stray, 1), (quote, 2), (escape, 3)):
        if byte >= 0:
            classes[byte] |= bits
    return bytes(classes)


def scan_field(buf, position, end, classes, delimiter, quote, escape, stray, final):
    """Scan one field that starts at `position`; `stray` is the byte that makes an unquoted field ALTERED.

    `classes`: see `byte_classes`; most bytes mean nothing, and one look-up says so.

    Returns the position of the delimiter or line end behind it, the bounds of its content (without its quotes), the
    lines that end inside its quotes, and its bits; INCOMPLETE if the buffer ends before the field does.
    """
    bits = 0
    lines = 0
    if position < end and quote >= 0 and buf[position] == quote:
        bits = QUOTED
        position += 1
        start = position
        stop = -1
        while position < end:
            b = buf[position]
            if classes[b] & 2 == 0:
                position += 1
                continue
            if b == quote:
                if position + 1 < end and buf[position + 1] == quote:
                    position += 2
                    continue
                if position + 1 < end or final == 1:
                    stop = position
                break
            if b >= 0x80:
                bits |= HIGH_BYTES
            elif b == 10:
                lines += 1
            elif b == 13:
                # A lone CR is a line end too; the LF of a CRLF counts by itself.
                if position + 1 < end and buf[position + 1] != 10:
                    lines += 1
            elif escape >= 0 and b == escape:
                bits |= ALTERED
                position += 1
                if position < end and buf[position] == 10:
                    lines += 1
                elif position < end and buf[position] >= 0x80:
                    bits |= HIGH_BYTES
            position += 1
        if stop < 0:
            return end, start, end, lines, bits | INCOMPLETE | OPEN
        position = stop + 1
        if position < end and buf[position] != delimiter and buf[position] != 10 and buf[position] != 13:
            bits |= TEXT_AFTER
            while position < end:
                b = buf[position]
                if b == delimiter or b == 10 or b == 13:
                    break
                if b >= 0x80:
                    bits |= HIGH_BYTES
                position += 1
    else:
        start = position
        stop = -1
        while position < end:
            b = buf[position]
            if classes[b] & 1 == 0:
                position += 1
                continue
            if b == delimiter or b == 10 or b == 13:
                break
            if b >= 0x80:
                bits |= HIGH_BYTES
            elif stray >= 0 and b == stray:
                bits |= ALTERED
            elif escape >= 0 and b == escape:
                bits |= ALTERED
                position += 1
                if position < end and buf[position] == 10:
                    lines += 1
                elif position < end and buf[position] >= 0x80:
                    bits |= HIGH_BYTES
            position += 1
        position = min(position, end)
        stop = position
    if position == end and final == 0:
        bits |= INCOMPLETE
    return position, start, stop, lines, bits
