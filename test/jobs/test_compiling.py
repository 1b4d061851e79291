"""The scanners are compiled when a worker starts, once, where those look who need them."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from project.engine import compiled
from project.engine.compiled import WORTH_COMPILING_BYTES, is_kept, is_worth_compiling, load_beside, must_compile
from project.fetch import ahead
from project.jobs.compiling import start_compiling

# Reads a list as a fetch does, and tells how much had to be compiled for it.
_READ_A_LIST = (
    "from project.fetch import scanning; from project.fetch.columns import tables_of\n"
    'tables_of(b\'{"x":[{"a":1,"b":"c"}]}\', \'x\', \'null\')\n'
    "print(sum(sum(each.stats.cache_misses.values()) for each in (scanning.scan, scanning.emit, scanning.find_key)))"
)


def test_it_is_compiled_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NUMBA_CACHE_DIR", raising=False)
    defaults = {"NUMBA_CACHE_DIR": str(tmp_path)}
    assert not is_kept(str(tmp_path))
    thread = start_compiling(defaults)
    assert thread is not None
    thread.join(120)
    assert is_kept(str(tmp_path))
    assert ahead.is_kept(str(tmp_path))
    environment = {**os.environ, **defaults}
    assert subprocess.check_output([sys.executable, "-c", _READ_A_LIST], env=environment, text=True) == "0\n"
    assert start_compiling(defaults) is None
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path))
    assert not must_compile(WORTH_COMPILING_BYTES)
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path / "empty"))
    assert must_compile(WORTH_COMPILING_BYTES)
    assert not must_compile(WORTH_COMPILING_BYTES - 1)


@pytest.mark.parametrize("is_there", [True, False])
def test_what_lies_ready_is_loaded_beside_other_work(is_there: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    loaded = threading.Event()
    monkeypatch.setattr("project.engine.compiled.is_kept", lambda folder: is_there)
    monkeypatch.setattr("project.engine.compiled.compile_ahead", loaded.set)
    before = set(threading.enumerate())
    load_beside()
    for thread in set(threading.enumerate()) - before:
        thread.join(20)
    assert loaded.is_set() == is_there


@pytest.mark.parametrize("is_there", [True, False])
def test_what_is_loaded_already_is_used_for_any_input(is_there: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    loaded: list[bool] = []
    monkeypatch.setattr(compiled, "_is_loaded", False)
    monkeypatch.setattr(compiled, "is_kept", lambda folder: is_there)
    monkeypatch.setattr(compiled, "compile_ahead", lambda: loaded.append(True))
    assert compiled.load_for_all() == is_there
    assert loaded == [True] * is_there
    assert is_worth_compiling(1) == is_there
    assert not must_compile(1)
