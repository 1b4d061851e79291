"""The parts of an Excel file: a zip of XML, read part by part as streams, of which nothing is believed."""

from __future__ import annotations

import posixpath
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn
from xml.parsers import expat

from project.engine.compression import BOMB_FLOOR_BYTES, BOMB_RATIO
from project.errors import DamagedInputError, InvalidInputError, LimitError

_BLOCK_BYTES = 64 * 1024
_TYPE = "/relationships/"

Attributes = dict[str, str]
Start = Callable[[str, Attributes], None]
End = Callable[[str], None]


class Package:
    """An open .xlsx. Raises DamagedInputError where it is no whole one, LimitError where it looks like a bomb."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("rb")
        try:
            self._zip = zipfile.ZipFile(self._file)
        except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
            self._file.close()
            raise damaged() from error

    @property
    def consumed(self) -> int:
        """How far the file has been read."""
        return self._file.tell()

    def has(self, name: str) -> bool:
        """Whether it has that part."""
        return name in self._zip.NameToInfo

    def read(self, name: str, start: Start, end: End | None = None, text: Callable[[str], None] | None = None) -> None:
        """Lead a whole part through these."""
        for _ in self.events(name, start, end, text):
            pass

    def events(
        self, name: str, start: Start, end: End | None = None, text: Callable[[str], None] | None = None
    ) -> Iterator[None]:
        """The same, a block for each step. Names come without namespaces."""
        parser = expat.ParserCreate()
        parser.buffer_text = True
        parser.buffer_size = _BLOCK_BYTES
        # Entities are what bombs are made of, and only a document type can declare any.
        parser.StartDoctypeDeclHandler = _refuse_doctype

        def first(tag: str, found: Attributes) -> None:
            # Hardly anybody gives names a prefix: the others need not be looked at one by one.
            has_prefix = ":" in tag
            parser.StartElementHandler = (lambda tag, found: start(_local(tag), found)) if has_prefix else start
            if end is not None:
                parser.EndElementHandler = (lambda tag: end(_local(tag))) if has_prefix else end
            start(_local(tag), found)

        parser.StartElementHandler = first
        parser.CharacterDataHandler = text
        try:
            with self._zip.open(self._part(name)) as stream:
                while data := stream.read(_BLOCK_BYTES):
                    parser.Parse(data, False)
                    yield
                parser.Parse(b"", True)
                yield
        except (expat.ExpatError, LookupError, ValueError, zipfile.BadZipFile, zlib.error, EOFError, OSError) as error:
            # Of the errors in Python's own words, expat raises those for encodings that are none.
            raise damaged(name) from error
        except (NotImplementedError, RuntimeError) as error:  # of zipfile: another method, or a password
            raise DamagedInputError(f"“{name}” in the Excel file is encrypted or packed in an unusual way.") from error

    def relations(self, name: str) -> dict[str, tuple[str, str]]:
        """The kinds and names of the parts that a part refers to, by the IDs that it uses for them."""
        folder, _, file = name.rpartition("/")
        found: dict[str, tuple[str, str]] = {}

        def take(tag: str, attributes: Attributes) -> None:
            if tag == "Relationship" and attributes.get("TargetMode") != "External":
                target = posixpath.normpath(posixpath.join("/", folder, attributes.get("Target", ""))).lstrip("/")
                found[attributes.get("Id", "")] = attributes.get("Type", "").rpartition(_TYPE)[2], target

        relations = f"{folder}/_rels/{file}.rels".lstrip("/")
        if self.has(relations):
            self.read(relations, take)
        return found

    def close(self) -> None:
        """Close the file."""
        self._zip.close()
        self._file.close()

    def _part(self, name: str) -> zipfile.ZipInfo:
        try:
            info = self._zip.getinfo(name)
        except KeyError:
            raise damaged(name) from None
        # More than the directory says never comes out of a part.
        if info.file_size > BOMB_FLOOR_BYTES and info.file_size > BOMB_RATIO * info.compress_size:
            raise LimitError(
                f"“{name}” in the Excel file expands more than {BOMB_RATIO}:1 (the decompression limit past its first "
                f"{BOMB_FLOOR_BYTES // 1_000_000} MB): it looks like a decompression bomb."
            )
        return info


@dataclass(frozen=True)
class Sheet:
    """A sheet of cells: its name, and its part."""

    name: str
    part: str


@dataclass(frozen=True)
class Workbook:
    """What there is: the sheets in their order, hidden ones last; the other parts, if they are there."""

    sheets: tuple[Sheet, ...]
    texts: str
    styles: str
    counts_from_1904: bool

    def sheet(self, wanted: str | None) -> Sheet:
        """The one of that name, else the first. Raises InvalidInputError or DamagedInputError."""
        if wanted is None:
            if not self.sheets:
                raise DamagedInputError("The Excel file has no sheet with cells.")
            return self.sheets[0]
        for sheet in self.sheets:
            if sheet.name == wanted:
                return sheet
        names = ", ".join(f"“{sheet.name}”" for sheet in self.sheets[:10])
        raise InvalidInputError(f"The Excel file has no sheet “{wanted}”. It has: {names}.", field="dialect")


def read_workbook(package: Package) -> Workbook:
    """The workbook of a package."""
    main = next((part for kind, part in package.relations("").values() if kind == "officeDocument"), "xl/workbook.xml")
    relations = package.relations(main)
    sheets: list[tuple[bool, Sheet]] = []
    counts_from_1904 = False

    def take(tag: str, attributes: Attributes) -> None:
        nonlocal counts_from_1904
        if tag == "workbookPr":
            counts_from_1904 = attributes.get("date1904") in ("1", "true")
        if tag == "sheet":
            kind, part = relations.get(
                next((value for key, value in attributes.items() if key.endswith(":id")), ""), ("", "")
            )
            if kind == "worksheet":
                sheets.append(
                    (attributes.get("state", "visible") != "visible", Sheet(attributes.get("name", ""), part))
                )

    package.read(main, take)
    parts = dict(relations.values())
    ordered = tuple(sheet for _, sheet in sorted(sheets, key=lambda found: found[0]))
    return Workbook(ordered, parts.get("sharedStrings", ""), parts.get("styles", ""), counts_from_1904)


def _local(tag: str) -> str:
    return tag.rpartition(":")[2]


def damaged(part: str = "") -> DamagedInputError:
    """What is said of an Excel file that cannot be read."""
    where = f" (in “{part}”)" if part else ""
    return DamagedInputError(f"The Excel file is cut or damaged{where}.")


def _refuse_doctype(*_: object) -> NoReturn:
    raise DamagedInputError("The Excel file declares a document type, which no Excel file does: it is not read.")
