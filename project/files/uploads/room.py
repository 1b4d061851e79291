"""Whether there is room for one more upload: its largest size, the quota, the disk."""

from __future__ import annotations

import errno
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from project.errors import NoRoomError, TooLargeError
from project.files.uploads.upload import Limits, Upload
from project.files.workspace import Workspace

_FULL = (errno.ENOSPC, errno.EDQUOT)


@contextmanager
def told() -> Iterator[None]:
    """A disk that is full after all is told with a sentence: raises NoRoomError."""
    try:
        yield
    except OSError as error:
        if error.errno not in _FULL:
            raise
        raise NoRoomError("The disk is full. What has come is kept: make room, then go on.") from error


def check(workspace: Workspace, limits: Limits, under_way: Iterable[Upload], length: int) -> None:
    """Raise TooLargeError or NoRoomError, which names the setting, unless so many bytes more can come."""
    if limits.most and length > limits.most:
        raise TooLargeError(f"The file has {_size(length)}, but UPLOAD_MAX_MB allows {_size(limits.most)}.")
    uploads = tuple(under_way)
    if limits.quota and workspace.size() + _claimed(uploads) + length > limits.quota:
        raise NoRoomError(
            f"The workspace has no room for {_size(length)} more: UPLOAD_QUOTA_MB allows {_size(limits.quota)} for all "
            "files and uploads under way. Delete some, or raise it."
        )
    if length > _disk(workspace, uploads):
        raise NoRoomError(f"The disk has no room for {_size(length)} more, with what the uploads under way still need.")


def largest(workspace: Workspace, limits: Limits, under_way: Iterable[Upload]) -> int:
    """How many bytes an upload may have that began now."""
    uploads = tuple(under_way)
    room = [_disk(workspace, uploads)]
    if limits.most:
        room.append(limits.most)
    if limits.quota:
        room.append(limits.quota - workspace.size() - _claimed(uploads))
    return max(0, min(room))


def _claimed(uploads: tuple[Upload, ...]) -> int:
    # One whose length nobody knows yet claims what it has.
    return sum(max(each.length, each.offset) for each in uploads)


def _disk(workspace: Workspace, uploads: tuple[Upload, ...]) -> int:
    return shutil.disk_usage(workspace.folder).free - sum(max(0, each.length - each.offset) for each in uploads)


def _size(count: int) -> str:
    return f"{count / 1024**2:,.1f} MB" if count >= 1024**2 else f"{count:,} bytes"
