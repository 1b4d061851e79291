"""Detection: what is found in the first megabyte, how sure it is, and what a choice by hand overrules."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from project.engine.detect import SAMPLE_BYTES, detect
from project.engine.dialect import Detection, DialectChoice
from project.errors import DamagedInputError, InvalidInputError, RowmillError


@pytest.fixture
def found(tmp_path: Path) -> Any:
    def detected(data: bytes | str, **choice: Any) -> Detection:
        path = tmp_path / "input.csv"
        path.write_bytes(data.encode() if isinstance(data, str) else data)
        return detect(path, DialectChoice(**choice))

    return detected


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_delimiters_are_found_whatever_the_line_end(found: Any, delimiter: str, line_end: str) -> None:
    rows = [["name", "note", "n"], ["x", '"a,b;c|d"', "1"], ["y", "z", "2"]]
    detection = found(line_end.join(delimiter.join(row) for row in rows) + line_end)
    assert detection.dialect.delimiter == delimiter
    assert detection.dialect.columns == ("name", "note", "n")
    assert detection.notes == ()
    assert detection.candidates[0].sentence().endswith("all 3 sampled records have 3 fields")


def test_a_decimal_comma_does_not_make_a_comma_the_delimiter(found: Any) -> None:
    assert found("name;price\nx;1,50\ny;2,75\n").dialect.delimiter == ";"


def test_one_column_is_one_column(found: Any) -> None:
    detection = found("name\nUmbrella\nClocks\n")
    assert (detection.dialect.delimiter, detection.dialect.columns) == (",", ("name",))
    assert [candidate.fields for candidate in detection.candidates] == [1, 1, 1, 1]


def test_each_delimiter_is_told_with_what_it_would_make_of_the_records(found: Any) -> None:
    candidates = found("name;price\nx;1,50\ny;2,75\nz;3\n").candidates
    assert [candidate.sentence() for candidate in candidates[:3]] == [
        "semicolon: all 4 sampled records have 2 fields",
        "comma: 2 of 4 sampled records have 2 fields; 4 of 6 fields hold another delimiter",
        "tab: all 4 sampled records have 1 field",
    ]
    given = found("a,b\n1,2\n3\n\n4\n", delimiter=",").candidates
    assert given[0].sentence() == "comma: 2 of 4 sampled records have 2 fields"
    assert [candidate.delimiter for candidate in given] == [",", ";", "\t", "|"]
    assert found("a,b\n").candidates[0].sentence() == "comma: the one sampled record has 2 fields"


def test_comments_and_escapes_by_hand_are_none_of_the_records_counted(found: Any) -> None:
    detection = found('# one, two; three\n# "\na;b\n#x\n1;"x\\"y"\n', comment="#", escape="\\")
    assert detection.candidates[0].sentence() == "semicolon: all 2 sampled records have 2 fields"
    assert detection.dialect.columns == ("a", "b")


@pytest.mark.parametrize(
    ("data", "delimiter", "skipped", "columns"),
    [
        ("sep=;\na;b\n1;2\n", ";", 1, ("a", "b")),
        ("SEP=|\r\na|b\r\n", "|", 1, ("a", "b")),
        ("sep=\t\na\tb\n1\t2\n", "\t", 1, ("a", "b")),
        ("sep=^\na^b\n1^2\n", "^", 1, ("a", "b")),
        ("sep=,\nonly\nx\n", ",", 1, ("only",)),
    ],
)
def test_a_sep_line_decides(found: Any, data: str, delimiter: str, skipped: int, columns: tuple[str, ...]) -> None:
    detection = found(data)
    dialect = detection.dialect
    assert (dialect.delimiter, dialect.skip_rows, dialect.columns) == (delimiter, skipped, columns)
    assert detection.notes[0] == f"The first line says that the delimiter is “{delimiter}”; it is not data."


@pytest.mark.parametrize(
    ("data", "skipped", "columns"),
    [
        ("Report\n\na,b,c\n1,2,3\n", 2, ("a", "b", "c")),
        ("Title: plays\nMade: today\nname,day,n\nx,y,1\n", 2, ("name", "day", "n")),
        ("\n\na,b\n1,2\n", 2, ("a", "b")),
        ('"A title, quoted"\na,b,c\nx,y,z\n', 1, ("a", "b", "c")),
        ("a\n1,2\n3,4\n", 0, ("a",)),
        ("a,b\n1,2,3\n4,5,6\n", 0, ("a", "b")),
        ("a,a,b\n1,2,3\n", 0, ("a", "a_2", "b")),
    ],
)
def test_lines_above_the_header(found: Any, data: str, skipped: int, columns: tuple[str, ...]) -> None:
    detection = found(data)
    assert (detection.dialect.skip_rows, detection.dialect.columns) == (skipped, columns)
    told = [note for note in detection.notes if "skipped above the header" in note]
    assert told == ([f"{skipped} line{'s' if skipped > 1 else ''} skipped above the header."] if skipped else [])


@pytest.mark.parametrize(
    ("encoding", "label"),
    [
        ("utf-8", "UTF-8"),
        ("utf-8-sig", "UTF-8"),
        ("utf-16", "UTF-16 LE"),
        ("utf-32", "UTF-32 LE"),
    ],
)
def test_marks_and_utf8_are_certain(found: Any, encoding: str, label: str) -> None:
    detection = found("näme,日本\nx,y\n".encode(encoding))
    assert detection.dialect.encoding == label
    assert detection.dialect.columns == ("näme", "日本")
    assert detection.notes == ()
    assert detection.encoding_reason.startswith(("The file begins with a byte-order mark.", "The first 17 bytes are"))


def test_an_encoding_that_is_guessed_is_told_with_its_reason(found: Any) -> None:
    detection = found("name,town\nJörg,Köln\nZoë,Orléans\n".encode("cp1252"))
    assert detection.dialect.encoding == "Windows-1252"
    assert detection.notes == (
        "The encoding Windows-1252 is a guess. It is not valid UTF-8, and most bytes beyond ASCII would be letters of "
        "Western Europe, one by one.",
    )


def test_a_few_damaged_bytes_do_not_make_utf8_another_encoding(found: Any) -> None:
    detection = found("name\nJörg\nZoë\n日本\n".encode() + b"\xe9t\xe9\n")
    assert detection.dialect.encoding == "UTF-8"
    assert detection.encoding_reason == "4 characters beyond ASCII are valid UTF-8, 2 bytes are not."


def test_a_character_cut_by_the_samples_end_is_no_damage(found: Any) -> None:
    for shift in range(3):
        detection = found("a\n" + "x" * shift + "日本語\n" * (SAMPLE_BYTES // 10 + 1))
        assert (detection.dialect.encoding, detection.notes) == ("UTF-8", ())


@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("utf8", "UTF-8"),
        ("latin1", "Latin-1"),
        ("ISO-8859-1", "Latin-1"),
        ("cp1252", "Windows-1252"),
        ("windows-1252", "Windows-1252"),
        ("sjis", "Shift-JIS"),
        ("koi8-r", "koi8-r"),
    ],
)
def test_an_encoding_by_hand_goes_by_any_usual_name(found: Any, name: str, label: str) -> None:
    detection = found("name\nx\n", encoding=name)
    assert detection.dialect.encoding == label
    assert detection.notes == ()
    # The label itself is a name, too: the dialect that was shown can be chosen.
    assert found("name\nx\n", encoding=label).dialect.encoding == label


@pytest.mark.parametrize(("encoding", "label"), [("utf-16-le", "UTF-16 LE"), ("utf-16-be", "UTF-16 BE")])
def test_utf16_by_hand_goes_by_the_mark(found: Any, encoding: str, label: str) -> None:
    data = "\ufeffname,n\nx,1\n".encode(encoding)
    for name in ("UTF-16", "utf_16", encoding):
        detection = found(data, encoding=name)
        assert (detection.dialect.encoding, detection.dialect.columns) == (label, ("name", "n"))


def test_choices_by_hand_overrule_what_would_be_found(found: Any) -> None:
    data = "x;y\na,b\n'1;2',3\n"
    dialect = found(data, delimiter=",", quote="'", header=False, skip_rows=1, comment="#", escape="\\").dialect
    assert (dialect.delimiter, dialect.quote, dialect.header, dialect.skip_rows) == (",", "'", False, 1)
    assert (dialect.comment, dialect.escape, dialect.columns) == ("#", "\\", ("column_1", "column_2"))
    assert dialect.sentence() == (
        "UTF-8, comma, quoted with ', escaped with \\, 1 line skipped, no header, comments start with #"
    )


def test_names_by_hand(found: Any) -> None:
    assert found("a,b\n1,2\n", names=("x", "y")).dialect.columns == ("x", "y")
    assert found("1,2\n3,4\n", names=("x", "y"), header=False).dialect.columns == ("x", "y")
    assert found("1,2\n3,4\n", header=False).dialect.columns == ("column_1", "column_2")
    with pytest.raises(InvalidInputError, match="3 names were given for 2 columns"):
        found("a,b\n1,2\n", names=("x", "y", "z"))


def test_no_quoting_by_hand(found: Any) -> None:
    dialect = found('a","b\n1","2\n', quote="").dialect
    assert (dialect.quote, dialect.columns) == ("", ('a"', '"b'))


def test_quotes_in_names(found: Any) -> None:
    assert found('"a ""b""","two\nlines",c\n1,2,3\n').dialect.columns == ('a "b"', "two\nlines", "c")
    assert found("a\\,b,c\n1,2\n", escape="\\").dialect.columns == ("a,b", "c")


@pytest.mark.parametrize(
    ("header", "columns"),
    [
        ("a,a,a", ("a", "a_2", "a_3")),
        ("a,a,a_2", ("a", "a_3", "a_2")),
        (",x,", ("column_1", "x", "column_3")),
        (",column_1", ("column_2", "column_1")),
        ("\0weight,b", ("column_1", "b")),
    ],
)
def test_names_are_made_distinct(found: Any, header: str, columns: tuple[str, ...]) -> None:
    names = found(header + "\n" + ",".join("1" for _ in columns) + "\n").dialect.columns
    assert names == columns


@pytest.mark.parametrize(
    ("choice", "sentence"),
    [
        ({"delimiter": "é"}, "The delimiter must be one ASCII character that is no line end."),
        ({"delimiter": "\n"}, "The delimiter must be one ASCII character that is no line end."),
        ({"quote": "“"}, "The quote must be one ASCII character that is no line end."),
        ({"escape": "\r"}, "The escape must be one ASCII character that is no line end."),
        ({"comment": "§"}, "The comment must be one ASCII character that is no line end."),
        ({"delimiter": '"'}, "Delimiter, quote and escape must be different characters."),
        ({"delimiter": ";", "escape": ";"}, "Delimiter, quote and escape must be different characters."),
        ({"quote": "'", "escape": "'"}, "Delimiter, quote and escape must be different characters."),
        ({"encoding": "klingon"}, "“klingon” is no encoding that Rowmill knows."),
        ({"encoding": "rot13"}, "“rot13” is no encoding that Rowmill knows."),
        ({"encoding": "idna"}, "“idna” is no encoding that Rowmill knows."),
        ({"encoding": "unicode_escape"}, "“unicode_escape” is no encoding that Rowmill knows."),
        ({"encoding": ""}, None),
        ({"encoding": "utf-16"}, "The header is not valid in the chosen encoding"),
        ({"compression": "gzip"}, "The file is cut or corrupt: compressed data ends at byte"),
        ({"compression": "zip"}, "The file is cut or corrupt: compressed data ends at byte"),
    ],
)
def test_choices_that_cannot_be_have_a_sentence(found: Any, choice: dict[str, str], sentence: str | None) -> None:
    data = b"n\xc3\xa9me,b\n1,2,\n"
    if sentence is None:
        assert found(data, **choice).dialect.encoding == "UTF-8"
        return
    with pytest.raises(RowmillError) as raised:
        found(data, **choice)
    assert raised.value.message.startswith(sentence)
    assert raised.value.code in ("invalid_input", "damaged_input")


@pytest.mark.parametrize("quote", [";", "|", "\t"])
def test_a_quote_by_hand_is_no_delimiter(found: Any, quote: str) -> None:
    dialect = found(f"a,b\n{quote}1,2{quote},3\n", quote=quote).dialect
    assert (dialect.delimiter, dialect.quote) == (",", quote)


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "The file is empty."),
        (b"\xef\xbb\xbf", "The file is empty."),
        (b"\n\r\n\n", "The file has no header: there is nothing but blank lines where it should stand."),
        (b'"a,b\n1,2\n', "A quote opened in the header (line 1) is never closed."),
    ],
)
def test_files_without_a_header_have_a_sentence(found: Any, data: bytes, sentence: str) -> None:
    with pytest.raises(DamagedInputError) as raised:
        found(data)
    assert raised.value.message == sentence


def test_a_header_longer_than_the_sample_is_read(found: Any) -> None:
    names = tuple(f"column number {number:06}" for number in range(SAMPLE_BYTES // 20))
    assert found(",".join(names) + "\r\n" + ",".join("1" for _ in names) + "\r\n").dialect.columns == names


@pytest.mark.parametrize("shift", [-2, -1, 0, 1])
def test_a_header_that_ends_with_the_sample_keeps_its_line_end_together(found: Any, shift: int) -> None:
    name = "x" * (SAMPLE_BYTES + shift - 2)
    assert found(f"a,{name}\r\n1,2\r\n").dialect.columns == ("a", name)


def test_a_header_without_end_has_a_sentence(found: Any) -> None:
    with pytest.raises(DamagedInputError, match="The header does not end within the first 16 MB: is this a CSV file?"):
        found(b"x" * (17 << 20))


# What real files have taught


@pytest.mark.parametrize(
    ("text", "delimiter"),
    [
        ("a;b;c\n" + "1,5;2,25;3,75\n" * 300, ";"),
        ('"x" ; "y" ; \n' + "4,0 ; 2,0E+05 ; \n" * 3, ";"),
        ("# Dump of a survey; version 130, of today\n# Do not change; this header!\n#\nid,name\n1,x\n2,y\n", ","),
        ("one\ntwo; and a half\nthree\nfour, too\nfive\n", ","),
        ("a\tb\n1,2,3\t4,x,6\n5,6,7\t8,y,9\n", "\t"),
        ("a^b\n1^2\n3^4\n", "^"),
        ("a\x01b\n1\x012\n", "\x01"),
        ("up ^ and\ndown\n", ","),
        ("id|name\n1|Doe, John; Jr.\n2|Roe, Jane; Dr.\n3|Poe, Edgar; Mr.\n", "|"),
    ],
)
def test_delimiters_of_real_files(found: Any, text: str, delimiter: str) -> None:
    assert found(text).dialect.delimiter == delimiter


def test_remarks_above_the_header_are_skipped(found: Any) -> None:
    dialect = found("# A remark, long; and odd\n# Another\nid,name\n1,x\n2,y\n").dialect
    assert (dialect.skip_rows, dialect.columns) == (2, ("id", "name"))
    assert found("#id,name\n1,x\n").dialect.columns == ("#id", "name")


@pytest.mark.parametrize(
    ("text", "quote"),
    [
        ("'a','b'\n'1','x, y'\n'2','it''s'\n", "'"),
        ("a;b\n1;'x; y'\n2;'z'\n3;'w'\n", "'"),
        ("'a',\"b\"\n'1',2\n'3',4\n", '"'),
        ("word\n'tis\n'twas\n'twere\n", '"'),
        ("id,name\n'00501,x\n'00502,y\n'00503,z\n", '"'),
    ],
)
def test_single_quotes_are_found_where_fields_stand_in_them(found: Any, text: str, quote: str) -> None:
    detection = found(text)
    assert detection.dialect.quote == quote
    assert ("The fields stand in single quotes, and none in double ones." in detection.notes) == (quote == "'")


def test_backslashes_before_quotes_are_a_hint_and_no_decision(found: Any) -> None:
    text = 'a,b\n1,"x \\", y"\n2,z\n'
    detection = found(text)
    assert detection.dialect.escape == ""
    assert detection.notes == (
        "Backslashes stand before quotes: if they are escapes, set the escape by hand, and 3 of 3 sampled records have "
        "2 fields.",
    )
    assert found(text, escape="\\").notes == ()


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("a;b\n1,5;x\n2,75;y\n", 2),
        ("a;b\n1,5;1.5\n", 0),
        ('a,b\n"1,234",x\n"12,000",y\n', 0),
        ('a,b\n"1,234",x\n"12,00",y\n', 2),
    ],
)
def test_decimal_commas_are_a_hint_and_no_decision(found: Any, text: str, count: int) -> None:
    detection = found(text)
    assert detection.dialect.decimal == "."
    hinted = [note for note in detection.notes if "decimal comma" in note]
    assert hinted == ([] if not count else [hint for hint in hinted if f"({count} of the first ones)" in hint])
    assert len(hinted) == bool(count)
    dialect = found(text, decimal=",").dialect
    assert dialect.decimal == "," and dialect.sentence().endswith("decimal comma")


@pytest.mark.parametrize(
    ("text", "is_hinted"),
    [
        ("1,google.com\n2,facebook.com\n", True),
        ("0.5,0.25\n1.5,1.25\n", True),
        ("country,2010,2011\nFrance,1,2\n", False),
        ("a,1.5\nx,y\n", False),
        ("a,b\n1,2\n", False),
        ("1,2\n", False),
    ],
)
def test_a_header_of_numbers_is_a_hint_and_no_decision(found: Any, text: str, is_hinted: bool) -> None:
    detection = found(text)
    assert detection.dialect.header
    assert any("set the header to none by hand" in note for note in detection.notes) == is_hinted
    assert not any("set the header" in note for note in found(text, header=True).notes)


@pytest.mark.parametrize(("encoding", "label"), [("utf-16-le", "UTF-16 LE"), ("utf-16-be", "UTF-16 BE")])
def test_utf16_without_a_mark_is_known_by_its_nuls(found: Any, encoding: str, label: str) -> None:
    detection = found("name,town\nJörg,Köln\n".encode(encoding))
    assert (detection.dialect.encoding, detection.dialect.columns) == (label, ("name", "town"))
    assert "is a guess" in detection.notes[0]


@pytest.mark.parametrize(
    ("text", "encoding", "label"),
    [
        ("имя,город\nИван,Ставрополь\nПётр,Великий Новгород\n", "cp1251", "Windows-1251"),
        ("词,词性\n少年,名词\n神奇,形容词\n社旗,地名\n实权,名词\n", "gb18030", "GB18030"),
    ],
)
def test_encodings_of_real_files(found: Any, text: str, encoding: str, label: str) -> None:
    assert found(text.encode(encoding) * 3).dialect.encoding == label


def test_a_text_in_utf8_with_damaged_bytes_is_utf8(found: Any) -> None:
    text = "a\n“it isn’t”\n“that’s all”\n".encode() + b"caf\xe9s cl\xf4s\n" * 20
    assert found(text).dialect.encoding == "UTF-8"
