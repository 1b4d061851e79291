"""The check of a whole file: places of rejects in any encoding, and what lies between the file and the fast reader."""

from __future__ import annotations

import codecs
import csv
import gzip
import io
import os
import random
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from project.engine import check, feed
from project.engine.check import StructuralCheck
from project.engine.dialect import Dialect
from project.engine.encodings import shown
from project.engine.limits import spill_limit
from project.engine.rejects import RejectsFile
from project.engine.spool import Spool
from project.errors import DamagedInputError, LimitError

if TYPE_CHECKING:
    from conftest import Engine

ENCODINGS = {
    "Windows-1252": (b"", b"\x81"),
    "Shift-JIS": (b"", b"\x81\xff"),
    "GB18030": (b"", b"\xff"),
    "UTF-16 LE": (codecs.BOM_UTF16_LE, b"\x00\xd8"),
    "UTF-16 BE": (codecs.BOM_UTF16_BE, b"\xdc\x41"),
    "UTF-32 LE": (codecs.BOM_UTF32_LE, b"\xff\xff\xff\x7f"),
    "UTF-8": (codecs.BOM_UTF8, b"\xff"),
}
PYTHONS = {"Windows-1252": "cp1252", "Shift-JIS": "shift_jis"}
LETTERS = {"Windows-1252": "é€ß", "Shift-JIS": "あ漢ｶ"}

# A record is good, too short, or damaged.
kinds = st.lists(st.sampled_from(["good", "good", "short", "damaged", "quoted"]), max_size=12)


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(kinds, st.sampled_from(sorted(ENCODINGS)), st.integers(5, 40), st.integers(8, 60), st.booleans())
def test_rejects_are_found_again_at_their_offset_in_the_file(
    tmp_path: Path, kinds: list[str], label: str, decoded_at_once: int, range_bytes: int, compressed: bool
) -> None:
    mark, bad = ENCODINGS[label]
    python = PYTHONS.get(label, label.replace(" ", "-"))
    letters = LETTERS.get(label, "é漢😀")
    data = mark + "a,b\n".encode(python)
    expected = []
    line = 2
    for number, kind in enumerate(kinds, 1):
        text = {"quoted": f'"{letters}\r\n\n\r{number}",x', "short": letters * number}.get(kind, f"{letters}{number},x")
        start = len(data)
        data += text.encode(python)
        if kind == "damaged":
            expected.append((number, line, start, f"invalid {label} at byte {len(data)}"))
            data += bad
        elif kind == "short":
            expected.append((number, line, start, "1 field where 2 were expected"))
        data += "\n".encode(python)
        line += 4 if kind == "quoted" else 1
    path = tmp_path / "input.csv"
    path.write_bytes(gzip.compress(data, 1) if compressed else data)
    dialect = Dialect(encoding=label, compression="gzip" if compressed else "none", columns=("a", "b"))
    rejects = RejectsFile(tmp_path / "rejects.csv")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(feed, "_DECODED_AT_ONCE", decoded_at_once)
        patch.setattr(check, "OVERLAP_BYTES", 4)
        found = StructuralCheck(
            path, dialect, {}, rejects, lambda: Spool(tmp_path / "spool", spill_limit(10)), range_bytes=range_bytes
        ).run()
    rejects.close()
    assert found.records == len(kinds)
    text = (tmp_path / "rejects.csv").read_text("utf-8") if expected else ""
    rows = list(csv.reader(io.StringIO(text, newline="")))[1:]
    assert [(int(row[0]), int(row[1]), int(row[2]), row[3]) for row in rows] == expected


def test_many_rejects_in_a_file_of_another_encoding_take_no_time_to_find(engine: Engine) -> None:
    """Each is reckoned from the one before it, not from the start of its piece."""
    lines = "".join(f"é{number},x\n" if number % 2 else f"é{number}\n" for number in range(100_000))
    ran = engine(f"a,b\n{lines}".encode("cp1252"), dialect={"encoding": "cp1252"})
    assert ran.counts == (100_000, 50_000, 50_000, 0, 50_000)
    last = ran.rejects[-1]
    assert (last.record, last.line, last.raw) == (99_999, 100_000, "é99998")
    assert last.byte_offset == 4 + len(lines) - len("é99998\né99999,x\n")


def test_lines_are_counted_inside_quotes_whatever_ends_them(engine: Engine) -> None:
    ran = engine('a,b\n"1\n2\r\n3\r4",x\rshort\r\n\n"5\n",y\nshort\n')
    assert [(reject.record, reject.line) for reject in ran.rejects] == [(2, 6), (5, 10)]


@pytest.mark.parametrize("label", ["Shift-JIS", "UTF-16 LE"])
def test_a_raw_text_that_is_cut_ends_with_a_whole_character(label: str) -> None:
    kept = "漢\udc81".encode("utf-8", "surrogatepass")
    assert [shown(kept[:end], label) for end in range(7)] == ["", "", "", "漢", "漢", "漢", r"漢\x81"]


def test_lines_to_skip_that_do_not_end_within_the_sample_fail(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(check, "_LONGEST_HEADER_BYTES", 1000)
    data = "x,y\n" * 1000
    assert engine(data, dialect={"header": False, "skip_rows": 200}).counts[0] == 800
    failed = engine(data, dialect={"header": False, "skip_rows": 500}).failed
    assert failed.code == "damaged_input"
    assert failed.message.startswith("The 500 lines to skip do not end within the first")


def test_a_spool_that_takes_over_a_file_piece_by_piece_knows_where_its_pieces_lie(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "input").write_bytes(b"0123456789" * 10)
    send = os.sendfile
    monkeypatch.setattr(os, "sendfile", lambda out, source, offset, size: send(out, source, offset, min(size, 7)))
    spool = Spool(tmp_path / "spool", spill_limit(1))
    with (tmp_path / "input").open("rb") as file:
        spool.copy(file.fileno(), 5, 95, [5, 50, 95])
    spool.write(b"more")
    spool.close()
    assert (tmp_path / "spool").read_bytes() == (b"0123456789" * 10)[5:95] + b"more"
    assert spool.cuts == [0, 45, 90, 94]


def test_a_spool_beyond_its_limit_fails_with_the_settings_name(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "spool", spill_limit(1))
    spool.write(bytes(1024 * 1024))
    with pytest.raises(LimitError, match="would pass 1 MB, the limit of the setting ENGINE_SPILL_MB"):
        spool.write(b"x")


@pytest.mark.parametrize("range_bytes", [64, 100, 257, 1000])
@pytest.mark.parametrize("seed", range(8))
def test_quoted_line_ends_are_checked_in_ranges_as_in_order(tmp_path: Path, seed: int, range_bytes: int) -> None:
    chance = random.Random(seed)
    pieces = ['"', "\n", ",", "\r\n", "a line", "x" * 30, "", " "]
    rows = [["".join(chance.choices(pieces, k=chance.randrange(12))) for _ in range(3)] for _ in range(400)]
    file = io.StringIO()
    csv.writer(file, lineterminator="\n").writerows([["a", "b", "c"], *rows])
    # Now and then a quote that stands alone, or text behind a closing one.
    lines = file.getvalue().splitlines(keepends=True)
    if seed % 2:
        lines[len(lines) // 2] = 'stray " quote,"b"x,c\n'
    path = tmp_path / "input.csv"
    path.write_text("".join(lines), newline="")
    found = []
    for threads in (1, 2):
        rejects = RejectsFile(tmp_path / f"rejects{threads}.csv")
        check = StructuralCheck(
            path,
            Dialect(encoding="UTF-8", columns=("a", "b", "c")),
            {},
            rejects,
            lambda: Spool(tmp_path / f"spool{threads}.csv", spill_limit(100)),  # noqa: B023
            range_bytes=range_bytes,
            threads=threads,
        )
        try:
            checked = check.run()
        except DamagedInputError as error:
            found.append(error.message)
            continue
        rejects.close()
        content = checked.path.read_bytes()[checked.cuts[0] : checked.cuts[-1]]
        found.append((checked.records, checked.kept, checked.rejected, content))
    assert found[0] == found[1]


@pytest.fixture
def read_in_order(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many bytes are scanned behind each other, not in ranges ahead of their turn, each time that they are."""
    read: list[int] = []
    original = StructuralCheck._in_order

    def counted(self: StructuralCheck, feed: Any, base: int, end: int, *rest: Any) -> int:
        read.append(end - base)
        return original(self, feed, base, end, *rest)

    monkeypatch.setattr(StructuralCheck, "_in_order", counted)
    return read


def test_quoted_line_ends_are_seldom_guessed_wrong(tmp_path: Path, read_in_order: list[int]) -> None:
    path = tmp_path / "input.csv"
    path.write_text("a,b\n" + '"one\ntwo, ""three""\nfour",five\n' * 2000)
    check = StructuralCheck(
        path,
        Dialect(encoding="UTF-8", columns=("a", "b")),
        {},
        RejectsFile(tmp_path / "rejects.csv"),
        lambda: Spool(tmp_path / "spool.csv", spill_limit(100)),
        range_bytes=1000,
    )
    assert check.run().kept == 2000
    # What was on the way when the first guess turned out to be wrong.
    assert sum(read_in_order) < 6 * 1000


def test_ranges_with_many_rejects_are_checked_by_all_threads(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, read_in_order: list[int]
) -> None:
    monkeypatch.setattr("project.engine.scanner._REJECTS_A_CALL", 16)
    path = tmp_path / "input.csv"
    # Two of five, and so many more in each range than there need be before a guess is doubted.
    path.write_text("a,b\n" + "1,2\n3,4\n5,6\n7,8,9\n10\n" * 4000)
    check = StructuralCheck(
        path,
        Dialect(encoding="UTF-8", columns=("a", "b")),
        {},
        RejectsFile(tmp_path / "rejects.csv"),
        lambda: Spool(tmp_path / "spool.csv", spill_limit(100)),
        range_bytes=4000,
    )
    checked = check.run()
    assert (checked.kept, checked.rejected) == (12_000, 8_000)
    # The first range, and what was on the way before there was a clean copy.
    assert sum(read_in_order) < 6 * 4000
