"""Views of small files, made within the test's process, in pieces and parts of few rows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest

from project.engine.inspection.profile import RECORD_COLUMN, Profile
from project.engine.viewing import sizes
from project.engine.viewing.pages import rows_of_view
from project.engine.viewing.state import ASKED_FILE, State, load_state
from project.engine.viewing.view import View, ViewPlan
from project.engine.viewing.work import work
from project.operations.columns import Column

if TYPE_CHECKING:
    from conftest import Engine


@dataclass(frozen=True)
class Viewed:
    """A view that was made, or begun."""

    plan: ViewPlan

    @property
    def state(self) -> State:
        state = load_state(self.plan.folder)
        assert state is not None
        return state

    def numbers(self, offset: int, limit: int) -> list[int]:
        """The numbers of these rows in the file, from the files of the view."""
        stretches = self.state.stretches(offset, limit)
        assert stretches is not None
        names = [column.name for column in self.plan.columns]
        return [row.number for row in rows_of_view(self.plan.folder, stretches, names, 100)]


@dataclass(frozen=True)
class Source:
    """An inspected file."""

    folder: Path
    profile: Profile

    @property
    def rows(self) -> list[dict[str, str | None]]:
        found = pl.scan_parquet(self.folder / "data.parquet", glob=False).collect().drop(RECORD_COLUMN, strict=False)
        return found.to_dicts()

    def plan(self, tmp: Path, **view: Any) -> ViewPlan:
        asked = View.model_validate(view)
        folder = tmp / "views" / asked.digest
        folder.mkdir(parents=True)
        (folder / ASKED_FILE).touch()
        return ViewPlan(
            view=asked,
            data=self.folder / "data.parquet",
            folder=folder,
            gate=tmp / "gate",
            columns=tuple(Column(each.name, numbers=each.numbers) for each in self.profile.columns),
            rows=self.profile.rows,
            memory_mb=300,
            disk_mb=100,
        )


Inspect = Callable[[str], Source]


@pytest.fixture
def inspect(engine: Engine) -> Inspect:
    def run(text: str) -> Source:
        ran = engine(text, inspection=True)
        assert ran.finished
        return Source(ran.folder, Profile.model_validate_json((ran.folder / "profile.json").read_bytes()))

    return run


@pytest.fixture
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Files of some hundred rows have many pieces and parts."""
    monkeypatch.setattr(sizes, "_MOST_PART_ROWS", 20)
    monkeypatch.setattr(sizes, "_MOST_PIECE_ROWS", 33)
    monkeypatch.setattr(sizes, "_HEAD_ROWS", 10)
    monkeypatch.setattr(sizes, "_PAGE_ROWS", 3)
    monkeypatch.setattr(sizes, "_LEAST_STRETCH_ROWS", 7)


@pytest.fixture
def view(tmp_path: Path) -> Callable[..., Viewed]:
    def make(source: Source, **asked: Any) -> Viewed:
        plan = source.plan(tmp_path, **asked)
        work(plan)
        assert not load_state(plan.folder).failure
        return Viewed(plan)

    return make
