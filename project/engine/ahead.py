"""`python -m project.engine.ahead`: compile the scanner before the first large file needs it, out of the way."""

from __future__ import annotations

import os

from project.engine.compiled import compile_ahead
from project.engine.parent import end_with_parent

if __name__ == "__main__":
    end_with_parent()
    os.nice(10)
    compile_ahead()
