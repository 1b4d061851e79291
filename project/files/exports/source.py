"""Sources: clean rows that can be converted, with what tells one version of them from another."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from project.engine.detect import detect
from project.engine.dialect import DialectChoice
from project.errors import ConflictError
from project.files.inspections import Inspection
from project.files.view import FileView, Origin

# As Rowmill writes it: nothing of it has to be guessed.
_WRITTEN = DialectChoice(
    format="csv", encoding="UTF-8", compression="none", delimiter=",", quote='"', header=True, skip_rows=0
)


@dataclass(frozen=True)
class Source:
    """Rows under a name. `key` names this very version of them, `stamp` the bytes at `path`: their size and time."""

    key: str
    name: str
    path: Path
    columns: tuple[str, ...]
    rows: int | None
    stamp: tuple[int, int]
    is_csv: bool = False
    """Whether it is clean CSV as it stands."""
    more: tuple[Path, ...] = ()
    """Where the rows go on behind those at `path`, in order: files that are never changed."""


class _Column(BaseModel):
    model_config = ConfigDict(frozen=True)

    name: str


class _Head(BaseModel):
    """The little of a profile that a conversion needs: the columns of a wide file have large profiles."""

    model_config = ConfigDict(frozen=True)

    rows: int
    columns: tuple[_Column, ...]


def can_be_converted(file: FileView, inspection: Inspection | None) -> bool:
    """Whether its rows are known: from an inspection, or because a job has written it."""
    return inspection is not None or _is_written_by_us(file)


def source_of(file: FileView, path: Path, inspection: Inspection | None) -> Source:
    """The rows of a file in the workspace. Raises ConflictError while nobody knows them."""
    key = f"file {file.id} {file.version}"
    if inspection is not None:
        head = _Head.model_validate_json(inspection.profile.read_bytes())
        names = tuple(column.name for column in head.columns)
        return Source(key, file.name, inspection.data, names, head.rows, stamp_of(inspection.data))
    if not _is_written_by_us(file):
        raise ConflictError(
            f"“{file.name}” has not been inspected yet, so its rows are not known: "
            "open its page, and take other formats as soon as they are."
        )
    return written(key, file.name, path, file.facts.rows)


def written(key: str, name: str, path: Path, rows: int | None) -> Source:
    """A CSV that Rowmill has written, and nobody has changed."""
    stamp = stamp_of(path)
    return Source(key, name, path, detect(path, _WRITTEN).dialect.columns, rows, stamp, is_csv=True)


def stamp_of(path: Path) -> tuple[int, int]:
    """What changes when somebody writes to the file."""
    status = path.stat()
    return status.st_size, status.st_mtime_ns


def _is_written_by_us(file: FileView) -> bool:
    # What is known of a file is forgotten when its bytes change.
    return file.origin is Origin.RESULT and file.facts.columns is not None and not file.has_changed
