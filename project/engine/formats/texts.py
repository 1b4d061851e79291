"""The shared texts of an Excel file: read as far as they are asked for, and kept in a temporary file when many."""

from __future__ import annotations

from array import array
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from tempfile import SpooledTemporaryFile

from project.engine.formats.cells import unescaped
from project.engine.formats.package import Attributes, Package, damaged

_HELD_BYTES = 32 * 1024 * 1024
_MOST_REMEMBERED = 50_000
LONGEST_TEXT = 1024 * 1024


class SharedTexts:
    """Texts by their numbers. `folder`: where a temporary file may lie."""

    def __init__(self, package: Package, part: str, folder: Path) -> None:
        self._file = SpooledTemporaryFile(_HELD_BYTES, dir=str(folder))  # noqa: SIM115 - closed with this
        self._ends = array("q", [0])
        self._new: list[bytes] = []
        self._gather = TextGatherer()
        self._events = package.events(part, self._start, self._end, self._gather.text) if part else iter(())
        self.text: Callable[[int], str] = lru_cache(_MOST_REMEMBERED)(self._text)

    def close(self) -> None:
        """Remove the file."""
        self._file.close()

    def _text(self, number: int) -> str:
        while number >= len(self._ends) - 1:
            self._read_more()
        start, end = self._ends[number], self._ends[number + 1]
        self._file.seek(start)
        return bytes(self._file.read(end - start)).decode()

    def _read_more(self) -> None:
        if next(self._events, self) is self:
            raise damaged("xl/sharedStrings.xml")
        if self._new:
            self._file.seek(0, 2)
            self._file.write(b"".join(self._new))
            self._new.clear()

    def _start(self, tag: str, attributes: Attributes) -> None:
        if tag == "si":
            self._gather.begin()
        else:
            self._gather.start(tag)

    def _end(self, tag: str) -> None:
        self._gather.end(tag)
        if tag == "si":
            text = self._gather.taken().encode("utf-8", "replace")
            self._new.append(text)
            self._ends.append(self._ends[-1] + len(text))


class TextGatherer:
    """Puts together what stands in the `t` elements of a text, without what says how it is pronounced."""

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._length = 0
        self._is_text = self._is_phonetic = False

    def begin(self) -> None:
        """A new text."""
        self._parts.clear()
        self._length = 0
        self._is_text = self._is_phonetic = False

    def start(self, tag: str) -> None:
        """An element within it."""
        self._is_phonetic = self._is_phonetic or tag == "rPh"
        self._is_text = tag == "t" and not self._is_phonetic

    def end(self, tag: str) -> None:
        """The end of one."""
        self._is_text = False
        if tag == "rPh":
            self._is_phonetic = False

    def text(self, data: str) -> None:
        """Characters."""
        if self._is_text:
            self._length += len(data)
            if self._length > LONGEST_TEXT:
                raise damaged("a text of more than a million characters")
            self._parts.append(data)

    def taken(self) -> str:
        """The text."""
        return unescaped("".join(self._parts))
