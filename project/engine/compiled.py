"""The scanner as machine code: `scan.py` and what it calls, compiled by Numba once and kept in its cache."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import cache
from hashlib import blake2b
from pathlib import Path
from threading import Lock, Thread
from types import FunctionType, ModuleType, SimpleNamespace
from typing import Any

from project.engine import bits, blocks, carry, codes, emit, fields, scan, survey, taking

# In the order in which they call one another.
FUNCTIONS: dict[str, ModuleType] = {
    "parse_number": survey,
    "utf8_error": survey,
    "survey_number": survey,
    "survey_record": survey,
    "ends_of": codes,
    "slot_of": codes,
    "grow": codes,
    "code_of": codes,
    "put_texts": codes,
    "integer_of": taking,
    "find_quotes": taking,
    "integer_or_not": taking,
    "group_of": taking,
    "add_up": taking,
    "take_batch": taking,
    "take_record": taking,
    "survey_field": blocks,
    "scan_blocks": blocks,
    "scan_field": fields,
    "emit_field": emit,
    "emit_record": emit,
    "emit_run": emit,
    "skip_record": scan,
    "copy_bytes": carry,
    "put_field": carry,
    "put_record": carry,
    "put_records": carry,
    "gather": carry,
    "put_joined": carry,
    "spread": carry,
    "scan_records": scan,
}

# A call passes every array as seven numbers: for what is done in each record, that takes longer than the work.
INLINED = (
    "parse_number",
    "survey_number",
    "survey_record",
    "ends_of",
    "slot_of",
    "code_of",
    "integer_of",
    "integer_or_not",
    "group_of",
    "find_quotes",
    "take_record",
    "copy_bytes",
)

_VECTORS = str(Path(__file__).with_name("vectors.py"))

# Importing Numba and loading the machine code takes about half a second. The interpreter does 8 to 12 MB of plain
# records in a second, and 2 MB of the worst: below this size it is done sooner, or hardly later.
WORTH_COMPILING_BYTES = 2 * 1024 * 1024

_SETTING_UP = Lock()
_is_loaded = False


def compiled() -> Any:
    """A namespace with the functions of FUNCTIONS, compiled and free of the interpreter's lock."""
    # Where no check comes first, several threads that read begin at once: one of them sets Numba up.
    with _SETTING_UP:
        return _compiled()


@cache
def _compiled() -> Any:
    import numba

    from project.engine import vectors

    _keep_apart(numba.config)
    # Compiled functions see one another: each module's names, with those that are compiled in their place.
    machine: dict[str, Any] = {name: found for name, found in vars(vectors).items() if name in vars(bits)}
    namespaces = {module: {**vars(module), **machine} for module in FUNCTIONS.values()}
    for name, module in FUNCTIONS.items():
        source: FunctionType = getattr(module, name)
        copy = FunctionType(source.__code__, namespaces[module], name)
        copy.__module__ = module.__name__
        copy.__qualname__ = name
        function = numba.njit(nogil=True, cache=True, forceinline=name in INLINED)(copy)
        for namespace in namespaces.values():
            if name in namespace:
                namespace[name] = function
        machine[name] = function
    return SimpleNamespace(**machine)


def is_kept(folder: str) -> bool:
    """Whether what `compiled` needs lies ready in that folder, NUMBA_CACHE_DIR's value ("": beside the source)."""
    last = list(FUNCTIONS)[-1]
    return any((_cache(folder) / _folder_name()).rglob(f"scan.{last}-*.nbi"))


def is_worth_compiling(size: int) -> bool:
    """Whether machine code is used for an input of that size (-1: unknown)."""
    return _is_loaded or size < 0 or size >= WORTH_COMPILING_BYTES


def must_compile(size: int) -> bool:
    """Whether an input of that size has to wait until the scanner is compiled."""
    return is_worth_compiling(size) and not _is_loaded and not is_kept(os.environ.get("NUMBA_CACHE_DIR", ""))


def compile_ahead() -> None:
    """Compile all that `compiled` gives, for the types that a scanner calls it with, unless it lies ready."""
    import numpy as np

    from project.engine.dialect import Dialect
    from project.engine.keytable import KeyTable
    from project.engine.scanner import Scanner

    KeyTable.reading([0], [([b"1"], False, 1)], [])
    machine = compiled()
    room = np.zeros(1, dtype=np.int64)
    machine.put_records(*[0] * 6, room.ctypes.data)
    machine.gather(*[0] * 6)
    machine.put_joined(*[0] * 8)
    machine.spread(*[0] * 13)
    scanner = Scanner(Dialect(encoding="UTF-8", columns=("a",)), {}, -1)
    scanner.skip(b"1\n", [0, 0, 0])
    # The last: by what it leaves, `is_kept` tells that all of them are there.
    scanner.scan(b"1\n", 0, 2, final=True, emit=True)


def load_beside() -> None:
    """Load it in a thread if it lies ready: whoever will need it finds it loaded, or waits for less."""
    if is_kept(os.environ.get("NUMBA_CACHE_DIR", "")):
        Thread(target=compile_ahead, name="loading", daemon=True).start()


def load_for_all() -> bool:
    """Load it if it lies ready, and use it for inputs of any size from then on; whether that is so.

    For a process from which others are forked: those never change in their midst what is worth compiling.
    """
    global _is_loaded
    if is_kept(os.environ.get("NUMBA_CACHE_DIR", "")):
        compile_ahead()
        _is_loaded = True
    return _is_loaded


def _keep_apart(config: Any) -> None:
    """Keep what was compiled of different sources in different folders.

    Numba notices a change of a function's own file alone, not of those that it calls.
    """
    # It takes up changed variables of the environment at the next function, and would take back what is set here.
    config.reload_config()
    config.CACHE_DIR = str(_cache(config.CACHE_DIR) / _folder_name())


def _cache(folder: str) -> Path:
    return Path(folder or Path(__file__).with_name("__pycache__"))


def _folder_name() -> str:
    modules = dict.fromkeys([bits, *FUNCTIONS.values()])
    files = [*(str(module.__file__) for module in modules), __file__, _VECTORS]
    digest = blake2b(b"".join(Path(file).read_bytes() for file in files), digest_size=8)
    return f"scanner-{digest.hexdigest()}"


def scanner_for(size: int) -> tuple[Callable[..., None], Callable[..., int], bool]:
    """`scan_records`, `skip_record` and whether they are compiled, as fits an input of `size` bytes (-1: unknown)."""
    if not is_worth_compiling(size):
        return scan.scan_records, scan.skip_record, False
    machine = compiled()
    return machine.scan_records, machine.skip_record, True
