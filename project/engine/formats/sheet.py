"""The rows of one sheet of an Excel file, as lists of texts, in bounded memory."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from project.engine.formats.cells import Moment, moment_of, moment_text, number_text, unescaped
from project.engine.formats.package import Attributes, Package, Sheet, Workbook, damaged
from project.engine.formats.texts import LONGEST_TEXT, SharedTexts, TextGatherer

MOST_ROWS = 1_048_576
MOST_COLUMNS = 16_384

Row = list[str | None]


def read_moments(package: Package, workbook: Workbook) -> tuple[Moment | None, ...]:
    """For each style of a cell, whether its numbers are dates or times."""
    codes: dict[int, str] = {}
    styles: list[int] = []
    within = ""

    def start(tag: str, attributes: Attributes) -> None:
        nonlocal within
        if tag == "numFmt":
            codes[_whole(attributes.get("numFmtId", ""))] = attributes.get("formatCode", "")
        elif tag in ("cellXfs", "cellStyleXfs"):
            within = tag
        elif tag == "xf" and within == "cellXfs":
            styles.append(_whole(attributes.get("numFmtId", "0")))

    if workbook.styles:
        package.read(workbook.styles, start)
    return tuple(moment_of(number, codes.get(number)) for number in styles)


class SheetRows:
    """Iterates over (number of the row, its cells from the first column on); rows without cells are left out."""

    def __init__(self, package: Package, workbook: Workbook, sheet: Sheet, texts: SharedTexts) -> None:
        self._part = sheet.part
        self._texts = texts
        self._moments = read_moments(package, workbook)
        self._counts_from_1904 = workbook.counts_from_1904
        self._events = package.events(sheet.part, self._start, self._end, self._characters)
        self._found: list[tuple[int, Row]] = []
        self._row: Row = []
        self._number = 0
        self._column = -1
        self._type = self._style = ""
        self._value: list[str] = []
        self._length = 0
        self._in_value = self._in_text = False
        self._inline = TextGatherer()

    def __iter__(self) -> Iterator[tuple[int, Row]]:
        for _ in self._events:
            found, self._found = self._found, []
            yield from found

    def _start(self, tag: str, attributes: Attributes) -> None:
        if tag == "c":
            place = attributes.get("r")
            self._column = column_number(place) if place else self._column + 1
            if not len(self._row) <= self._column < MOST_COLUMNS:
                raise damaged(self._part)
            self._type = attributes.get("t", "n")
            self._style = attributes.get("s", "")
            self._value.clear()
            self._length = 0
        elif tag == "v":
            self._in_value = True
        elif tag == "row":
            number = _whole(attributes["r"]) if "r" in attributes else self._number + 1
            if not self._number < number <= MOST_ROWS:
                raise damaged(self._part)
            self._number, self._row, self._column = number, [], -1
        elif tag == "is":
            self._in_text = True
            self._inline.begin()
        elif self._in_text:
            self._inline.start(tag)

    def _end(self, tag: str) -> None:
        if tag == "c":
            text = self._text()
            if text is not None:
                self._row += [None] * (self._column - len(self._row))
                self._row.append(text)
        elif tag == "v":
            self._in_value = False
        elif tag == "row":
            if self._row:
                self._found.append((self._number, self._row))
        elif tag == "is":
            self._in_text = False
        elif self._in_text:
            self._inline.end(tag)

    def _characters(self, data: str) -> None:
        if self._in_text:
            self._inline.text(data)
        elif self._in_value:
            self._length += len(data)
            if self._length > LONGEST_TEXT:
                raise damaged(self._part)
            self._value.append(data)

    def _text(self) -> str | None:
        """What the cell holds; None: nothing."""
        kind = self._type
        if kind == "inlineStr":
            return self._inline.taken()
        value = self._value[0] if len(self._value) == 1 else "".join(self._value)
        if kind == "str":
            return unescaped(value)
        if not value:
            return None
        try:
            match kind:
                case "s":
                    return self._texts.text(int(value))
                case "n":
                    return self._number_text(value)
                case "b":
                    return "true" if value.strip() in ("1", "true") else "false"
        except (ValueError, OverflowError):
            raise damaged(self._part) from None
        return value  # an error, or a date in ISO's form

    def _number_text(self, value: str) -> str:
        style = int(self._style) if self._style else -1
        moment = self._moments[style] if 0 <= style < len(self._moments) else None
        if moment is None:
            return number_text(value)
        return moment_text(value, moment, counts_from_1904=self._counts_from_1904)


@lru_cache(MOST_COLUMNS)
def _column_of(letters: str) -> int:
    number = 0
    for letter in letters:
        if not "A" <= letter <= "Z":
            return -1
        number = number * 26 + ord(letter) - 64
    return number - 1


def column_number(place: str) -> int:
    """The number of the column, from 0, of a place such as "AB12"; negative for what is no place."""
    return _column_of(place.rstrip("0123456789")[:4])


def _whole(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else -1
