"""Making views: which process makes one, what of it is there, and which ones are kept."""

from __future__ import annotations

import logging
import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import project
from project.engine.viewing.gate import locked
from project.engine.viewing.state import (
    ASKED_FILE,
    LOCK_FILE,
    PLAN_FILE,
    WISH_FILE,
    State,
    Stretch,
    load_state,
    save,
)
from project.engine.viewing.view import ViewPlan
from project.errors import FailureError, NotFoundError

log = logging.getLogger(__name__)
COMMAND = (sys.executable, "-m", "project.engine.viewing")
_LOOK_SECONDS = 0.01
_MOST_STARTS = 2
_MB = 1024 * 1024


@dataclass(frozen=True)
class Making:
    """A view of which what was asked for is not there yet."""

    state: State


@dataclass(frozen=True)
class Ready:
    """Where the rows that were asked for lie."""

    state: State
    stretches: tuple[Stretch, ...]


@dataclass
class Views:
    """`root`: under it lie the folders of all views, at `*/*/views/*`; they take no more than `megabytes()` together.

    A request waits for so many `seconds` at most, and only so many do `at_once`; others are told how far it is.
    """

    root: Path
    megabytes: Callable[[], int]
    environment: Mapping[str, str]
    at_once: int = 4
    seconds: float = 3.0
    command: tuple[str, ...] = COMMAND
    _processes: dict[Path, subprocess.Popen[bytes]] = field(default_factory=dict)
    _starting: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        self._waiting = threading.BoundedSemaphore(self.at_once)

    def find(self, plan: ViewPlan, offset: int, limit: int) -> Ready | Making:
        """The rows, made if need be. Raises FailureError if they cannot be made."""
        _make(plan.folder)
        if found := self._ready(plan, offset, limit):
            return found
        if not self._waiting.acquire(blocking=False):
            return Making(load_state(plan.folder) or State())
        try:
            return self._wait(plan, offset, limit)
        finally:
            self._waiting.release()

    @property
    def gate(self) -> Path:
        """Where the processes wait for each other."""
        return self.root.with_name("viewing")

    def evict(self, but: Path | None = None) -> None:
        """Remove the views that nobody has looked at for longest until the others take no more than they may."""
        views = sorted(self._views(), key=_asked_at)
        sizes = {view: _size(view) for view in views}
        most, total = self.megabytes() * _MB, sum(sizes.values())
        for view in (view for view in views if view != but):
            if total <= most:
                return
            if _remove(view):
                total -= sizes[view]
                log.info("view removed", extra={"view": view.name, "bytes": sizes[view]})

    def _wait(self, plan: ViewPlan, offset: int, limit: int) -> Ready | Making:
        end, starts = time.monotonic() + self.seconds, 0
        while not (found := self._ready(plan, offset, limit)):
            state = load_state(plan.folder) or State()
            if not self._is_made(plan.folder):
                if starts and state.failure:
                    raise FailureError(state.failure, code="view_failed")
                if starts == _MOST_STARTS:
                    raise FailureError("These rows could not be made ready: the process for it died. Try it again.")
                starts += self._start(plan)
            if time.monotonic() > end:
                return Making(state)
            time.sleep(_LOOK_SECONDS)
        return found

    def _ready(self, plan: ViewPlan, offset: int, limit: int) -> Ready | None:
        state = load_state(plan.folder)
        stretches = state.stretches(offset, limit) if state else None
        if state is None or stretches is None:
            return None
        missing = [each for each in stretches if not (plan.folder / each.name).exists()]
        if missing:
            save(plan.folder / WISH_FILE, str(missing[0].part or 0))
            return None
        if not state.is_whole and not state.failure:
            # What is asked for is there; the rest is made meanwhile.
            self._start(plan)
        return Ready(state, stretches)

    def _is_made(self, folder: Path) -> bool:
        """Whether a process is at it, of this web process or of another one."""
        process = self._processes.get(folder)
        if process is not None and process.poll() is None:
            return True
        descriptor = locked(folder / LOCK_FILE)
        if descriptor is not None:
            os.close(descriptor)
        return descriptor is None

    def _start(self, plan: ViewPlan) -> bool:
        """Start the process for it, if there is none; whether it did."""
        with self._starting:
            if self._is_made(plan.folder):
                return False
            self.evict(but=plan.folder)
            _make(plan.folder)
            save(plan.folder / PLAN_FILE, plan.model_dump_json())
            self._processes = {folder: each for folder, each in self._processes.items() if each.poll() is None}
            self._processes[plan.folder] = _started([*self.command, str(plan.folder / PLAN_FILE)], self.environment)
            return True

    def _views(self) -> Iterator[Path]:
        return self.root.glob("*/*/views/*")


def _started(command: list[str], variables: Mapping[str, str]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        command,
        # It stays open and silent: the process reads its end when we die, and ends too.
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        cwd=Path(project.__file__).parent.parent,
        env=dict(variables),
        start_new_session=True,
    )


def _make(folder: Path) -> None:
    """The view's folder, marked as looked at. Raises NotFoundError if there is no inspection to put it into."""
    try:
        folder.parent.mkdir(exist_ok=True)
        folder.mkdir(exist_ok=True)
        (folder / ASKED_FILE).touch()
    except FileNotFoundError:
        raise NotFoundError("The file has just become another one. Load the page again.") from None


def _asked_at(view: Path) -> float:
    try:
        return (view / ASKED_FILE).stat().st_mtime
    except OSError:
        return 0.0


def _size(view: Path) -> int:
    total = 0
    with suppress(OSError):
        for path in view.iterdir():
            with suppress(OSError):
                total += path.stat().st_size
    return total


def _remove(view: Path) -> bool:
    """Unless a process is at it."""
    try:
        descriptor = locked(view / LOCK_FILE)
    except OSError:
        return False
    if descriptor is None:
        return False
    try:
        shutil.rmtree(view, ignore_errors=True)
    finally:
        os.close(descriptor)
    return True
