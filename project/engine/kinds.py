"""Kinds of files that are no CSV, told by what is in them and never by their names; and the sentence for each.

A magic number of nothing but letters could begin a column's name ("MZ", "BM"): it counts only before a NUL byte.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

HEAD_BYTES = 1024
"""How much of a file's beginning is enough to tell its kind."""


@dataclass(frozen=True)
class Kind:
    """A kind of file: a name for programs, and what it is in words, with the article."""

    name: str
    words: str
    is_text: bool = False
    """Whether it could be read as CSV all the same, should somebody want that."""

    @property
    def sentence(self) -> str:
        """What is wrong with it, for those who took it for a CSV file."""
        return f"This is {self.words}, not a CSV file."


NULS = Kind("nuls", "a file of nothing but NUL bytes")
BINARY = Kind("binary", "binary data", is_text=True)
HTML = Kind("html", "a page of HTML", is_text=True)

_MAGIC: tuple[tuple[bytes, Kind], ...] = (
    (b"ARROW1\0\0", Kind("arrow", "an Arrow file")),
    (b"FEA1", Kind("feather", "a Feather file")),
    (b"ORC", Kind("orc", "an ORC file")),
    (b"Obj\x01", Kind("avro", "an Avro file")),
    (b"SQLite format 3\0", Kind("sqlite", "an SQLite database")),
    (b"\x89HDF\r\n\x1a\n", Kind("hdf5", "an HDF5 file")),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", Kind("ole", "an old Office document (.xls, .doc)")),
    (b"%PDF-", Kind("pdf", "a PDF document")),
    (b"{\\rtf", Kind("rtf", "an RTF document")),
    (b"%!PS-", Kind("postscript", "a PostScript document")),
    (b"\x89PNG\r\n\x1a\n", Kind("png", "a PNG image")),
    (b"\xff\xd8\xff", Kind("jpeg", "a JPEG image")),
    (b"GIF87a", Kind("gif", "a GIF image")),
    (b"GIF89a", Kind("gif", "a GIF image")),
    (b"BM", Kind("bmp", "a BMP image")),
    (b"II*\0", Kind("tiff", "a TIFF image")),
    (b"MM\0*", Kind("tiff", "a TIFF image")),
    (b"\0\0\x01\0", Kind("ico", "an icon")),
    (b"\x7fELF", Kind("elf", "a program (ELF)")),
    (b"MZ", Kind("exe", "a program for Windows")),
    (b"\xcf\xfa\xed\xfe", Kind("mach-o", "a program for macOS")),
    (b"\xca\xfe\xba\xbe", Kind("java", "a program (Java or macOS)")),
    (b"\0asm", Kind("wasm", "a WebAssembly module")),
    (b"7z\xbc\xaf\x27\x1c", Kind("7z", "a 7z archive")),
    (b"Rar!\x1a\x07", Kind("rar", "a RAR archive")),
    (b"\x04\x22\x4d\x18", Kind("lz4", "data compressed with LZ4, which is not read here")),
    (b"OggS\0", Kind("ogg", "an Ogg recording")),
    (b"fLaC", Kind("flac", "a FLAC recording")),
    (b"ID3", Kind("mp3", "an MP3 recording")),
    (b"\x1a\x45\xdf\xa3", Kind("matroska", "a Matroska film")),
    (b"wOFF", Kind("font", "a font")),
    (b"wOF2", Kind("font", "a font")),
    (b"\x80\x04\x95", Kind("pickle", "a Python pickle")),
)
# What stands further on: (offset, bytes, kind).
_LATER: tuple[tuple[int, bytes, Kind], ...] = (
    (257, b"ustar", Kind("tar", "a tar archive")),
    (4, b"ftyp", Kind("mp4", "a film or an image (MP4, HEIC)")),
    (8, b"WEBP", Kind("webp", "a WebP image")),
    (8, b"WAVE", Kind("wav", "a WAV recording")),
    (8, b"AVI ", Kind("avi", "an AVI film")),
)
_TEXTS: tuple[tuple[re.Pattern[bytes], Kind], ...] = (
    (re.compile(rb"<!doctype html[\s>]|<html(\s[^>\n]*)?>\s*(<|$)", re.IGNORECASE), HTML),
    (re.compile(rb"<\?xml\s[^>]*\?>|<svg\s[^>]*xmlns"), Kind("xml", "an XML document", is_text=True)),
)
_BLANK = re.compile(rb"\A(?:\xef\xbb\xbf)?\s*")
# Control characters that have no place in a text; a few are used as delimiters or stand in damaged fields.
_CONTROLS = bytes({*range(1, 0x20), 0x7F} - set(b"\t\n\v\f\r\x1a\x1b\x1c\x1d\x1e\x1f"))
_MOST_DIFFERENT_CONTROLS = 5
_MOST_CONTROLS = 0.02


def kind_of_bytes(head: bytes) -> Kind | None:
    """The kind that the first bytes of a file (HEAD_BYTES, if it has them) tell of; None where it may well be text."""
    has_nul = b"\0" in head
    if has_nul and not head.strip(b"\0"):
        return NULS
    for magic, kind in _MAGIC:
        if head.startswith(magic) and (has_nul or not magic.isalnum()):
            return kind
    for offset, magic, kind in _LATER:
        if has_nul and head[offset : offset + len(magic)] == magic:
            return kind
    start = head[_BLANK.match(head).end() :]  # type: ignore[union-attr]
    return next((kind for pattern, kind in _TEXTS if pattern.match(start)), None)


def looks_binary(utf8: bytes) -> bool:
    """Whether a decoded text holds so many different control characters that it is none."""
    controls = len(utf8) - len(utf8.translate(None, _CONTROLS))
    different = sum(utf8.find(byte) >= 0 for byte in _CONTROLS)
    return different > _MOST_DIFFERENT_CONTROLS and controls > _MOST_CONTROLS * len(utf8)
