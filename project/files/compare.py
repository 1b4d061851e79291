"""What the folder and the table differ in, and what has to have happened; pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol

from project.files.view import SeenFile, Stamp


class Known(Protocol):
    """What is compared of a row of the table."""

    id: str
    name: str
    size: int
    modified: int
    inode: int


@dataclass(frozen=True)
class Difference:
    """Files of the folder and IDs of rows. Those that have another name, or other bytes, stay the same files."""

    added: tuple[SeenFile, ...] = ()
    renamed: tuple[tuple[str, SeenFile], ...] = ()
    changed: tuple[tuple[str, SeenFile], ...] = ()
    gone: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.added or self.renamed or self.changed or self.gone)


def compare(folder: Mapping[str, Stamp], rows: Iterable[Known]) -> Difference:
    """The difference between what is in the folder and the rows of the files that are not in the trash."""
    known = {row.name: row for row in rows}
    changed = tuple(
        (row.id, SeenFile(name, folder[name]))
        for name, row in known.items()
        if name in folder and folder[name] != stamp_of(row)
    )
    missing = {stamp_of(row): row.id for name, row in known.items() if name not in folder}
    renamed, added = [], []
    for name, stamp in folder.items():
        if name in known:
            continue
        # The same file under another name: somebody has moved it.
        moved = missing.pop(stamp, None)
        if moved is None:
            added.append(SeenFile(name, stamp))
        else:
            renamed.append((moved, SeenFile(name, stamp)))
    followed = {id for id, _ in renamed}
    gone = tuple(row.id for name, row in known.items() if name not in folder and row.id not in followed)
    return Difference(tuple(added), tuple(renamed), changed, gone)


def stamp_of(row: Known) -> Stamp:
    """The stamp that the row was last seen with."""
    return Stamp(row.size, row.modified, row.inode)
