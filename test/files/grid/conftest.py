"""Inspects files of the workspace within the test's process."""

from __future__ import annotations

from collections.abc import Callable
from io import StringIO

import pytest

from project.assembly import Services
from project.engine.attempt import carry_out
from project.engine.plan import SPILL_FOLDER, Plan
from project.engine.reporter import Reporter
from project.files.inspections import Inspection
from project.files.listing import Listing
from project.files.view import FileView
from project.files.workspace import Workspace


@pytest.fixture
def inspected(services: Services, workspace: Workspace) -> Callable[[str, str], tuple[FileView, Inspection]]:
    """Writes a file of that name and text, and inspects it."""

    def inspect(name: str, text: str) -> tuple[FileView, Inspection]:
        (workspace.folder / name).write_bytes(text.encode())
        services.catalogue.refresh()
        file = next(each for each in services.catalogue.page(Listing()).files if each.name == name)
        folder = services.inspections.place(file)
        (folder / SPILL_FOLDER).mkdir(parents=True)
        limits = {"memory_mb": 300, "spill_mb": 100, "output_mb": 100}
        plan = Plan(
            job_id="job",
            attempt=1,
            input=workspace.folder / name,
            input_name=name,
            folder=folder,
            inspection=True,
            **limits,
        )
        carry_out(plan, Reporter(StringIO()))
        found = services.inspections.of(file)
        assert found is not None
        return file, found

    return inspect
