"""Conversions: each made once, by a process of its own, kept for a while, and handed out only when it is whole."""

from __future__ import annotations

import hashlib
import logging
import os
import shutil
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock

from pydantic import ValidationError

import project
from project.engine.dialect import Format
from project.engine.export.plan import SUFFIXES, ExportPlan, Outcome, check_fits
from project.errors import ConflictError, FailureError, UnavailableError
from project.files.exports.source import Source, stamp_of
from project.files.workspace import Workspace

log = logging.getLogger(__name__)
COMMAND = (sys.executable, "-m", "project.engine.export")
_SOURCE, _CONVERTED = "source", "converted"
_KEPT_SECONDS = 3600
_LONGEST_SECONDS = 3600
_AT_ONCE = 2
_NICENESS = 10
_SECRETS = ("DATABASE_URL", "REDIS_URL", "SECRET_KEY")


@dataclass
class _Conversion:
    """One that was begun. Several requests may wait for it."""

    process: subprocess.Popen[bytes]
    begun: float = field(default_factory=time.monotonic)
    lock: Lock = field(default_factory=Lock)
    outcome: Outcome | None = None

    @property
    def is_over(self) -> bool:
        return self.process.poll() is not None

    def wait(self, seconds: float) -> Outcome | None:
        """How it ended, if it ends in time."""
        try:
            self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            return None
        with self.lock:
            if self.outcome is None:
                assert self.process.stdout is not None and self.process.stdin is not None
                self.outcome = _parsed(self.process.stdout.read())
                self.process.stdout.close()
                self.process.stdin.close()
        return self.outcome


class Exports:
    """The conversions of one web server. `patience`: how many seconds a request waits for one."""

    def __init__(self, workspace: Workspace, patience: float = 5.0, command: tuple[str, ...] = COMMAND) -> None:
        self._folder = workspace.exports
        self._patience = patience
        self._command = command
        self._lock = Lock()
        self._begun: dict[str, _Conversion] = {}

    def get(self, source: Source, format: Format, *, safe: bool = False) -> Path | None:
        """The rows in that format; None: not yet, ask again.

        Raises LimitError and FailureError where they cannot be had, ConflictError if the source changed meanwhile.
        """
        check_fits(format, len(source.columns), source.rows)
        if format == "csv" and source.is_csv and not safe:
            return source.path
        folder = self._folder / _name(source, format, safe)
        target = folder / f"rows{SUFFIXES[format]}"
        if target.exists():
            # Not the file itself: its time is a part of its ETag, by which a cut download goes on.
            with suppress(FileNotFoundError):
                os.utime(folder)
            return target
        conversion = self._conversion(folder, source, format, safe)
        outcome = conversion.wait(self._patience) if conversion else None
        if outcome is None:
            return None
        with self._lock:
            if self._begun.pop(folder.name, None) is not None:
                _finish(folder, target, source, outcome)
        if outcome.event == "failed":
            raise FailureError(outcome.message, code=outcome.code)
        return target

    def sweep(self) -> None:
        """Remove what nobody has asked for lately, and what a death has left."""
        with suppress(FileNotFoundError):
            for entry in os.scandir(self._folder):
                folder = Path(entry.path)
                if time.time() - _last_touched(folder) > _KEPT_SECONDS:
                    log.info("conversion removed", extra={"conversion": entry.name})
                    shutil.rmtree(folder, ignore_errors=True)

    def _conversion(self, folder: Path, source: Source, format: Format, safe: bool) -> _Conversion | None:
        """The one that is under way, or a new one; None while too many others are."""
        with self._lock:
            if folder.name in self._begun:
                return self._begun[folder.name]
            self._begun = {name: each for name, each in self._begun.items() if not each.is_over}
            for each in self._begun.values():
                if time.monotonic() - each.begun > _LONGEST_SECONDS:
                    each.process.kill()
            if len(self._begun) >= _AT_ONCE:
                return None
            first, *more = _pinned(source, folder)
            plan = ExportPlan(
                source=first,
                more=tuple(more),
                columns=source.columns,
                format=format,
                target=folder / _CONVERTED,
                safe=safe,
            )
            conversion = self._begun[folder.name] = _Conversion(self._started(plan))
            return conversion

    def _started(self, plan: ExportPlan) -> subprocess.Popen[bytes]:
        variables = {key: value for key, value in os.environ.items() if key not in _SECRETS}
        process = subprocess.Popen(
            [*self._command, plan.model_dump_json()],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=Path(project.__file__).parent.parent,
            env=variables,
        )
        with suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, process.pid, _NICENESS)
        return process


def _finish(folder: Path, target: Path, source: Source, outcome: Outcome) -> None:
    """Give a conversion its name, if what was converted is still what it was when its columns were read."""
    pinned = folder / _SOURCE
    with suppress(FileNotFoundError):
        if outcome.event == "exported" and stamp_of(pinned if pinned.exists() else source.path) == source.stamp:
            os.replace(folder / _CONVERTED, target)
            for path in folder.glob(f"{_SOURCE}*"):
                path.unlink(missing_ok=True)
            return
    shutil.rmtree(folder, ignore_errors=True)
    if outcome.event == "exported":
        raise ConflictError(f"“{source.name}” changed while it was being converted. Ask for it again.")


def _pinned(source: Source, folder: Path) -> list[Path]:
    """Second names for the source's files, so that they stay whole if they are replaced or removed meanwhile."""
    try:
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(mode=0o700, parents=True)
    except OSError as error:
        raise UnavailableError(f"The workspace cannot be written: {error.strerror}.") from error
    seconds = [_SOURCE, *(f"{_SOURCE}-{number}" for number in range(1, len(source.more) + 1))]
    return [_linked(path, folder / name) for path, name in zip((source.path, *source.more), seconds, strict=True)]


def _linked(path: Path, second: Path) -> Path:
    try:
        os.link(path, second)
    except OSError:
        # A file that is not ours, or a file system without links: a change is noticed at the end.
        return path
    return second


def _name(source: Source, format: Format, safe: bool) -> str:
    return hashlib.sha256(repr((source.key, source.stamp, format, safe)).encode()).hexdigest()[:32]


def _last_touched(folder: Path) -> float:
    """When something in the folder was last written or handed out."""
    times = [0.0]
    with suppress(FileNotFoundError):
        times.append(folder.stat().st_mtime)
        # The source keeps its own time.
        times += [path.stat().st_mtime for path in folder.iterdir() if not path.name.startswith(_SOURCE)]
    return max(times)


def _parsed(line: bytes) -> Outcome:
    try:
        return Outcome.model_validate_json(line)
    except ValidationError:
        message = "The conversion ended without an answer, as it does when the machine has no memory left. Try again."
        return Outcome(event="failed", code="failed", message=message)
