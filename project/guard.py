"""What every request and every answer goes through: the host check, the security headers, the log line."""

from __future__ import annotations

import logging
import time
from urllib.parse import urlsplit

from flask import Flask, Response, abort, g, request

log = logging.getLogger("project.requests")

_POLICY = (
    "default-src 'self'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
    "img-src 'self' data:",
    "object-src 'none'",
)
# The toolbar brings inline scripts and styles; it is there in development only.
_RELAXED = (*_POLICY, "script-src 'self' 'unsafe-inline' 'unsafe-eval'", "style-src 'self' 'unsafe-inline'")
_QUIET = ("/up", "/up/databases")
_LIVE = ("jobs.show", "jobs.workers")


def install(app: Flask, trusted_hosts: tuple[str, ...], *, has_toolbar: bool) -> None:
    """Add the guards to an application."""
    headers = {
        "Content-Security-Policy": "; ".join(_RELAXED if has_toolbar else _POLICY),
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "same-origin",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
    }

    @app.before_request
    def check_host() -> None:
        g.started_at = time.perf_counter()
        if not is_trusted(request.host, trusted_hosts):
            abort(400, f"Rowmill does not answer to the host “{request.host[:100]}”: add it to TRUSTED_HOSTS.")

    @app.after_request
    def finish(response: Response) -> Response:
        for name, value in headers.items():
            response.headers.setdefault(name, value)
        _log(response)
        return response


def is_trusted(host: str, trusted: tuple[str, ...]) -> bool:
    """Whether a Host header, with or without a port, names one of the trusted hosts; `.example.com` means all below.

    Without this check, a foreign page whose name is made to resolve to this machine could read everything here.
    """
    name = _without_port(host.lower())
    return any(
        name == each or each == "*" or (each.startswith(".") and (name.endswith(each) or name == each[1:]))
        for each in trusted
    )


def check_origin() -> None:
    """Refuse what a foreign page sends. Programs name no origin, and are welcome."""
    origin = request.headers.get("Origin")
    is_foreign = origin is not None and urlsplit(origin).netloc.lower() != request.host.lower()
    if is_foreign or request.headers.get("Sec-Fetch-Site") in ("cross-site", "same-site"):
        abort(403, "Rowmill takes this from its own pages and from programs, but not from other sites.")


def _without_port(host: str) -> str:
    name, colon, port = host.rpartition(":")
    return name if colon and port.isdigit() and not name.endswith(":") and (":" not in name or name[0] == "[") else host


def _log(response: Response) -> None:
    # What asks again and again by itself would drown what people do.
    is_poll = request.endpoint == "api.show_job" or ("live" in request.args and request.endpoint in _LIVE)
    # A look-up that finds something leads to the job's page, which has a line of its own.
    is_redirect = request.endpoint == "page.look_up" and response.status_code == 303
    is_routine = is_poll or is_redirect or request.path in _QUIET
    level = logging.DEBUG if is_routine and response.status_code < 400 else logging.INFO
    took = round((time.perf_counter() - g.get("started_at", time.perf_counter())) * 1000, 1)
    extra = {"method": request.method, "path": request.path, "status": response.status_code, "ms": took}
    log.log(level, "request", extra=extra)
