"""Inspects a file within the test's process, and reads back what that leaves."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest

from project.engine.inspection.profile import ColumnProfile, Profile

if TYPE_CHECKING:
    from conftest import Engine, Ran


@dataclass(frozen=True)
class Inspected:
    """What an inspection said and left behind."""

    ran: Ran
    profile: Profile

    @property
    def data(self) -> pl.DataFrame:
        return pl.scan_parquet(self.ran.folder / "data.parquet", glob=False).collect()

    def __getitem__(self, name: str) -> ColumnProfile:
        return next(column for column in self.profile.columns if column.name == name)


Inspect = Callable[..., Inspected]


def inspected(ran: Ran) -> Inspected:
    """What a run that has finished has left."""
    assert ran.finished.result_bytes == (ran.folder / "data.parquet").stat().st_size
    assert not (ran.folder / "profile.partial.json").exists()
    return Inspected(ran, Profile.model_validate_json((ran.folder / "profile.json").read_bytes()))


@pytest.fixture
def inspect(engine: Engine) -> Inspect:
    """Inspect a file, or a text of bytes."""

    def run(source: Path | bytes | str, **values: Any) -> Inspected:
        return inspected(engine(source, inspection=True, **values))

    return run
