"""Encodings: found from a mark or a guess, and turned into UTF-8 without losing a byte that is invalid."""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass

from project.errors import InvalidInputError

UTF8 = "UTF-8"

# Longest first: the mark of UTF-32 LE begins with that of UTF-16 LE.
_MARKS = (
    (codecs.BOM_UTF32_LE, "UTF-32 LE"),
    (codecs.BOM_UTF32_BE, "UTF-32 BE"),
    (codecs.BOM_UTF8, UTF8),
    (codecs.BOM_UTF16_LE, "UTF-16 LE"),
    (codecs.BOM_UTF16_BE, "UTF-16 BE"),
)
_LABELS = {
    "utf-8": UTF8,
    "utf-8-sig": UTF8,
    "ascii": UTF8,
    "utf-16-le": "UTF-16 LE",
    "utf-16-be": "UTF-16 BE",
    "utf-32-le": "UTF-32 LE",
    "utf-32-be": "UTF-32 BE",
    "iso8859-1": "Latin-1",
    "shift_jis": "Shift-JIS",
    "cp932": "Windows-932",
    "euc_jp": "EUC-JP",
    "euc_kr": "EUC-KR",
    "gb18030": "GB18030",
    "big5": "Big5",
}
_CODECS = {label: codec for codec, label in _LABELS.items() if label != UTF8} | {UTF8: "utf-8"}

# Bytes that no Western text has: what contains them alone is damaged UTF-8 rather than another encoding.
_NEVER_TEXT = frozenset(b"\x81\x8d\x8f\x90\x9d\xff\xfe\xc0\xc1")
_WESTERN = frozenset("äöüßÄÖÜéèêëáàâåãçñíìîïóòôõøúùûýæœÉÈÀÁÅÃÇÑÓÒÔÕØÆŒ€£°ºª¡¿§«»–—’‘“”…·®©²³½".encode("cp1252"))
# What software has written in earnest; of all that could be, the guess would often be one that nobody uses.
_LIKELY = (
    "cp1250", "cp1251", "cp1252", "cp1253", "cp1254", "cp1255", "cp1256", "cp1257", "iso8859_2", "koi8_r", "cp932",
    "euc_jp", "euc_kr", "gb18030", "big5", "cp437", "cp850", "cp852", "cp866", "mac_roman",
)  # fmt: skip
_NO_TEXT = frozenset(("idna", "punycode", "raw-unicode-escape", "undefined", "unicode-escape", "utf-7"))
_HIGH_BYTES = bytes(range(0x80, 0x100))
_LONG = re.compile("[\u0800-\U0010ffff]")
_LOOKED_AT = 4096
_HIGH_RUNS = re.compile(rb"[\x80-\xff]+")
_HANDLER = "rowmill-keep"
_KEPT = re.compile("([\udc00-\udcff]+)")


@dataclass(frozen=True)
class Guess:
    """An encoding by its label, the length of its mark in bytes, what speaks for it, and whether that is a guess."""

    label: str
    mark: int = 0
    reason: str = "It was set by hand."
    is_guess: bool = False


def codec_of(label: str) -> str:
    """The name under which Python knows the encoding."""
    return _CODECS.get(label, label)


def label_of(name: str) -> str:
    """The name that people see for an encoding named in any usual way; InvalidInputError if it is unknown."""
    if name in _CODECS:
        return name
    try:
        info = codecs.lookup(name)
    except (LookupError, ValueError):
        raise _unknown(name) from None
    # Codecs such as "zlib" or "rot13" are no text encodings, though Python lists them beside them; others are made for
    # source code or for the names of hosts.
    if not getattr(info, "_is_text_encoding", True) or info.incrementaldecoder is None or info.name in _NO_TEXT:
        raise _unknown(name)
    codec = {"utf-16": "utf-16-le", "utf-32": "utf-32-le"}.get(info.name, info.name)
    if codec.startswith("cp125"):
        return f"Windows-{codec[2:]}"
    return _LABELS.get(codec, codec)


def marked(head: bytes) -> Guess | None:
    """The encoding that a byte-order mark tells of, if there is one."""
    for mark, label in _MARKS:
        if head.startswith(mark):
            return Guess(label, len(mark), "The file begins with a byte-order mark.")
    return None


def guess(sample: bytes, *, complete: bool) -> Guess:
    """The encoding of a sample from the start of a file; `complete`: the sample is the whole file."""
    by_mark = marked(sample)
    if by_mark is not None:
        return by_mark
    wide = _wide(sample[:_LOOKED_AT])
    if wide is not None:
        return wide
    where = f"{len(sample):,} bytes"
    if sample.isascii():
        return Guess(UTF8, reason=f"Nothing but ASCII in the first {where}, which most encodings read the same way.")
    text = sample.decode("utf-8", "ignore")
    valid, invalid = _count_utf8(sample, text, complete=complete)
    if not invalid:
        return Guess(UTF8, reason=f"The first {where} are valid UTF-8, with {_characters(valid)} beyond ASCII.")
    bad = len(sample) - len(text.encode())
    # Characters of three bytes and more: other encodings hardly ever look like these.
    long = len(_LONG.findall(text))
    if (valid and valid >= bad) or long >= max(3, bad // 10) or set(b"".join(invalid)) <= _NEVER_TEXT:
        reason = f"{_characters(valid)} beyond ASCII are valid UTF-8, {bad:,} bytes are not."
        return Guess(UTF8, reason=reason, is_guess=True)
    return _guess_legacy(sample) or Guess(UTF8, reason="No encoding makes text of all its bytes.", is_guess=True)


def chosen(name: str, head: bytes) -> Guess:
    """The encoding that was set by hand, for a file that begins so: of "UTF-16" alone, the mark says which one."""
    label = label_of(name)
    found = marked(head)
    if found is not None and name.lower().replace("_", "-") in ("utf-16", "utf16", "utf-32", "utf32"):
        label = found.label if found.label.startswith(label[:6]) else label
    return Guess(label, mark_length(head, label))


def mark_length(head: bytes, label: str) -> int:
    """How many bytes of mark stand before the text when it is read as `label`."""
    found = marked(head)
    return found.mark if found is not None and found.label == label else 0


class Transcoder:
    """Decodes a stream piece by piece and gives it back as UTF-8.

    A byte that is invalid becomes a lone surrogate (U+DC00 + byte), which is invalid UTF-8 in turn: the scanner sets
    that record aside, and `original` turns the piece back into the very bytes of the file.
    """

    def __init__(self, label: str) -> None:
        self._codec = codec_of(label)
        self._decoder = codecs.getincrementaldecoder(self._codec)(errors=_HANDLER)

    @property
    def pending(self) -> int:
        """Bytes at the end of what was decoded so far that are only the beginning of a character."""
        return len(self._decoder.getstate()[0])

    def decode(self, data: bytes, *, final: bool) -> bytes:
        """The next piece as UTF-8, with invalid bytes as encoded surrogates."""
        return self._decoder.decode(data, final).encode("utf-8", "surrogatepass")

    def original(self, utf8: bytes) -> bytes:
        """The bytes in the file's own encoding from which `utf8` (whole characters) came.

        In an encoding that shifts between sets of characters (ISO-2022) their number is only about right.
        """
        pieces = _KEPT.split(utf8.decode("utf-8", "surrogatepass"))
        # The pattern has one group, so every second piece is a run of kept bytes.
        return b"".join(
            bytes(ord(char) - 0xDC00 for char in piece) if number % 2 else piece.encode(self._codec, "replace")
            for number, piece in enumerate(pieces)
        )


def _keep(error: UnicodeError) -> tuple[str | bytes, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return "".join(chr(0xDC00 + byte) for byte in error.object[error.start : error.end]), error.end


codecs.register_error(_HANDLER, _keep)


def shown(utf8: bytes, label: str) -> str:
    r"""The text of a piece of the stream of a file in the encoding `label`; invalid bytes stand as \xNN."""
    if label == UTF8:
        return utf8.decode("utf-8", "backslashreplace")
    # What a Transcoder made is whole but for a character that was cut at the end.
    text = utf8[: _whole(utf8)].decode("utf-8", "surrogatepass")
    return _KEPT.sub(lambda kept: "".join(f"\\x{ord(char) - 0xDC00:02x}" for char in kept[0]), text)


def _whole(utf8: bytes) -> int:
    """The length without a character at the end of which bytes are missing."""
    for back in range(1, min(3, len(utf8)) + 1):
        byte = utf8[-back]
        if byte >= 0xC0:
            return len(utf8) - back if back < (2 if byte < 0xE0 else 3 if byte < 0xF0 else 4) else len(utf8)
    return len(utf8)


def _count_utf8(sample: bytes, text: str, *, complete: bool) -> tuple[int, list[bytes]]:
    """How many characters beyond ASCII are valid UTF-8 (those in `text`), and the first runs of bytes that are not."""
    invalid: list[bytes] = []
    position = 0
    end = len(sample)
    valid = len(text) - len(sample.translate(None, _HIGH_BYTES))
    view = memoryview(sample)
    while len(invalid) < 1000:
        try:
            codecs.utf_8_decode(view[position:], "strict", True)
            break
        except UnicodeDecodeError as error:
            start, stop = position + error.start, position + error.end
            if not complete and stop == end and error.reason == "unexpected end of data":
                break
            invalid.append(sample[start:stop])
            position = stop
    return valid, invalid


def _wide(head: bytes) -> Guess | None:
    """UTF-16 without a mark: text in which every other byte is NUL, as in no other encoding."""
    half = len(head) // 2
    for at, label in ((1, "UTF-16 LE"), (0, "UTF-16 BE")):
        nuls, others = head[at::2].count(0), head[1 - at :: 2].count(0)
        if half > 3 and nuls > 0.5 * half and others < 0.05 * half:
            reason = f"There is no byte-order mark, but {nuls:,} of the first {half:,} pairs of bytes hold a NUL."
            return Guess(label, reason=reason, is_guess=True)
    return None


def _characters(count: int) -> str:
    return f"{count:,} character{'' if count == 1 else 's'}"


def _guess_legacy(sample: bytes) -> Guess | None:
    # Only the lines that are not ASCII say anything, and the guess is slow: 64 KiB of them are enough.
    lines = b"\n".join(line for line in sample.split(b"\n") if not line.isascii())[: 64 * 1024]
    if _is_western(lines):
        reason = "It is not valid UTF-8, and most bytes beyond ASCII would be letters of Western Europe, one by one."
        return Guess("Windows-1252", reason=reason, is_guess=True)
    # Imported late: it takes as long as the rest of a small job.
    from charset_normalizer import from_bytes

    best = from_bytes(lines, cp_isolation=list(_LIKELY)).best()
    if best is None:
        return None
    reason = (
        f"It is not valid UTF-8; of the encodings that can read it, {label_of(best.encoding)} looks most like text."
    )
    return Guess(label_of(best.encoding), reason=reason, is_guess=True)


def _is_western(text: bytes) -> bool:
    """Whether the bytes beyond ASCII are mostly Western Europe's letters and signs, and mostly stand alone.

    Windows-1252 holds all of Latin-1's, and is what software writes that says Latin-1.
    """
    runs = _HIGH_RUNS.findall(text)
    high = b"".join(runs)
    return sum(byte in _WESTERN for byte in high) >= 0.8 * len(high) and len(high) <= 1.5 * len(runs)


def _unknown(name: str) -> InvalidInputError:
    return InvalidInputError(
        f"“{name}” is no encoding that Rowmill knows. Usual ones: UTF-8, UTF-16 LE, Latin-1, Windows-1252, Shift-JIS.",
        field="dialect",
    )
