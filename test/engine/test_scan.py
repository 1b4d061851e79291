"""The scanner: one meaning in every form it runs in, wherever its input is cut, and the one that other readers see."""

from __future__ import annotations

import csv
import io
import re
import subprocess
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from project.engine import blocks, check, desk, survey
from project.engine.check import StructuralCheck
from project.engine.checked import CheckedInput
from project.engine.compiled import FUNCTIONS, WORTH_COMPILING_BYTES, compiled, scanner_for
from project.engine.dialect import Dialect
from project.engine.limits import spill_limit
from project.engine.rejects import RejectsFile
from project.engine.scanner import Outcome, Scanner
from project.engine.spool import Spool
from project.engine.table import table_of_records
from project.errors import DamagedInputError
from project.operations.columns import Column, Use

quick = settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))

PIECES = [
    *(b",", b'"', b'""', b"\n", b"\r", b"\r\n", b"\\", b"#", b"'"),
    *(b"a", b"x y", b"1", b"-2.50", b"3e7", b" 4 ", b"\xc3\xa9", b"\xff", b"\xed\xa0\x80", b"\xef\xbb\xbf", b"\0"),
    *(b'"q"', b'"x\ny"', b'"x""y"', b',""', b'"\r\n"', b'5" pipe'),
]
data_of_all_kinds = st.lists(st.sampled_from(PIECES), max_size=40).map(b"".join)
dialects = st.builds(
    Dialect,
    encoding=st.just("UTF-8"),
    delimiter=st.sampled_from([",", "'"]),
    quote=st.sampled_from(['"', '"', ""]),
    escape=st.sampled_from(["", "", "\\"]),
    comment=st.sampled_from(["", "#"]),
    columns=st.sampled_from([("a",), ("a", "b"), ("a", "b", "c")]),
)
uses = st.fixed_dictionaries({}, optional={"a": st.sampled_from([Use.AUTO, Use.NUMBER])})

INTERPRETED, COMPILED = 0, -1

# Long enough for blocks, plain for most of it, and odd in a few places.
PLAIN_LINES = [
    *(b"a,1,x\n", b"bcd,-2.5,\n", b"e,007,y\n", b"f,123456789,\n", b'"q, r",12,"x""y"\n', b'"x\ny","3",""\n'),
    *(
        b"g,44,\r\n",
        b"\xc3\xa9,5,\xe2\x82\xac\n",
        b"a much longer text than there is room for in one of the blocks,6,\n",
    ),
    *(b'h,7,"a text with a line end\nin it, and a delimiter"\n', b'"with \r\n in it",8,\r\n'),
]
ODD_LINES = [
    *(
        b"\n",
        b"\r\n",
        b"a,b\r",
        b"a,1\n",
        b"a,1,b,c\n",
        b'"a"b,1,c\n',
        b'a"b,1,c\n',
        b'a"b",1,c\n',
        b"#,1,c\n",
        b"\xff,1,c\n",
    ),
    *(b"a,x,c\n", b"a,1\\,,c\n", b'"a\rb",1,c\n', b'a,1,"b"c\n', b'"a', b'","', b"'"),
]
long_data = st.lists(
    st.one_of(*(st.sampled_from(PLAIN_LINES) for _ in range(9)), st.sampled_from(ODD_LINES)), max_size=60
).map(b"".join)


@dataclass
class Seen:
    """What a scan of a whole input found, with offsets in it."""

    counts: tuple[int, ...] = (0, 0, 0, 0, 0, 0)
    rejects: list[tuple[int, ...]] = field(default_factory=list)
    clean: bytes = b""
    position: int = 0
    unclosed: int = 0

    def add(self, outcome: Outcome) -> None:
        records, lines = self.counts[0], self.counts[4]
        for reject in outcome.rejects:
            is_offset = reject.reason == survey.BAD_UTF8
            place = (self.position + reject.start, self.position + reject.end)
            argument = reject.argument + (self.position if is_offset else 0)
            self.rejects.append((records + reject.record, lines + reject.line, *place, reject.reason, argument))
        if outcome.unclosed:
            self.unclosed = lines + outcome.lines + outcome.unclosed
        found = (outcome.records, outcome.kept, outcome.blank, outcome.comments, outcome.lines, outcome.altered)
        self.counts = tuple(before + more for before, more in zip(self.counts, found, strict=True))
        self.clean += b"".join(outcome.clean)
        self.position += outcome.position


def scanned(
    data: bytes, dialect: Dialect, use: dict[str, Use], size: int, cuts: Iterable[int] = ()
) -> tuple[Seen, Any]:
    """What comes of an input that arrives in pieces, cut at `cuts`."""
    scanner = Scanner(dialect, use, size)
    seen = Seen()
    for end in [*sorted(cut for cut in cuts if cut < len(data)), len(data)]:
        piece = data[seen.position : end]
        seen.add(scanner.scan(piece, 0, len(piece), final=end == len(data), emit=True))
    return seen, scanner.take_learned().numbers


def test_the_compiled_functions_are_the_interpreted_ones() -> None:
    machine = compiled()
    for name, module in FUNCTIONS.items():
        assert getattr(machine, name).py_func.__code__ is getattr(module, name).__code__


def test_threads_that_begin_at_once_find_what_lies_ready() -> None:
    """Where no check comes first, the threads that read a file are the first to ask for the scanner."""
    program = """
import threading
from project.engine.compiled import compiled
import numba
before = threading.Barrier(4)
found = []
def ask():
    before.wait()
    found.append(compiled())
threads = [threading.Thread(target=ask) for _ in range(4)]
for thread in threads: thread.start()
for thread in threads: thread.join()
print(len(set(map(id, found))), numba.config.CACHE_DIR.count("scanner-"))
"""
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, cwd=Path(__file__).parents[2], check=True
    )
    assert done.stdout.split() == ["1", "1"]


def test_small_inputs_are_interpreted_and_large_ones_compiled() -> None:
    assert scanner_for(WORTH_COMPILING_BYTES - 1)[2] is False
    assert scanner_for(WORTH_COMPILING_BYTES)[2] is True
    assert scanner_for(-1)[2] is True


@quick
@given(data_of_all_kinds, dialects, uses)
@example(b'",' * 40, Dialect(encoding="UTF-8", quote="", escape="\\", columns=("a",) * 41), {})
@example(b"a\\\xff,b\n", Dialect(encoding="UTF-8", escape="\\", columns=("a", "b")), {})
def test_interpreted_and_compiled_give_the_same(data: bytes, dialect: Dialect, use: dict[str, Use]) -> None:
    assert scanned(data, dialect, use, COMPILED) == scanned(data, dialect, use, INTERPRETED)


@settings(quick, max_examples=300)
@given(long_data, dialects, uses, st.lists(st.integers(0, 600), max_size=4))
@example(PLAIN_LINES[0] * 200, Dialect(encoding="UTF-8", columns=("a", "b", "c")), {"a": Use.AUTO}, [])
@example(b"".join(PLAIN_LINES) * 9, Dialect(encoding="UTF-8", columns=("a", "b", "c")), {"a": Use.AUTO}, [333])
def test_the_short_way_through_plain_records_changes_nothing(
    data: bytes, dialect: Dialect, use: dict[str, Use], cuts: list[int]
) -> None:
    seen, numbers = scanned(data, dialect, use, COMPILED, cuts)
    expected, expected_numbers = scanned(data, dialect, use, INTERPRETED, cuts)
    assert seen == expected
    # A record that is looked at again is counted again among the values; only whether there were any matters.
    assert [number > 0 for number in numbers] == [number > 0 for number in expected_numbers]


@pytest.mark.parametrize("line", [*PLAIN_LINES, *ODD_LINES])
def test_the_short_way_sees_what_lies_across_two_blocks(line: bytes) -> None:
    dialect = Dialect(encoding="UTF-8", escape="\\", comment="#", columns=("a", "b", "c"))
    for before in (PLAIN_LINES[0], PLAIN_LINES[7]):
        for padding in range(blocks.BLOCK_BYTES):
            data = b"p" * padding + before + line + PLAIN_LINES[0] * 30
            use = {"b": Use.AUTO}
            assert scanned(data, dialect, use, COMPILED)[0] == scanned(data, dialect, use, INTERPRETED)[0]


@quick
@given(st.binary(min_size=72, max_size=72), st.integers(0, 8), st.integers(0, 63), st.integers(0, 255))
def test_vector_instructions_do_what_their_definitions_say(data: bytes, at: int, places: int, byte: int) -> None:
    numpy = pytest.importorskip("numpy")
    machine = vector_machine()
    buffer = numpy.frombuffer(data, dtype=numpy.uint8)
    assert tuple(number % 2**64 for number in machine(buffer, at, places, byte)) == (
        blocks.equal_bytes(data, at, byte),
        blocks.high_bytes(data, at),
        blocks.between_bits(blocks.equal_bytes(data, at, byte)),
        blocks.moved_up(blocks.high_bytes(data, at)),
        blocks.moved_down(blocks.high_bytes(data, at), places),
        blocks.eight_at(buffer.ctypes.data + at) % 2**64,
        blocks.lowest_bit(blocks.high_bytes(data, at) | 1 << 63),
        blocks.count_bits(blocks.high_bytes(data, at)),
    )


@cache
def vector_machine() -> Any:
    """Every vector instruction in one compiled function."""
    import numba

    from project.engine import vectors as v

    @numba.njit  # type: ignore[untyped-decorator]
    def run(buffer: Any, at: int, places: int, byte: int) -> Any:
        high = v.high_bytes(buffer, at)
        return (
            v.equal_bytes(buffer, at, byte),
            high,
            v.between_bits(v.equal_bytes(buffer, at, byte)),
            v.moved_up(high),
            v.moved_down(high, places),
            v.eight_at(v.address_of(buffer) + at),
            v.lowest_bit(high | -(2**63)),
            v.count_bits(high),
        )

    return run


@quick
@given(data_of_all_kinds, dialects, st.lists(st.integers(0, 120), max_size=6))
def test_pieces_cut_anywhere_give_the_same_as_the_whole(data: bytes, dialect: Dialect, cuts: list[int]) -> None:
    whole, _ = scanned(data, dialect, {}, INTERPRETED)
    assert scanned(data, dialect, {}, INTERPRETED, cuts)[0] == whole
    assert scanned(data, dialect, {}, INTERPRETED, range(len(data)))[0] == whole


@quick
@given(data_of_all_kinds, dialects)
def test_every_byte_belongs_to_a_record_and_every_record_is_accounted_for(data: bytes, dialect: Dialect) -> None:
    seen, _ = scanned(data, dialect, {}, INTERPRETED)
    records, kept, blank, *_ = seen.counts
    assert records == kept + blank + len(seen.rejects)
    assert seen.position == len(data) or seen.unclosed


def texts_of(clean: bytes, quote: str, delimiter: str) -> list[list[str]]:
    text = io.StringIO(clean.decode(), newline="")
    quoting = csv.QUOTE_MINIMAL if quote else csv.QUOTE_NONE
    return list(csv.reader(text, delimiter=delimiter, quotechar=quote or None, quoting=quoting, strict=bool(quote)))


@quick
@given(data_of_all_kinds, dialects)
def test_the_clean_form_is_valid_and_has_a_row_for_each_kept_record(data: bytes, dialect: Dialect) -> None:
    seen, _ = scanned(data, dialect, {}, INTERPRETED)
    quote = dialect.quote or ('"' if dialect.escape else "")
    rows = texts_of(seen.clean, quote, dialect.delimiter)
    assert len(rows) == seen.counts[1]
    assert {len(row) for row in rows} <= {len(dialect.columns)}


fields = st.text(st.sampled_from("ab,;\"'\n\r\\# é\0"), max_size=6)
tables = st.integers(1, 4).flatmap(lambda width: st.lists(st.lists(fields, min_size=width, max_size=width), max_size=8))


@quick
@given(tables, st.sampled_from(["\n", "\r\n", "\r"]), st.sampled_from([",", ";"]), st.sampled_from(['"', "'"]))
def test_what_pythons_csv_module_writes_is_read_as_it_was(
    rows: list[list[str]], line_end: str, delimiter: str, quote: str
) -> None:
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter, quotechar=quote, lineterminator=line_end, quoting=csv.QUOTE_ALL).writerows(
        rows
    )
    width = len(rows[0]) if rows else 1
    dialect = Dialect(encoding="UTF-8", delimiter=delimiter, quote=quote, columns=("x",) * width)
    seen, _ = scanned(text.getvalue().encode(), dialect, {}, INTERPRETED)
    assert seen.rejects == []
    assert texts_of(seen.clean, quote, delimiter) == rows


@quick
@given(tables)
def test_fields_without_quotes_are_read_as_they_were(rows: list[list[str]]) -> None:
    plain = [[re.sub('[,"\n\r]', "", value) + 'x"' for value in row] for row in rows]
    text = "".join(",".join(row) + "\n" for row in plain)
    dialect = Dialect(encoding="UTF-8", columns=("x",) * (len(rows[0]) if rows else 1))
    seen, _ = scanned(text.encode(), dialect, {}, INTERPRETED)
    assert texts_of(seen.clean, '"', ",") == plain


@quick
@given(tables, st.sampled_from(["\n", "\r\n"]))
def test_escaped_fields_are_read_as_they_were(rows: list[list[str]], line_end: str) -> None:
    text = "".join(",".join(re.sub(r'([,"\n\r\\])', r"\\\1", value) + "." for value in row) + line_end for row in rows)
    for quote in ('"', ""):
        dialect = Dialect(encoding="UTF-8", quote=quote, escape="\\", columns=("x",) * (len(rows[0]) if rows else 1))
        seen, _ = scanned(text.encode(), dialect, {}, INTERPRETED)
        assert seen.rejects == []
        assert texts_of(seen.clean, '"', ",") == [[value + "." for value in row] for row in rows]


# The check of a whole file: ahead in ranges, or in order


def checked(
    path: Path, dialect: Dialect, use: dict[str, Use], folder: Path, range_bytes: int, threads: int
) -> tuple[CheckedInput | str, bytes, int]:
    """What the check says (or why it failed), the rejects file, and how many pieces the input was cut into."""
    folder.mkdir(exist_ok=True)
    (folder / "rejects.csv").unlink(missing_ok=True)
    rejects = RejectsFile(folder / "rejects.csv")
    run = StructuralCheck(
        path,
        dialect,
        use,
        rejects,
        lambda: Spool(folder / "spool.csv", spill_limit(100)),
        range_bytes=range_bytes,
        threads=threads,
    )
    try:
        found: CheckedInput | str = run.run()
    except DamagedInputError as error:
        found = error.message
    rejects.close()
    written = (folder / "rejects.csv").read_bytes() if rejects.count else b""
    return found, written, 0 if isinstance(found, str) else len(found.cuts) - 1


def rows_of(found: CheckedInput, dialect: Dialect) -> list[tuple[Any, ...]]:
    """The kept records as the fast reader sees them, piece by piece."""
    table = table_of_records(found, dialect, tuple(Column(name) for name in dialect.columns))
    rows = [row for piece in range(table.pieces) for row in table.load(piece, dialect.columns).rows()]
    table.close()
    return rows


@settings(quick, max_examples=200)
@given(
    data=data_of_all_kinds,
    dialect=dialects,
    use=uses,
    range_bytes=st.integers(3, 30),
    overlap=st.sampled_from([1, 2, 7, 64]),
    header=st.booleans(),
    mark=st.booleans(),
)
def test_ranges_ahead_give_the_same_as_in_order_and_as_pythons_csv_module_reads(
    tmp_path: Path,
    data: bytes,
    dialect: Dialect,
    use: dict[str, Use],
    range_bytes: int,
    overlap: int,
    header: bool,
    mark: bool,
) -> None:
    path = tmp_path / "input.csv"
    names = dialect.delimiter.join(dialect.columns).encode() + b"\n" if header else b""
    path.write_bytes((b"\xef\xbb\xbf" if mark else b"") + names + data + b"")
    if not names + data:
        return
    dialect = dialect.model_copy(update={"header": header})
    with pytest.MonkeyPatch.context() as patch:
        in_order, rejects, _ = checked(path, dialect, use, tmp_path / "in_order", 1 << 20, 1)
        patch.setattr(check, "OVERLAP_BYTES", overlap)
        patch.setattr(desk, "OVERLAP_BYTES", overlap)
        ahead, rejects_ahead, _ = checked(path, dialect, use, tmp_path / "ahead", range_bytes, 3)
        narrow, rejects_narrow, _ = checked(path, dialect, use, tmp_path / "narrow", range_bytes, 1)
    if isinstance(in_order, str) or isinstance(ahead, str) or isinstance(narrow, str):
        assert in_order == ahead == narrow
        return
    assert rejects == rejects_ahead == rejects_narrow
    for other in (ahead, narrow):
        assert counts_of(other) == counts_of(in_order)
        assert verdicts(other) == verdicts(in_order)
        assert content(other) == content(in_order)
    rows = rows_of(in_order, dialect)
    assert rows_of(ahead, dialect) == rows == rows_of(narrow, dialect)
    assert [[value or "" for value in row] for row in rows] == texts_of(
        content(in_order), in_order.quote, dialect.delimiter
    )


def counts_of(found: CheckedInput) -> tuple[int, ...]:
    return found.records, found.kept, found.blank, found.rejected, found.comments


def verdicts(found: CheckedInput) -> dict[str, tuple[int, ...] | None]:
    """What was learned of the columns' numbers; how many are none is not counted to the end."""
    return {name: None if numbers[survey.N_BAD] else numbers for name, numbers in found.numbers.items()}


def content(found: CheckedInput) -> bytes:
    return found.path.read_bytes()[found.cuts[0] : found.cuts[-1]]


@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("quoted_line_ends", [False, True])
@pytest.mark.parametrize("last_is_bad", [False, True])
def test_a_large_file_gives_the_same_in_ranges_of_any_size(
    tmp_path: Path, line_end: str, quoted_line_ends: bool, last_is_bad: bool
) -> None:
    path = tmp_path / "input.csv"
    rows = [
        (str(number), f'line{line_end}end,"' * (number % 7 == 3) if quoted_line_ends else "x" * (number * 37 % 101))
        for number in range(20_000)
    ]
    with path.open("w", newline="") as file:
        csv.writer(file, lineterminator=line_end).writerows([("a", "b"), *rows])
        file.write(f'bad{line_end}"x"y,1{line_end}' * last_is_bad + "last,")
    dialect = Dialect(encoding="UTF-8", columns=("a", "b"))
    expected = [(number, text or None) for number, text in rows] + [("last", None)]
    seen = []
    for range_bytes in (1 << 24, 4099, 65536):
        found, rejects, pieces = checked(path, dialect, {}, tmp_path / str(range_bytes), range_bytes, 3)
        assert isinstance(found, CheckedInput)
        assert rows_of(found, dialect) == expected
        assert pieces > (path.stat().st_size // 2 // range_bytes)
        seen.append((counts_of(found), rejects))
    assert seen[0] == seen[1] == seen[2]
    assert seen[0][1].count(b"\n") + seen[0][1].count(b"\r") == 3 * last_is_bad


@pytest.mark.parametrize("size", [-3, -2, -1, 0, 1, 2, 3, 70_000])
def test_a_record_of_about_the_buffers_size_is_read_whole(tmp_path: Path, size: int) -> None:
    path = tmp_path / "input.csv"
    for behind in (b"", b"\n", b"\r\n", b"\nlast,1\n"):
        # In order, 4096 + OVERLAP_BYTES are held at first.
        long = b"y" * (4096 + check.OVERLAP_BYTES + size - 4)
        path.write_bytes(b"a,b\nx,1\r\n" + b"z,2\n" + b"w,2\n" + long + b",3" + behind)
        dialect = Dialect(encoding="UTF-8", columns=("a", "b"))
        for threads in (1, 3):
            found, _, _ = checked(path, dialect, {}, tmp_path / "check", 4096, threads)
            assert isinstance(found, CheckedInput)
            rows = rows_of(found, dialect)
            assert rows[2:4] == [("w", "2"), (long.decode(), "3")]
            assert len(rows) == 4 + (b"last" in behind)


# A record that is too long to hold


@quick
@given(data_of_all_kinds, dialects, st.integers(1, 30))
def test_skipping_a_record_ends_where_scanning_it_does(data: bytes, dialect: Dialect, step: int) -> None:
    dialect = dialect.model_copy(update={"comment": ""})
    scanner = Scanner(dialect, {}, INTERPRETED)
    whole = scanner.scan(data, 0, min(1, len(data)), final=True, emit=False)
    if not whole.records:
        return
    machine = [0, 0, 0]
    position = 0
    for start in range(0, len(data), step):
        piece = data[start : start + step]
        position = start + scanner.skip(piece, machine)
        if machine[0] == 6 and not machine[2]:
            break
    assert position == whole.position
    assert machine[1] == whole.lines - 1


# Numbers

NUMBER = re.compile(rb" *[+-]?0*(\d*)(?:\.(\d*))?([eE]([+-]?\d+))? *")


def judged(text: bytes) -> int | tuple[int, int, bool]:
    """The same by other means: digits before the point, behind it, and whether there is an exponent."""
    if not text:
        return survey.MISSING
    match = NUMBER.fullmatch(text)
    if not match or not re.search(rb"\d", re.sub(rb"[eE].*", b"", text)):
        return survey.NOT_NUMBER
    whole, scale = len(match[1]), len(match[2] or b"")
    if whole + scale > survey.MAX_DIGITS or abs(int(match[4] or 0)) > 270:
        return survey.TOO_LONG
    return whole, scale, match[3] is not None


def parsed(text: bytes) -> int | tuple[int, int, bool]:
    packed = survey.parse_number(text, 0, len(text), 46)
    if packed < 0:
        return int(packed)
    shift = survey.SCALE_SHIFT
    return packed % shift, packed // shift % shift, bool(packed & survey.EXPONENT_MARK)


@pytest.mark.parametrize("text", [b"1,5", b"-0,50", b",5", b"7,", b"1,2e6", b" 3,25 ", b"12"])
def test_a_decimal_comma_is_read_where_it_is_set(text: bytes) -> None:
    with_comma = survey.parse_number(text, 0, len(text), ord(","))
    with_point = survey.parse_number(text.replace(b",", b"."), 0, len(text), ord("."))
    assert with_comma == with_point >= 0
    assert survey.parse_number(b"1.5", 0, 3, ord(",")) == survey.NOT_NUMBER


number_like = st.one_of(
    st.text("0159+-.eE ", max_size=9),
    st.from_regex(r" ?[+-]?\d{0,30}(\.\d{0,20})?([eE][+-]?\d{1,4})? ?", fullmatch=True),
).map(str.encode)


@settings(quick, max_examples=400)
@given(number_like)
@example(b"1e270")
@example(b"1e-271")
@example(b"1e99999999999999999999")
@example(b".")
@example(b"-")
@example(b" ")
@example(b"1" * 28)
@example(b"0" * 50 + b"1" * 28)
@example(b"0." + b"1" * 28)
@example(b"0." + b"1" * 29)
def test_a_number_is_judged_as_decimal_judges_it(text: bytes) -> None:
    assert parsed(text) == judged(text)
    if not isinstance(parsed(text), int):
        value = Decimal(text.decode())
        assert value.is_finite()


@quick
@given(st.binary(max_size=12))
@example(b"NaN")
@example(b"inf")
@example(b"1_000")
@example(b"0x10")
@example(b"1,5")
@example("٣".encode())
def test_whatever_else_there_is_is_no_number(text: bytes) -> None:
    assert parsed(text) == judged(text)


@quick
@given(
    st.binary(max_size=12),
    st.lists(
        st.sampled_from(
            [b"\xed\x9f\xbf", b"\xed\xa0\x80", b"\xf4\x8f\xbf\xbf", b"\xf4\x90\x80\x80", b"\xe0\x9f\xbf", b"\xc3"]
        ),
        max_size=3,
    ),
)
def test_invalid_utf8_is_found_where_python_finds_it(data: bytes, more: list[bytes]) -> None:
    for piece in _interleaved(data, more):
        try:
            piece.decode()
            expected = -1
        except UnicodeDecodeError as error:
            expected = error.start
        assert survey.utf8_error(piece, 0, len(piece)) == expected


def _interleaved(data: bytes, more: list[bytes]) -> Iterator[bytes]:
    yield data
    yield data + b"".join(more)
    yield b"".join(more) + data
