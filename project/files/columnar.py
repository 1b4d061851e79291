"""Columnar copies: what is read in place of a file that was inspected as it is now, and what it does not hold."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from project.engine.dialect import DialectChoice
from project.engine.plan import Inspected
from project.files.catalogue import Catalogue
from project.files.inspections import Inspections


@dataclass(frozen=True)
class ColumnarCopy:
    """The rows that could be read; `inspected` tells how, and what records the file has beside them."""

    path: Path
    inspected: Inspected


class ColumnarCopies:
    """Finds them."""

    def __init__(self, catalogue: Catalogue, inspections: Inspections) -> None:
        self._catalogue = catalogue
        self._inspections = inspections

    def find(self, name: str, choice: DialectChoice) -> ColumnarCopy | None:
        """That of the file of this name, if it was inspected as it is now and is to be read."""
        self._catalogue.refresh()
        file = self._catalogue.named(name)
        if file is None or file.choice != choice:
            return None
        found = self._inspections.of(file)
        if found is None:
            return None
        inspected = _inspected(found.profile)
        return ColumnarCopy(found.data, inspected) if inspected else None


def _inspected(profile: Path) -> Inspected | None:
    """None where it is damaged: the file itself tells all of it again."""
    try:
        return Inspected.model_validate_json(profile.read_bytes())
    except (OSError, ValidationError):
        return None
