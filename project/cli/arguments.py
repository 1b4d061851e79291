"""What all commands share: where a typed path is, and how a command ends when something goes wrong."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path

from project.errors import RowmillError

FAILED = 1
USAGE = 2
INTERRUPTED = 130


def caller_path(name: str) -> Path:
    """A path as the user meant it: from the folder in which `./run` was called, which sets CALLER_FOLDER."""
    return Path(os.environ.get("CALLER_FOLDER", "")) / name


def run(main: Callable[[list[str]], int]) -> int:
    """Call a command with the process's arguments; an error becomes one sentence and an exit code."""
    try:
        return main(sys.argv[1:])
    except RowmillError as error:
        print(error.message, file=sys.stderr)
        return USAGE
    except BrokenPipeError:
        # The reader of our output has enough. Python would complain again when it closes standard output.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED
    except OSError as error:
        print(f"{error.filename or 'It failed'}: {error.strerror or error}.", file=sys.stderr)
        return FAILED
    except KeyboardInterrupt:
        return INTERRUPTED
