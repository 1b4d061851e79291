"""A job in words for a terminal: its progress in a line, its end with the ledger."""

from __future__ import annotations

from project.cli.client import Progress, RemoteCalls, RemoteJob, RemotePause
from project.engine.ledger import Ledger, StepCounts, TableCounts

BAR_WIDTH = 24


def progress_line(job: RemoteJob) -> str:
    """E.g. "running [########----------------]  33% checking, 12,000,000 rows, 2,100,000 rows/s, 9 s left"."""
    if job.paused is not None:
        return _paused(job.paused, job.id)
    share = min(max(job.progress.share, 0.0), 1.0)
    bar = "#" * int(share * BAR_WIDTH)
    return f"{job.state} [{bar:-<{BAR_WIDTH}}] {share:4.0%} {', '.join(_facts(job))}".rstrip()


def ending(job: RemoteJob) -> list[str]:
    """How a job ended, or stands: the ledger of one that succeeded, the reason of one that did not."""
    lines = ledger_lines(job.ledger) if job.ledger else []
    if job.state == "succeeded":
        return [*lines, f"{job.ledger.written if job.ledger else 0:,} written to {job.output}"]
    if job.error is not None:
        return [*lines, f"{job.state}: {job.error.message}"]
    return [*lines, progress_line(job) if not job.is_final else job.state]


def ledger_lines(ledger: Ledger) -> list[str]:
    """Where every record went, down to the last step."""
    first = f"{ledger.read:,} read, {ledger.kept:,} kept, {ledger.rejected:,} rejected, {ledger.blank:,} blank"
    return [first, *(_table(table) for table in ledger.tables), *(_step(step) for step in ledger.steps)]


def _table(table: TableCounts) -> str:
    counts = f"{table.kept:,} kept, {table.rejected:,} rejected, {table.blank:,} blank"
    return f"{table.name} (for step {table.step}): {table.read:,} read, {counts}"


def _step(step: StepCounts) -> str:
    moved = ((step.filtered, "filtered"), (step.merged, "merged"), (step.added, "added"))
    words = ", ".join(f"{word} {count:,}" for count, word in moved if count)
    return f"{step.operation}: {step.rows_in:,} in, {step.rows_out:,} out" + (f" ({words})" if words else "")


def _paused(pause: RemotePause, job_id: str) -> str:
    if pause.until is None:
        return f"paused by hand: resume it on its page, or with POST /api/v1/jobs/{job_id}/resume"
    return f"paused until {pause.until[11:16]} UTC: {pause.reason or ''}".rstrip(": ")


def _facts(job: RemoteJob) -> list[str]:
    if job.calls is not None and job.progress.phase == "calling":
        return _calls(job.calls, job.progress)
    progress = job.progress
    facts = [progress.phase or ""]
    facts.append(f"{progress.rows_read:,} rows" if progress.rows_read else "")
    facts.append(f"{progress.rejects:,} rejects" if progress.rejects else "")
    facts.append(f"{progress.rows_per_second:,.0f} rows/s" if progress.rows_per_second else "")
    facts.append(f"{_duration(progress.seconds_left)} left" if progress.seconds_left else "")
    return [fact for fact in facts if fact]


def _calls(calls: RemoteCalls, progress: Progress) -> list[str]:
    facts = ["calling", f"{calls.made:,} calls made"]
    facts.append(f"{calls.from_journal:,} kept from before" if calls.from_journal else "")
    facts.append(f"{calls.failed:,} failed" if calls.failed else "")
    facts.append(f"{calls.left:,} to go" if calls.left is not None else "")
    facts.append(f"{calls.per_second:,.1f} calls/s" if calls.per_second else "")
    facts.append(f"{_duration(progress.seconds_left)} left" if progress.seconds_left else "")
    return [fact for fact in facts if fact]


def _duration(seconds: float) -> str:
    minutes, rest = divmod(int(seconds + 0.5), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes:02} min"
    return f"{minutes} min {rest:02} s" if minutes else f"{rest} s"
