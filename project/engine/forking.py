"""A nursery: a process in which a program's modules are loaded, and from which its processes are forked ready to work.

Asked through a socket, with three descriptors that become the new process's standard streams, it answers with the
process's ID. That reads the plan's path, a line, from its standard input; whoever never sends one starts nothing. It
belongs to a session of its own, and to the nearest ancestor that takes in orphans: that one waits for it, as for any
child of its own.

Polars is loaded by each process for itself: it starts threads when it is imported, and no fork takes these along.
"""

from __future__ import annotations

import gc
import os
import select
import socket
from collections.abc import Callable
from pathlib import Path

from project.engine.edge import leave_with

STREAMS = 3

Run = Callable[[list[str]], int]


def serve(
    descriptor: int, run: Run, load_more: Callable[[], bool] = lambda: True, idle_seconds: float | None = None
) -> int:
    """Fork a process that does `run` whenever one is asked for, until whoever asks is gone, or silent for so long.

    `load_more` loads what takes longer while nothing is asked; called again until it says that it is all.
    """
    is_all = False
    with socket.socket(fileno=descriptor) as channel:
        while True:
            if not is_all and not _is_asked(channel, 0.0):
                is_all = load_more()
            # What is loaded by now stays: no process has to look through it, or to copy it.
            gc.freeze()
            if not _is_asked(channel, idle_seconds):
                return 0
            asked, streams, _, _ = socket.recv_fds(channel, 1, STREAMS)
            if not asked:
                return 0
            pid = _fork(channel, streams, run)
            for stream in streams:
                os.close(stream)
            try:
                channel.send(str(pid).encode())
            except ConnectionError:
                return 0


def _is_asked(channel: socket.socket, seconds: float | None) -> bool:
    return bool(select.select([channel], [], [], seconds)[0])


def _fork(channel: socket.socket, streams: list[int], run: Run) -> int:
    """The ID of a process whose parent, the process between, is gone already."""
    told, tell = os.pipe()
    between = os.fork()
    if not between:
        try:
            if not os.fork():
                os.setsid()
                os.write(tell, str(os.getpid()).encode())
                for descriptor in (told, tell, channel.detach()):
                    os.close(descriptor)
                leave_with(lambda: _work(streams, run))
        finally:
            os._exit(1)
    os.close(tell)
    os.waitpid(between, 0)
    with os.fdopen(told) as answer:
        return int(answer.read())


def _work(streams: list[int], run: Run) -> int:
    """Be that process from here on; returns the exit status."""
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
        os.close(stream)
    plan = _read_line()
    if not plan:
        return 0
    # Whoever looks for the process of a job finds it by its folder.
    os.chdir(Path(plan).parent)
    return run([plan])


def _read_line() -> str:
    """The first line of the standard input, and nothing behind it; empty if that ends before."""
    line = b""
    while byte := os.read(0, 1):
        if byte == b"\n":
            return os.fsdecode(line)
        line += byte
    return ""
