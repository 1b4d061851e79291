"""Taking records: what a table of `codes` asks for is looked up, read or added up, some records at a time.

Like `codes.py`: written for Numba, run as machine code alone, its arrays handed on as addresses.
"""

# Numba finds the types itself, and other ones than Python's.
# mypy: disable-error-code="no-untyped-def, no-untyped-call"

from __future__ import annotations

from project.engine.bits import byte_at, eight_at, fetch, moved_down, set_slot, set_word, slot_at, word_at
from project.engine.codes import (
    ADD_UP,
    BATCH,
    BATCH_SIZE,
    CODE_BITS,
    COLUMNS,
    ENTRIES,
    ENTRY_SIZE,
    GAVE_UP,
    GROUP_KEYS,
    GROUP_SLOTS,
    GROUPS,
    HEAD_SIZE,
    INTEGERS,
    K_COUNT,
    K_ENTRIES,
    K_MASK,
    K_SLOTS,
    K_STRIDE,
    K_TURNED,
    KEY_SIZE,
    MATCH,
    MIX,
    MODE,
    MOST_GROUPS,
    NO_CODE,
    NO_INTEGER,
    NOT_INTEGER,
    OUT,
    PLACE,
    READ,
    ROOM,
    S_COUNT,
    S_LEAST,
    S_MOST,
    S_SUM,
    SLOTS,
    STARTS,
    SUM_SIZE,
    TAKEN,
    WAITING,
    code_of,
    ends_of,
    slot_of,
)


def integer_of(origin, first, stop):
    """The integer in a field, which is known to be one of a few digits; NO_INTEGER if it is missing."""
    length = stop - first
    if length == 0:
        return NO_INTEGER
    if length <= 8 and stop >= 8 and byte_at(origin + first) >= 48:
        # Eight digits as one word, the first one lowest: made to pairs, to fours, to one.
        word = (eight_at(origin + stop - 8) ^ 0x3030303030303030) & -1 << 8 * (8 - length)
        word = moved_down(word * 2561, 8) & 0x00FF00FF00FF00FF
        word = moved_down(word * 6553601, 16) & 0x0000FFFF0000FFFF
        return moved_down(word * 42949672960001, 32)
    value = 0
    sign = byte_at(origin + first)
    if sign == 45 or sign == 43:
        first += 1
    for at in range(first, stop):
        value = value * 10 + byte_at(origin + at) - 48
    return -value if sign == 45 else value


def integer_or_not(origin, first, stop):
    """As `integer_of`, of a field that may be anything: NOT_INTEGER if it is none of nine digits at most."""
    if stop < first:
        return NOT_INTEGER
    digits = first
    if stop > first and byte_at(origin + first) == 45:
        digits += 1
    if stop > first and (digits == stop or stop - digits > 9):
        return NOT_INTEGER
    for at in range(digits, stop):
        if not 48 <= byte_at(origin + at) <= 57:
            return NOT_INTEGER
    return integer_of(origin, first, stop)


def find_quotes(origin, bounds, quote, table):
    """Leave the quotes out of the bounds of the fields that `take_record` takes, and mark which had them."""
    base = HEAD_SIZE
    columns = word_at(table, COLUMNS)
    for number in range(columns + word_at(table, INTEGERS)):
        at = 4 * word_at(table, base)
        base += KEY_SIZE if number < columns else 1
        first = word_at(bounds, at)
        stop = word_at(bounds, at + 1)
        if quote >= 0 and stop > first and byte_at(origin + first) == quote:
            set_word(bounds, at, first + 1)
            set_word(bounds, at + 1, stop - 1)
            set_word(bounds, at + 2, 1)
        else:
            set_word(bounds, at + 2, 0)


def take_record(origin, start, bounds, quote, table):
    """Take the record at `start`: field f from bounds[4 * f] to bounds[4 * f + 1], in quotes if bounds[4 * f + 2].

    Args:
        origin: the address of the buffer that the bounds are in.
        bounds, table: the addresses of those arrays.
    """
    columns = word_at(table, COLUMNS)
    batch = word_at(table, BATCH)
    row = word_at(table, WAITING)
    starts = word_at(table, STARTS)
    if starts != 0:
        set_word(starts, word_at(table, TAKEN) + row, start)
    base = HEAD_SIZE
    for number in range(columns + word_at(table, INTEGERS)):
        at = 4 * word_at(table, base)
        first = word_at(bounds, at)
        stop = word_at(bounds, at + 1)
        if number < columns:
            base += KEY_SIZE
            if word_at(bounds, at + 2) != 0:
                # A quote within would have to be made one of two.
                for i in range(first, stop):
                    if byte_at(origin + i) == quote:
                        set_word(table, GAVE_UP, 1)
            elif stop == first:
                stop = -1
        else:
            base += 1
            if stop == first and word_at(bounds, at + 2) != 0:
                # An empty text is no integer, and not a missing one.
                stop = -1
        set_word(batch, 2 * number * BATCH_SIZE + row, first)
        set_word(batch, (2 * number + 1) * BATCH_SIZE + row, stop)
    set_word(table, WAITING, row + 1)
    if row + 1 == BATCH_SIZE:
        take_batch(origin, table)


def group_of(key, table):
    """The number of the group with that key; -1 if there is no room for another one."""
    slots = word_at(table, GROUP_SLOTS)
    keys = word_at(table, GROUP_KEYS)
    most = word_at(table, MOST_GROUPS)
    # There are four times as many slots as groups.
    mask = 4 * most - 1
    mixed = (key ^ moved_down(key, 32)) * MIX
    slot = moved_down(mixed, 29) & mask
    while True:
        group = slot_at(slots, slot) - 1
        if group < 0:
            break
        if word_at(keys, group) == key:
            return group
        slot = slot + 1 & mask
    group = word_at(table, GROUPS)
    if group == most:
        return -1
    set_slot(slots, slot, group + 1)
    set_word(keys, group, key)
    set_word(table, GROUPS, group + 1)
    return group


def add_up(origin, table, groups):
    """Add what waits to the sums of its groups, whose keys lie at `groups`."""
    columns = word_at(table, COLUMNS)
    integers = word_at(table, INTEGERS)
    batch = word_at(table, BATCH)
    size = 1 + SUM_SIZE * integers
    for i in range(word_at(table, WAITING)):
        group = group_of(word_at(groups, i), table)
        if group < 0:
            set_word(table, GAVE_UP, 1)
            return
        sums = word_at(table, OUT) + 8 * size * group
        set_word(sums, 0, word_at(sums, 0) + 1)
        for number in range(integers):
            firsts = batch + 16 * (columns + number) * BATCH_SIZE
            value = integer_or_not(origin, word_at(firsts, i), word_at(firsts, BATCH_SIZE + i))
            if value == NOT_INTEGER:
                set_word(table, GAVE_UP, 1)
                return
            if value != NO_INTEGER:
                at = 1 + SUM_SIZE * number
                set_word(sums, at + S_COUNT, word_at(sums, at + S_COUNT) + 1)
                set_word(sums, at + S_SUM, word_at(sums, at + S_SUM) + value)
                set_word(sums, at + S_LEAST, min(word_at(sums, at + S_LEAST), value))
                set_word(sums, at + S_MOST, max(word_at(sums, at + S_MOST), value))


def take_batch(origin, table):
    """Look up what waits, before the buffer at `origin` is left."""
    columns = word_at(table, COLUMNS)
    integers = word_at(table, INTEGERS)
    batch = word_at(table, BATCH)
    waiting = word_at(table, WAITING)
    slots = word_at(table, SLOTS)
    entries = word_at(table, ENTRIES)
    is_matched = word_at(table, MODE) == MATCH
    is_read = word_at(table, MODE) == READ or is_matched
    is_added = word_at(table, MODE) == ADD_UP
    is_placed = word_at(table, MODE) == PLACE
    out = word_at(table, OUT) + 8 * word_at(table, TAKEN)
    room = word_at(table, ROOM)
    searches = batch + 16 * (columns + integers) * BATCH_SIZE
    groups = searches + 8 * BATCH_SIZE
    for number in range(columns):
        base = HEAD_SIZE + number * KEY_SIZE
        firsts = batch + 16 * number * BATCH_SIZE
        stops = firsts + 8 * BATCH_SIZE
        mask = word_at(table, base + K_MASK)
        bottom = word_at(table, base + K_SLOTS)
        for i in range(waiting):
            first = word_at(firsts, i)
            stop = max(first, word_at(stops, i))
            head, tail = ends_of(origin, first, stop)
            search = slot_of(head, tail, stop - first, origin + first)
            set_word(searches, i, search)
            fetch(slots + 4 * (bottom + (search & mask)))
        for i in range(waiting):
            code = slot_at(slots, bottom + (word_at(searches, i) & mask)) - 1
            if code >= 0:
                fetch(entries + 8 * (word_at(table, base + K_ENTRIES) + ENTRY_SIZE * code))
        stride = word_at(table, base + K_STRIDE)
        is_turned = word_at(table, base + K_TURNED) != 0
        for i in range(waiting):
            stop = word_at(stops, i)
            # A missing text is behind all that there are.
            code = word_at(table, base + K_COUNT)
            if stop >= 0:
                last = code - 1
                code = code_of(origin, word_at(firsts, i), stop, word_at(searches, i), table, base)
                if code < 0 and is_matched:
                    code = word_at(table, base + K_COUNT)
                elif code < 0:
                    set_word(table, GAVE_UP, 1)
                    break
                elif is_turned:
                    code = last - code
            if is_read:
                set_word(out, i, code * stride + (word_at(out, i) if number > 0 else 0))
            elif is_placed:
                set_word(out + 8 * number * room, i, code if stop >= 0 else -1)
            elif is_added:
                before = word_at(groups, i) << CODE_BITS if number > 0 else 0
                set_word(groups, i, before | (code if stop >= 0 else NO_CODE))
    if is_added and word_at(table, GAVE_UP) == 0:
        add_up(origin, table, groups)
    if is_read:
        for number in range(columns, columns + integers):
            firsts = batch + 16 * number * BATCH_SIZE
            stops = firsts + 8 * BATCH_SIZE
            values = out + 8 * (1 + number - columns) * room
            for i in range(waiting):
                set_word(values, i, integer_of(origin, word_at(firsts, i), word_at(stops, i)))
    set_word(table, TAKEN, word_at(table, TAKEN) + waiting)
    set_word(table, WAITING, 0)
