"""Files that are no CSV are told as what they are; tables that look a little like them are not."""

from __future__ import annotations

import gzip
import io
import random
import sqlite3
import sys
import tarfile
from pathlib import Path

import pytest

from project.engine.detect import detect
from project.engine.dialect import DialectChoice
from project.errors import DamagedInputError

PNG = bytes.fromhex("89504e470d0a1a0a0000000d4948445200000001000000010806000000")


def database(folder):
    with sqlite3.connect(folder / "made") as connection:
        connection.execute("CREATE TABLE a (b)")
    return (folder / "made").read_bytes()


def archive(folder):
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        tar.addfile(tarfile.TarInfo("a"), io.BytesIO())
    return buffer.getvalue()


FOREIGN = {
    "a PNG image": PNG,
    "a JPEG image": bytes.fromhex("ffd8ffe000104a46494600010100"),
    "a GIF image": b"GIF89a\x01\0\x01\0",
    "a WebP image": b"RIFF\x24\0\0\0WEBPVP8 ",
    "a film": b"\0\0\0\x18ftypmp42\0\0",
    "a PDF document": b"%PDF-1.7\n%\xe2\xe3\n",
    "a program (ELF)": Path(sys.executable).read_bytes()[:5000],
    "a program (Windows)": b"MZ\x90\0\x03\0\0\0\x04\0\0\0",
    "an SQLite database": database,
    "a tar archive": archive,
    "a web page (HTML)": b"\xef\xbb\xbf\n<!DOCTYPE html>\n<html><body>a,b</body></html>\n",
    "an XML document": b'<?xml version="1.0"?>\n<a/>\n',
    "no characters of text": random.Random(1).randbytes(10_000),
}


def made(folder, data):
    path = folder / "input.csv"
    path.write_bytes(data(folder) if callable(data) else data)
    return path


@pytest.mark.parametrize("words", FOREIGN)
@pytest.mark.parametrize("pack", [bytes, gzip.compress], ids=["plain", "packed"])
def test_what_is_no_csv_is_told_as_what_it_is(words, pack, tmp_path):
    path = made(tmp_path, FOREIGN[words])
    path.write_bytes(pack(path.read_bytes()))
    if words.endswith("(ELF)") and not Path(sys.executable).read_bytes().startswith(b"\x7fELF"):
        pytest.skip("programs are others here")
    with pytest.raises(DamagedInputError) as told:
        detect(path)
    assert told.value.message.startswith("This is no CSV file: ") and words in told.value.message


@pytest.mark.parametrize(
    "data",
    [
        b"MZ,a\n1,2\n",
        b"BM,GIF\n1,2\n",
        b"II*,a\n1,2\n",
        b"<b>,<html>\n1,2\n",
        b"html,<!doctype html>\n1,2\n",
        b"PDF-1,%PDF\n1,2\n",
        b"a,b\n1,\0\n2,3\n4,5\n6,7\n",
        b"a,b\n\x1b[1m1,2\n",
        "a,b\n1,2\n".encode("utf-16"),
        "a,b\n1,2\n".encode("utf-32"),
    ],
)
def test_tables_stay_tables(data, tmp_path):
    assert len(detect(made(tmp_path, data)).dialect.columns) == 2


def test_who_says_by_hand_how_it_is_read_is_obeyed(tmp_path):
    path = made(tmp_path, b"<html>;b\n1;2\n")
    with pytest.raises(DamagedInputError):
        detect(path)
    assert detect(path, DialectChoice(delimiter=";")).dialect.columns == ("<html>", "b")


def test_an_empty_file_is_told_as_empty(tmp_path):
    with pytest.raises(DamagedInputError, match="The file is empty."):
        detect(made(tmp_path, b""))
