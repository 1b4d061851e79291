"""Members: what of a file is to be chosen from, the files in a zip or the sheets of an Excel file."""

from __future__ import annotations

from pathlib import Path

from project.engine.compression import compression_of, zip_members
from project.engine.formats.kinds import format_of
from project.engine.formats.package import Package, read_workbook

_HEAD_BYTES = 16


def members_of(path: Path) -> tuple[str, ...]:
    """Their names, if there are several. Raises what `format_of` raises, and DamagedInputError for a damaged file."""
    with path.open("rb") as file:
        head = file.read(_HEAD_BYTES)
    if compression_of(head) != "zip":
        return ()
    names = _sheets(path) if format_of(path, head, "zip") == "xlsx" else zip_members(path)
    return names if len(names) > 1 else ()


def _sheets(path: Path) -> tuple[str, ...]:
    package = Package(path)
    try:
        return tuple(sheet.name for sheet in read_workbook(package).sheets)
    finally:
        package.close()
