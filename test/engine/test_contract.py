"""What happens with every kind of CSV: a test, and a named sample file, for each rule that docs/csv.md gives."""

from __future__ import annotations

import bz2
import gzip
import lzma
import re
import zlib
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import pytest
import zstandard

from project.engine import check
from project.engine.detect import detect
from project.engine.scanner import FIELD_LIMIT_BYTES

if TYPE_CHECKING:
    from conftest import Engine

DOCUMENT = Path(__file__).parents[2] / "docs" / "csv.md"
SAMPLES = Path(__file__).parent / "samples"
TOLD: list[str] = []
"""The rows of the document that a test holds, by their first words."""

Test = TypeVar("Test", bound=Callable[..., None])
Sample = Callable[[str], Path]


def rule(words: str) -> Callable[[Test], Test]:
    """Says which row of the document a test holds; `words` begin its first cell."""
    TOLD.append(words)
    return lambda test: test


def rows_of_the_document() -> list[str]:
    """The first cells of the tables "in the file | what happens"."""
    tables = re.findall(r"^\| in the file \|.*\n\|[-|]+\|\n((?:\|.*\n)+)", DOCUMENT.read_text("utf-8"), re.MULTILINE)
    return [line.split(" | ")[0].removeprefix("| ") for table in tables for line in table.splitlines()]


def test_every_rule_of_the_document_has_a_test() -> None:
    rows = rows_of_the_document()
    assert len(rows) > 20
    assert [row for row in rows if not any(row.startswith(words) for words in TOLD)] == []
    assert [words for words in TOLD if not any(row.startswith(words) for row in rows)] == []


def test_every_sample_is_used() -> None:
    tests = "".join(path.read_text("utf-8") for path in Path(__file__).parent.glob("test_*.py"))
    names = {path.name for path in SAMPLES.iterdir() if not path.name.startswith(".")}
    assert {name for name in names if f'"{name}"' not in tests} == set()


# Bytes

TOWNS = "name,city\nJörg,Köln\nZoë,日本\n"
PLAYS = "song,plays\nUmbrella,200\nIn The End,500\n"


@rule("UTF-8, with or without a byte-order mark")
@pytest.mark.parametrize("name", ["utf8.csv", "utf8_mark.csv"])
def test_utf8_is_read_and_a_mark_is_no_part_of_the_first_name(engine: Engine, sample: Sample, name: str) -> None:
    ran = engine(sample(name))
    assert ran.result == TOWNS
    assert ran.finished.columns == ("name", "city")
    assert ran.finished.dialect.startswith("UTF-8, comma")


@rule("UTF-16, UTF-32 with a byte-order mark")
@pytest.mark.parametrize(
    ("name", "encoding"),
    [
        ("utf16_le_mark.csv", "UTF-16 LE"),
        ("utf16_be_mark.csv", "UTF-16 BE"),
        ("utf32_le_mark.csv", "UTF-32 LE"),
        ("utf32_be_mark.csv", "UTF-32 BE"),
    ],
)
def test_utf16_and_utf32_with_a_mark_are_decoded(engine: Engine, sample: Sample, name: str, encoding: str) -> None:
    ran = engine(sample(name))
    assert ran.result == TOWNS
    assert ran.finished.dialect.startswith(encoding)


@rule("UTF-16 without a mark")
def test_utf16_without_a_mark_is_read_and_told(engine: Engine, tmp_path: Path) -> None:
    path = tmp_path / "wide.csv"
    path.write_bytes(TOWNS.encode("utf-16-le"))
    ran = engine(path)
    assert ran.result == TOWNS
    assert "The encoding UTF-16 LE is a guess." in ran.notes


@rule("another encoding, such as Latin-1")
@pytest.mark.parametrize(
    ("name", "guessed", "encoding"),
    [
        ("latin1.csv", "Windows-1252", "latin-1"),
        ("windows1252.csv", "Windows-1252", "cp1252"),
        ("shift_jis.csv", "Windows-932", "shift_jis"),
    ],
)
def test_another_encoding_is_guessed_and_told_with_its_reason(
    engine: Engine, sample: Sample, name: str, guessed: str, encoding: str
) -> None:
    ran = engine(sample(name))
    assert ran.result == sample(name).read_bytes().decode(encoding)
    assert re.search(rf"The encoding {guessed} is a guess\. It is not valid UTF-8", ran.notes)


@rule("another encoding, such as Latin-1")
def test_an_encoding_set_by_hand_overrules_the_guess(engine: Engine, sample: Sample) -> None:
    ran = engine(sample("latin1.csv"), dialect={"encoding": "ISO-8859-5"})
    assert ran.result == sample("latin1.csv").read_bytes().decode("iso8859-5")
    assert "guess" not in ran.notes


@rule("bytes that are invalid in the encoding")
def test_a_record_with_invalid_utf8_is_a_reject_with_its_bytes(engine: Engine, sample: Sample) -> None:
    ran = engine(sample("invalid_utf8.csv"))
    assert ran.result == "name,plays\nBjörk,1\nSigur Rós & Zoë & Jón,4\n"
    assert [
        (reject.record, reject.line, reject.byte_offset, reject.reason, reject.column) for reject in ran.rejects
    ] == [
        (2, 3, 20, "invalid UTF-8 at byte 21", ""),
        (3, 4, 26, "invalid UTF-8 at byte 29", ""),
    ]
    assert [reject.raw for reject in ran.rejects] == [r"B\xffd,2", r"Cut\xe2\x82,3"]
    assert ran.counts == (4, 2, 2, 0, 2)


@rule("bytes that are invalid in the encoding")
def test_bytes_that_are_invalid_in_another_encoding_are_shown_as_they_stand_in_the_file(
    engine: Engine, sample: Sample
) -> None:
    data = sample("invalid_shift_jis.csv").read_bytes()
    ran = engine(sample("invalid_shift_jis.csv"), dialect={"encoding": "Shift-JIS"})
    assert ran.result == "曲名,回数\nさくら,一\nもののけ姫,二\n"
    (reject,) = ran.rejects
    assert reject.byte_offset == data.index(b"\x82\xa0\x81\xff")
    assert reject.reason == f"invalid Shift-JIS at byte {reject.byte_offset + 2}"
    assert reject.raw == r"あ\x81\xff,x"


@rule("bytes that are invalid in the encoding")
def test_half_a_surrogate_pair_in_utf16_is_a_reject(engine: Engine, sample: Sample) -> None:
    ran = engine(sample("invalid_utf16.csv"))
    assert ran.result == "a,b\n1,2\n5,6\n"
    (reject,) = ran.rejects
    assert (reject.record, reject.line, reject.byte_offset) == (2, 3, 18)
    assert (reject.reason, reject.raw) == ("invalid UTF-16 LE at byte 18", r"\x00\xd83,4")


@rule("bytes that are invalid in the encoding")
@pytest.mark.parametrize("piece", [b"\xed\xa0\x80", b"\xed\xb2\x80", b"\xed\xbf\xbf", b"\xc0\xaf", b"\xf5\x80\x80\x80"])
def test_encoded_surrogates_and_overlong_forms_are_shown_byte_by_byte(engine: Engine, piece: bytes) -> None:
    ran = engine(b"a\nx\n" + piece + b"\n", dialect={"encoding": "UTF-8"})
    assert ran.result == "a\nx\n"
    assert ran.rejects[0].raw == "".join(f"\\x{byte:02x}" for byte in piece)


@rule("gzip, zstd, bzip2, xz")
@pytest.mark.parametrize(
    ("name", "compression"),
    [
        ("gzip_named.csv", "gzip"),
        ("zstd.csv.zst", "zstd"),
        ("bzip2.csv.bz2", "bzip2"),
        ("xz.csv.xz", "xz"),
    ],
)
def test_compressed_files_are_known_by_their_first_bytes(
    engine: Engine, sample: Sample, name: str, compression: str
) -> None:
    ran = engine(sample(name))
    assert ran.result == PLAYS
    assert ran.finished.dialect.startswith(f"{compression}, UTF-8")


@rule("gzip, zstd, bzip2, xz")
@pytest.mark.parametrize(
    "name", ["gzip_members.csv.gz", "zstd_frames.csv.zst", "bzip2_streams.csv.bz2", "xz_streams.csv.xz"]
)
def test_compressed_pieces_one_behind_the_other_are_one_file(engine: Engine, sample: Sample, name: str) -> None:
    assert engine(sample(name)).result == PLAYS + "Clocks,7\n"


@rule("gzip, zstd, bzip2, xz")
def test_offsets_of_rejects_in_a_compressed_file_are_those_of_the_decompressed_bytes(engine: Engine) -> None:
    ran = engine(gzip.compress("\ufeffa,b\n1,2\nx\n".encode() + b"y,\xff\n"))
    assert [(reject.byte_offset, reject.reason) for reject in ran.rejects] == [
        (11, "1 field where 2 were expected"),
        (13, "invalid UTF-8 at byte 15"),
    ]


@rule("a zip with one file in it")
def test_a_zip_with_one_file_is_read(engine: Engine, sample: Sample) -> None:
    ran = engine(sample("zip_one.zip"))
    assert ran.result == PLAYS
    assert ran.finished.dialect.startswith("zip (plays.csv), UTF-8")


@rule("a zip with one file in it")
def test_a_zip_with_several_files_asks_which_one(engine: Engine, sample: Sample) -> None:
    assert engine(sample("zip_several.zip")).failed.message == (
        "The zip holds 2 files: “plays.csv”, “more/people.csv”. Say in the dialect which member to read."
    )
    assert engine(sample("zip_several.zip"), dialect={"member": "more/people.csv"}).result == "name\nZoë\n"
    assert (
        "has no member “none.csv”" in engine(sample("zip_several.zip"), dialect={"member": "none.csv"}).failed.message
    )


@rule("compressed data that is cut or damaged")
@pytest.mark.parametrize(
    "name",
    [
        *("cut.csv.gz", "cut.csv.zst", "cut.csv.bz2", "cut.csv.xz", "cut.zip", "corrupt.csv.gz"),
        *("garbage_behind.csv.gz", "garbage_behind.csv.zst", "garbage_behind.csv.bz2", "garbage_behind.csv.xz"),
    ],
)
def test_cut_or_damaged_compressed_data_fails(engine: Engine, sample: Sample, name: str) -> None:
    failed = engine(sample(name)).failed
    assert failed.code == "damaged_input"
    assert re.fullmatch(r"The file is cut or corrupt: compressed data ends at byte [\d,]+\.", failed.message)


@rule("compressed data that is cut or damaged")
@pytest.mark.parametrize("compress", [gzip.compress, bz2.compress, lzma.compress, zstandard.compress])
def test_data_cut_at_any_byte_never_passes_for_whole(
    engine: Engine, tmp_path: Path, compress: Callable[[bytes], bytes]
) -> None:
    whole = compress(b"a,b\n" + b"1,2\n" * 20)
    for size in range(len(whole) - 1, 6, -max(1, len(whole) // 12)):
        assert engine(whole[:size], dialect={"compression": detect_of(whole, tmp_path)}).failed.code == "damaged_input"


def detect_of(data: bytes, folder: Path) -> str:
    path = folder / "whole"
    path.write_bytes(data)
    return detect(path).dialect.compression


@rule("more than 200 times its size when decompressed")
def test_a_bomb_fails_with_the_limits_name(engine: Engine, tmp_path: Path) -> None:
    path = tmp_path / "bomb.csv.gz"
    row = b"0," * 511 + b"0\n"
    with path.open("wb") as file:
        packer = zlib.compressobj(9, zlib.DEFLATED, 31)
        file.write(packer.compress(row))
        for _ in range(110):
            file.write(packer.compress(row * 1024))
        file.write(packer.flush())
    failed = engine(path).failed
    assert failed.code == "limit"
    assert "expands more than 200:1 (the decompression limit past its first 100 MB)" in failed.message


@rule("NUL bytes")
def test_nul_bytes_are_kept(engine: Engine, sample: Sample) -> None:
    assert engine(sample("nul_bytes.csv")).result == "name,note\na\0b,\0\nc,d\n"


@rule("no bytes at all")
@pytest.mark.parametrize("name", ["empty.csv", "mark_alone.csv"])
def test_a_file_without_bytes_fails(engine: Engine, sample: Sample, name: str) -> None:
    failed = engine(sample(name)).failed
    assert (failed.code, failed.message) == ("damaged_input", "The file is empty.")


def test_a_file_of_blank_lines_alone_fails(engine: Engine, sample: Sample) -> None:
    assert engine(sample("blank_alone.csv")).failed.message.startswith("The file has no header")


@rule("an image, a program, a page of HTML")
def test_a_file_of_another_kind_fails(engine: Engine, tmp_path: Path) -> None:
    path = tmp_path / "plays.csv"
    path.write_bytes(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR")
    failed = engine(path).failed
    assert (failed.code, failed.message) == ("not_csv", "This is a PNG image, not a CSV file.")


# Lines and fields


@rule("comma, semicolon, tab, pipe")
@pytest.mark.parametrize(
    ("name", "word", "result"),
    [
        ("comma.csv", "comma", "a,b\n1;x,2\n3,4\n"),
        ("semicolon.csv", "semicolon", 'a,b\n"1,5",2\n"3,5",4\n'),
        ("tab.csv", "tab", 'a,b\n"1,5",2\n3,4\n'),
        ("pipe.csv", "pipe", "a,b\n1,2\n3,4\n"),
    ],
)
def test_usual_delimiters_are_found(engine: Engine, sample: Sample, name: str, word: str, result: str) -> None:
    ran = engine(sample(name))
    assert ran.result == result
    assert f"UTF-8, {word}, quoted" in ran.notes


@rule("comma, semicolon, tab, pipe")
def test_any_other_delimiter_is_set_by_hand(engine: Engine, sample: Sample) -> None:
    assert engine(sample("other_delimiter.csv")).result == "a#b\n1#2\n3#4\n"
    assert engine(sample("other_delimiter.csv"), dialect={"delimiter": "#"}).result == "a,b\n1,2\n3,4\n"


@rule("fields in single quotes")
def test_single_quotes_are_found(engine: Engine, tmp_path: Path) -> None:
    path = tmp_path / "single.csv"
    path.write_text("'a','b'\n'1','x, y'\n'2','it''s'\n")
    ran = engine(path)
    assert ran.result == 'a,b\n1,"x, y"\n2,it\'s\n'
    assert "The fields stand in single quotes" in ran.notes


@rule("remarks above the header")
def test_remarks_above_the_header_are_skipped_and_told(engine: Engine, tmp_path: Path) -> None:
    path = tmp_path / "remarks.csv"
    path.write_text("# Written by a program; version 3\n# on Monday\nid,name\n1,x\n")
    ran = engine(path)
    assert ran.result == "id,name\n1,x\n"
    assert "2 lines skipped above the header." in ran.notes


@rule("`sep=;` as the first line")
@pytest.mark.parametrize(("name", "result"), [("sep_line.csv", "a,b\n1,2\n"), ("sep_line_crlf.csv", 'a,b\n"1,5",2\n')])
def test_a_sep_line_is_obeyed_and_no_data(engine: Engine, sample: Sample, name: str, result: str) -> None:
    ran = engine(sample(name))
    assert ran.result == result
    assert "The first line says that the delimiter is" in ran.notes


@rule("lines above the header")
def test_lines_above_the_header_are_skipped_and_told(engine: Engine, sample: Sample) -> None:
    ran = engine(sample("preamble.csv"))
    assert ran.result == "song,day,plays\nUmbrella,2020-01-01,5\n"
    assert "3 lines skipped above the header." in ran.notes
    assert [(reject.record, reject.line) for reject in ran.rejects] == [(2, 6)]
    assert ran.finished.dialect.endswith("3 lines skipped, header in line 4")


@rule("lines above the header")
def test_skip_rows_sets_it(engine: Engine, sample: Sample) -> None:
    ran = engine(sample("preamble.csv"), dialect={"skip_rows": 1})
    assert ran.finished.columns == ("Made on 2020-01-02",)
    assert "skipped above" not in ran.notes


@rule("lines that start with `#`")
def test_hash_lines_are_data(engine: Engine, sample: Sample) -> None:
    ran = engine(sample("hash_lines.csv"))
    assert ran.result == "song,plays\n#1 Crush,5\n# a comment, by hand\nClocks,7\n"


@rule("lines that start with `#`")
def test_hash_lines_are_comments_if_the_dialect_says_so(engine: Engine, sample: Sample) -> None:
    ran = engine(sample("hash_lines.csv"), dialect={"comment": "#"})
    assert ran.result == "song,plays\nClocks,7\n"
    assert "2 comment lines skipped." in ran.notes
    assert ran.counts == (1, 1, 0, 0, 1)


@rule("LF, CRLF, CR, and a mixture")
@pytest.mark.parametrize(
    ("name", "result"),
    [
        ("lf.csv", 'a,b\n1,"x\ny"\n2,z\n'),
        ("crlf.csv", 'a,b\n1,"x\r\ny"\n2,z\n'),
        ("cr.csv", 'a,b\n1,"x\ry"\n2,z\n'),
        ("mixed_line_ends.csv", 'a,b\n1,x\n2,y\n3,"p\rq\r\nr\ns"\n4,z\n'),
    ],
)
def test_all_line_ends_end_a_record_and_are_kept_inside_quotes(
    engine: Engine, sample: Sample, name: str, result: str
) -> None:
    ran = engine(sample(name))
    assert ran.result == result
    assert ran.rejects == []


@rule("quoted delimiters and line ends, doubled quotes")
def test_quoted_fields_are_read(engine: Engine, sample: Sample) -> None:
    assert engine(sample("quoted.csv")).result == 'a,b\n"x,y","say ""hi"""\n"two\nlines",plain\n"",\n'


@rule("backslash escapes")
def test_backslashes_are_text_unless_the_dialect_says_otherwise(engine: Engine, sample: Sample) -> None:
    ran = engine(sample("backslash.csv"))
    assert ran.result == "a,b\nback\\\\slash,z\n"
    assert [reject.reason for reject in ran.rejects] == ["text after a closing quote"]
    escaped = engine(sample("backslash.csv"), dialect={"escape": "\\"})
    assert escaped.result == 'a,b\n"x,y","say ""hi"""\nback\\slash,z\n'


@rule("a first line with numbers")
def test_a_first_line_with_numbers_is_the_header_and_told(engine: Engine, tmp_path: Path) -> None:
    path = tmp_path / "numbers.csv"
    path.write_text("1,x\n2,y\n3,z\n")
    ran = engine(path)
    assert ran.result == "1,x\n2,y\n3,z\n" and ran.counts[0] == 2
    assert "if it is data, set the header to none by hand" in ran.notes
    assert engine(path, dialect={"header": False}).counts[0] == 3


@rule("a quote that is opened and never closed")
def test_a_quote_never_closed_fails_with_its_record_and_line(engine: Engine, sample: Sample) -> None:
    failed = engine(sample("unclosed_quote.csv")).failed
    assert failed.code == "damaged_input"
    assert failed.message == "A quote opened in record 6 (line 8) is never closed."


@rule("text after a closing quote")
def test_text_after_a_closing_quote_is_a_reject(engine: Engine, sample: Sample) -> None:
    ran = engine(sample("text_after_quote.csv"))
    assert ran.result == "a,b\n1,2\n5,6\n"
    assert [(reject.record, reject.line, reject.byte_offset, reject.column, reject.raw) for reject in ran.rejects] == [
        (2, 3, 8, "a", '"x"y,3'),
        (3, 4, 15, "b", '4,"p"q"'),
    ]
    assert {reject.reason for reject in ran.rejects} == {"text after a closing quote"}


@rule("a stray quote inside an unquoted field")
def test_a_stray_quote_is_kept(engine: Engine, sample: Sample) -> None:
    ran = engine(sample("stray_quote.csv"))
    assert ran.rows == [['5" pipe', "5"], ['said "hi" twice', "6"]]
    assert ran.rejects == []


@rule("too few or too many fields")
def test_ragged_records_are_rejects(engine: Engine, sample: Sample) -> None:
    ran = engine(sample("ragged.csv"))
    assert ran.result == "a,b,c\n1,2,3\n11,12,13\n"
    assert [(reject.record, reject.line, reject.byte_offset, reject.reason, reject.raw) for reject in ran.rejects] == [
        (2, 3, 12, "2 fields where 3 were expected", "4,5"),
        (3, 4, 16, "4 fields where 3 were expected", "6,7,8,9"),
        (4, 5, 24, "1 field where 3 were expected", "10"),
    ]
    assert ran.counts == (5, 2, 3, 0, 2)


@rule("a delimiter at the end of every line")
def test_a_delimiter_at_the_end_of_every_line_is_an_empty_last_column(engine: Engine, sample: Sample) -> None:
    ran = engine(sample("trailing_delimiter.csv"))
    assert ran.result == "a,b,column_3\n1,2,\n3,4,\n"
    assert "Every line seems to end with a delimiter: the last column, “column_3”, may be empty." in ran.notes


@rule("blank lines")
@pytest.mark.parametrize(
    ("name", "result", "counts"),
    [
        ("blank_lines.csv", "a,b\n1,2\n3,4\n", (6, 2, 0, 4, 2)),
        ("blank_lines_one_column.csv", 'a\nx\n""\ny\n', (5, 3, 0, 2, 3)),
    ],
)
def test_blank_lines_are_skipped_and_counted(
    engine: Engine, sample: Sample, name: str, result: str, counts: tuple[int, ...]
) -> None:
    ran = engine(sample(name))
    assert ran.result == result
    assert ran.counts == counts


@rule("duplicate or empty column names")
def test_names_are_made_distinct_and_told(engine: Engine, sample: Sample) -> None:
    ran = engine(sample("names.csv"))
    assert ran.finished.columns == ("id", "name", "column_3", "name_2", "id_2", "column_6")
    for sentence in (
        "The empty name in column 3 of the header is called “column_3”.",
        "The second “name” in column 4 of the header is called “name_2”.",
        "The second “id” in column 5 of the header is called “id_2”.",
    ):
        assert sentence in ran.notes


@rule("a header and nothing else")
@pytest.mark.parametrize("name", ["header_only.csv", "header_only_no_line_end.csv"])
def test_a_header_alone_gives_a_header_and_no_rows(engine: Engine, sample: Sample, name: str) -> None:
    ran = engine(sample(name))
    assert ran.result == "a,b\n"
    assert ran.counts == (0, 0, 0, 0, 0)


@rule("a last line without a line end")
@pytest.mark.parametrize(
    ("name", "result"),
    [("no_line_end.csv", "a,b\n1,2\n3,4\n"), ("no_line_end_empty_field.csv", "a,b\n1,2\n3,\n")],
)
def test_a_last_line_without_a_line_end_is_read(engine: Engine, sample: Sample, name: str, result: str) -> None:
    assert engine(sample(name)).result == result


@rule("a field of up to 100 MB")
def test_a_field_of_100_mb_is_read_and_a_longer_one_is_a_reject_that_names_the_limit(
    engine: Engine, tmp_path: Path
) -> None:
    path = tmp_path / "long_field.csv"
    long = b"x" * FIELD_LIMIT_BYTES
    with path.open("wb") as file:
        for piece in (b"a,b\n1,", long, b"\n2,", long, b"y\n3,z\n"):
            file.write(piece)
    ran = engine(path)
    with (ran.folder / "result.csv").open("rb") as result:
        assert result.read(6) == b"a,b\n1,"
        assert result.read(len(long)) == long
        assert result.read() == b"\n3,z\n"
    (reject,) = ran.rejects
    assert (reject.record, reject.line, reject.byte_offset) == (2, 3, 7 + len(long))
    assert (reject.reason, reject.column) == ("longer than the field limit of 100 MB", "b")
    assert reject.raw == "2," + "x" * (1_000_000 - 2)


@rule("a field of up to 100 MB")
@pytest.mark.parametrize("compressed", [False, True])
@pytest.mark.parametrize("quoted", [False, True])
def test_a_record_beyond_the_limit_is_a_reject_that_names_the_limit(
    engine: Engine, monkeypatch: pytest.MonkeyPatch, compressed: bool, quoted: bool
) -> None:
    monkeypatch.setattr(check, "RECORD_LIMIT_BYTES", 3 * 1024 * 1024)
    long = b'"' + b'x\r\n""' * 1_000_000 + b'"' if quoted else b"x" * 5_000_000
    data = b"a,b\n1,2\n" + long + b",y\r\n3,4\nshort\n"
    ran = engine(gzip.compress(data, 1) if compressed else data, memory_mb=64)
    assert ran.result == "a,b\n1,2\n3,4\n"
    lines = 1_000_000 if quoted else 0
    assert [(reject.record, reject.line, reject.byte_offset, reject.reason) for reject in ran.rejects] == [
        (2, 3, 8, "longer than the record limit of 128 MB"),
        (4, 5 + lines, len(data) - 6, "1 field where 2 were expected"),
    ]
    assert ran.counts == (4, 2, 2, 0, 2)


@rule("10,000 columns")
def test_10_000_columns_are_read(engine: Engine) -> None:
    names = ",".join(f"c{number}" for number in range(10_000))
    rows = "".join(",".join(f"{row}.{number}" for number in range(10_000)) + "\n" for row in range(5))
    ran = engine(f"{names}\n{rows}")
    assert ran.result == f"{names}\n{rows}"
    assert len(ran.finished.columns) == 10_000


# Values


def test_values_are_text_and_unchanged(engine: Engine, sample: Sample) -> None:
    assert engine(sample("values.csv")).result == sample("values.csv").read_text("utf-8")


@pytest.mark.parametrize(
    "step",
    [
        {"operation": "sort", "by": ["note"]},
        {"operation": "filter", "where": [{"column": "note", "test": "ne", "value": "none"}]},
    ],
)
def test_values_of_a_column_that_no_step_converts_stay_unchanged(
    engine: Engine, sample: Sample, step: dict[str, Any]
) -> None:
    before = sample("values.csv").read_text("utf-8").splitlines()
    assert sorted(engine(sample("values.csv"), step).result.splitlines()) == sorted(before)


def test_missing_and_empty_stay_apart(engine: Engine, sample: Sample) -> None:
    assert engine(sample("missing_and_empty.csv")).result == 'a,b\n,x\n"",y\nz,\nw,""\n'
    missing = {"operation": "filter", "where": [{"column": "a", "test": "missing"}]}
    assert engine(sample("missing_and_empty.csv"), missing).result == "a,b\n,x\n"
    count = {
        "operation": "aggregate",
        "group_by": [],
        "measures": [
            {"function": "count", "column": "a", "as": "n"},
            {"function": "count_distinct", "column": "b", "as": "d"},
        ],
    }
    assert engine(sample("missing_and_empty.csv"), count).rows == [["3", "3"]]


def test_what_a_step_cannot_convert_is_a_reject_with_its_column(engine: Engine, sample: Sample) -> None:
    total = {"operation": "aggregate", "group_by": [], "measures": [{"function": "sum", "column": "value", "as": "n"}]}
    ran = engine(sample("values.csv"), total)
    assert {(reject.reason, reject.column) for reject in ran.rejects} == {
        ("not a number", "value"),
        ("more than 28 digits, or an exponent out of range", "value"),
    }
    assert [reject.raw.split(",")[-1] for reject in ran.rejects] == (
        ["40 digits", "no number", "word", "word", "thousands", "decimal comma", "date", "formula", "word"]
    )
    assert ran.rows == [[str(float(501 + 1e5 + 9223372036854775808 - 5 + 1 + 1))]]


PRICES = "song;price\na;1,5\nb;-0,25\na;,75\nb;12\na; 3,00 \n"


@pytest.mark.parametrize("repeats", [1, 40_000])
def test_a_decimal_comma_is_read_where_it_is_set(engine: Engine, repeats: int) -> None:
    # The larger file is read by machine code, in several pieces.
    header, *lines = PRICES.splitlines(keepends=True)
    text = header + "".join(lines) * repeats
    comma = {"decimal": ","}
    total = {
        "operation": "aggregate",
        "group_by": ["song"],
        "measures": [
            {"function": "sum", "column": "price", "as": "total"},
            {"function": "min", "column": "price", "as": "least"},
        ],
    }
    order = {"operation": "sort", "by": ["song"]}
    expected = [["a", f"{Decimal('5.25') * repeats:.2f}", "0.75"], ["b", f"{Decimal('11.75') * repeats:.2f}", "-0.25"]]
    assert engine(text, total, order, dialect=comma).rows == expected
    if repeats == 1:
        assert engine(text, {"operation": "sort", "by": ["price"]}, dialect=comma).rows == [
            ["b", "-0,25"], ["a", ",75"], ["a", "1,5"], ["a", " 3,00 "], ["b", "12"],
        ]  # fmt: skip
        large = {"operation": "filter", "where": [{"column": "price", "test": "gt", "value": 1.25}]}
        assert [row[1] for row in engine(text, large, dialect=comma).rows] == ["1,5", "12", " 3,00 "]


def test_with_a_decimal_comma_a_point_is_none(engine: Engine) -> None:
    total = {"operation": "aggregate", "group_by": [], "measures": [{"function": "sum", "column": "n", "as": "n"}]}
    ran = engine("n;x\n1,5;a\n2.5;b\n1,000;c\n", total, dialect={"decimal": ","})
    assert ran.rows == [["2.500"]]
    assert [(reject.record, reject.reason, reject.column) for reject in ran.rejects] == [(2, "not a number", "n")]


# Rejects


def test_more_rejects_than_max_rejects_fail(engine: Engine, sample: Sample) -> None:
    assert engine(sample("ragged.csv"), max_rejects=3).counts[2] == 3
    failed = engine(sample("ragged.csv"), max_rejects=2).failed
    assert (failed.code, failed.message) == (
        "too_many_rejects",
        "More than 2 records were rejected, the recipe's max_rejects.",
    )
    assert engine(sample("ragged.csv"), max_rejects="60%").counts[2] == 3
    failed = engine(sample("ragged.csv"), max_rejects="59.9%").failed
    assert failed.code == "too_many_rejects"
    assert failed.message.startswith("3 of 5 records were rejected")


@pytest.mark.parametrize(("good_at", "fails"), [(None, True), (1000, True), (999, False), (0, False)])
def test_a_job_whose_first_1_000_records_are_all_rejects_fails(
    engine: Engine, good_at: int | None, fails: bool
) -> None:
    lines = ["x,y,z"] * 3000
    if good_at is not None:
        lines[good_at] = "1,2"
    ran = engine("a,b\n" + "\n".join(lines) + "\n", dialect={"skip_rows": 0})
    if not fails:
        assert ran.counts == (3000, 1, 2999, 0, 1)
        return
    assert ran.failed.code == "all_rejects"
    assert ran.failed.message.startswith(
        "The first 1,000 records are all rejects (3 fields where 2 were expected). Is this the right file"
    )


def test_the_raw_text_of_a_reject_reads_back(engine: Engine) -> None:
    ran = engine(b"a;b\n'x\ry'z;1\n'p\nq,\"'z;2\n", dialect={"delimiter": ";", "quote": "'"})
    assert [reject.raw for reject in ran.rejects] == ["'x\ry'z;1", "'p\nq,\"'z;2"]


# Output


def test_the_result_is_utf8_with_lf_and_quotes_only_where_needed(engine: Engine) -> None:
    ran = engine(
        "\ufeff'näme';'b'\r\n'plain';'with, comma'\r\n'with \"quote\"';'two\r\nlines'\r\n", dialect={"quote": "'"}
    )
    assert ran.result == 'näme,b\nplain,"with, comma"\n"with ""quote""","two\r\nlines"\n'


@pytest.mark.parametrize("name", ["values.csv", "quoted.csv", "nul_bytes.csv", "missing_and_empty.csv"])
def test_a_result_reads_back_as_itself(engine: Engine, sample: Sample, name: str) -> None:
    once = engine(sample(name))
    assert engine(once.folder / "result.csv").result == once.result


def test_a_byte_order_mark_that_begins_a_record_is_data(engine: Engine) -> None:
    data = "a,b\n\ufeffx,1\n\ufeffx,2\n"
    assert engine(data).result == data
