"""`python -m bench.peers MODULE WORK SOURCE RESULT`: one work by one engine."""

from __future__ import annotations

import sys
from importlib import import_module

if __name__ == "__main__":
    module, work, source, result = sys.argv[1:]
    import_module(f"bench.peers.{module}").WORKS[work](source, result)
