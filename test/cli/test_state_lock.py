"""The lock on the state folder."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from project.cli.state_lock import hold
from project.errors import ConflictError


def test_a_second_product_on_one_state_folder_learns_who_runs_there(tmp_path: Path) -> None:
    with hold(tmp_path, "http://127.0.0.1:8000"):
        with pytest.raises(ConflictError) as caught, hold(tmp_path, "http://127.0.0.1:8001"):
            pass
    assert f"process {os.getpid()}, http://127.0.0.1:8000" in caught.value.message


def test_the_lock_is_free_again_after_its_holder(tmp_path: Path) -> None:
    for port in (8000, 8001):
        with hold(tmp_path, f"http://127.0.0.1:{port}"):
            assert f":{port}" in (tmp_path / "up.lock").read_text()
