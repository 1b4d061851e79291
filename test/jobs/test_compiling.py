"""The scanner is compiled when a worker starts, once, where the engine looks for it."""

from __future__ import annotations

from pathlib import Path

import pytest

from project.engine.compiled import WORTH_COMPILING_BYTES, is_kept, must_compile
from project.jobs.compiling import start_compiling


def test_it_is_compiled_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NUMBA_CACHE_DIR", raising=False)
    defaults = {"NUMBA_CACHE_DIR": str(tmp_path)}
    assert not is_kept(str(tmp_path))
    thread = start_compiling(defaults)
    assert thread is not None
    thread.join(120)
    assert is_kept(str(tmp_path))
    assert start_compiling(defaults) is None
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path))
    assert not must_compile(WORTH_COMPILING_BYTES)
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path / "empty"))
    assert must_compile(WORTH_COMPILING_BYTES)
    assert not must_compile(WORTH_COMPILING_BYTES - 1)
