"""What the catalogue is told of the files that a job has published."""

from __future__ import annotations

from collections.abc import Iterator

from project.engine.dialect import Dialect
from project.engine.encodings import UTF8
from project.files import folder
from project.files.names import rejects_name
from project.files.view import Birth, FileFacts, Origin, SeenFile
from project.files.workspace import Workspace
from project.jobs import publish
from project.jobs.view import JobView

_DIALECT = Dialect(encoding=UTF8, columns=()).sentence()
# Those of engine.rejects, which imports what only an engine needs.
REJECTS_COLUMNS = 6


def births(workspace: Workspace, job: JobView) -> tuple[tuple[SeenFile, Birth], ...]:
    """The job's own files that are there: what was replaced or changed since it was published is not its own."""
    return tuple(_births(workspace, job))


def _births(workspace: Workspace, job: JobView) -> Iterator[tuple[SeenFile, Birth]]:
    result = job.output, job.result_stamp, _result_facts(job)
    rejects = rejects_name(job.output), job.rejects_stamp, _reject_facts(job)
    for name, stamp, facts in (result, rejects):
        seen = folder.look(workspace, name) if stamp else None
        if seen is not None and publish.stamp(workspace.folder / name) == stamp:
            yield seen, Birth(origin=Origin.RESULT, job_id=job.id, source=job.input, facts=facts)


def _result_facts(job: JobView) -> FileFacts | None:
    if job.ledger is None:
        return None
    return FileFacts(rows=job.ledger.written, columns=len(job.columns), rejects=0, dialect=_DIALECT)


def _reject_facts(job: JobView) -> FileFacts | None:
    if job.ledger is None:
        return None
    return FileFacts(rows=job.ledger.rejected, columns=REJECTS_COLUMNS, rejects=0, dialect=_DIALECT)
