"""The page of how a file is read: its first rows in any reading that is asked for, and the one that is kept."""

from __future__ import annotations

from typing import Any

from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from project import current
from project.engine.dialect import DialectChoice
from project.errors import InvalidInputError, RowmillError
from project.files.file_page import render
from project.files.file_views import file_pages
from project.files.reading import service
from project.files.reading.panel import controls
from project.files.reading.typed import FIELDS, meant, typed, typed_in
from project.files.view import FileView
from project.http_status import status_of

__all__ = ["file_pages"]


@file_pages.get("/reading")
def reading(file_id: str) -> str | tuple[str, int]:
    """How the bytes are read: as the address says, or else as was kept, or else as was found."""
    return _page(file_id, request.args)


@file_pages.get("/reading/head")
def reading_head(file_id: str) -> str:
    """The part of the page that shows the first rows, for an address with the fields of the form."""
    file = current.catalogue().get(file_id)
    return render_template("files/reading/_head.html", **_shown(file, request.args))


@file_pages.post("/reading")
def keep_reading(file_id: str) -> Response | tuple[str, int]:
    """From now on, every job reads the file so, unless it says otherwise."""
    try:
        kept = current.catalogue().get(file_id).choice
        service.keep(current.catalogue(), file_id, _with_rest(meant(typed_in(request.form)), kept))
    except RowmillError as error:
        return _page(file_id, request.form, error), status_of(error)
    return redirect(url_for("file.reading", file_id=file_id, done="kept"), code=303)


@file_pages.post("/reading/reset")
def reset_reading(file_id: str) -> Response:
    """From now on, the file is read as is found in it again."""
    service.keep(current.catalogue(), file_id, DialectChoice())
    return redirect(url_for("file.reading", file_id=file_id, done="reset"), code=303)


def _page(file_id: str, values: Any, fault: RowmillError | None = None) -> str:
    catalogue = current.catalogue()
    catalogue.refresh_if_due()
    file = catalogue.get(file_id)
    shown = _shown(file, values)
    found = service.found_in(catalogue, file, shown["reading"])
    return render(
        "files/reading.html",
        file_id,
        controls=controls(
            shown["typed"],
            None if isinstance(found, RowmillError) else found.dialect,
            service.members_in(catalogue, file),
        ),
        done=request.args.get("done", ""),
        refusal=fault,
        **shown,
    )


def _shown(file: FileView, values: Any) -> dict[str, Any]:
    """What the head shows: the reading that the values of the form mean, or the kept one where there are none."""
    if not any(name in values for name in FIELDS):
        entered = typed(file.choice)
        choice: DialectChoice | InvalidInputError = file.choice
    else:
        entered = typed_in(values)
        choice = _meant(entered, file.choice)
    if isinstance(choice, InvalidInputError):
        return {"typed": entered, "reading": service.Reading(DialectChoice(), fault=choice), "kept": file.choice}
    # As the options have it: a semicolon may have been typed as another character.
    return {"typed": typed(choice), "reading": service.read(current.catalogue(), file, choice), "kept": file.choice}


def _meant(entered: dict[str, str], kept: DialectChoice) -> DialectChoice | InvalidInputError:
    try:
        return _with_rest(meant(entered), kept)
    except InvalidInputError as error:
        return error


def _with_rest(choice: DialectChoice, kept: DialectChoice) -> DialectChoice:
    """With what a program has set and the form has no place for, such as names of the columns."""
    rest = {name: getattr(kept, name) for name in DialectChoice.model_fields if name not in FIELDS}
    return choice.model_copy(update=rest)
