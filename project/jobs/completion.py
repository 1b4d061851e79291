"""The last step of a job whose success is decided: publish it and say so, by its worker or by who comes after it."""

from __future__ import annotations

from functools import partial

from sqlalchemy.orm import Session

from project import faults
from project.engine.disk import disk_full, is_full
from project.errors import FailureError
from project.files.notes import note_births, note_inspection
from project.files.view import FileFacts
from project.files.workspace import Workspace
from project.jobs import inspected, publish
from project.jobs.attempt import Attempt
from project.jobs.births import births
from project.jobs.deaths import Death
from project.jobs.present import plural
from project.jobs.states import JobState
from project.jobs.view import JobView


def complete(attempt: Attempt, workspace: Workspace, decided: JobView, max_attempts: int) -> JobState:
    """What became of the job. Both may be here at once, and either may be the later one (docs/adr/0007).

    Raises LostLeaseError if the other one was here before, and OSError if a file cannot be moved.
    """
    if not _published(workspace, decided):
        return attempt.bury(Death(f"on {decided.worker} ended, and what it had written is gone"), max_attempts)
    faults.point("before-commit")
    if decided.is_inspection:
        _end_inspection(attempt, workspace, decided)
    else:
        attempt.succeed(_written(decided), partial(note_births, births=births(workspace, decided)))
    faults.point("after-commit")
    return JobState.SUCCEEDED


def failure_of(error: OSError) -> FailureError:
    """In words what kept Rowmill from writing into the workspace."""
    if is_full(error):
        return disk_full()
    return FailureError(f"The workspace cannot be written: {error.strerror or error}.", code="workspace")


def _published(workspace: Workspace, decided: JobView) -> bool:
    folder = workspace.attempt_folder(decided.id, decided.attempt)
    if decided.is_inspection:
        return inspected.publish(workspace, folder, decided)
    try:
        return publish.publish(workspace, folder, decided)
    except OSError:
        publish.withdraw(workspace, folder, decided)
        raise


def _written(decided: JobView) -> str:
    written = decided.ledger.written if decided.ledger else 0
    return f"Succeeded: {written:,} rows written to “{decided.output}”."


def _inspected(decided: JobView) -> str:
    facts = inspected.facts_of(decided)
    found = facts and (facts.rows or 0, facts.columns or 0, facts.rejects or 0)
    rows, columns, rejects = found or (0, 0, 0)
    return f"Inspected: {plural(rows, 'row')}, {plural(columns, 'column')}, {plural(rejects, 'reject')}."


def _end_inspection(attempt: Attempt, workspace: Workspace, decided: JobView) -> None:
    facts, is_kept = inspected.facts_of(decided), False

    def tell(session: Session) -> None:
        nonlocal is_kept
        is_kept = note_inspection(session, str(decided.file_id), str(decided.version), facts or FileFacts())

    attempt.succeed(_inspected(decided), tell)
    if not is_kept:
        inspected.discard(workspace, decided)
        attempt.note("The file was changed or removed meanwhile: what was found is thrown away.")
