"""The one place where errors become problem documents (RFC 9457) of the JSON interface."""

from __future__ import annotations

import json
import logging
from http import HTTPStatus
from typing import Any

from flask import Response
from werkzeug.exceptions import HTTPException, InternalServerError

from project.errors import BeingPreparedError, RowmillError
from project.http_status import status_of

log = logging.getLogger(__name__)

_DETAILS = {
    400: "The request cannot be read: its body has to be one JSON object.",
    404: "Nothing has this address. The jobs are at /api/v1/jobs.",
    413: "The request is larger than is accepted.",
    415: "The body has to be JSON, with the header “Content-Type: application/json”.",
    500: "The fault is Rowmill’s, not yours, and has been logged.",
}


def answer(error: RowmillError | HTTPException) -> Response:
    """The problem document for an error."""
    if isinstance(error, RowmillError):
        response = _problem(status_of(error), error.code, error.message, error.field)
        if isinstance(error, BeingPreparedError):
            response.headers["Retry-After"] = str(error.retry_seconds)
        return response
    return _of_http(error)


def _of_http(error: HTTPException) -> Response:
    plain = error.get_response()
    status = plain.status_code
    if status < 400:
        return Response(plain.response, status, plain.headers)
    if isinstance(error, InternalServerError) and error.original_exception is not None:
        log.error("request failed", exc_info=error.original_exception)
    allowed = plain.headers.get("Allow")
    detail = _DETAILS.get(status) or error.description or ""
    if status == 405:
        detail = f"This address takes {allowed} only."
    if status == 400 and "TRUSTED_HOSTS" in (error.description or ""):
        detail = error.description or ""
    response = _problem(status, _phrase(status).lower().replace(" ", "_"), detail)
    if allowed:
        response.headers["Allow"] = allowed
    return response


def _problem(status: int, code: str, detail: str, field: str | None = None) -> Response:
    body: dict[str, Any] = {
        "type": "about:blank",
        "title": _phrase(status),
        "status": status,
        "detail": detail,
        "code": code,
    }
    if field:
        body["field"] = field
    return Response(json.dumps(body, ensure_ascii=False), status, mimetype="application/problem+json")


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Error"
