"""Makes a view: `python -m project.engine.viewing PLAN`. It ends when its standard input is closed."""

from __future__ import annotations

import os
import sys
import traceback
from pathlib import Path

from project.engine.parent import end_with_parent
from project.engine.viewing.view import ViewPlan
from project.engine.viewing.work import work

_DIED = 71
# Pages, and the first rows of other views, come first.
_NICENESS = 19


def main(arguments: list[str]) -> int:
    """Make the view of the plan in the file named by the one argument; returns the exit status."""
    if len(arguments) != 1:
        print("usage: python -m project.engine.viewing PLAN", file=sys.stderr)
        return 2
    plan = ViewPlan.model_validate_json(Path(arguments[0]).read_bytes())
    end_with_parent()
    try:
        work(plan, lambda: os.nice(_NICENESS))
    except BaseException:  # the process's edge: Polars panics are BaseException
        traceback.print_exc()
        return _DIED
    return 0


if __name__ == "__main__":
    status = main(sys.argv[1:])
    sys.stderr.flush()
    # Threads of the libraries may still run: nothing of theirs is waited for.
    os._exit(status)
