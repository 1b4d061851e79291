"""The workspace: the one folder whose files users see, and the only place where a name becomes a path."""

from __future__ import annotations

import heapq
import os
import shutil
import stat
from collections.abc import Iterator, Set
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path

from project.errors import InvalidInputError, NotFoundError
from project.files import names


@dataclass(frozen=True)
class FileEntry:
    """A file in the workspace: its name, its size in bytes and when it was last changed (UTC)."""

    name: str
    size: int
    modified: datetime


class Workspace:
    """Users' files, flat, by their real names. Rowmill's own folders lie under `.rowmill`, on the same file system."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder.absolute()
        self.attempts = self.folder / ".rowmill" / "attempts"
        self.facts = self.folder / ".rowmill" / "facts"
        self.uploads = self.folder / ".rowmill" / "uploads"
        self.trash = self.folder / ".rowmill" / "trash"
        self.inspections = self.folder / ".rowmill" / "inspections"
        self.journals = self.folder / ".rowmill" / "journals"
        self.exports = self.folder / ".rowmill" / "exports"

    def input(self, name: str) -> Path:
        """The readable regular file of that name. Raises InvalidInputError or NotFoundError with field "input"."""
        names.check_input_name(name)
        path = self.folder / name
        self._check_inside(path, name)
        status = self._status(path, name)
        if stat.S_ISDIR(status.st_mode):
            raise InvalidInputError(f"“{name}” is a folder, not a file.", field="input")
        if not stat.S_ISREG(status.st_mode):
            raise InvalidInputError(f"“{name}” is not a regular file, so it is not opened.", field="input")
        if not os.access(path, os.R_OK):
            self._status(path, name)  # it may have gone since
            raise InvalidInputError(f"“{name}” may not be read: its permissions do not allow it.", field="input")
        return path

    def output(self, name: str) -> Path:
        """The path that a result of that name will have. Raises InvalidInputError with field "output"."""
        names.check_output_name(name)
        for taken in (name, names.rejects_name(name)):
            self._check_replaceable(taken)
        return self.folder / name

    def published(self, name: str) -> Path:
        """A regular file that was published by that name, never through a symlink. Raises NotFoundError."""
        path = self.folder / name
        if not names.is_name(name) or not _is_regular(path):
            raise NotFoundError(f"There is no file “{name}” in the workspace any more.", field="output")
        return path

    def is_free(self, name: str) -> bool:
        """Whether nothing at all has that name."""
        return not os.path.lexists(self.folder / name)

    def uploaded(self, name: str) -> Path:
        """The path that an uploaded file of that name will have. Raises InvalidInputError with field "file"."""
        names.check_upload_name(name)
        path = self.folder / name
        if os.path.lexists(path) and not _is_regular(path):
            raise InvalidInputError(f"“{name}” is there already and is no regular file, so it is kept.", field="file")
        return path

    def size(self) -> int:
        """The bytes of all files that a user can name."""
        return sum(entry.size for entry in self._entries())

    @staticmethod
    def rejects_name(output: str) -> str:
        """The name by which the rejects of a job with that output are published."""
        return names.rejects_name(output)

    def list(self, limit: int = 1000) -> tuple[FileEntry, ...]:
        """The newest files that a user can name, at most `limit`, newest first."""
        return tuple(heapq.nlargest(limit, self._entries(), key=lambda entry: (entry.modified, entry.name)))

    def attempt_folder(self, job_id: str, attempt: int) -> Path:
        """Where an attempt's plan, spill and unpublished files lie; not created here."""
        return self.attempts / f"{job_id}.{attempt}"

    def attempt_folders(self) -> tuple[tuple[str, int], ...]:
        """(job ID, attempt) of each attempt's folder that exists."""
        try:
            entries = os.listdir(self.attempts)
        except FileNotFoundError:
            return ()
        parts = (entry.rpartition(".") for entry in entries)
        return tuple((job_id, int(attempt)) for job_id, _, attempt in parts if job_id and attempt.isdigit())

    def make_attempt_folder(self, job_id: str, attempt: int) -> Path:
        """A new, empty attempt's folder that others cannot read."""
        folder = self.attempt_folder(job_id, attempt)
        folder.mkdir(mode=0o700, parents=True)
        return folder

    def remove_attempt_folder(self, job_id: str, attempt: int) -> None:
        """Remove an attempt's folder with all that is in it; fine if it is gone."""
        shutil.rmtree(self.attempt_folder(job_id, attempt), ignore_errors=True)

    def remove_attempt_folders(self, job_id: str, newest: int) -> None:
        """Remove the folders of a job's attempts up to that number."""
        for job, attempt in self.attempt_folders():
            if job == job_id and attempt <= newest:
                self.remove_attempt_folder(job_id, attempt)

    def strip_attempt_folder(self, job_id: str, attempt: int, kept: Set[str]) -> bool:
        """Remove all but the files of these names from an attempt's folder; whether any of them is left."""
        folder = self.attempt_folder(job_id, attempt)
        try:
            entries = os.listdir(folder)
        except FileNotFoundError:
            return False  # another worker was here first
        for path in (folder / name for name in entries if name not in kept):
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path, ignore_errors=True)
            else:
                path.unlink(missing_ok=True)
        return not kept.isdisjoint(entries)

    def earlier_attempt_folder(self, job_id: str, attempt: int) -> Path | None:
        """The folder that the latest of the attempts before this one left behind, if one did."""
        earlier = [number for job, number in self.attempt_folders() if job == job_id and number < attempt]
        return self.attempt_folder(job_id, max(earlier)) if earlier else None

    def _check_inside(self, path: Path, name: str) -> None:
        # Files lie flat: a link to somewhere deeper leads to what is not the users' either.
        if path.is_symlink() and _resolved(path).parent != self.folder.resolve():
            raise InvalidInputError(f"“{name}” is a link that leads out of the workspace.", field="input")

    def _status(self, path: Path, name: str) -> os.stat_result:
        try:
            return path.stat()
        except FileNotFoundError:
            raise NotFoundError(f"There is no file “{name}” in the workspace.", field="input") from None
        except OSError as error:
            raise InvalidInputError(f"“{name}” cannot be looked at: {error.strerror}.", field="input") from error

    def _check_replaceable(self, name: str) -> None:
        path = self.folder / name
        if os.path.lexists(path) and not _is_regular(path):
            raise InvalidInputError(
                f"“{name}” is there already and is not a regular file, so it is not replaced.", field="output"
            )

    def _entries(self) -> Iterator[FileEntry]:
        with os.scandir(self.folder) as entries:
            for entry in entries:
                if names.is_name(entry.name) and entry.is_file(follow_symlinks=False):
                    status = entry.stat(follow_symlinks=False)
                    modified = datetime.fromtimestamp(status.st_mtime, timezone.utc)
                    yield FileEntry(entry.name, status.st_size, modified)


def _resolved(path: Path) -> Path:
    try:
        return path.resolve()
    except (OSError, RuntimeError) as error:  # a loop of links
        raise InvalidInputError(f"“{path.name}” is a link that leads nowhere.", field="input") from error


def _is_regular(path: Path) -> bool:
    try:
        return stat.S_ISREG(path.lstat().st_mode)
    except OSError:
        return False
