"""The pages of stored answers: by API, looked into, taken away, and deleted after a second look."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any
from urllib.parse import urlsplit

from flask import Blueprint, Response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from project import current
from project.files.grid.query import whole

answers = Blueprint("answers", __name__, url_prefix="/answers", template_folder="templates")

A_PAGE = 50
_MOST_DAYS = 36_500
_LONGEST_SEARCH = 500


@answers.get("")
def index() -> str:
    """What is kept of each API; `deleted` says how many answers were just deleted."""
    return render_template(
        "keeping/answers.html",
        apis=current.answers().apis(),
        deleted=whole("deleted", request.args.get("deleted", ""), 0, 10**12, -1),
    )


@answers.get("/<digest>")
def show(digest: str) -> str:
    """One API's answers, newest first: `q` is searched for, `before` is the ID that the page goes on from."""
    search = request.args.get("q", "")[:_LONGEST_SEARCH]
    asked = request.args.get("before", "")
    before = whole("before", asked, 1, 2**62, 0) if asked else None
    api = current.answers().api(digest)
    found = current.answers().answers(digest, search=search, before=before, most=A_PAGE + 1)
    older = found[A_PAGE - 1].id if len(found) > A_PAGE else None
    values = {"search": search, "older": older, "is_paged": before is not None}
    return render_template("keeping/api.html", api=api, answers=found[:A_PAGE], **values)


@answers.get("/<digest>/export")
def export(digest: str) -> Response:
    """All of an API's answers as JSON lines, oldest first."""
    api = current.answers().api(digest)
    response = Response(current.answers().export(digest), mimetype="application/jsonl")
    name = urlsplit(api.address).hostname or "api"
    response.headers.set("Content-Disposition", "attachment", filename=f"{name} answers.jsonl")
    return response


@answers.get("/delete")
@answers.get("/<digest>/delete")
def ask(digest: str = "") -> str:
    """What would be deleted, of one API or of all: those older than so many `days`, or without these all."""
    return render_template("keeping/delete_answers.html", **_meant(digest, request.args.get("days", "")))


@answers.post("/delete")
@answers.post("/<digest>/delete")
def delete(digest: str = "") -> BaseResponse:
    """Delete that."""
    meant = _meant(digest, request.form.get("days", ""))
    until = datetime.now(timezone.utc) - timedelta(days=meant["days"]) if meant["days"] is not None else None
    store = current.answers()
    deleted = store.delete(digest, older_than=until) if digest else store.delete_all(older_than=until)
    return redirect(url_for("answers.index", deleted=deleted), code=303)


def _meant(digest: str, days: str) -> dict[str, Any]:
    older = whole("days", days, 0, _MOST_DAYS, 0) if days.strip() else None
    return {"api": current.answers().api(digest) if digest else None, "days": older}
