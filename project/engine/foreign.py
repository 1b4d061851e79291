"""Files that are no CSV, known by their first bytes: told in a sentence rather than read as a table of nonsense."""

from __future__ import annotations

import re

from project.errors import DamagedInputError

LOOKED_AT_BYTES = 4096

_BEGINNINGS = (
    (b"\x89PNG\r\n\x1a\n", "a PNG image"),
    (b"\xff\xd8\xff", "a JPEG image"),
    (b"GIF87a", "a GIF image"),
    (b"GIF89a", "a GIF image"),
    (b"II*\0", "a TIFF image"),
    (b"MM\0*", "a TIFF image"),
    (b"%PDF-", "a PDF document"),
    (b"\x7fELF", "a program (ELF)"),
    (b"\xcf\xfa\xed\xfe", "a program (Mach-O)"),
    (b"\xca\xfe\xba\xbe", "a program (Mach-O or Java)"),
    (b"SQLite format 3\0", "an SQLite database"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old Office document (such as .xls)"),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive"),
    (b"Rar!\x1a\x07", "a RAR archive"),
    (b"OggS\0", "a sound or a film"),
    (b"ID3\x03\0", "a sound"),
)
_WITHIN = (
    (re.compile(rb"RIFF.{4}WEBP", re.DOTALL), "a WebP image"),
    (re.compile(rb"RIFF.{4}(WAVE|AVI )", re.DOTALL), "a sound or a film"),
    (re.compile(rb".{4}ftyp[\w ]{4}", re.DOTALL), "a film"),
    (re.compile(rb".{257}ustar[\0 ]", re.DOTALL), "a tar archive"),
    (re.compile(rb"MZ.{0,62}\0\0", re.DOTALL), "a program (Windows)"),
    (
        re.compile(rb"(\xef\xbb\xbf)?\s*<(!doctype\s+html|html[\s>])", re.IGNORECASE),
        "a web page (HTML), perhaps a login or an error that was saved in its place",
    ),
    (re.compile(rb"(\xef\xbb\xbf)?\s*(<\?xml\s|<svg[\s>])", re.IGNORECASE), "an XML document"),
)
# Characters that no text has many of: controls other than tabs, line ends, form feeds and escapes.
_CONTROLS = bytes(byte for byte in range(32) if byte not in b"\t\n\v\f\r\x1b")
_MOST_CONTROLS = 0.08
# In fewer bytes, a few of them prove nothing.
_LEAST_BYTES = 256


def check(head: bytes, *, is_wide: bool) -> None:
    """Raise DamagedInputError if a file (decompressed) that begins so is no CSV. `is_wide`: its characters take more
    than one byte each, so that some of these are zero."""
    kind = next((words for beginning, words in _BEGINNINGS if head.startswith(beginning)), None)
    kind = kind or next((words for pattern, words in _WITHIN if pattern.match(head)), None)
    if kind:
        raise DamagedInputError(f"This is no CSV file: it is {kind}.")
    looked_at = head[:LOOKED_AT_BYTES]
    controls = len(looked_at) - len(looked_at.translate(None, _CONTROLS))
    if not is_wide and len(looked_at) >= _LEAST_BYTES and controls > _MOST_CONTROLS * len(looked_at):
        raise DamagedInputError(
            f"This is no CSV file: {controls / len(looked_at):.0%} of its first bytes are no characters of text. "
            "If it is one all the same, choose its encoding by hand."
        )
