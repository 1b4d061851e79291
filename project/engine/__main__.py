"""The engine's entry: `python -m project.engine PLAN`, with events on standard output.

Exit status 0: the last event says how it ended. Anything else, or a signal: the attempt died and may be tried again.
It ends when its standard input is closed: whoever started it is gone.
"""

from __future__ import annotations

import sys
from pathlib import Path

from project.engine import budget
from project.engine.attempt import carry_out
from project.engine.edge import leave_with, own_output, tell_end
from project.engine.events import Finished
from project.engine.parent import end_with_parent
from project.engine.plan import SPILL_FOLDER, Plan
from project.engine.reporter import Reporter


def main(arguments: list[str]) -> int:
    """Carry out the plan in the file named by the one argument; returns the exit status."""
    if len(arguments) != 1:
        print("usage: python -m project.engine PLAN", file=sys.stderr)
        return 2
    events = own_output()
    plan = Plan.model_validate_json(Path(arguments[0]).read_bytes())
    end_with_parent()
    reporter = Reporter(events)
    return tell_end(lambda: _work(plan, reporter), reporter.send)


def _work(plan: Plan, reporter: Reporter) -> Finished:
    budget.check(plan.memory_mb)
    (plan.folder / SPILL_FOLDER).mkdir(exist_ok=True)
    return carry_out(plan, reporter)


if __name__ == "__main__":
    leave_with(lambda: main(sys.argv[1:]))
