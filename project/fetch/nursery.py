"""`python -m project.fetch.nursery DESCRIPTOR`: the nursery of fetches, with that socket and a fetch's environment.

It loads what a fetch imports, and while nothing is asked the compiled scanner: all but Polars.
"""

from __future__ import annotations

import os
import sys

from project.engine import budget  # noqa: F401
from project.engine.forking import serve
from project.fetch import asking, calling, journal, outages, paging, quick, telling  # noqa: F401
from project.fetch.__main__ import main
from project.fetch.ahead import is_kept, scan_sample

# It holds more than a hundred megabytes, and not everybody enriches all day.
_IDLE_SECONDS = 600.0


def load_scanner() -> bool:
    """Load what large pages are read with; whether that is all. To compile it is left to others."""
    if is_there := is_kept(os.environ.get("NUMBA_CACHE_DIR", "")):
        # NumPy's own library starts threads else, and a fork takes none of them along.
        os.environ["OPENBLAS_NUM_THREADS"] = "1"
        scan_sample()
    return is_there


if __name__ == "__main__":
    sys.exit(serve(int(sys.argv[1]), main, load_scanner, _IDLE_SECONDS))
