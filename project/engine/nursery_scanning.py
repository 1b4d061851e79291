"""`python -m project.engine.nursery_scanning DESCRIPTOR`: the nursery of engines for larger files, with that socket.

It loads what an engine imports, and while nothing is asked the compiled scanner: all but Polars.
"""

from __future__ import annotations

import os
import sys

from project.engine.__main__ import main
from project.engine.compiled import load_for_all
from project.engine.forking import serve

# It holds 160 megabytes, and not everybody works on larger files all day.
_IDLE_SECONDS = 600.0


def load_scanner() -> bool:
    """Load what larger files are read with; whether that is all. To compile it is left to others."""
    # NumPy's own library starts threads else, and a fork takes none of them along.
    os.environ["OPENBLAS_NUM_THREADS"] = "1"
    return load_for_all()


if __name__ == "__main__":
    sys.exit(serve(int(sys.argv[1]), main, load_scanner, _IDLE_SECONDS))
