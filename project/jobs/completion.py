"""The last step of a job whose success is decided: publish it and say so, by its worker or by who comes after it."""

from __future__ import annotations

from project import faults
from project.engine.disk import disk_full, is_full
from project.errors import FailureError
from project.files.workspace import Workspace
from project.jobs import publish
from project.jobs.attempt import Attempt
from project.jobs.births import births
from project.jobs.deaths import Death
from project.jobs.states import JobState
from project.jobs.view import JobView


def complete(attempt: Attempt, workspace: Workspace, decided: JobView, max_attempts: int) -> JobState:
    """What became of the job. Both may be here at once, and either may be the later one (docs/adr/0007).

    Raises LostLeaseError if the other one was here before, and OSError if a file cannot be moved.
    """
    folder = workspace.attempt_folder(decided.id, decided.attempt)
    try:
        is_there = publish.publish(workspace, folder, decided)
    except OSError:
        publish.withdraw(workspace, folder, decided)
        raise
    if not is_there:
        return attempt.bury(Death(f"on {decided.worker} ended, and what it had written is gone"), max_attempts)
    faults.point("before-commit")
    attempt.succeed(decided.ledger.written if decided.ledger else 0, births(workspace, decided))
    faults.point("after-commit")
    return JobState.SUCCEEDED


def failure_of(error: OSError) -> FailureError:
    """In words what kept Rowmill from writing into the workspace."""
    if is_full(error):
        return disk_full()
    return FailureError(f"The workspace cannot be written: {error.strerror or error}.", code="workspace")
