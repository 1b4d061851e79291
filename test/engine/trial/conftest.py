"""Trials of small files within the test's process."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from test.engine.trial.naive import Row, as_csv
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest

from project.engine.matches import MatchReport, Sample, TrialReport
from project.engine.plan import StepTable

if TYPE_CHECKING:
    from conftest import Engine, Ran


@dataclass(frozen=True)
class Tried:
    """What a trial said and left behind."""

    ran: Ran

    @property
    def report(self) -> TrialReport:
        assert self.ran.finished
        return TrialReport.model_validate_json((self.ran.folder / "trial.json").read_bytes())

    @property
    def match(self) -> MatchReport:
        assert self.report.match is not None
        return self.report.match

    @property
    def sample(self) -> Sample | None:
        return self.report.sample


Try = Callable[..., Tried]


@pytest.fixture
def try_out(engine: Engine, tmp_path: Path) -> Try:
    """Try the steps on rows, the last of them (or the one at `place`) with another table."""
    made = itertools.count()

    def run(
        left: Path | str,
        header: Sequence[str],
        rows: Sequence[Row],
        *steps: dict[str, Any],
        columnar: bool = False,
        place: int | None = None,
        **values: Any,
    ) -> Tried:
        path = tmp_path / f"other{next(made)}"
        if columnar:
            pl.DataFrame(rows, schema=dict.fromkeys(header, pl.String), orient="row").write_parquet(path)
        else:
            path.write_text(as_csv(header, rows), encoding="utf-8", newline="")
        step = len(steps) - 1 if place is None else place
        table = StepTable(step=step, path=path, name="other.csv", columnar=columnar)
        return Tried(engine(left, *steps, **{"tables": (table,), "trial": True} | values))

    return run
