"""Makes a view: `python -m project.engine.viewing PLAN`. It ends when its standard input is closed."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from pathlib import Path

from project.engine.edge import leave_with
from project.engine.parent import end_with_parent
from project.engine.viewing.view import ViewPlan
from project.engine.viewing.work import work

# Pages, and the first rows of other views, come first.
_NICENESS = 19


def main(arguments: list[str]) -> int:
    """Make the view of the plan in the file named by the one argument; returns the exit status."""
    if len(arguments) != 1:
        print("usage: python -m project.engine.viewing PLAN", file=sys.stderr)
        return 2
    plan = ViewPlan.model_validate_json(Path(arguments[0]).read_bytes())
    end_with_parent()
    work(plan, _step_back)
    return 0


def _step_back() -> None:
    os.nice(_NICENESS)
    # On Linux a priority is a thread's, and is one among those of a session alone: the session has its own.
    for thread in Path("/proc/self/task").glob("*"):
        with suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, int(thread.name), _NICENESS)
    with suppress(OSError):
        Path("/proc/self/autogroup").write_text(str(_NICENESS), encoding="ascii")


if __name__ == "__main__":
    leave_with(lambda: main(sys.argv[1:]))
