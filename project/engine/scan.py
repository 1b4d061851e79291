"""The scanner: one pass over CSV bytes that finds the records, judges each, and can copy the good ones out clean.

The functions here are written in the part of Python that Numba compiles: `compiled.py` turns the very same source into
machine code for large inputs, small ones run it as it is. So there is one definition of what a record is. `blocks.py`
holds the short way through records that are plain, which only machine code takes.

A record ends at LF, CRLF or CR outside quotes. A quote opens a quoted field only as the field's first byte; a doubled
quote inside stands for one. Text after a closing quote makes the record a reject, which still ends at the next line
end. Quotes within an unquoted field are kept as they are.
"""

# Numba finds the types itself, and other ones than Python's.
# mypy: disable-error-code="no-untyped-def, no-untyped-call"

from __future__ import annotations

from project.engine.bits import address_of, set_word
from project.engine.blocks import scan_blocks
from project.engine.codes import GAVE_UP
from project.engine.emit import emit_record, emit_run
from project.engine.fields import ALTERED, HIGH_BYTES, INCOMPLETE, OPEN, QUOTED, TEXT_AFTER, scan_field
from project.engine.survey import (
    AFTER_QUOTE,
    BAD_UTF8,
    FIELD_TOO_LONG,
    WRONG_FIELDS,
    survey_record,
    utf8_error,
)
from project.engine.taking import take_batch, take_record

# What `config` holds, by index. Bytes that are not set are -1.
DELIMITER, QUOTE, ESCAPE, COMMENT, OUT_QUOTE, FIELDS, FIELD_LIMIT, EMIT, FINAL, BLOCKS, TELL_BLANKS, POINT = range(12)
CONFIG_SIZE = 12

# What `state` holds after a call, by index. Counts are of this call alone.
POSITION, RECORDS, KEPT, BLANK, COMMENTS, LINES, OUT, REJECTS, UNCLOSED, CR, CHANGED, FULL = range(12)
STATE_SIZE = 12

# One reject takes this many numbers in `rejects`, by index.
R_RECORD, R_LINE, R_START, R_END, R_REASON, R_ARGUMENT = range(6)
REJECT_SIZE = 6

# Where records are not plain, the short way is tried again after so many bytes at most.
_LONGEST_WAIT = 65536


def skip_record(buf, position, end, delimiter, quote, escape, machine):
    """Run on to the end of a record too long to hold; `machine` = [state, lines, CR pending], kept between calls.

    States: 0 at a field's start, 1 unquoted, 2 quoted, 3 behind a quote inside a quoted field, 4 behind an escape in
    an unquoted field, 5 in a quoted one, 6 the record has ended, 7 in text after a closing quote. Returns the position
    reached.
    """
    while position < end:
        b = buf[position]
        state = machine[0]
        if machine[2] == 1:
            # A CR came before: with a LF it makes one line end.
            machine[2] = 0
            if state == 6:
                return position + 1 if b == 10 else position
            if b != 10:
                machine[1] += 1
        position += 1
        if state == 4 or state == 5:
            machine[0] = state - 3
            if b == 10:
                machine[1] += 1
        elif escape >= 0 and b == escape and state != 3 and state != 7:
            machine[0] = 5 if state == 2 else 4
        elif state == 2:
            if b == quote:
                machine[0] = 3
            elif b == 10:
                machine[1] += 1
            elif b == 13:
                machine[2] = 1
        elif state == 3 and b == quote:
            machine[0] = 2
        elif b == 10:
            machine[0] = 6
            return position
        elif b == 13:
            machine[0] = 6
            machine[2] = 1
        elif b == delimiter:
            machine[0] = 0
        elif state == 0 and b == quote:
            machine[0] = 2
        elif state == 3 or state == 7:
            machine[0] = 7
        else:
            machine[0] = 1
    return position


def scan_records(
    buf, position, limit, end, config, classes, used, bounds, numbers, out, rejects, state,
    table,
):  # fmt: skip
    """Scan the records that start in buf[position:limit], reading no further than `end`.

    It is long because it is the hot loop: its counters live in registers, and are written to `state` once.

    Args:
        buf: the bytes (uint8).
        config: CONFIG_SIZE integers. FINAL: the input ends at `end`. BLOCKS: to take the short way where it leads on.
        classes: see `byte_classes`.
        used: pairs of column index and USE_AUTO or USE_NUMBER.
        bounds: 4 integers a field: three of scratch, and whether the field is used or taken.
        numbers: NUMBERS_SIZE integers a used column, added to.
        out: takes the kept records in clean form when EMIT is set; needs 3 * (end - position) + 64 bytes,
            or 2 * (end - position) + 64 where there is a QUOTE.
        rejects: takes REJECT_SIZE integers a reject; when it is full the call returns early with FULL set. With
            TELL_BLANKS it takes blank records too, with 0 for a reason.
        table: the address of a table of `codes.py`; 0: nothing is taken.
        state: STATE_SIZE integers, overwritten. POSITION is where the next record starts: less than `limit` if FULL, or
            if that record does not end within the buffer; UNCLOSED is set if the input ended inside quotes: to the line
            of the record, counted from 1, in which they were opened.
    """
    delimiter = config[DELIMITER]
    quote = config[QUOTE]
    escape = config[ESCAPE]
    comment = config[COMMENT]
    out_quote = config[OUT_QUOTE]
    expected = config[FIELDS]
    field_limit = config[FIELD_LIMIT]
    emit = config[EMIT] == 1
    final = config[FINAL]
    tell_blanks = config[TELL_BLANKS] == 1
    point = config[POINT]
    any_used = len(used) > 0
    any_taken = any_used or table != 0
    reject_room = len(rejects) // REJECT_SIZE
    records = kept = blank = comments = lines = at = rejected = unclosed = 0
    count_cr = changed = full = 0
    # Clean records that follow one another are copied at once: buf[run:run_end].
    run = run_end = position
    blocks = config[BLOCKS] == 1
    wait = 0
    try_at = position
    while position < limit:
        if blocks and position >= try_at:
            start, plain, inner = scan_blocks(
                buf, position, limit, end, delimiter, quote, escape, comment, out_quote, expected, field_limit,
                used, bounds, records, numbers, table, point,
            )  # fmt: skip
            if plain > 0:
                records += plain
                kept += plain
                lines += plain + inner
                if run_end != position:
                    if emit:
                        at = emit_run(buf, run, run_end, out, at)
                    run = position
                position = run_end = start
            wait = 0 if plain >= 16 else min(2 * wait + 64, _LONGEST_WAIT)
            try_at = position + wait
            if plain > 0:
                continue
        if rejected == reject_room:
            full = 1
            break
        start = position
        record_lines = 0
        fields = 0
        reason = 0
        argument = 0
        seen = 0
        is_comment = comment >= 0 and buf[position] == comment
        while True:
            # The common field has no quotes and nothing odd: no call is needed to see that.
            first = position
            inner = bits = 0
            if not is_comment:
                while position < end and classes[buf[position]] == 0:
                    position += 1
            if position < end and (buf[position] == delimiter or buf[position] == 10) and not is_comment:
                stop = position
            elif is_comment:
                # A comment ends at the line end, whatever is in it.
                position, first, stop, inner, bits = scan_field(buf, position, end, classes, 10, -1, -1, -1, final)
            else:
                position, first, stop, inner, bits = scan_field(
                    buf, first, end, classes, delimiter, quote, escape, out_quote, final
                )
            seen |= bits
            if bits & INCOMPLETE:
                break
            record_lines += inner
            if reason == 0:
                if bits & TEXT_AFTER:
                    reason = AFTER_QUOTE
                    argument = fields
                elif stop - first > field_limit:
                    reason = FIELD_TOO_LONG
                    argument = fields
            if any_taken and fields < expected and bounds[4 * fields + 3] != 0:
                bounds[4 * fields] = first
                bounds[4 * fields + 1] = stop
                bounds[4 * fields + 2] = bits & QUOTED
            fields += 1
            if position < end and buf[position] == delimiter and not is_comment:
                position += 1
                continue
            break
        if seen & INCOMPLETE:
            if final == 1 and seen & OPEN:
                unclosed = record_lines + 1
            position = start
            break
        record_end = position
        ending = 0
        if position < end:
            if buf[position] == 10:
                position += 1
                ending = 1
            elif position + 1 < end and buf[position + 1] == 10:
                position += 2
                ending = 1
            elif position + 1 < end or final == 1:
                position += 1
                count_cr += 1
            else:
                # A CR as the buffer's last byte: what follows decides.
                position = start
                break
        first_line = lines
        lines += record_lines + 1
        if is_comment:
            comments += 1
            continue
        records += 1
        if record_end == start:
            blank += 1
            if tell_blanks:
                rejects[rejected * REJECT_SIZE + R_RECORD] = records - 1
                rejects[rejected * REJECT_SIZE + R_REASON] = 0
                rejected += 1
            continue
        if fields != expected and reason == 0:
            reason = WRONG_FIELDS
            argument = fields
        if seen & HIGH_BYTES:
            bad = utf8_error(buf, start, record_end)
            if bad >= 0:
                reason = BAD_UTF8
                argument = bad
        if any_used and reason == 0:
            reason, argument = survey_record(buf, used, bounds, records - 1, numbers, point)
        if reason != 0:
            base = rejected * REJECT_SIZE
            rejects[base + R_RECORD] = records - 1
            rejects[base + R_LINE] = first_line
            rejects[base + R_START] = start
            rejects[base + R_END] = record_end
            rejects[base + R_REASON] = reason
            rejects[base + R_ARGUMENT] = argument
            rejected += 1
            continue
        kept += 1
        if table != 0:
            if seen & ALTERED:
                set_word(table, GAVE_UP, 1)
            take_record(address_of(buf), start, address_of(bounds), quote, table)
        if seen & ALTERED != 0 or (seen & QUOTED != 0 and quote != out_quote):
            changed += 1
        elif ending != 0:
            if run_end != start:
                if emit:
                    at = emit_run(buf, run, run_end, out, at)
                run = start
            run_end = position
            continue
        if emit:
            at = emit_run(buf, run, run_end, out, at)
            run = run_end = position
            at = emit_record(buf, start, record_end, classes, delimiter, quote, escape, out_quote, out, at)
    if emit:
        at = emit_run(buf, run, run_end, out, at)
    if table != 0:
        take_batch(address_of(buf), table)
    state[POSITION] = position
    state[RECORDS] = records
    state[KEPT] = kept
    state[BLANK] = blank
    state[COMMENTS] = comments
    state[LINES] = lines
    state[OUT] = at
    state[REJECTS] = rejected
    state[UNCLOSED] = unclosed
    state[CR] = count_cr
    state[CHANGED] = changed
    state[FULL] = full
