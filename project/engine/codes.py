"""Codes: the texts of a key's columns as small numbers, which group, spread and sort many times faster than texts do.

A dictionary gives each different text of a column the number of its place in it. Collected in one pass over the file
and built anew in the order of the texts, its numbers are in that order too. The codes of several columns make one key:
a single integer, whose order is that of the columns together; a missing value comes behind all others.

Like `scan.py` written for Numba, but run as machine code alone. Its arrays are handed on as addresses: to Numba, every
array is counted by each function that sees it, which would take longer than the work.
"""

# Numba finds the types itself, and other ones than Python's.
# mypy: disable-error-code="no-untyped-def, no-untyped-call"

from __future__ import annotations

from project.engine.bits import byte_at, eight_at, fetch, moved_down, set_byte, set_slot, set_word, slot_at, word_at

# What a table begins with, by index (64-bit integers): what is to be done, how many records were taken, whether there
# were too many texts (or one that cannot be coded), how many columns the key has, how many columns of integers are read
# beside it, the addresses of the arrays that belong to it, how many records `taken` has room for, and how many wait.
MODE, TAKEN, GAVE_UP, COLUMNS, INTEGERS, ENTRIES, SLOTS, POOL, OUT, ROOM, BATCH, WAITING = range(12)
# To add up: the addresses of the groups' slots and keys, how many groups there are and may be.
GROUP_SLOTS, GROUP_KEYS, GROUPS, MOST_GROUPS = range(12, 16)
HEAD_SIZE = 16
COLLECT, READ, ADD_UP = 1, 2, 3

# To add up, `OUT` is the address of the groups' sums: each has its rows, and then these of each column of integers.
S_COUNT, S_SUM, S_LEAST, S_MOST = range(4)
SUM_SIZE = 4
LARGEST = 2**62
# A group's key: the codes of its columns, so many bits each; all set where the text is missing.
CODE_BITS = 20
NO_CODE = (1 << CODE_BITS) - 1
MOST_ADDED_COLUMNS = 63 // CODE_BITS

# Then, for each column of the key: its number; where its entries, slots and bytes begin; how many slots there are less
# one; how many entries and bytes there are and may be; whether its order is turned round; what its code counts for.
K_COLUMN, K_ENTRIES, K_SLOTS, K_MASK, K_COUNT, K_MOST, K_BYTES, K_USED, K_ROOM, K_TURNED, K_STRIDE = range(11)
KEY_SIZE = 11
# Then the numbers of the columns of integers.

# An entry: its first and its last eight bytes (which may overlap), its length, and where its bytes are.
E_FIRST, E_LAST, E_LENGTH, E_AT = range(4)
ENTRY_SIZE = 4

# So many records wait until they are looked up together: what one of them needs is fetched while others are worked on.
# For each column of the key, and then of integers, the batch holds where their fields start, and where they stop (-1: a
# missing text); then a place to keep where a search begins.
BATCH_SIZE = 64

# A missing integer, and a text that is none of a few digits.
NO_INTEGER = -(2**63)
NOT_INTEGER = -(2**63) + 1

_MIX = -7046029254386353131
_MIX_MORE = -4417276706812531889


def ends_of(origin, first, stop):
    """The first and the last eight bytes of a text as integers; shorter ones have zeros behind."""
    length = stop - first
    if length >= 8:
        return eight_at(origin + first), eight_at(origin + stop - 8)
    word = 0
    if stop >= 8 and length > 0:
        word = moved_down(eight_at(origin + stop - 8), 8 * (8 - length))
    else:
        for at in range(stop - 1, first - 1, -1):
            word = word << 8 | byte_at(origin + at)
    return word, word


def slot_of(head, tail, length, address):
    """Where the search for a text begins, before it is cut to the number of slots."""
    mixed = (head * _MIX ^ tail) * _MIX_MORE + length
    for at in range(8, length - 8, 8):
        mixed = (mixed ^ eight_at(address + at)) * _MIX
    return moved_down((mixed ^ moved_down(mixed, 32)) * _MIX, 29)


def grow(table, base):
    """Double the slots of a column's dictionary; few at first, they stay in the processor's cache."""
    mask = 2 * word_at(table, base + K_MASK) + 1
    set_word(table, base + K_MASK, mask)
    slots = word_at(table, SLOTS)
    bottom = word_at(table, base + K_SLOTS)
    for slot in range(mask + 1):
        set_slot(slots, bottom + slot, 0)
    entries = word_at(table, ENTRIES)
    pool = word_at(table, POOL)
    for code in range(word_at(table, base + K_COUNT)):
        at = word_at(table, base + K_ENTRIES) + ENTRY_SIZE * code
        head = word_at(entries, at + E_FIRST)
        tail = word_at(entries, at + E_LAST)
        length = word_at(entries, at + E_LENGTH)
        slot = slot_of(head, tail, length, pool + word_at(entries, at + E_AT)) & mask
        while slot_at(slots, bottom + slot) != 0:
            slot = slot + 1 & mask
        set_slot(slots, bottom + slot, code + 1)


def code_of(origin, first, stop, search, table, base):
    """The place of a text in the dictionary of the column whose head is at table[base]; -1 if it has none.

    To collect, what is new gets the next place, unless there is no more room. `search`: its `slot_of`.
    """
    length = stop - first
    head, tail = ends_of(origin, first, stop)
    mask = word_at(table, base + K_MASK)
    slot = search & mask
    slots = word_at(table, SLOTS)
    bottom = word_at(table, base + K_SLOTS)
    entries = word_at(table, ENTRIES)
    first_entry = word_at(table, base + K_ENTRIES)
    pool = word_at(table, POOL)
    while True:
        code = slot_at(slots, bottom + slot) - 1
        if code < 0:
            break
        at = first_entry + ENTRY_SIZE * code
        if (
            word_at(entries, at + E_FIRST) == head
            and word_at(entries, at + E_LAST) == tail
            and word_at(entries, at + E_LENGTH) == length
        ):
            same = True
            kept = pool + word_at(entries, at + E_AT)
            for i in range(8, length - 8):
                if byte_at(kept + i) != byte_at(origin + first + i):
                    same = False
                    break
            if same:
                return code
        slot = slot + 1 & mask
    code = word_at(table, base + K_COUNT)
    used = word_at(table, base + K_USED)
    if (
        word_at(table, MODE) == READ
        or code >= word_at(table, base + K_MOST)
        or used + length > word_at(table, base + K_ROOM)
    ):
        return -1
    set_slot(slots, bottom + slot, code + 1)
    kept = word_at(table, base + K_BYTES) + used
    for i in range(length):
        set_byte(pool + kept + i, byte_at(origin + first + i))
    at = first_entry + ENTRY_SIZE * code
    set_word(entries, at + E_FIRST, head)
    set_word(entries, at + E_LAST, tail)
    set_word(entries, at + E_LENGTH, length)
    set_word(entries, at + E_AT, kept)
    set_word(table, base + K_COUNT, code + 1)
    set_word(table, base + K_USED, used + length)
    if 2 * code > mask:
        grow(table, base)
    return code


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


def put_texts(origin, ends, texts, table, base):
    """Put so many texts into a dictionary, each from where the one before ends to ends[its number]."""
    first = 0
    for number in range(texts):
        stop = word_at(ends, number)
        head, tail = ends_of(origin, first, stop)
        code_of(origin, first, stop, slot_of(head, tail, stop - first, origin + first), table, base)
        first = stop


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


def take_record(origin, bounds, quote, table):
    """Take a record: the field with number f from bounds[4 * f] to bounds[4 * f + 1], in quotes if bounds[4 * f + 2].

    Args:
        origin: the address of the buffer that the bounds are in.
        bounds, table: the addresses of those arrays.
    """
    columns = word_at(table, COLUMNS)
    batch = word_at(table, BATCH)
    row = word_at(table, WAITING)
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
    mixed = (key ^ moved_down(key, 32)) * _MIX
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
    is_read = word_at(table, MODE) == READ
    is_added = word_at(table, MODE) == ADD_UP
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
                if code < 0:
                    set_word(table, GAVE_UP, 1)
                    break
                if is_turned:
                    code = last - code
            if is_read:
                set_word(out, i, code * stride + (word_at(out, i) if number > 0 else 0))
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
