"""The one place where errors become pages; requests of the API are answered by project.api.errors."""

from __future__ import annotations

import logging

from flask import Response, make_response, render_template, request
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException

from project.errors import NotFoundError, RowmillError
from project.http_status import status_of

log = logging.getLogger(__name__)

_HEADINGS = {
    400: "That could not be understood",
    404: "There is nothing here",
    405: "That cannot be done here",
    409: "That clashes with what is there now",
    413: "That is too large",
    422: "That cannot be done as asked",
    503: "Something that Rowmill needs does not answer",
}
_MESSAGES = {
    404: "No page has this address. If you were looking for a job, its ID finds it.",
    405: "Go back, and use the page’s own buttons.",
    413: "The form holds more than is accepted. A recipe of that size is better sent by the API.",
    500: "The fault is Rowmill’s, not yours, and has been logged. Jobs that were accepted go on.",
}
_STALE = "The form was open for too long, or cookies are off. Go back, load the page again, and send it again."


def form_status_of(error: RowmillError) -> int:
    """The same for a form that is shown again: its own address is there, what it names is not."""
    return 422 if isinstance(error, NotFoundError) else status_of(error)


def answer(error: RowmillError | HTTPException) -> Response:
    """The page for an error."""
    if isinstance(error, RowmillError):
        status = status_of(error)
        if status >= 500:
            log.error("page failed", extra={"code": error.code, "reason": error.message})
        return _page(status, error.message)
    response = error.get_response()
    if response.status_code < 400:
        return make_response(response)  # a redirect that Flask itself asks for
    status = response.status_code
    page = _page(status, _STALE if isinstance(error, CSRFError) else _MESSAGES.get(status, error.description or ""))
    for name in ("Allow", "Content-Range", "Retry-After"):
        if name in response.headers:
            page.headers[name] = response.headers[name]
    return page


def not_found(error: NotFoundError, process_id: str) -> str:
    """The page for an ID that no job has: what was typed is kept, beside what is wrong with it."""
    return render_template(
        "error.html", status=404, heading="No such job", message="", process_id=process_id, look_up_error=error.message
    )


def _page(status: int, message: str) -> Response:
    if status == 404 and request.endpoint == "jobs.show" and request.view_args:
        return make_response(not_found(NotFoundError(message), request.view_args["job_id"]), 404)
    heading = _HEADINGS.get(status, "Something went wrong")
    return make_response(render_template("error.html", status=status, heading=heading, message=message), status)
