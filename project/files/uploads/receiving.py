"""Writes the bytes that come to the disk, block by block, and says how many are safe there."""

from __future__ import annotations

import os
from collections.abc import Iterable
from io import FileIO

from project import faults
from project.engine.disk import sync
from project.errors import ChecksumError, InvalidInputError, TooLargeError
from project.files.uploads.checksum import Checksum
from project.files.uploads.folder import UploadFolder


class CutError(InvalidInputError):
    """The connection ended before all bytes had come that were announced."""

    code = "cut"


def receive(folder: UploadFolder, blocks: Iterable[bytes], start: int, end: int, checksum: Checksum | None) -> int:
    """Append blocks to the `start` bytes that are there; the offset afterwards, all of which is synced.

    Bytes that came before a cut, or before the disk was full, are kept unless a checksum goes with them. Raises
    CutError and OSError, and ChecksumError or (for bytes behind `end`) TooLargeError, after which none are kept.
    """
    if checksum is not None:
        _mark_unchecked(folder, start)
    with FileIO(folder.data, "r+") as data:
        data.seek(start)
        try:
            _append(data, blocks, end, checksum)
            checksum = None
        except (ChecksumError, TooLargeError):
            data.truncate(start)
            raise
        finally:
            if checksum is not None:
                data.truncate(start)
            os.fsync(data.fileno())
            folder.unchecked.unlink(missing_ok=True)
        return data.tell()


def settle(folder: UploadFolder) -> int | None:
    """How many bytes are safe on the disk, without those that had not been checked when the process died.

    None if the bytes are in the folder no more.
    """
    start = _unchecked_from(folder)
    try:
        with FileIO(folder.data, "r+") as data:
            if start is not None:
                data.truncate(start)
            os.fsync(data.fileno())
            length = data.seek(0, os.SEEK_END)
    except FileNotFoundError:
        return None
    folder.unchecked.unlink(missing_ok=True)
    return length


def offset(folder: UploadFolder) -> int:
    """The same, for one who only looks while somebody else writes."""
    start = _unchecked_from(folder)
    return folder.data.stat().st_size if start is None else start


def _unchecked_from(folder: UploadFolder) -> int | None:
    try:
        return int(folder.unchecked.read_text())
    except (FileNotFoundError, ValueError):
        return None  # a mark that was cut short was followed by no bytes


def _append(data: FileIO, blocks: Iterable[bytes], end: int, checksum: Checksum | None) -> None:
    hashed = checksum.begin() if checksum else None
    for block in blocks:
        if data.tell() + len(block) > end:
            raise TooLargeError(
                "More bytes came than were announced, or than there is room for: they have been thrown away."
            )
        _write(data, block)
        if hashed:
            hashed.update(block)
    if checksum and hashed and hashed.digest() != checksum.digest:
        raise ChecksumError("The bytes that came have another checksum: they have been thrown away, send them again.")


def _write(data: FileIO, block: bytes) -> None:
    faults.point("upload-block")
    rest = memoryview(block)
    while rest:
        rest = rest[data.write(rest) :]


def _mark_unchecked(folder: UploadFolder, start: int) -> None:
    with folder.unchecked.open("w") as mark:
        mark.write(str(start))
        mark.flush()
        os.fsync(mark.fileno())
    sync(folder.path)
