"""Checkpoints: what an attempt has finished for good, so that the next attempt need not do it again.

A checkpoint lies in the attempt's folder and names what is synced: the result of the structural check with the spool
and the rejects, and how many pieces of the input have their rows in the result, up to which byte. The latter is noted
more often than it is synced: what a process has written outlives its death, and only that of the machine counts. A note
holds as long as the system runs that it was written under. The next attempt takes copies and links into its own folder,
so that a stale engine that still runs cannot touch what it builds on. The earlier folder may vanish at any moment, and
then whatever was not yet taken is done anew.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Mapping
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from project import faults
from project.engine.checked import CheckedInput
from project.engine.dialect import Dialect
from project.engine.disk import Room, is_full, sync
from project.engine.plan import CHECKED_FILE, NOTED_FILE, REJECTS_FILE, RESULT_FILE, SPOOL_FILE, WRITTEN_FILE, Plan
from project.engine.seals import Seals

# A smaller file is done again sooner than a checkpoint of it is synced.
WORTH_KEEPING_BYTES = 32 * 1024 * 1024
# Raised when a change of the engine makes what an older one left behind unusable.
FORMAT = 2
_COPY_BYTES = 16 * 1024 * 1024
_ROOM = Room("a clean copy of its records")


class Checked(BaseModel):
    """What the check found, and of which file and plan that holds."""

    model_config = ConfigDict(frozen=True)

    format: int
    stamp: tuple[int, ...]
    asked: str
    dialect: Dialect
    records: int
    kept: int
    blank: int
    rejected: int
    comments: int
    is_spooled: bool
    cuts: tuple[int, ...]
    quote: str
    numbers: dict[str, tuple[int, ...]]
    rejects_bytes: int
    blanks: tuple[int, ...] | None = None
    seals: Seals | None = None

    def input(self, plan: Plan) -> CheckedInput:
        """The checked input as it lies in the plan's folder."""
        return CheckedInput(
            records=self.records,
            kept=self.kept,
            blank=self.blank,
            rejected=self.rejected,
            comments=self.comments,
            path=plan.folder / SPOOL_FILE if self.is_spooled else plan.input,
            cuts=self.cuts,
            quote=self.quote,
            numbers=self.numbers,
            blanks=self.blanks,
            seals=self.seals,
        )


class Written(BaseModel):
    """How far the result has come: pieces of the input, bytes and rows of the result, rows behind each step.

    Of a result that is made of parts: how many of them are joined, and behind each step also what the rows stand for.
    """

    model_config = ConfigDict(frozen=True)

    pieces: int
    result_bytes: int
    rows_in: int
    rows_behind: tuple[int, ...]
    rows: int
    boot: str = ""
    """The run of the system under which this was noted; empty where all of it is synced."""


def save_checked(
    plan: Plan, stamp: tuple[int, ...], dialect: Dialect, checked: CheckedInput, rejects_bytes: int
) -> None:
    """Keep what the check found; its files are synced before."""
    is_spooled = checked.path == plan.folder / SPOOL_FILE
    if is_spooled:
        with _ROOM:
            sync(checked.path)
    kept = Checked(
        format=FORMAT,
        stamp=stamp,
        asked=_asked(plan),
        dialect=dialect,
        records=checked.records,
        kept=checked.kept,
        blank=checked.blank,
        rejected=checked.rejected,
        comments=checked.comments,
        is_spooled=is_spooled,
        cuts=checked.cuts,
        quote=checked.quote,
        numbers={name: tuple(found) for name, found in checked.numbers.items()},
        rejects_bytes=rejects_bytes,
        blanks=checked.blanks,
        seals=checked.seals,
    )
    keep_file(plan.folder / CHECKED_FILE, kept.model_dump_json(), sync=True)


def take_checked(plan: Plan, stamp: tuple[int, ...]) -> Checked | None:
    """What the earlier attempt's check found, with its files in the plan's folder; None if it no longer holds."""
    if plan.earlier is None:
        return None
    try:
        found = Checked.model_validate_json((plan.earlier / CHECKED_FILE).read_bytes())
        if (found.format, found.stamp, found.asked) != (FORMAT, stamp, _asked(plan)):
            return None
        if found.rejects_bytes:
            _take(plan.earlier / REJECTS_FILE, plan.folder / REJECTS_FILE, found.rejects_bytes)
        if found.is_spooled:
            _take(plan.earlier / SPOOL_FILE, plan.folder / SPOOL_FILE, found.cuts[-1])
        replace_file(plan.folder / CHECKED_FILE, found.model_dump_json())
    except (OSError, ValidationError):
        # What was taken may be a second name for a file of the earlier attempt, which is not to be written over.
        for name in (REJECTS_FILE, SPOOL_FILE):
            (plan.folder / name).unlink(missing_ok=True)
        return None
    return found


def save_written(folder: Path, written: Written) -> None:
    """Keep how far the result has come; it is synced up to there before."""
    keep_file(folder / WRITTEN_FILE, written.model_dump_json(), sync=True)
    (folder / NOTED_FILE).unlink(missing_ok=True)


def note_written(folder: Path, written: Written) -> None:
    """Note how far the result has come, without waiting for the disk."""
    if running := boot():
        keep_file(folder / NOTED_FILE, written.model_copy(update={"boot": running}).model_dump_json(), sync=False)


def take_written(plan: Plan) -> tuple[Written, int] | None:
    """How far the earlier attempt came, with that much of its result in the plan's folder, and its bytes beyond."""
    if plan.earlier is None:
        return None
    for name in (NOTED_FILE, WRITTEN_FILE):
        try:
            found = Written.model_validate_json((plan.earlier / name).read_bytes())
            if found.boot not in ("", boot()):
                continue
            beyond = (plan.earlier / RESULT_FILE).stat().st_size - found.result_bytes
            _copy(plan.earlier / RESULT_FILE, plan.folder / RESULT_FILE, found.result_bytes)
        except (OSError, ValidationError):
            continue
        return found.model_copy(update={"boot": ""}), beyond
    return None


def stamp_of(path: Path) -> tuple[int, ...]:
    """What tells a file from what becomes of it; nothing if it is gone."""
    try:
        status = path.stat()
    except FileNotFoundError:
        return ()
    return status.st_ino, status.st_size, status.st_mtime_ns


def boot() -> str:
    """What tells this run of the system from all others; empty where nothing does."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    except OSError:
        return ""


def _asked(plan: Plan) -> str:
    """What was asked for, in one text: another recipe or dialect has other rejects and other rows."""
    asked: Mapping[str, object] = {
        "recipe": plan.recipe.to_json(),
        "dialect": plan.dialect.model_dump(mode="json"),
        "inspection": plan.inspection,
        "tables": [[table.model_dump(mode="json", exclude={"path"}), stamp_of(table.path)] for table in plan.tables],
    }
    return json.dumps(asked, sort_keys=True)


def _take(source: Path, target: Path, size: int) -> None:
    """A finished file is never written again, so that a second name for it is as good as a copy."""
    if source.stat().st_size != size:
        raise OSError(f"{source.name} is not whole")
    try:
        os.link(source, target)
    except OSError:
        shutil.copyfile(source, target)


def _copy(source: Path, target: Path, size: int) -> None:
    with source.open("rb") as old, target.open("wb") as new:
        left = size
        while left > 0:
            data = old.read(min(_COPY_BYTES, left))
            if not data:
                raise OSError(f"{source.name} is shorter than it was")
            new.write(data)
            left -= len(data)


def keep_file(path: Path, text: str, *, sync: bool) -> None:
    """Where the disk is full, the attempt goes on without a checkpoint: it may need no more room itself."""
    try:
        if sync:
            replace_file(path, text)
        else:
            _write(path, text)
    except OSError as error:
        if not is_full(error):
            raise
        path.with_suffix(".new").unlink(missing_ok=True)


def replace_file(path: Path, text: str) -> None:
    """The file appears whole or not at all, also if the machine stops."""
    _write(path, text, sync=True)
    sync(path.parent)


def _write(path: Path, text: str, *, sync: bool = False) -> None:
    """The file appears whole or not at all."""
    new = path.with_suffix(".new")
    with new.open("w", encoding="utf-8") as file:
        faults.point("engine-checkpoint")
        file.write(text)
        file.flush()
        if sync:
            os.fsync(file.fileno())
    os.replace(new, path)
