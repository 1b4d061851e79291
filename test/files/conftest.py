"""A catalogue on each of the databases, and files to put into its folder."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from project.database import Database
from project.files.catalogue import Catalogue
from project.files.listing import Listing
from project.files.view import FileView, Use
from project.files.workspace import Workspace


@pytest.fixture
def in_use() -> dict[str, Use]:
    """What jobs use, as tests have it."""
    return {}


@pytest.fixture
def catalogue(database: Database, workspace: Workspace, in_use: dict[str, Use]) -> Catalogue:
    return Catalogue(database, workspace, lambda _session, names: {it: in_use[it] for it in names if it in in_use})


@pytest.fixture
def listed(catalogue: Catalogue) -> Callable[..., dict[str, FileView]]:
    """The files by name, as the folder has them at this moment."""

    def listed(**asked: object) -> dict[str, FileView]:
        catalogue.refresh()
        return {file.name: file for file in catalogue.page(Listing(**asked)).files}

    return listed
