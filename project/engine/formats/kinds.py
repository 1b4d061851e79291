"""Which format a file has, told by its first bytes whatever its name; what is not read is refused with a sentence."""

from __future__ import annotations

import re
import zipfile
from dataclasses import dataclass
from pathlib import Path

from project.engine.compression import InputStream, choose_member, compression_of
from project.engine.dialect import Compression, DialectChoice, Format
from project.engine.formats.footer import ENCRYPTED_MAGIC, MAGIC
from project.errors import DamagedInputError

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_SECTOR_BYTES = 512
_LOOKED_AT = 64 * 1024

# Behind the magic number of Parquet; in a CSV file, a column's name may begin so.
_CONTROL = re.compile(rb"[^\t\r\n\x20-\x7e]")
_OBJECT = re.compile(rb"(?:\xef\xbb\xbf)?\s*\{\s*(?:\"(?:[^\"\\]|\\.)*\"\s*:|\})")
_ARRAY = re.compile(rb"(?:\xef\xbb\xbf)?\s*\[\s*\{\s*(?:\"(?:[^\"\\]|\\.)*\"\s*:|\})")
_BROKEN_OBJECT = re.compile(rb"(?:\xef\xbb\xbf)?\s*\{\s*\n")

_EXCEL_PART = re.compile(rb"\[Content_Types\]\.xml|xl/|docProps/")

_AS = "Save it as CSV, .xlsx, Parquet or JSON lines, and upload that."
_DOCUMENTS = (
    ("xl/workbook.bin", "This is an Excel file of the binary kind (.xlsb)"),
    ("word/document.xml", "This is a Word document"),
    ("ppt/presentation.xml", "This is a PowerPoint presentation"),
    ("META-INF/MANIFEST.MF", "This is a Java archive"),
)


@dataclass(frozen=True)
class Kind:
    """What a file is, and where in it the text or the table lies."""

    format: Format
    compression: Compression
    member: str | None


def fixed(format: Format) -> dict[str, object]:
    """What of a dialect follows from the format."""
    if format == "csv":
        return {}
    written: dict[str, object] = {"format": format, "delimiter": ",", "quote": '"'}
    return written if format == "xlsx" else {**written, "header": True, "skip_rows": 0}


def kind_of(path: Path, choice: DialectChoice) -> Kind:
    """What the file is; what `choice` sets is obeyed. Raises DamagedInputError for what is not read here."""
    with path.open("rb") as file:
        head = file.read(16)
    if not head:
        raise DamagedInputError("The file is empty.")
    compression = choice.compression or compression_of(head)
    format = choice.format or format_of(path, head, compression)
    if format in ("parquet", "xlsx"):
        return Kind(format, "none", choice.member)
    member = choose_member(path, choice.member) if compression == "zip" else None
    if choice.format is not None:
        return Kind(format, compression, member)
    stream = InputStream(path, compression, member)
    try:
        text = stream.read(_LOOKED_AT)
    finally:
        stream.close()
    if compression != "none":
        check_not_packed(text)
    # Who says how the file's text is to be read has seen that it is one.
    is_json = choice.delimiter is None and choice.header is None and is_json_lines(text)
    return Kind("jsonl" if is_json else "csv", compression, member)


def format_of(path: Path, head: bytes, compression: Compression) -> Format:
    """The format of a file that begins so on the disk. Raises DamagedInputError for one that is not read here.

    JSON lines, which may be compressed, are told by `is_json_lines`.
    """
    if head.startswith(MAGIC) and _CONTROL.match(head, len(MAGIC)):
        return "parquet"
    if head.startswith(ENCRYPTED_MAGIC):
        raise DamagedInputError("The Parquet file is encrypted; Rowmill cannot read it.")
    if compression == "zip":
        return "xlsx" if _is_excel(path) else "csv"
    if head.startswith(_OLE):
        raise _old_office(path)
    return "csv"


def is_json_lines(head: bytes) -> bool:
    """Whether a text that begins so is objects of JSON, one a line. Raises DamagedInputError for other JSON."""
    first = head.lstrip(b"\xef\xbb\xbf \t\r\n").split(b"\n", 1)[0].rstrip()
    if _ARRAY.match(head) or (_BROKEN_OBJECT.match(head) and _OBJECT.match(head)):
        raise DamagedInputError(
            "This is JSON, but not JSON lines: each line has to be an object of its own, such as "
            '{"song": "Umbrella", "plays": 200}. In jq, “jq -c .[]” makes lines of an array.'
        )
    # The line may be longer than what was read of it.
    return bool(_OBJECT.match(head)) and (first.endswith(b"}") or len(first) >= len(head) - 64 or b"\n" not in head)


def check_not_packed(head: bytes) -> None:
    """Raise DamagedInputError where what a compressed file holds cannot be read as a stream."""
    if head.startswith((MAGIC, ENCRYPTED_MAGIC)):
        raise DamagedInputError("A compressed Parquet file is not read: unpack it and upload what is in it.")


def _is_excel(path: Path) -> bool:
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.NameToInfo
            kind = archive.read("mimetype")[:100] if "mimetype" in names and names["mimetype"].file_size < 100 else b""
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, RuntimeError):
        # Of a cut file the directory is missing; what it was can still be seen.
        with path.open("rb") as file:
            return bool(_EXCEL_PART.search(file.read(_LOOKED_AT)))
    if kind.startswith(b"application/vnd.oasis.opendocument"):
        raise DamagedInputError(f"This is an OpenDocument file (.ods), which Rowmill does not read. {_AS}")
    for part, what in _DOCUMENTS:
        if part in names:
            raise DamagedInputError(f"{what}, which Rowmill does not read. {_AS}")
    return "[Content_Types].xml" in names and any(name.startswith("xl/") for name in names)


def _old_office(path: Path) -> DamagedInputError:
    """What is said of Microsoft's older container, in which encrypted Excel files lie too."""
    with path.open("rb") as file:
        header = file.read(_SECTOR_BYTES)
        file.seek(_SECTOR_BYTES * (1 + min(int.from_bytes(header[48:52], "little"), 2**31)))
        directory = file.read(_LOOKED_AT)
    if _ENCRYPTED in directory:
        return DamagedInputError("The Excel file is encrypted with a password: save it without one.")
    return DamagedInputError(f"This is an Excel file of the old kind (.xls), which Rowmill does not read. {_AS}")
