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

from project.engine.bits import byte_at, eight_at, moved_down, set_byte, set_slot, set_word, slot_at, word_at

# What a table begins with, by index (64-bit integers): what is to be done, how many records were taken, whether there
# were too many texts (or one that cannot be coded), how many columns the key has, how many columns of integers are read
# beside it, the addresses of the arrays that belong to it, how many records `taken` has room for, and how many wait.
MODE, TAKEN, GAVE_UP, COLUMNS, INTEGERS, ENTRIES, SLOTS, POOL, OUT, ROOM, BATCH, WAITING = range(12)
# To add up: the addresses of the groups' slots and keys, how many groups there are and may be.
GROUP_SLOTS, GROUP_KEYS, GROUPS, MOST_GROUPS = range(12, 16)
# The address of an array that takes where each record starts; 0 where that is not asked for.
STARTS = 16
HEAD_SIZE = 17
# COLLECT: texts. READ: the key of each record, of texts that are known. ADD_UP: sums of groups. PLACE: texts, while
# `OUT` takes a row for each column with the place of each record's text in its dictionary, -1 where it is missing.
# MATCH: as READ, and a text that is not known counts as a missing one.
COLLECT, READ, ADD_UP, PLACE, MATCH = 1, 2, 3, 4, 5

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

MIX = -7046029254386353131
MIX_MORE = -4417276706812531889


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
    mixed = (head * MIX ^ tail) * MIX_MORE + length
    for at in range(8, length - 8, 8):
        mixed = (mixed ^ eight_at(address + at)) * MIX
    return moved_down((mixed ^ moved_down(mixed, 32)) * MIX, 29)


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
        or word_at(table, MODE) == MATCH
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


def put_texts(origin, ends, texts, table, base):
    """Put so many texts into a dictionary, each from where the one before ends to ends[its number]."""
    first = 0
    for number in range(texts):
        stop = word_at(ends, number)
        head, tail = ends_of(origin, first, stop)
        code_of(origin, first, stop, slot_of(head, tail, stop - first, origin + first), table, base)
        first = stop
