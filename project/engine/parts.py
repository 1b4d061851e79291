"""Parts: works from files to files that depend on nothing else, carried out by any executor, in this process or not.

A part publishes its result by a rename in a folder of its own. A part whose result is there is done: whoever is asked
for it again need not work. An executor has the shape of `concurrent.futures`: threads, processes, or a cluster's.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, TypeVar


@dataclass(frozen=True)
class Done:
    """What a part has made: its file, and the rows that left each of its steps with the rows they stand for."""

    path: Path
    rows: int
    counts: tuple[tuple[int, int], ...] = ()


class Work(Protocol):
    """One part's work: it can be pickled, and run anywhere that sees the same files."""

    def run(self) -> Done:
        """Do it, unless it was done before."""


Item = TypeVar("Item")
Result = TypeVar("Result")


class Here(Executor):
    """Runs each work at once, in the thread that submits it."""

    def submit(self, fn: Callable[..., Result], /, *args: Any, **kwargs: Any) -> Future[Result]:
        """The finished future; what the work raises is raised here."""
        future: Future[Result] = Future()
        future.set_result(fn(*args, **kwargs))
        return future


def threads(count: int) -> Executor:
    """An executor of so many threads of this process; of one: the thread that asks."""
    return ThreadPoolExecutor(count) if count > 1 else Here()


def carried_out(works: Iterable[Work], executor: Executor, at_once: int) -> Iterator[Done]:
    """What the works have made, in their order, at most so many of them under way or waiting to be taken."""
    yield from in_turn(_run, works, executor, at_once)


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


def _run(work: Work) -> Done:
    return work.run()
