"""The running application's services, as views ask for them inside a request."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import current_app

if TYPE_CHECKING:
    from config.settings import Settings
    from project.fetch.answers_store import AnswersStore
    from project.files.catalogue import Catalogue
    from project.files.exports.store import Exports
    from project.files.grid.service import Grid
    from project.files.inspections import Inspections
    from project.files.uploads.store import UploadStore
    from project.files.workspace import Workspace
    from project.jobs.glance import Glances
    from project.jobs.inspecting import Inspecting
    from project.jobs.queue import Queue
    from project.jobs.service import JobService
    from project.jobs.trials import Trials
    from project.secrets.service import Secrets
    from project.up.service import Health


def jobs() -> JobService:
    """Submitting, looking up, cancelling and retrying jobs."""
    service: JobService = current_app.extensions["rowmill.jobs"]
    return service


def trials() -> Trials:
    """Trying what a recipe's match would do."""
    service: Trials = current_app.extensions["rowmill.trials"]
    return service


def secrets() -> Secrets:
    """The secrets of other people's APIs, without their values."""
    service: Secrets = current_app.extensions["rowmill.secrets"]
    return service


def answers() -> AnswersStore:
    """What APIs have answered."""
    found: AnswersStore = current_app.extensions["rowmill.answers"]
    return found


def queue() -> Queue:
    """Where queued jobs stand, and the roster of the workers."""
    found: Queue = current_app.extensions["rowmill.queue"]
    return found


def glances() -> Glances:
    """What those see who watch an unfinished job."""
    found: Glances = current_app.extensions["rowmill.glances"]
    return found


def workspace() -> Workspace:
    """The folder of the users' files."""
    found: Workspace = current_app.extensions["rowmill.workspace"]
    return found


def uploads() -> UploadStore:
    """The files on their way into the workspace."""
    found: UploadStore = current_app.extensions["rowmill.uploads"]
    return found


def catalogue() -> Catalogue:
    """What is known of the files, and what can be done with them."""
    found: Catalogue = current_app.extensions["rowmill.catalogue"]
    return found


def inspections() -> Inspections:
    """What was found in the files."""
    found: Inspections = current_app.extensions["rowmill.inspections"]
    return found


def inspecting() -> Inspecting:
    """How the inspections of files stand, and beginning them."""
    found: Inspecting = current_app.extensions["rowmill.inspecting"]
    return found


def grid() -> Grid:
    """Pages of the rows of inspected files."""
    found: Grid = current_app.extensions["rowmill.grid"]
    return found


def exports() -> Exports:
    """Downloads in other formats."""
    found: Exports = current_app.extensions["rowmill.exports"]
    return found


def settings() -> Settings:
    """The settings that the application was made with."""
    found: Settings = current_app.extensions["rowmill.settings"]
    return found


def health() -> Health:
    """Asks the services that Rowmill needs whether they answer."""
    found: Health = current_app.extensions["rowmill.health"]
    return found
