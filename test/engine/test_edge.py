"""However a process's work ends, the process says so, and is gone."""

from __future__ import annotations

import errno
import os
import subprocess
import sys

import pytest

from config.settings import ROOT
from project.engine.edge import tell_end
from project.engine.events import Failed, Note
from project.errors import FailureError


class Panic(BaseException):
    """As Polars raises it."""


def raising(error: BaseException) -> Note:
    raise error


def test_an_end_is_sent() -> None:
    sent: list[Note | Failed] = []
    assert tell_end(lambda: Note(message="done"), sent.append) == 0
    assert sent == [Note(message="done")]


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (FailureError("It failed.", code="odd"), "odd"),
        (OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)), "disk_full"),
        (Panic("No space left on device (os error 28)"), "disk_full"),
    ],
)
def test_a_failure_that_has_a_sentence_is_an_end(error: BaseException, code: str) -> None:
    sent: list[Note | Failed] = []
    assert tell_end(lambda: raising(error), sent.append) == 0
    assert [event.code for event in sent if isinstance(event, Failed)] == [code]


@pytest.mark.parametrize("error", [ValueError("boom"), Panic("boom"), KeyboardInterrupt("boom")])
def test_anything_else_is_a_death_with_a_traceback(error: BaseException, capsys: pytest.CaptureFixture[str]) -> None:
    sent: list[Note | Failed] = []
    assert tell_end(lambda: raising(error), sent.append) not in (0, 1, 2)
    assert not sent
    assert "boom" in capsys.readouterr().err


@pytest.mark.parametrize(("run", "status", "words"), [("lambda: 3", 3, ""), ("lambda: 1 // 0", 1, "ZeroDivisionError")])
def test_it_leaves_without_waiting_for_threads(run: str, status: int, words: str) -> None:
    program = (
        "import threading; from project.engine.edge import leave_with, own_output\n"
        "threading.Thread(target=threading.Event().wait).start()\n"
        "events = own_output(); print('stray'); events.write('event'); events.flush()\n"
        f"leave_with({run})"
    )
    ran = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert (ran.returncode, ran.stdout) == (status, "event")
    assert "stray" in ran.stderr and words in ran.stderr
