"""What the bytes of a field are: text that is valid or not, a number or none, and what is learned of a column.

Like `scan.py`, written for Numba.
"""

# Numba finds the types itself, and other ones than Python's.
# mypy: disable-error-code="no-untyped-def, no-untyped-call"

from __future__ import annotations

# Reasons for a reject; the argument is given behind each.
WRONG_FIELDS = 1  # fields found
AFTER_QUOTE = 2  # column
BAD_UTF8 = 3  # offset of the first bad byte
NOT_A_NUMBER = 4  # column
FIELD_TOO_LONG = 5  # column
TOO_MANY_DIGITS = 6  # column

# How a column is used: see operations.columns.Use.
USE_NONE, USE_AUTO, USE_NUMBER = range(3)

# What is learned of a used column, by index into its slice of `numbers`.
N_VALUES, N_BAD, N_FIRST_BAD, N_WHOLE_DIGITS, N_SCALE, N_EXPONENTS, N_IRREGULAR, N_MISSING = range(8)
NUMBERS_SIZE = 8

MAX_DIGITS = 28

# What `parse_number` packs into one integer: digits before the point, after it, and marks.
NOT_NUMBER, TOO_LONG, MISSING = -1, -2, -3
SCALE_SHIFT, EXPONENT_MARK, IRREGULAR_MARK = 64, 4096, 8192


def parse_number(buf, start, end, point):
    """Judge the bytes of one field as a number; `point` is the byte before its decimals.

    Returns NOT_NUMBER, TOO_LONG (over MAX_DIGITS digits, or an exponent out of range), MISSING (no bytes), or
    digits before the point + SCALE_SHIFT * digits after it + marks. Leading zeros do not count as digits.
    """
    if start == end:
        return MISSING
    # Most numbers are a few digits.
    if end - start <= 9:
        i = start
        while i < end and 48 <= buf[i] <= 57:
            i += 1
        if i == end:
            while start < end and buf[start] == 48:
                start += 1
            return end - start
    irregular = 0
    while start < end and buf[start] == 32:
        start += 1
        irregular = IRREGULAR_MARK
    while end > start and buf[end - 1] == 32:
        end -= 1
        irregular = IRREGULAR_MARK
    if start == end:
        return NOT_NUMBER
    if buf[start] == 43 or buf[start] == 45:
        start += 1
    whole = 0
    scale = 0
    digits = 0
    while start < end and 48 <= buf[start] <= 57:
        digits += 1
        if whole > 0 or buf[start] != 48:
            whole += 1
        start += 1
    if digits > whole + 16:
        irregular = IRREGULAR_MARK
    if start < end and buf[start] == point:
        if digits == 0 or start + 1 == end:
            irregular = IRREGULAR_MARK
        start += 1
        while start < end and 48 <= buf[start] <= 57:
            digits += 1
            scale += 1
            start += 1
    if digits == 0:
        return NOT_NUMBER
    exponent = 0
    if start < end and (buf[start] == 101 or buf[start] == 69):
        exponent = EXPONENT_MARK
        start += 1
        if start < end and (buf[start] == 43 or buf[start] == 45):
            start += 1
        power = 0
        if start == end:
            return NOT_NUMBER
        while start < end and 48 <= buf[start] <= 57:
            if power < 100000:
                power = power * 10 + buf[start] - 48
            start += 1
        if start == end and power > 270:
            return TOO_LONG
    if start != end:
        return NOT_NUMBER
    if whole + scale > MAX_DIGITS:
        return TOO_LONG
    return whole + SCALE_SHIFT * scale + exponent + irregular


def utf8_error(buf, start, end):
    """The offset of the first byte that is not valid UTF-8 (RFC 3629) in buf[start:end], or -1."""
    i = start
    while i < end:
        b = buf[i]
        if b < 0x80:
            i += 1
            continue
        low = 0x80
        high = 0xBF
        if 0xC2 <= b <= 0xDF:
            more = 1
        elif 0xE0 <= b <= 0xEF:
            more = 2
            if b == 0xE0:
                low = 0xA0
            elif b == 0xED:
                high = 0x9F
        elif 0xF0 <= b <= 0xF4:
            more = 3
            if b == 0xF0:
                low = 0x90
            elif b == 0xF4:
                high = 0x8F
        else:
            return i
        for k in range(1, more + 1):
            if i + k >= end or buf[i + k] < low or buf[i + k] > high:
                return i
            low = 0x80
            high = 0xBF
        i += more + 1
    return -1


def survey_number(buf, start, stop, quoted, use, record, numbers, base, point):
    """Add one value to what is known of its column; returns the reason to reject its record, or 0."""
    packed = parse_number(buf, start, stop, point)
    if packed == MISSING:
        numbers[base + N_MISSING] += 1
        if quoted:
            numbers[base + N_IRREGULAR] += 1
        return 0
    if packed < 0:
        if use == USE_NUMBER:
            return TOO_MANY_DIGITS if packed == TOO_LONG else NOT_A_NUMBER
        numbers[base + N_BAD] += 1
        numbers[base + N_FIRST_BAD] = record
        return 0
    numbers[base + N_VALUES] += 1
    if packed < SCALE_SHIFT:
        # Most numbers are integers, and there is no more to learn of them.
        if packed > numbers[base + N_WHOLE_DIGITS]:
            numbers[base + N_WHOLE_DIGITS] = packed
        return 0
    numbers[base + N_WHOLE_DIGITS] = max(numbers[base + N_WHOLE_DIGITS], packed & (SCALE_SHIFT - 1))
    numbers[base + N_SCALE] = max(numbers[base + N_SCALE], (packed // SCALE_SHIFT) & (SCALE_SHIFT - 1))
    if packed & EXPONENT_MARK:
        numbers[base + N_EXPONENTS] += 1
    if packed & IRREGULAR_MARK:
        numbers[base + N_IRREGULAR] += 1
    return 0


def survey_record(buf, used, bounds, record, numbers, point):
    """Survey the used columns of one record; returns reason and column of the first that cannot be converted, or 0, 0.

    A column that is used as numbers only if all are (USE_AUTO) is not looked at again once one value was none.
    """
    for k in range(len(used) // 2):
        column = used[2 * k]
        use = used[2 * k + 1]
        base = k * NUMBERS_SIZE
        if use == USE_NUMBER or (use == USE_AUTO and numbers[base + N_BAD] == 0):
            at = 4 * column
            quoted = bounds[at + 2] == 1
            reason = survey_number(buf, bounds[at], bounds[at + 1], quoted, use, record, numbers, base, point)
            if reason != 0:
                return reason, column
    return 0, 0
