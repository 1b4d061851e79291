"""The scanner of large answers: finds the fields of an array's records and writes them as CSV. Compiled by Numba.

It is sure of what it says or gives up: whatever is not plain is for the exact reader. Texts end in zeros, which no
JSON holds: nothing is read behind them.

Fields are found by nodes: a node is a key under another node, 0 the record itself. Those that ever held a value are
columns, numbered in the order in which they did.
"""

# mypy: disable-error-code="no-untyped-def, no-untyped-call, untyped-decorator"

from __future__ import annotations

from typing import Any

from numba import njit

# What becomes of a scan.
MORE, DONE, UNSURE = 0, 1, -1
# What a value is: written as it is; a text in quotes with something that needs care; a null; an array; nothing in {}.
PLAIN, QUOTED, NULL, ARRAY, EMPTY = 0, 1, 2, 3, 4
# Columns of the table of cells.
RECORD, COLUMN, KIND, START, END = 0, 1, 2, 3, 4
# Columns of the table of nodes. NEXT: which node came after it the last time.
PARENT, KEY, LENGTH, HASH, SEEN, AS_COLUMN, NEXT = 0, 1, 2, 3, 4, 5, 6
# Places in the state.
AT, NODES, COLUMNS, CELLS, RECORDS, NAMES = 0, 1, 2, 3, 4, 5

_TAB, _LF, _CR, _SPACE, _QUOTE, _COMMA, _MINUS, _POINT = 9, 10, 13, 32, 34, 44, 45, 46
_ZERO, _NINE, _COLON, _OPEN, _BACKSLASH, _CLOSE = 48, 57, 58, 91, 92, 93
_BEGIN, _FINISH, _E, _LARGE_E, _PLUS, _U = 123, 125, 101, 69, 43, 117
_COMPILED: dict[str, Any] = {"cache": True, "nogil": True}


@njit(**_COMPILED)
def _space(buf, at):
    while buf[at] == _SPACE or buf[at] == _LF or buf[at] == _CR or buf[at] == _TAB:
        at += 1
    return at


@njit(**_COMPILED)
def _number_end(buf, at):
    """The place behind a number; -1 where it is none."""
    if buf[at] == _MINUS:
        at += 1
    if buf[at] == _ZERO:
        at += 1
    elif _ZERO < buf[at] <= _NINE:
        while _ZERO <= buf[at] <= _NINE:
            at += 1
    else:
        return -1
    if buf[at] == _POINT:
        at += 1
        if not _ZERO <= buf[at] <= _NINE:
            return -1
        while _ZERO <= buf[at] <= _NINE:
            at += 1
    if buf[at] == _E or buf[at] == _LARGE_E:
        at += 1
        if buf[at] == _PLUS or buf[at] == _MINUS:
            at += 1
        if not _ZERO <= buf[at] <= _NINE:
            return -1
        while _ZERO <= buf[at] <= _NINE:
            at += 1
    return at


@njit(**_COMPILED)
def _word_end(buf, at):
    """The place behind true, false or null; -1 where it is none of them."""
    if buf[at] == 116 and buf[at + 1] == 114 and buf[at + 2] == _U and buf[at + 3] == _E:
        return at + 4
    if buf[at] == 110 and buf[at + 1] == _U and buf[at + 2] == 108 and buf[at + 3] == 108:
        return at + 4
    if buf[at] == 102 and buf[at + 1] == 97 and buf[at + 2] == 108 and buf[at + 3] == 115 and buf[at + 4] == _E:
        return at + 5
    return -1


@njit(**_COMPILED)
def _balanced_end(buf, at):
    """The place behind the array, object or text that begins here, if it is one; -1 where it has no end."""
    level = 0
    while True:
        byte = buf[at]
        if byte == 0:
            return -1
        if byte == _QUOTE:
            at += 1
            while buf[at] != _QUOTE:
                if buf[at] < _SPACE:
                    return -1
                at += 2 if buf[at] == _BACKSLASH else 1
        elif byte == _OPEN or byte == _BEGIN:
            level += 1
        elif byte == _CLOSE or byte == _FINISH:
            level -= 1
        at += 1
        if level <= 0:
            return at


@njit(**_COMPILED)
def value_end(buf, at):
    """The place behind any value, which is not looked into; -1 where there is none."""
    byte = buf[at]
    if byte == _QUOTE or byte == _OPEN or byte == _BEGIN:
        return _balanced_end(buf, at)
    return _number_end(buf, at) if byte == _MINUS or _ZERO <= byte <= _NINE else _word_end(buf, at)


@njit(**_COMPILED)
def find_key(buf, at, key):
    """The place of the value of that key in the object at `at`; -1 where it is not found."""
    at = _space(buf, at)
    if buf[at] != _BEGIN:
        return -1
    at = _space(buf, at + 1)
    while buf[at] == _QUOTE:
        start = at + 1
        at = _balanced_end(buf, at)
        if at < 0:
            return -1
        same = at - 1 - start == len(key)
        for place in range(start, at - 1):
            if buf[place] == _BACKSLASH:
                return -1
            same = same and buf[place] == key[place - start]
        at = _space(buf, at)
        if buf[at] != _COLON:
            return -1
        at = _space(buf, at + 1)
        if same:
            return at
        at = value_end(buf, at)
        if at < 0:
            return -1
        at = _space(buf, at)
        if buf[at] != _COMMA:
            return -1
        at = _space(buf, at + 1)
    return -1


@njit(**_COMPILED)
def _is_node(buf, start, length, parent, nodes, names, node):
    if nodes[node, PARENT] != parent or nodes[node, LENGTH] != length:
        return False
    key = nodes[node, KEY]
    for place in range(length):
        if names[key + place] != buf[start + place]:
            return False
    return True


@njit(**_COMPILED)
def _node_of(buf, start, length, parent, nodes, slots, names, state):
    """The node of a key under another one, made if it is new; -1 where there is no room for more."""
    code = parent + 1
    for place in range(start, start + length):
        code = (code * 31 + buf[place]) & 0x7FFFFFFFFFFF
    slot = code % len(slots)
    while slots[slot] >= 0:
        node = slots[slot]
        if nodes[node, HASH] == code and _is_node(buf, start, length, parent, nodes, names, node):
            return node
        slot = (slot + 1) % len(slots)
    node = state[NODES]
    if node >= len(nodes) or state[NAMES] + length > len(names):
        return -1
    slots[slot] = node
    nodes[node, PARENT], nodes[node, KEY], nodes[node, LENGTH] = parent, state[NAMES], length
    nodes[node, HASH], nodes[node, SEEN], nodes[node, AS_COLUMN], nodes[node, NEXT] = code, -1, -1, 0
    for place in range(length):
        names[state[NAMES] + place] = buf[start + place]
    state[NAMES] += length
    state[NODES] += 1
    return node


@njit(**_COMPILED)
def scan(buf, cells, nodes, slots, names, stack, state, starts):
    """Find the cells of the next records of an array; state[AT]: behind its bracket, or behind a record's comma.

    `starts`: where each record begins, with room for as many as are to be found at once.
    MORE: state[AT] is where the next record begins. DONE: it is behind the array.
    """
    at = _space(buf, state[AT])
    state[CELLS] = state[RECORDS] = 0
    if buf[at] == _CLOSE:
        state[AT] = at + 1
        return DONE if state[CELLS] == 0 else UNSURE
    while state[RECORDS] < len(starts):
        begin, cells_before = at, state[CELLS]
        at = _scan_record(buf, at, cells, nodes, slots, names, stack, state)
        if at == -2 and state[RECORDS]:
            # No room for the cells of this one: it is the first of the next scan.
            state[CELLS], state[AT] = cells_before, begin
            for node in range(state[NODES]):
                nodes[node, SEEN] = -1
            return MORE
        if at < 0:
            return UNSURE
        starts[state[RECORDS]] = begin
        state[RECORDS] += 1
        at = _space(buf, at)
        if buf[at] == _CLOSE:
            state[AT] = at + 1
            return DONE
        if buf[at] != _COMMA:
            return UNSURE
        at = _space(buf, at + 1)
        if buf[at] != _BEGIN:
            return UNSURE
    state[AT] = at
    for node in range(state[NODES]):
        nodes[node, SEEN] = -1
    return MORE


@njit(**_COMPILED)
def _scan_record(buf, at, cells, nodes, slots, names, stack, state):
    """The place behind the record that begins at `at`; -1 where it is not plain, -2 where there is no room."""
    if buf[at] != _BEGIN:
        return -1
    record, parent, level, last = state[RECORDS], 0, 0, 0
    at = _space(buf, at + 1)
    is_first = True
    while True:
        if buf[at] == _FINISH:
            at += 1
            if level == 0:
                return at
            level -= 1
            parent = stack[level]
            is_first = False
            at = _space(buf, at)
            continue
        if not is_first:
            if buf[at] != _COMMA:
                return -1
            at = _space(buf, at + 1)
        is_first = False
        # The key.
        if buf[at] != _QUOTE:
            return -1
        at += 1
        start = at
        while buf[at] != _QUOTE:
            if buf[at] < _SPACE or buf[at] == _BACKSLASH:
                return -1
            at += 1
        node = nodes[last, NEXT]
        if not _is_node(buf, start, at - start, parent, nodes, names, node):
            node = _node_of(buf, start, at - start, parent, nodes, slots, names, state)
            if node < 0:
                return -1
            nodes[last, NEXT] = node
        last = node
        if nodes[node, SEEN] == record:
            return -1
        nodes[node, SEEN] = record
        at = _space(buf, at + 1)
        if buf[at] != _COLON:
            return -1
        at = _space(buf, at + 1)
        # Its value.
        byte = buf[at]
        start, kind = at, PLAIN
        if byte == _QUOTE:
            start += 1
            at += 1
            while buf[at] != _QUOTE:
                if buf[at] < _SPACE:
                    return -1
                if buf[at] == _BACKSLASH:
                    kind = QUOTED
                    at += 1
                    if buf[at] < _SPACE:
                        return -1
                elif buf[at] == _COMMA:
                    kind = QUOTED
                at += 1
            end = at
            at += 1
            if end == start:
                kind = QUOTED
        elif byte == _MINUS or _ZERO <= byte <= _NINE:
            at = end = _number_end(buf, at)
        elif byte == _OPEN:
            kind = ARRAY
            at = end = _balanced_end(buf, at)
        elif byte == _BEGIN:
            at = _space(buf, at + 1)
            if buf[at] != _FINISH:
                if level >= len(stack) - 1:
                    return -1
                stack[level] = parent
                level += 1
                parent = node
                is_first = True
                continue
            kind = EMPTY
            at += 1
            end = at
        else:
            kind = NULL if byte == 110 else PLAIN
            at = end = _word_end(buf, at)
        if at < 0:
            return -1
        if nodes[node, AS_COLUMN] < 0:
            nodes[node, AS_COLUMN] = state[COLUMNS]
            state[COLUMNS] += 1
        cell = state[CELLS]
        if cell >= len(cells):
            return -2
        cells[cell, RECORD], cells[cell, COLUMN], cells[cell, KIND] = record, nodes[node, AS_COLUMN], kind
        cells[cell, START], cells[cell, END] = start, end
        state[CELLS] += 1
        at = _space(buf, at)


@njit(**_COMPILED)
def _hex(byte):
    if _ZERO <= byte <= _NINE:
        return byte - _ZERO
    byte |= 32
    return byte - 87 if 97 <= byte <= 102 else -1


@njit(**_COMPILED)
def _code_at(buf, at):
    """The code unit of four hexadecimal digits; -1 where they are none."""
    code = 0
    for place in range(at, at + 4):
        digit = _hex(int(buf[place]))
        if digit < 0:
            return -1
        code = code * 16 + digit
    return code


@njit(**_COMPILED)
def _put_code(out, to, code):
    """Write a character as UTF-8; returns the place behind it."""
    if code < 0x80:
        out[to] = code
        return to + 1
    if code < 0x800:
        out[to], out[to + 1] = 0xC0 | code >> 6, 0x80 | code & 63
        return to + 2
    if code < 0x10000:
        out[to], out[to + 1], out[to + 2] = 0xE0 | code >> 12, 0x80 | code >> 6 & 63, 0x80 | code & 63
        return to + 3
    out[to], out[to + 1] = 0xF0 | code >> 18, 0x80 | code >> 12 & 63
    out[to + 2], out[to + 3] = 0x80 | code >> 6 & 63, 0x80 | code & 63
    return to + 4


@njit(**_COMPILED)
def _put_quoted(buf, at, end, out, to):
    """Write a text between quotes, its escapes resolved; -1 where one of them is none, or half a character."""
    out[to] = _QUOTE
    to += 1
    while at < end:
        byte = buf[at]
        at += 1
        if byte != _BACKSLASH:
            out[to] = byte
            to += 1
            continue
        byte = buf[at]
        at += 1
        if byte == _QUOTE:
            out[to] = out[to + 1] = _QUOTE
            to += 2
        elif byte == _BACKSLASH or byte == 47:
            out[to] = byte
            to += 1
        elif byte == _U:
            code = _code_at(buf, at)
            at += 4
            if 0xD800 <= code <= 0xDBFF and buf[at] == _BACKSLASH and buf[at + 1] == _U:
                low = _code_at(buf, at + 2)
                at += 6
                code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00) if 0xDC00 <= low <= 0xDFFF else -1
            if code < 0 or 0xD800 <= code <= 0xDFFF or at > end:
                return -1
            if code == _QUOTE:
                out[to] = _QUOTE
                to += 1
            to = _put_code(out, to, code)
        else:
            code = 8 if byte == 98 else 12 if byte == 102 else 10 if byte == 110 else 13 if byte == 114 else 9
            if code == 9 and byte != 116:
                return -1
            out[to] = code
            to += 1
    out[to] = _QUOTE
    return to + 1


@njit(**_COMPILED)
def _put_array(buf, at, end, out, to):
    """Write an array between quotes, without the spaces in it."""
    out[to] = _QUOTE
    to += 1
    in_text = False
    while at < end:
        byte = buf[at]
        if in_text and byte == _BACKSLASH:
            out[to] = byte
            to += 1
            at += 1
            byte = buf[at]
        elif byte == _QUOTE:
            in_text = not in_text
        if in_text or byte > _SPACE:
            out[to] = byte
            to += 1
            if byte == _QUOTE:
                out[to] = byte
                to += 1
        at += 1
    out[to] = _QUOTE
    return to + 1


@njit(**_COMPILED)
def _put_cell(buf, kind, start, end, out, to, null):
    if kind == QUOTED:
        return _put_quoted(buf, start, end, out, to)
    if kind == ARRAY:
        return _put_array(buf, start, end, out, to)
    if kind == EMPTY:
        out[to], out[to + 1] = _BEGIN, _FINISH
        return to + 2
    if kind == NULL:
        for place in range(len(null)):
            out[to + place] = null[place]
        return to + len(null)
    for place in range(end - start):
        out[to + place] = buf[start + place]
    return to + end - start


@njit(**_COMPILED)
def emit(buf, cells, at, last, first_record, last_record, row, out, null):
    """Write records, whose cells are those from `at` to `last`, as CSV; the bytes that were written, or -1.

    `row`: room for one number a column.
    """
    to = 0
    for record in range(first_record, last_record):
        row[:] = -1
        while at < last and cells[at, RECORD] == record:
            row[cells[at, COLUMN]] = at
            at += 1
        for column in range(len(row)):
            cell = row[column]
            if cell >= 0:
                to = _put_cell(buf, cells[cell, KIND], cells[cell, START], cells[cell, END], out, to, null)
                if to < 0:
                    return -1
            out[to] = _COMMA
            to += 1
        # A column of its own at the end: a line is never blank.
        out[to], out[to + 1] = _ZERO, _LF
        to += 2
    return to
