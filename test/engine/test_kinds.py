"""Kinds: what is no CSV is told by its bytes, in a sentence; what may be CSV is never refused."""

from __future__ import annotations

import gzip
from pathlib import Path
from random import Random

import pytest

from project.engine.detect import detect
from project.engine.dialect import DialectChoice
from project.errors import NotCsvError

PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\x06\0\0\0"
OTHERS = {
    "a PNG image": PNG,
    "a JPEG image": b"\xff\xd8\xff\xe0\0\x10JFIF\0\x01",
    "a GIF image": b"GIF89a\x01\0\x01\0\x80\0\0",
    "a program (ELF)": b"\x7fELF\x02\x01\x01" + bytes(9),
    "a program for Windows": b"MZ\x90\0\x03\0\0\0",
    "a PDF document": b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n",
    "a page of HTML": b"\n<!DOCTYPE html>\n<html><body><table><tr><td>1,2</td></tr></table></body></html>\n",
    "an XML document": b'<?xml version="1.0"?>\n<a>1,2</a>\n',
    "an SQLite database": b"SQLite format 3\0\x10\0\x01\x01",
    "a tar archive": b"plays.csv".ljust(100, b"\0") + b"0000644\0".ljust(157, b"\0") + b"ustar\x0000" + bytes(200),
    "a file of nothing but NUL bytes": bytes(5000),
    "binary data": Random(1).randbytes(5000),
}


@pytest.mark.parametrize("words", OTHERS)
@pytest.mark.parametrize("is_compressed", [False, True])
def test_what_is_no_csv_is_told_whatever_its_name(tmp_path: Path, words: str, is_compressed: bool) -> None:
    path = tmp_path / "plays.csv"
    path.write_bytes(gzip.compress(OTHERS[words]) if is_compressed else OTHERS[words])
    with pytest.raises(NotCsvError, match="^This is ") as refused:
        detect(path)
    assert refused.value.message == f"This is {words}, not a CSV file."


@pytest.mark.parametrize(
    "text",
    [
        b"MZ,intensity\n1,2\n",
        b"BM;x\n1;2\n",
        b"PAR1,PAR2\n1,2\n",
        b"GIF89a,n\nx,1\n",
        b"ID3,ORC\n1,2\n",
        b"<html>,<b>n</b>\nx,1\n",
        b"<b>name</b>,<script>alert(1)</script>\nx,1\n",
        b"a,b\n\0x,1\n\0\0,2\n",
        b"a\x01b\x01c\n1\x012\x013\n",
        b"a\x1fb\x1e1\x1f2\x1e",
        "näme,日本\n\x07x,\x1b[1m\n".encode(),
        b"%,PDF\n1,2\n",
    ],
)
def test_what_may_be_csv_is_never_refused(tmp_path: Path, text: bytes) -> None:
    path = tmp_path / "plays.csv"
    path.write_bytes(text)
    assert detect(path).dialect.columns


def test_a_text_of_another_kind_is_read_once_somebody_says_how(tmp_path: Path) -> None:
    path = tmp_path / "plays.csv"
    path.write_bytes(OTHERS["a page of HTML"])
    assert detect(path, DialectChoice(delimiter=",")).dialect.delimiter == ","
    path.write_bytes(PNG)
    with pytest.raises(NotCsvError):
        detect(path, DialectChoice(delimiter=","))
