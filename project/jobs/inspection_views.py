"""The inspection of a file, as its pages show it: the live part, the button that begins one, and its rejects."""

from __future__ import annotations

from flask import Blueprint, Response, make_response, redirect, render_template, request, send_file, url_for
from werkzeug.wrappers import Response as BaseResponse

from project import current
from project.errors import NotFoundError
from project.files.names import rejects_name
from project.jobs.glance import Sight

inspections = Blueprint("inspections", __name__, url_prefix="/files/<file_id>", template_folder="templates")


@inspections.get("/inspection")
def live(file_id: str) -> Response:
    """How it stands, for the poller."""
    current.catalogue().refresh_if_due()
    file = current.catalogue().get(file_id)
    status = current.inspecting().look(file)
    place = current.queue().place(status.job) if status.job else None

    def render() -> str:
        return render_template("jobs/_inspection.html", file=file, status=status, place=place)

    sight = Sight(status.job, place, request.script_root, of_file=True) if status.job else None
    response = make_response(current.glances().of(sight, render) if sight else render())
    response.headers["Cache-Control"] = "no-store"
    return response


@inspections.post("/inspect")
def start(file_id: str) -> BaseResponse:
    """Begin one, whatever an earlier one has found."""
    current.inspecting().start(current.catalogue().find(file_id))
    return redirect(url_for("file.rows", file_id=file_id), code=303)


@inspections.get("/rejects")
def rejects(file_id: str) -> Response:
    """The records that could not be read, each with its place and reason."""
    file = current.catalogue().get(file_id)
    inspection = current.inspections().of(file)
    if inspection is None or not inspection.rejects.is_file():
        raise NotFoundError(f"There are no rejects of “{file.name}” as it is now.")
    name = rejects_name(file.name)
    return send_file(inspection.rejects, mimetype="text/csv", as_attachment=True, download_name=name, max_age=0)
