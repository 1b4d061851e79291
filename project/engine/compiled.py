"""The scanner as machine code: the source of `scan.py`, compiled by Numba once and kept in its cache folder."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from types import FunctionType, SimpleNamespace
from typing import Any, Literal

from project.engine import scan

# In the order in which they call one another.
FUNCTIONS = (
    "parse_number",
    "utf8_error",
    "scan_field",
    "emit_field",
    "emit_record",
    "emit_run",
    "survey_number",
    "survey_record",
    "skip_record",
    "scan_records",
)

# A call passes every array as seven numbers: for what is done in each record, that takes longer than the work.
INLINED = ("parse_number", "survey_number", "survey_record")

# Importing Numba costs about half a second; below this size the interpreter is done sooner.
WORTH_COMPILING_BYTES = 512 * 1024


@cache
def compiled() -> Any:
    """A namespace with the functions of `scan`, compiled and free of the interpreter's lock."""
    import numba

    namespace: dict[str, Any] = dict(vars(scan))
    for name in FUNCTIONS:
        source: FunctionType = getattr(scan, name)
        # Compiled functions see one another, so each gets the namespace in which the earlier ones are compiled.
        copy = FunctionType(source.__code__, namespace, name)
        copy.__module__ = scan.__name__
        copy.__qualname__ = name
        inline: Literal["always", "never"] = "always" if name in INLINED else "never"
        namespace[name] = numba.njit(nogil=True, cache=True, inline=inline)(copy)
    return SimpleNamespace(**{name: namespace[name] for name in FUNCTIONS})


def scanner_for(size: int) -> tuple[Callable[..., None], Callable[..., int], bool]:
    """`scan_records`, `skip_record` and whether they are compiled, as fits an input of `size` bytes (-1: unknown)."""
    if 0 <= size < WORTH_COMPILING_BYTES:
        return scan.scan_records, scan.skip_record, False
    machine = compiled()
    return machine.scan_records, machine.skip_record, True
