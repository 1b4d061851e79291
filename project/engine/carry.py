"""Carrying records: rows of the result as bytes, made of the file's records, chosen, put in order and spread.

Like `codes.py`: written for Numba, run as machine code alone, its arrays handed on as addresses of 64-bit integers.
"""

# Numba finds the types itself, and other ones than Python's.
# mypy: disable-error-code="no-untyped-def, no-untyped-call"

from __future__ import annotations

from project.engine.bits import byte_at, eight_at, fetch, set_byte, set_word, word_at

_COMMA, _QUOTE, _LF, _CR = 44, 34, 10, 13
# So many rows before its turn, a tail is asked for, and before that where it lies.
_AHEAD, _FAR_AHEAD = 16, 32


def copy_bytes(source, target, length):
    """Copy so many bytes, eight at a time; the last eight may be copied twice."""
    if length >= 8:
        for at in range(0, length - 8, 8):
            set_word(target + at, 0, eight_at(source + at))
        set_word(target + length - 8, 0, eight_at(source + length - 8))
    else:
        for at in range(length):
            set_byte(target + at, byte_at(source + at))


def put_field(first, stop, is_quoted, quote, target):
    """Write the content from `first` to `stop` as a field of the result; returns the address behind it.

    It is quoted where it must be, and where it is an empty text: nothing at all is a missing value.
    """
    wrap = is_quoted and first == stop
    for at in range(first, stop):
        byte = byte_at(at)
        wrap = wrap or byte == _COMMA or byte == _QUOTE or byte == _LF or byte == _CR
    if wrap:
        set_byte(target, _QUOTE)
        target += 1
    at = first
    while at < stop:
        byte = byte_at(at)
        # In the file a doubled quote stands for one; in the result that holds for the usual quote.
        at += 2 if is_quoted and byte == quote else 1
        if byte == _QUOTE:
            set_byte(target, _QUOTE)
            target += 1
        set_byte(target, byte)
        target += 1
    if wrap:
        set_byte(target, _QUOTE)
        target += 1
    return target


def put_record(start, stop, delimiter, quote, target):
    """Write a clean record as a row of the result; returns the address behind its line end."""
    if stop > start and byte_at(stop - 1) == _LF:
        stop -= 1
    if stop > start and byte_at(stop - 1) == _CR:
        stop -= 1
    at = start
    while True:
        first = at
        is_quoted = quote >= 0 and at < stop and byte_at(at) == quote
        if is_quoted:
            first += 1
            at += 1
            odd = False
            while True:
                byte = byte_at(at)
                if byte == quote:
                    if at + 1 == stop or byte_at(at + 1) != quote:
                        break
                    at += 1
                    odd = True
                odd = odd or byte == _COMMA or byte == _LF or byte == _CR
                at += 1
            if quote == _QUOTE:
                # It is in the result as it stands, with its quotes if it needs them.
                around = 1 if odd or first == at else 0
                copy_bytes(first - around, target, at - first + 2 * around)
                target += at - first + 2 * around
            else:
                target = put_field(first, at, True, quote, target)
            at += 1
        else:
            while at < stop and byte_at(at) != delimiter:
                at += 1
            target = put_field(first, at, False, quote, target)
        if at >= stop:
            set_byte(target, _LF)
            return target + 1
        set_byte(target, _COMMA)
        target += 1
        at += 1


def put_records(origin, starts, count, delimiter, quote, target, put):
    """Write so many clean records as rows of the result, from `target` on; returns how many bytes they take.

    Record i lies from starts[i] to starts[i + 1], counted from `origin`; put[i] gets where its row starts, and
    put[count] where the last one ends, counted from `target`.
    """
    at = target
    for i in range(count):
        set_word(put, i, at - target)
        at = put_record(origin + word_at(starts, i), origin + word_at(starts, i + 1), delimiter, quote, at)
    set_word(put, count, at - target)
    return at - target


def gather(origin, starts, lengths, order, count, target):
    """Copy rows order[0], order[1] ... one behind the other to `target`; returns how many bytes they take."""
    at = target
    for i in range(count):
        row = word_at(order, i)
        length = word_at(lengths, row)
        copy_bytes(origin + word_at(starts, row), at, length)
        at += length
    return at - target


def put_joined(origin, starts, lengths, count, tails, bounds, places, target):
    """Copy so many rows to `target`, each with a tail in the place of its line end.

    The tail of row i lies at `tails` from bounds[places[i]] to bounds[places[i] + 1]; returns how many bytes all take.
    """
    at = target
    for i in range(count):
        # The tails lie all over the memory: they are asked for before their turn.
        if i + _FAR_AHEAD < count:
            fetch(bounds + 8 * word_at(places, i + _FAR_AHEAD))
        if i + _AHEAD < count:
            fetch(tails + word_at(bounds, word_at(places, i + _AHEAD)))
        length = word_at(lengths, i) - 1
        copy_bytes(origin + word_at(starts, i), at, length)
        at += length
        place = word_at(places, i)
        first = word_at(bounds, place)
        length = word_at(bounds, place + 1) - first
        copy_bytes(tails + first, at, length)
        at += length
    return at - target


def spread(origin, starts, lengths, keys, count, limits, parts, numbers, rows, sizes, target, put_lengths, put_keys):
    """Sort rows into parts, in their order: part p holds the keys with p of `limits` (ascending) at or below them.

    `numbers` is room for a number a row; `rows` and `sizes` get where each part ends, in rows and in bytes. The parts
    lie one behind the other at `target`, their rows' lengths and keys at `put_lengths` and `put_keys`.
    """
    for part in range(parts):
        set_word(rows, part, 0)
        set_word(sizes, part, 0)
    for i in range(count):
        key = word_at(keys, i)
        low = 0
        high = parts - 1
        while low < high:
            middle = (low + high) >> 1
            if word_at(limits, middle) <= key:
                low = middle + 1
            else:
                high = middle
        set_word(numbers, i, low)
        set_word(rows, low, word_at(rows, low) + 1)
        set_word(sizes, low, word_at(sizes, low) + word_at(lengths, i))
    # Each part's count becomes where its first row goes, and moves on with every row to where the next part begins.
    row = 0
    at = 0
    for part in range(parts):
        more, bytes_more = word_at(rows, part), word_at(sizes, part)
        set_word(rows, part, row)
        set_word(sizes, part, at)
        row += more
        at += bytes_more
    for i in range(count):
        part = word_at(numbers, i)
        row = word_at(rows, part)
        at = word_at(sizes, part)
        length = word_at(lengths, i)
        copy_bytes(origin + word_at(starts, i), target + at, length)
        set_word(put_lengths, row, length)
        set_word(put_keys, row, word_at(keys, i))
        set_word(rows, part, row + 1)
        set_word(sizes, part, at + length)
