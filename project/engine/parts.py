"""Parts: works from files to files that depend on nothing else, carried out by any executor, in this process or not.

A part has a folder of its own. Its result is published there by one rename: a part whose result is there is done, and
whoever is asked for it again need not work. An executor has the shape of `concurrent.futures`: threads, processes, or
those of a cluster.
"""

from __future__ import annotations

import os
import shutil
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any, Protocol, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

DONE = "done.json"


class Done(BaseModel):
    """What a part has made: files in its folder, and behind each of its steps what was counted."""

    model_config = ConfigDict(frozen=True)

    files: tuple[str, ...]
    rows: int
    counts: tuple[tuple[int, ...], ...] = ()


class Work(Protocol):
    """One part's work: it can be pickled, and run anywhere that sees the same files."""

    @property
    def folder(self) -> Path:
        """Where its result appears; nobody else writes there."""

    @property
    def source(self) -> tuple[Path, ...]:
        """The files that it is made of."""

    @property
    def rows(self) -> int:
        """The rows that are in them."""

    def make(self) -> Done:
        """Do it, in the folder."""


def part_folder(folder: Path, number: int) -> Path:
    """Where the part of that number, in the order of the result, has its result."""
    return folder / f"part{number:04d}"


Item = TypeVar("Item")
Result = TypeVar("Result")
Executors = Callable[[int], Executor]
"""Gives an executor for so many works at once."""


class Here(Executor):
    """Runs each work at once, in the thread that submits it."""

    def submit(self, fn: Callable[..., Result], /, *args: Any, **kwargs: Any) -> Future[Result]:
        """The finished future; what the work raises is raised here."""
        future: Future[Result] = Future()
        future.set_result(fn(*args, **kwargs))
        return future


def thread_pool(count: int) -> Executor:
    """An executor of so many threads of this process."""
    return ThreadPoolExecutor(count)


def carried_out(works: Iterable[Work], executor: Executor, at_once: int) -> Iterator[Done]:
    """What the works have made, in their order, at most so many of them under way and one waiting to be taken."""
    yield from in_turn(done, works, executor, at_once)


def done(work: Work) -> Done:
    """What a work has made; it is done only if that is not there."""
    marked = work.folder / DONE
    try:
        return Done.model_validate_json(marked.read_bytes())
    except (FileNotFoundError, ValidationError):
        pass
    # What an earlier try has left is of no use.
    shutil.rmtree(work.folder, ignore_errors=True)
    work.folder.mkdir()
    made = work.make()
    new = marked.with_suffix(".new")
    new.write_text(made.model_dump_json(), encoding="utf-8")
    os.replace(new, marked)
    return made


def in_turn(
    work: Callable[[Item], Result], items: Iterable[Item], executor: Executor, at_once: int
) -> Iterator[Result]:
    """`work` of each item, in their order, at most `at_once` + 1 of them under way or waiting to be taken."""
    ahead: deque[Future[Result]] = deque()
    try:
        for item in items:
            ahead.append(executor.submit(work, item))
            if len(ahead) > at_once:
                yield ahead.popleft().result()
        while ahead:
            yield ahead.popleft().result()
    finally:
        for future in ahead:
            future.cancel()
