"""The uploads on their way: begun, gone on with, taken back, swept; each becomes a file when it is whole."""

from __future__ import annotations

import fcntl
import logging
import os
import re
import threading
import time
import uuid
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress

from project.errors import ConflictError, ExistsError, InvalidInputError, LockedError, NotFoundError, UnavailableError
from project.files.catalogue import UseOf
from project.files.uploads import receiving, room
from project.files.uploads.checksum import Checksum
from project.files.uploads.folder import Record, UploadFolder
from project.files.uploads.placing import place
from project.files.uploads.upload import IfExists, Limits, Upload, Wish
from project.files.workspace import Workspace

log = logging.getLogger(__name__)
_ID = re.compile(r"[0-9a-f]{32}")
Naming = Callable[[], AbstractContextManager[UseOf]]


@contextmanager
def _nobody_else() -> Iterator[UseOf]:
    yield lambda name: None


class UploadStore:
    """Lives in the workspace's hidden folder; any number of processes may use the same one."""

    def __init__(
        self,
        workspace: Workspace,
        limits: Limits,
        note: Callable[[str], None] = lambda name: None,
        naming: Naming = _nobody_else,
    ) -> None:
        """`note` hears of the name of each upload that has become a file; while `naming` lasts, it tells what jobs do
        with a name, and none begins to do anything with it."""
        self._workspace = workspace
        self._limits = limits
        self._note = note
        self._naming = naming
        self._slots = threading.BoundedSemaphore(limits.at_once)

    def create(self, wish: Wish) -> Upload:
        """Begin an upload; an empty one is whole at once.

        Raises InvalidInputError, ExistsError, TooLargeError or NoRoomError.
        """
        with room.told(), self._made(wish, is_resumable=True) as folder:
            return self._settle(folder)

    def look_up(self, upload_id: str) -> Upload:
        """How it stands, once nobody writes to it. Raises NotFoundError or LockedError."""
        folder = self._folder(upload_id)
        with room.told(), folder.locked():
            return self._settle(folder)

    def append(self, upload_id: str, offset: int, blocks: Iterable[bytes], checksum: Checksum | None = None) -> Upload:
        """Add bytes at the offset, which has to be the upload's own; with the last one it becomes a file.

        Raises NotFoundError, LockedError, ConflictError for another offset, UnavailableError where too many come at
        once, NoRoomError, and what `receiving.receive` raises.
        """
        folder = self._folder(upload_id)
        with self._slot(), room.told(), folder.locked():
            upload = self._settle(folder)
            if offset != upload.offset:
                raise ConflictError(f"The upload has {upload.offset:,} bytes, so it cannot go on at {offset:,}.")
            if upload.file is None:
                receiving.receive(folder, blocks, offset, upload.length, checksum)
            return self._settle(folder)

    def receive(self, wish: Wish, blocks: Iterable[bytes]) -> Upload:
        """All of a file in one go, however long it is if its length is not known. What fails leaves nothing behind."""
        end = self.largest() if wish.length is None else wish.length
        with self._slot(), room.told(), self._made(wish, is_resumable=False) as folder:
            try:
                length = receiving.receive(folder, blocks, 0, end, None)
                folder.write(folder.read().model_copy(update={"length": length}))
                return self._settle(folder)
            except BaseException:
                folder.remove()
                raise

    def remove(self, upload_id: str) -> None:
        """Take an upload back; the file that it has become stays. Raises NotFoundError or LockedError."""
        folder = self._folder(upload_id)
        with folder.locked():
            folder.read()
            folder.remove()

    def largest(self) -> int:
        """How many bytes an upload may have that began now."""
        return room.largest(self._workspace, self._limits, self.under_way())

    def under_way(self) -> tuple[Upload, ...]:
        """Those that are not whole yet, also while somebody writes to them; the latest to be touched first."""
        seen = (self._glance(folder) for folder in self._folders())
        unfinished = [upload for upload in seen if upload is not None and upload.file is None]
        return tuple(sorted(unfinished, key=lambda upload: -upload.expires_at))

    def resumable(self) -> tuple[Upload, ...]:
        """Those that can be gone on with, at once or when nobody writes to them any more."""
        return tuple(upload for upload in self.under_way() if self._is_resumable(upload.id))

    def sweep(self) -> None:
        """Finish what a death has left whole; remove what nobody has touched for too long, or can go on with."""
        for folder in self._folders():
            # Who is about to go on may not meet the lock for nothing.
            if not self._is_waiting(folder):
                with suppress(LockedError, NotFoundError, FileNotFoundError), folder.locked():
                    self._sweep(folder)

    def _is_waiting(self, folder: UploadFolder) -> bool:
        """Whether the upload is one that can be gone on with."""
        upload = self._glance(folder)
        if upload is None or upload.expires_at < time.time():
            return False
        return upload.offset < upload.length and self._is_resumable(upload.id)

    def _sweep(self, folder: UploadFolder) -> None:
        if self._is_over(folder):
            log.info("upload removed", extra={"upload": folder.id})
            folder.remove()

    def _is_over(self, folder: UploadFolder) -> bool:
        try:
            record = folder.read()
            if not record.is_resumable and record.file is None:
                return True  # its request has died, or it would hold the lock
            return self._settle(folder).expires_at < time.time()
        except (InvalidInputError, NotFoundError) as error:
            log.warning("upload not placed", extra={"upload": folder.id, "reason": error.message})
            return self._expires_at(folder) < time.time()

    @contextmanager
    def _slot(self) -> Iterator[None]:
        if not self._slots.acquire(blocking=False):
            raise UnavailableError("As many uploads as this server takes at once are under way: try again in a moment.")
        try:
            yield
        finally:
            self._slots.release()

    @contextmanager
    def _made(self, wish: Wish, is_resumable: bool) -> Iterator[UploadFolder]:
        """A new upload's folder, locked."""
        path = self._workspace.uploaded(wish.name)
        if wish.if_exists is IfExists.FAIL and os.path.lexists(path):
            raise ExistsError(f"“{wish.name}” is in the workspace already: keep both, or replace it?", field="file")
        self._check_free(wish)
        folder = UploadFolder(self._workspace.uploads / uuid.uuid4().hex)
        with ExitStack() as stack:
            with self._counting():
                room.check(self._workspace, self._limits, self.under_way(), wish.length or 0)
                folder.make()
                stack.enter_context(folder.locked(waits=True))
                folder.write(Record.of(wish, is_resumable))
            yield folder

    def _check_free(self, wish: Wish) -> None:
        if wish.if_exists is IfExists.KEEP_BOTH:
            return
        with self._naming() as use_of:
            use = use_of(wish.name)
        if use is not None:
            raise ExistsError(
                f"The job {use.job_id} {use.does} “{wish.name}” and has not ended: keep both, or wait for it.",
                field="file",
            )

    def _settle(self, folder: UploadFolder) -> Upload:
        """The upload, after what a death may have left half done; whoever calls holds the lock."""
        record = folder.read()
        if record.file is None:
            if receiving.settle(folder) in (None, record.length):
                with self._naming() as use_of:
                    record = place(self._workspace, folder, record, lambda name: use_of(name) is not None)
                log.info("file uploaded", extra={"upload": folder.id, "file": record.file, "bytes": record.length})
                self._note(record.file or record.name)
        return self._upload(folder, record)

    def _upload(self, folder: UploadFolder, record: Record) -> Upload:
        offset = record.length if record.file is not None else receiving.offset(folder)
        return Upload(
            id=folder.id,
            name=record.name,
            length=record.length,
            offset=offset,
            expires_at=self._expires_at(folder),
            metadata=record.metadata,
            file=record.file,
        )

    def _expires_at(self, folder: UploadFolder) -> float:
        return folder.touched_at() + self._limits.expiry_seconds

    def _glance(self, folder: UploadFolder) -> Upload | None:
        with suppress(NotFoundError, FileNotFoundError):
            return self._upload(folder, folder.read())
        return None

    def _is_resumable(self, upload_id: str) -> bool:
        with suppress(NotFoundError):
            return self._folder(upload_id).read().is_resumable
        return False

    def _folder(self, upload_id: str) -> UploadFolder:
        if not _ID.fullmatch(upload_id):
            raise NotFoundError("No upload has this address.")
        return UploadFolder(self._workspace.uploads / upload_id)

    def _folders(self) -> list[UploadFolder]:
        try:
            entries = os.listdir(self._workspace.uploads)
        except FileNotFoundError:
            return []
        return [UploadFolder(self._workspace.uploads / entry) for entry in entries if _ID.fullmatch(entry)]

    @contextmanager
    def _counting(self) -> Iterator[None]:
        """One after the other, so that of two that begin at once the second counts the first."""
        self._workspace.uploads.mkdir(mode=0o700, parents=True, exist_ok=True)
        with (self._workspace.uploads / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
