"""Health for those who watch: `/up` for the process alone, `/up/databases` for what it needs."""

from __future__ import annotations

from flask import Blueprint

from project import current
from project.errors import UnavailableError

up = Blueprint("up", __name__, url_prefix="/up")
_TEXT = {"Content-Type": "text/plain; charset=utf-8", "Cache-Control": "no-store"}


@up.get("")
def index() -> tuple[str, dict[str, str]]:
    """The process answers."""
    return "ok\n", _TEXT


@up.get("/databases")
def databases() -> tuple[str, int, dict[str, str]]:
    """Redis and the database answer, or which does not."""
    try:
        current.health().check()
    except UnavailableError as error:
        return f"{error.message}\n", 503, _TEXT
    return "ok\n", 200, _TEXT
