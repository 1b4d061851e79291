"""The engine's entry: `python -m project.engine PLAN`, with events on standard output.

Exit status 0: the last event says how it ended. Anything else, or a signal: the attempt died and may be tried again.
It ends when its standard input is closed: whoever started it is gone.
"""

from __future__ import annotations

import os
import sys
import traceback
from pathlib import Path

from project.engine import budget
from project.engine.attempt import carry_out
from project.engine.disk import disk_full, is_full
from project.engine.events import Failed
from project.engine.parent import end_with_parent
from project.engine.plan import SPILL_FOLDER, Plan
from project.engine.reporter import Reporter
from project.errors import RowmillError

_DIED = 71


def main(arguments: list[str]) -> int:
    """Carry out the plan in the file named by the one argument; returns the exit status."""
    if len(arguments) != 1:
        print("usage: python -m project.engine PLAN", file=sys.stderr)
        return 2
    # Events have the standard output for themselves: whatever else prints goes to standard error.
    events = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    plan = Plan.model_validate_json(Path(arguments[0]).read_bytes())
    end_with_parent()
    reporter = Reporter(events)
    try:
        budget.check(plan.memory_mb)
        (plan.folder / SPILL_FOLDER).mkdir(exist_ok=True)
        reporter.send(carry_out(plan, reporter))
    except RowmillError as error:
        reporter.send(Failed(code=error.code, message=error.message))
    except BaseException as error:  # the process's edge: Polars panics are BaseException
        if not is_full(error):
            traceback.print_exc()
            return _DIED
        full = disk_full()
        reporter.send(Failed(code=full.code, message=full.message))
    return 0


if __name__ == "__main__":
    status = main(sys.argv[1:])
    sys.stdout.flush()
    sys.stderr.flush()
    # Threads of the libraries may still run: nothing of theirs is waited for.
    os._exit(status)
