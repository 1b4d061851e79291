"""Assembles the web application; decides nothing else."""

from __future__ import annotations

from pathlib import Path

from flask import Flask, Response, request
from werkzeug.exceptions import HTTPException
from werkzeug.middleware.proxy_fix import ProxyFix

from config.settings import Settings, load
from project import guard, logs
from project.api import errors as api_errors
from project.api.files import files as api_files
from project.api.grid import grid as api_grid
from project.api.reading import reading as api_reading
from project.api.secrets import secrets as api_secrets
from project.api.trials import trials as api_trials
from project.api.views import api
from project.assembly import assemble
from project.errors import RowmillError, SettingsError
from project.extensions import csrf, debug_toolbar, static_digest
from project.files.grid.grid_views import grid_pages
from project.files.reading.views import file_pages
from project.files.uploads.tus_views import uploads
from project.files.uploads.views import upload_page
from project.files.views import files
from project.jobs.glance import Glances
from project.jobs.inspection_views import inspections
from project.jobs.views import jobs
from project.page import errors as page_errors
from project.page.keeping.answers_views import answers
from project.page.keeping.secrets_views import secrets
from project.page.matching.trial_views import trials
from project.page.matching.views import matching
from project.page.views import page
from project.up.views import up

PUBLIC = Path(__file__).resolve().parent.parent / "public"
# A recipe is a few kilobytes. Uploads are read as they come, and have limits of their own.
MAX_CONTENT_BYTES = 2 * 1024 * 1024

_FOR_PROGRAMS = ("/api/", "/uploads/")


def create_app(settings: Settings | None = None) -> Flask:
    """The application, connected to nothing yet. Raises SettingsError."""
    settings = settings or load()
    logs.configure(settings.log_level)
    app = Flask(__name__, static_folder=str(PUBLIC), static_url_path="")
    _configure(app, settings)
    _provide_services(app, settings)
    _extend(app, settings)
    for blueprint in (
        page,
        matching,
        trials,
        answers,
        secrets,
        jobs,
        files,
        file_pages,
        grid_pages,
        inspections,
        upload_page,
        uploads,
        api,
        api_files,
        up,
        api_grid,
        api_reading,
        api_secrets,
        api_trials,
    ):
        app.register_blueprint(blueprint)
    # Uploads check where they come from, and their form's token, before they read the body.
    views = "project.files.uploads.views"
    for exempt in (
        api,
        api_files,
        api_grid,
        api_reading,
        api_secrets,
        api_trials,
        uploads,
        f"{views}.receive",
        f"{views}.put",
    ):
        csrf.exempt(exempt)
    app.register_error_handler(RowmillError, _answer)
    app.register_error_handler(HTTPException, _answer)
    return app


def _configure(app: Flask, settings: Settings) -> None:
    if app.debug and not settings.is_development:
        raise SettingsError(
            "FLASK_DEBUG is on, but ENVIRONMENT is not development: the debugger runs the code of everyone who can "
            "reach the pages, so Rowmill does not start."
        )
    app.json.sort_keys = False  # type: ignore[attr-defined]
    app.config.update(
        SECRET_KEY=settings.session_key(),
        MAX_CONTENT_LENGTH=MAX_CONTENT_BYTES,
        MAX_FORM_MEMORY_SIZE=MAX_CONTENT_BYTES,
        # Browsers send cookies to all ports of a host: two products on one machine must not take each other's.
        SESSION_COOKIE_NAME=f"rowmill_{settings.port}",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        WTF_CSRF_TIME_LIMIT=None,
        DEBUG_TB_ENABLED=settings.debug_toolbar,
        DEBUG_TB_INTERCEPT_REDIRECTS=False,
        TEMPLATES_AUTO_RELOAD=settings.is_development,
    )
    if settings.proxy_count:
        hops = settings.proxy_count
        app.wsgi_app = ProxyFix(  # type: ignore[method-assign]
            app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops, x_port=hops, x_prefix=hops
        )


def _provide_services(app: Flask, settings: Settings) -> None:
    services = assemble(settings)
    app.extensions["rowmill.settings"] = settings
    app.extensions["rowmill.workspace"] = services.workspace
    app.extensions["rowmill.uploads"] = services.uploads
    app.extensions["rowmill.catalogue"] = services.catalogue
    app.extensions["rowmill.inspections"] = services.inspections
    app.extensions["rowmill.inspecting"] = services.inspecting
    app.extensions["rowmill.grid"] = services.grid
    app.extensions["rowmill.exports"] = services.exports
    app.extensions["rowmill.jobs"] = services.jobs
    app.extensions["rowmill.trials"] = services.trials
    app.extensions["rowmill.answers"] = services.answers
    app.extensions["rowmill.secrets"] = services.secrets
    app.extensions["rowmill.queue"] = services.queue
    app.extensions["rowmill.glances"] = Glances()
    app.extensions["rowmill.health"] = services.health


def _extend(app: Flask, settings: Settings) -> None:
    guard.install(app, settings.trusted_hosts, has_toolbar=settings.debug_toolbar)
    csrf.init_app(app)
    static_digest.init_app(app)
    if settings.debug_toolbar:
        debug_toolbar.init_app(app)


def _answer(error: RowmillError | HTTPException) -> Response:
    """Programs get problem documents, people get pages."""
    if f"{request.path}/".startswith(_FOR_PROGRAMS) or request.method == "PUT":
        return api_errors.answer(error)
    return page_errors.answer(error)
