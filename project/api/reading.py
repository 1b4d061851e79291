"""The JSON interface of how a file is read: what was found in it and why, and the reading that is kept."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, request

from project import current
from project.api.asking import check_is_json
from project.api.schemas import choice_of, detection_json
from project.files.reading import service
from project.files.view import FileView

reading = Blueprint("api_reading", __name__, url_prefix="/api/v1/files/<file_id>/reading")


@reading.get("")
def show_reading(file_id: str) -> dict[str, Any]:
    """What is found in the file, or why nothing can be, and the dialect that is kept for it."""
    return _answer(current.catalogue().get(file_id))


@reading.put("")
def keep_reading(file_id: str) -> dict[str, Any]:
    """Keep the dialect in the body, such as `{"delimiter": ";"}`; `{}`: read the file as is found in it again."""
    check_is_json()
    return _answer(service.keep(current.catalogue(), file_id, choice_of(request.get_json())))


def _answer(file: FileView) -> dict[str, Any]:
    found = service.found_in(current.catalogue(), file)
    return {
        "found": None if isinstance(found, Exception) else detection_json(found),
        "fault": found.message if isinstance(found, Exception) else None,
        "kept": None if file.choice.is_empty else file.choice.model_dump(exclude_none=True),
        "changed_since": file.choice_is_older,
    }
