"""A job in words: its headline, what it does right now, whether it is slow or silent, what to do after a failure."""

from __future__ import annotations

from datetime import datetime, timezone

from project.jobs.kinds import JobKind
from project.jobs.pauses import FOREVER
from project.jobs.present import duration, number, plural, seconds_since, utc, visible
from project.jobs.span import CALLING, COLLECTING
from project.jobs.states import JobState
from project.jobs.view import JobError, JobView

_PHASES = {
    "starting": "Starting the engine",
    "collecting": "Collecting the values to look up",
    "calling": "Asking the API",
    "detecting": "Finding out how the file is written",
    "checking": "Checking every record",
    "working": "Running the recipe",
    "writing": "Writing the result",
    "publishing": "Putting the result in its place",
    COLLECTING: "Collecting the keys",
}
_INSPECTION_PHASES = {**_PHASES, "working": "Looking at every column", "writing": "Writing down what was found"}
_INSPECTION_PHASES["publishing"] = "Putting it in its place"
_TRIAL_PHASES = {**_PHASES, "working": "Counting what matches", "writing": "Writing down what was counted"}
_TRIAL_PHASES["publishing"] = _INSPECTION_PHASES["publishing"]
_ADVICE = {
    "missing_column": "Choose another recipe, or correct the column’s name in it.",
    "invalid_input": "Correct what the sentence names, and run it again.",
    "damaged_input": "The original is untouched. Fetch the file again, or say how it is to be read.",
    "not_csv": "Choose another file, or turn this one into CSV first. The original is untouched.",
    "limit": "Raise the setting that the sentence names, or make the work smaller.",
    "disk_full": "Make room on the disk, then try again. Nothing partial was left behind.",
    "ledger": "Nothing was published. This is a fault of Rowmill: please report it with the log below.",
    "output_limit": "Raise the setting that the sentence names, or make the work smaller.",
    "too_many_rejects": "Correct the file, or allow more rejects in the recipe’s max_rejects.",
    "all_rejects": "The file is probably not what it was taken for: say how it is to be read.",
    "input_changed": "Try again when nobody writes to the file any more.",
    "workspace": "Let Rowmill write to the workspace folder, then try again.",
    "engine_died": "Nothing was published, and the original is untouched.",
    "answers": "Correct the step’s “columns”, or look at the answers. All of them are kept: nothing is called twice.",
    "api_refused": "Correct what the sentence names, then try again. All answers so far are kept.",
    "answers_deleted": "Try again: what was deleted is asked for once more.",
    "odd_answer": "Correct the address or the paging in the step. All answers so far are kept.",
    "calls_failed": "Try again later, or allow failures in the step’s “max_failures”. All answers so far are kept.",
    "blocked_address": "Correct the address. ENRICH_ALLOW_HOSTS names the hosts that may be called though not public.",
    "unknown_host": "Correct the address in the step, then run it again.",
    "secret": "Store the secret again, under its name and for its host, then try again.",
    "not_found": "Put the file back into the workspace, then try again.",
}
_OTHERWISE = "Nothing was published, and the original is untouched. The log below says what happened before."


def headline(job: JobView) -> str:
    """The page's title: the state first, so that it can be read in a narrow tab."""
    what = {JobKind.INSPECTION: "inspection of ", JobKind.TRIAL: "trial on "}.get(job.kind, "")
    state = "paused" if job.is_paused else str(job.state)
    return f"{state.capitalize()}: {what}{visible(job.input[:80])}"


def phase(job: JobView) -> str:
    """What happens to an unfinished job right now."""
    if job.state is JobState.QUEUED:
        return _paused(job) if job.is_paused else "Waiting for a worker"
    if job.progress.phase == CALLING and job.enrich is not None:
        return f"Calling {job.enrich[1].api.host}"
    phases = {JobKind.INSPECTION: _INSPECTION_PHASES, JobKind.TRIAL: _TRIAL_PHASES}.get(job.kind, _PHASES)
    return phases.get(job.progress.phase or "", "Starting the engine")


def pause(job: JobView) -> str:
    """Until when a paused job is left alone, and why; empty for any other."""
    if not job.is_paused:
        return ""
    if job.paused_until == FOREVER:
        return f"{_paused(job)}: nothing is called until it is resumed. All answers so far are kept."
    reason = visible((job.paused_reason or "").rstrip(". "))
    return f"{_paused(job)}: {reason}. Then it goes on by itself; all answers so far are kept."


def _paused(job: JobView) -> str:
    if job.paused_until is None or job.paused_until == FOREVER:
        return "Paused by hand"
    until = utc(job.paused_until)
    day = "" if until.date() == datetime.now(timezone.utc).date() else f"{until:%Y-%m-%d} "
    return f"Paused until {day}{until:%H:%M} UTC"


def quarter(job: JobView) -> str:
    """Changes when there is something worth telling a screen reader: at quarters, and with the state."""
    return f"{'paused' if job.is_paused else job.state} {int(min(job.progress.fraction, 0.99) * 4)}"


def announcement(job: JobView) -> str:
    """What a screen reader is told then."""
    if job.is_paused:
        return pause(job)
    if job.state is JobState.RUNNING:
        return f"{int(min(job.progress.fraction, 0.99) * 4) * 25} percent. {phase(job)}."
    if job.state is JobState.SUCCEEDED and job.is_trial:
        return "The trial is done."
    if job.state is JobState.SUCCEEDED and job.ledger:
        written, rejected = plural(job.ledger.written, "row"), number(job.ledger.rejected)
        return f"The job has succeeded. {written} written, {rejected} rejected."
    return f"The job is {job.state}." if job.state is JobState.QUEUED else f"The job has ended: {job.state}."


def inspection_announcement(job: JobView) -> str:
    """The same on the page of the file that is inspected."""
    if job.state is JobState.SUCCEEDED:
        return "The file is inspected."
    return announcement(job) if job.state is JobState.RUNNING else f"The inspection is {job.state}."


def seconds_taken(job: JobView, now: datetime | None = None) -> float | None:
    """Seconds from its start (or, while it waits, its acceptance) to its end or to now; None if it never ran."""
    if not job.is_final:
        return seconds_since(job.started_at or job.created_at, now)
    if job.started_at is None or job.finished_at is None:
        return None
    return max(0.0, (utc(job.finished_at) - utc(job.started_at)).total_seconds())


def silence(job: JobView, lease_seconds: float, now: datetime | None = None) -> str:
    """A sentence when nothing was heard for longer than usual; empty while all is well, however slow it is."""
    now = now or datetime.now(timezone.utc)
    quiet = seconds_since(job.updated_at, now)
    if job.state is JobState.RUNNING and quiet > lease_seconds:
        return (
            f"Nothing has been heard of it for {duration(quiet)}: another worker takes it over as soon as one is free."
        )
    if job.state is JobState.RUNNING and quiet > lease_seconds / 3:
        return f"No sign of life for {duration(quiet)}. After {duration(lease_seconds)} another worker takes it over."
    return ""


def advice(error: JobError) -> str:
    """What to do about a failure."""
    return _ADVICE.get(error.code, _OTHERWISE)
