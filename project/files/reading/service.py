"""What a file's page of reading shows: what was found in it, what is chosen, and the first rows that come of that."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from project.engine.dialect import Detection, DialectChoice
from project.engine.formats.members import members_of
from project.engine.head import Head, read_head
from project.errors import FailureError, InvalidInputError, NotCsvError, NotFoundError, RowmillError
from project.files.catalogue import Catalogue
from project.files.view import FileView

_MOST_MEMBERS = 500


@dataclass(frozen=True)
class Reading:
    """The head of a file as it is read in one way; without a head, a fault that says why it cannot be."""

    choice: DialectChoice
    head: Head | None = None
    fault: RowmillError | None = None

    @property
    def is_hopeless(self) -> bool:
        """Whether no choice would make rows of the file."""
        return isinstance(self.fault, NotCsvError) and not self.fault.is_text


def read(catalogue: Catalogue, file: FileView, choice: DialectChoice) -> Reading:
    """The reading of the file; where it cannot be read so, or is gone, this is told and not raised."""
    try:
        return Reading(choice, read_head(_path(catalogue, file), choice))
    except (FailureError, InvalidInputError, NotFoundError) as error:
        return Reading(choice, fault=error)


def found_in(catalogue: Catalogue, file: FileView, known: Reading | None = None) -> Detection | RowmillError:
    """What is found where nothing is set, or the error that says why nothing is; `known`: a reading made already."""
    is_found = known is not None and known.head is not None and known.choice.is_empty
    reading = known if known is not None and is_found else read(catalogue, file, DialectChoice())
    if reading.head is not None:
        return reading.head.detection
    assert reading.fault is not None
    return reading.fault


def members_in(catalogue: Catalogue, file: FileView) -> tuple[str, ...]:
    """The files of a zip, or the sheets of an Excel file, if there are several to choose from."""
    try:
        return members_of(_path(catalogue, file))[:_MOST_MEMBERS]
    except (FailureError, InvalidInputError, NotFoundError):
        return ()


def keep(catalogue: Catalogue, file_id: str, choice: DialectChoice) -> FileView:
    """From now on, the file is read so; an empty choice: as is found in it. Raises NotFoundError, and for a choice in
    which it cannot be read what `read_head` raises."""
    path = _path(catalogue, catalogue.get(file_id))
    if not choice.is_empty:
        read_head(path, choice)
    return catalogue.keep_reading(file_id, choice)


def _path(catalogue: Catalogue, file: FileView) -> Path:
    path = catalogue.path(file)
    try:
        path.open("rb").close()
    except OSError as error:
        raise FailureError(f"“{file.name}” cannot be read: {error.strerror}.", code="unreadable_input") from None
    return path
