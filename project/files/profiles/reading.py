"""Reads profiles: what inspections have found in files."""

from __future__ import annotations

from pathlib import Path

from pydantic import ValidationError

from project.engine.inspection.profile import Profile
from project.errors import FailureError


def read_profile(path: Path) -> Profile | None:
    """The profile that lies there, if one does. Raises FailureError for one that is damaged."""
    try:
        return Profile.model_validate_json(path.read_bytes())
    except FileNotFoundError:
        return None
    except ValidationError:
        raise FailureError(
            "What was found in this file is damaged and cannot be shown: choose “Inspect again” on its page “How it is "
            "read”.",
            code="damaged_profile",
        ) from None
