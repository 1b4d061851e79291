"""`python -m project.engine.nursery DESCRIPTOR`: the nursery of engines, with that socket."""

from __future__ import annotations

import sys

from project.engine.__main__ import main
from project.engine.forking import serve

if __name__ == "__main__":
    sys.exit(serve(int(sys.argv[1]), main))
