"""Excel as the CSV that it would be: one sheet, as wide as its first rows."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain, islice
from pathlib import Path

from project.engine.formats.package import Package, Sheet, Workbook, read_workbook
from project.engine.formats.rows import Place, csv_line
from project.engine.formats.sheet import SheetRows
from project.engine.formats.texts import SharedTexts

_LOOKED_AT = 100
_PIECE_CHARACTERS = 1024 * 1024


class ExcelRows:
    """See `rows.Rows`. `member`: the name of the sheet, if it is not the first one."""

    def __init__(self, path: Path, member: str | None) -> None:
        self._package = Package(path)
        self._size = path.stat().st_size
        try:
            self.workbook: Workbook = read_workbook(self._package)
            self.sheet: Sheet = self.workbook.sheet(member)
            self._texts = SharedTexts(self._package, self.workbook.texts, path.parent)
        except BaseException:
            self._package.close()
            raise

    @property
    def consumed(self) -> int:
        """See `rows.Rows`."""
        return min(self._package.consumed, self._size)

    @property
    def parts(self) -> str:
        """See `rows.Rows`."""
        return f"sheet “{self.sheet.name}”"

    @property
    def notes(self) -> tuple[str, ...]:
        """See `rows.Rows`."""
        others = [f"“{sheet.name}”" for sheet in self.workbook.sheets if sheet != self.sheet]
        if not others:
            return ()
        listed = ", ".join(others[:10]) + (" …" if len(others) > 10 else "")
        count = f"{len(others):,} other sheet{'s' if len(others) > 1 else ''}"
        return (f"The workbook has {count}, not read here: {listed}. “member” in the dialect says which one to read.",)

    def pieces(self) -> Iterator[bytes]:
        """See `rows.Rows`. Rows above the header are records too; rows without a cell are blank lines."""
        rows = iter(SheetRows(self._package, self.workbook, self.sheet, self._texts))
        first = list(islice(rows, _LOOKED_AT))
        width = max((len(row) for _, row in first), default=0)
        out: list[str] = []
        held = expected = 0
        for number, row in chain(first, rows):
            expected += 1
            if number > expected:
                out.append("\n" * (number - expected))
                expected = number
            out.append(csv_line(row + [None] * (width - len(row))))
            held += len(out[-1])
            if held > _PIECE_CHARACTERS:
                yield "".join(out).encode("utf-8", "replace")
                out.clear()
                held = 0
        yield "".join(out).encode("utf-8", "replace")

    def place(self, offset: int) -> Place | None:
        """Rows of a sheet have no place in the bytes of its file."""
        return None

    def forget_before(self, offset: int) -> None:
        """Nothing is remembered."""

    def close(self) -> None:
        """See `rows.Rows`."""
        self._texts.close()
        self._package.close()
