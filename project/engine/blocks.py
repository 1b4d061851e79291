"""The short way through plain records: 64 bytes at a time, with one bit for each byte that means something.

Records that need a closer look (rejects, blank lines, comments, escapes, odd quotes or line ends) are left to
`scan.scan_records`, whose rules hold: what passes here must pass there. Like that module it is written for Numba.
"""

# Numba finds the types itself, and other ones than Python's.
# mypy: disable-error-code="no-untyped-def, no-untyped-call"

from __future__ import annotations

from project.engine.bits import (
    BLOCK_BYTES,
    address_of,
    between_bits,
    count_bits,
    eight_at,
    equal_bytes,
    high_bytes,
    lowest_bit,
    moved_down,
    moved_up,
)
from project.engine.survey import (
    N_BAD,
    N_VALUES,
    N_WHOLE_DIGITS,
    NUMBERS_SIZE,
    USE_AUTO,
    USE_NONE,
    survey_number,
    utf8_error,
)
from project.engine.taking import find_quotes, take_record


def survey_field(buf, start, stop, quote, use, record, numbers, base, point):
    """As `survey_number`, of a field that may stand in quotes."""
    quoted = quote >= 0 and stop > start and buf[start] == quote
    if quoted:
        start += 1
        stop -= 1
    return survey_number(buf, start, stop, quoted, use, record, numbers, base, point)


def scan_blocks(
    buf, position, limit, end, delimiter, quote, escape, comment, stray, expected, field_limit,
    used, bounds, record, numbers, table, point,
):  # fmt: skip
    """Go on over plain records that start in buf[position:limit], as long as they are.

    Returns where the first one starts that is not plain (or not whole within the blocks before `end`), how many plain
    ones there were, and how many lines ended inside their quotes. `record`: the number of the first one.
    """
    start = position
    records = inner = lines = fields = 0
    columns = len(used) // 2
    origin = address_of(buf)
    marks = address_of(bounds)
    # Carried from block to block: within quotes, behind a structural byte, behind a closing quote, high bytes.
    inside = 0
    behind_structural = 1
    behind_closing = 0
    is_high = False
    bounds[0] = start
    if comment >= 0 and position < end and buf[position] == comment:
        return start, records, lines
    while position + BLOCK_BYTES <= end:
        delimiters = equal_bytes(buf, position, delimiter)
        line_ends = equal_bytes(buf, position, 10)
        returns = equal_bytes(buf, position, 13)
        high = high_bytes(buf, position)
        # What is not known to be plain: nothing from its first bit on is looked at.
        odd = returns & ~moved_down(line_ends, 1)
        if escape >= 0:
            odd |= equal_bytes(buf, position, escape)
        quoted = 0
        if quote >= 0:
            quotes = equal_bytes(buf, position, quote)
            if quotes != 0 or inside != 0 or behind_closing != 0:
                quoted = between_bits(quotes) ^ inside
                structural = (delimiters | line_ends | returns) & ~quoted
                opening = quotes & quoted
                closing = quotes & ~quoted
                # A quote opens behind a structural byte or, the second of two, behind a closing one.
                after_structural = moved_up(structural) | behind_structural
                after_closing = moved_up(closing) | behind_closing
                odd |= opening & ~(after_structural | after_closing)
                # Behind a closing quote comes a structural byte, or the second of two.
                odd |= after_closing & ~(structural | opening)
                inside = -(moved_down(quoted, 63) & 1)
                behind_closing = moved_down(closing, 63) & 1
            delimiters &= ~quoted
            quoted &= line_ends
            line_ends &= ~quoted
        elif stray >= 0:
            odd |= equal_bytes(buf, position, stray)
        structural = delimiters | line_ends
        behind_structural = moved_down(structural, 63) & 1
        if odd != 0:
            structural &= (odd & -odd) - 1
        is_high = is_high or high != 0
        while structural != 0:
            bit = lowest_bit(structural)
            structural &= structural - 1
            at = position + bit
            if fields == expected:
                return start, records, lines
            bounds[4 * fields + 1] = at
            fields += 1
            if fields < expected:
                bounds[4 * fields] = at + 1
            if moved_down(line_ends, bit) & 1 == 0:
                continue
            stop = at
            if at > start and buf[at - 1] == 13:
                stop = at - 1
                bounds[4 * fields - 3] = stop
            if fields != expected or stop == start or stop - start > field_limit:
                return start, records, lines
            if is_high:
                if utf8_error(buf, start, stop) >= 0:
                    return start, records, lines
                is_high = moved_down(high, bit) != 0
            for k in range(columns):
                use = used[2 * k + 1]
                base = k * NUMBERS_SIZE
                if use == USE_NONE or (use == USE_AUTO and numbers[base + N_BAD] != 0):
                    continue
                first = bounds[4 * used[2 * k]]
                stop = bounds[4 * used[2 * k] + 1]
                length = stop - first
                # One to eight digits without a leading zero, as most numbers are, are judged as one word: each byte
                # less 0x30 must be 0 to 9, so neither its highest bit is set, nor does 0x76 more set it.
                if 0 < length <= 8 and stop >= 8 and buf[first] != 48:
                    digits = moved_down(eight_at(origin + stop - 8) ^ 0x3030303030303030, 8 * (8 - length))
                    if (digits | (digits & 0x7F7F7F7F7F7F7F7F) + 0x7676767676767676) & -0x7F7F7F7F7F7F7F80 == 0:
                        numbers[base + N_VALUES] += 1
                        if length > numbers[base + N_WHOLE_DIGITS]:
                            numbers[base + N_WHOLE_DIGITS] = length
                        continue
                if survey_field(buf, first, stop, quote, use, record + records, numbers, base, point) != 0:
                    return start, records, lines
            if table != 0:
                find_quotes(origin, marks, quote, table)
                take_record(origin, start, marks, quote, table)
            if quoted != 0:
                # Line ends within quotes before this one belong to records that are whole now.
                before = quoted & ((1 << bit) - 1)
                inner += count_bits(before)
                quoted &= ~before
            lines += inner
            inner = 0
            fields = 0
            start = at + 1
            bounds[0] = start
            records += 1
            if start >= limit or (comment >= 0 and start < end and buf[start] == comment):
                return start, records, lines
        if odd != 0:
            break
        if quoted != 0:
            inner += count_bits(quoted)
        position += BLOCK_BYTES
    return start, records, lines
