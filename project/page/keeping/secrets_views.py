"""The page of secrets: stored, listed without their values, and deleted after a second look."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from project import current
from project.errors import NotFoundError, RowmillError
from project.page.errors import form_status_of
from project.secrets.checks import DEFAULT_HEADER

secrets = Blueprint("secrets", __name__, url_prefix="/secrets", template_folder="templates")

_FIELDS = ("name", "host", "header")


@secrets.get("")
def index() -> str:
    """All of them; `added` and `deleted` name the one that was just stored or forgotten."""
    return _page({"name": "", "host": request.args.get("host", ""), "header": DEFAULT_HEADER})


@secrets.post("")
def add() -> Response | tuple[str, int]:
    """Store one, or show the form again: with what was typed, but for the value."""
    typed = {field: request.form.get(field, "") for field in _FIELDS}
    try:
        secret = current.secrets().add(typed["name"], typed["host"], typed["header"], request.form.get("value", ""))
    except RowmillError as error:
        return _page(typed, {error.field or "form": error.message}), form_status_of(error)
    return redirect(url_for("secrets.index", added=secret.name), code=303)


@secrets.get("/delete")
def ask() -> str:
    """What it means to delete the one of that `name`."""
    name = request.args.get("name", "")
    secret = next((secret for secret in current.secrets().list() if secret.name == name), None)
    if secret is None:
        raise NotFoundError(f"There is no secret “{name[:100]}”.")
    return render_template("keeping/delete_secret.html", secret=secret)


@secrets.post("/delete")
def delete() -> Response:
    """Forget it."""
    name = request.form.get("name", "")
    current.secrets().delete(name)
    return redirect(url_for("secrets.index", deleted=name), code=303)


def _page(typed: dict[str, str], faults: dict[str, str] | None = None) -> str:
    return render_template(
        "keeping/secrets.html",
        secrets=current.secrets().list(),
        typed=typed,
        errors=faults or {},
        added=request.args.get("added", ""),
        deleted=request.args.get("deleted", ""),
    )
