"""The entry: `python -m project.engine.export PLAN`, with the plan as JSON and the outcome, a line, on standard output.

The target appears whole, by one rename, or not at all. It ends when its standard input is closed.
"""

from __future__ import annotations

import os
import sys
import traceback

from project.engine.disk import is_full
from project.engine.edge import leave_with
from project.engine.export.plan import ExportPlan, Outcome
from project.engine.parent import end_with_parent
from project.errors import RowmillError

# More threads, and more groups that are read ahead of them, hold more rows.
_SETTINGS = {"POLARS_MAX_THREADS": str(min(4, os.cpu_count() or 1)), "POLARS_ROW_GROUP_PREFETCH_SIZE": "1"}


def main(plan: ExportPlan) -> Outcome:
    """Carry out the plan."""
    os.environ.update(_SETTINGS)
    # Imported here: Polars reads its settings when it is imported.
    from project.engine.export.export import export

    part = plan.target.with_name(f"{plan.target.name}.{os.getpid()}.part")
    try:
        export(plan.source, plan.columns, plan.format, part, safe=plan.safe, more=plan.more)
        part.replace(plan.target)
    except RowmillError as error:
        return Outcome(event="failed", code=error.code, message=error.message)
    except BaseException as error:  # the process's edge: Polars panics are BaseException
        if not is_full(error):
            traceback.print_exc()
        return Outcome(event="failed", code="failed", message="The conversion failed: the log of the server says why.")
    finally:
        part.unlink(missing_ok=True)
    return Outcome(event="exported")


def run(arguments: list[str]) -> int:
    """Carry out the plan that is the one argument, and say how that ended; returns the exit status."""
    end_with_parent()
    print(main(ExportPlan.model_validate_json(arguments[0])).model_dump_json())
    return 0


if __name__ == "__main__":
    leave_with(lambda: run(sys.argv[1:]))
