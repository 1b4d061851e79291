"""The fetch's entry: `python -m project.fetch PLAN`, with events on standard output.

The first line of standard input is what the plan does not tell (`Confidential`); when it is closed, the process ends:
whoever started it is gone. Exit status 0: the last event says how it ended. Anything else, or a signal: the attempt
died and may be tried again.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from pydantic import ValidationError

from project.engine.edge import leave_with, own_output, tell_end
from project.engine.parent import end_with_parent
from project.fetch.plan import Confidential, FetchPlan

# A table of answers is put together beside calls: two threads do, and little is read ahead.
_SETTINGS = {"POLARS_MAX_THREADS": "2", "POLARS_ROW_GROUP_PREFETCH_SIZE": "1"}


def main(arguments: list[str]) -> int:
    """Carry out the plan in the file named by the one argument; returns the exit status."""
    if len(arguments) != 1:
        print("usage: python -m project.fetch PLAN", file=sys.stderr)
        return 2
    events = own_output()
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
    return tell_end(lambda: fetch(plan, told.secret, telling), telling.send)


if __name__ == "__main__":
    leave_with(lambda: main(sys.argv[1:]))
