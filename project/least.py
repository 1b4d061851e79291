"""The least memory that an engine can work in: the settings refuse less, and so does the engine.

Measured on two processors: the libraries take 200 MB before a row is held. With 256 MB, sorting and grouping 5 million
rows stayed within one and a half times the budget, as larger ones do; with less, they took as much as with 256.
"""

from __future__ import annotations

LEAST_MEMORY_MB = 256
