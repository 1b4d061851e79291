"""The nursery: a process in which the engine's modules are loaded, and from which engines are forked ready to work.

`python -m project.engine.nursery DESCRIPTOR`: asked through that socket, with three descriptors that become the
engine's standard streams, it answers with the new process's ID. The engine reads the plan's path, a line, from its
standard input; whoever never sends one starts nothing. It belongs to a session of its own, and to the nearest ancestor
that takes in orphans: that one waits for it, as for any child of its own.

Polars is loaded by each engine for itself: it starts threads when it is imported, and no fork takes these along.
"""

from __future__ import annotations

import gc
import os
import socket
import sys
import traceback
from pathlib import Path
from typing import NoReturn

from project.engine.__main__ import main as run

STREAMS = 3


def main(arguments: list[str]) -> int:
    """Fork an engine whenever one is asked for, until whoever asks is gone."""
    with socket.socket(fileno=int(arguments[0])) as channel:
        # What is loaded by now stays: no engine has to look through it, or to copy it.
        gc.freeze()
        while True:
            asked, streams, _, _ = socket.recv_fds(channel, 1, STREAMS)
            if not asked:
                return 0
            pid = _fork(channel, streams)
            for stream in streams:
                os.close(stream)
            try:
                channel.send(str(pid).encode())
            except ConnectionError:
                return 0


def _fork(channel: socket.socket, streams: list[int]) -> int:
    """The ID of an engine whose parent, the process between, is gone already."""
    told, tell = os.pipe()
    between = os.fork()
    if not between:
        try:
            if not os.fork():
                os.setsid()
                os.write(tell, str(os.getpid()).encode())
                for descriptor in (told, tell, channel.detach()):
                    os.close(descriptor)
                _work(streams)
        finally:
            os._exit(1)
    os.close(tell)
    os.waitpid(between, 0)
    with os.fdopen(told) as answer:
        return int(answer.read())


def _work(streams: list[int]) -> NoReturn:
    """Be the engine from here on."""
    status = 0
    try:
        for number, stream in enumerate(streams):
            os.dup2(stream, number)
            os.close(stream)
        if plan := _read_line():
            # Whoever looks for the engine of a job finds it by its folder.
            os.chdir(Path(plan).parent)
            status = run([plan])
    except BaseException:  # the process's edge
        traceback.print_exc()
        status = 1
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)


def _read_line() -> str:
    """The first line of the standard input; empty if that ends before."""
    line = b""
    while not line.endswith(b"\n"):
        more = os.read(0, 4096)
        if not more:
            return ""
        line += more
    return os.fsdecode(line[:-1])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
