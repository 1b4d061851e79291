"""The fetch's entry: `python -m project.fetch PLAN`, with events on standard output.

The first line of standard input is what the plan does not tell (`Confidential`); when it is closed, the process ends:
whoever started it is gone. Exit status 0: the last event says how it ended. Anything else, or a signal: the attempt
died and may be tried again.
"""

from __future__ import annotations

import os
import sys
import traceback
from pathlib import Path

from pydantic import ValidationError

from project.engine.disk import disk_full, is_full
from project.engine.events import Failed
from project.engine.parent import end_with_parent
from project.fetch.plan import Confidential, FetchPlan

# A table of answers is put together beside calls: two threads do, and little is read ahead.
_SETTINGS = {"POLARS_MAX_THREADS": "2", "POLARS_ROW_GROUP_PREFETCH_SIZE": "1"}
_DIED = 71


def main(arguments: list[str]) -> int:
    """Carry out the plan in the file named by the one argument; returns the exit status."""
    if len(arguments) != 1:
        print("usage: python -m project.fetch PLAN", file=sys.stderr)
        return 2
    # Events have the standard output for themselves: whatever else prints goes to standard error.
    events = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    plan = FetchPlan.model_validate_json(Path(arguments[0]).read_bytes())
    try:
        told = Confidential.model_validate_json(sys.stdin.buffer.readline())
    except ValidationError:  # which would show it
        print("the first line of standard input is not what a fetch is told there", file=sys.stderr)
        return 2
    plan = plan.model_copy(update={"limits": plan.limits.model_copy(update={"proxy": told.proxy})})
    end_with_parent()
    os.environ.update(_SETTINGS)
    # Imported here: Polars reads its settings when it is imported.
    from project.fetch.fetching import fetch
    from project.fetch.telling import Telling

    telling = Telling(events)
    try:
        telling.send(fetch(plan, told.secret, telling))
    except BaseException as error:  # the process's edge: Polars panics are BaseException
        if not is_full(error):
            traceback.print_exc()
            return _DIED
        full = disk_full()
        telling.send(Failed(code=full.code, message=full.message))
    return 0


if __name__ == "__main__":
    status = main(sys.argv[1:])
    sys.stdout.flush()
    sys.stderr.flush()
    # Threads of the libraries may still run: nothing of theirs is waited for.
    os._exit(status)
