"""The invariants: each accepted job ended once, as it should, with the right file or with none, and left nothing."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import select

from chaos.material import Material, digest
from chaos.product import Product
from chaos.stream import Submitted
from chaos.witness import Witness
from project.jobs.models import Job, JobLog
from project.jobs.publish import stamp
from project.jobs.states import JobState


@dataclass
class Verdict:
    """What became of one round. Each breach is a sentence."""

    faults: int = 0
    jobs: int = 0
    expected: int = 0
    wrong: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    twice: list[str] = field(default_factory=list)
    strays: list[str] = field(default_factory=list)
    recovery: float = 0.0
    notes: list[str] = field(default_factory=list)
    """What was hit, for people."""

    @property
    def breaches(self) -> list[str]:
        """All of them."""
        return self.wrong + self.lost + self.twice + self.strays

    def add(self, other: Verdict) -> None:
        """Count another round of the same scenario."""
        for name in ("faults", "jobs", "expected"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        for name in ("wrong", "lost", "twice", "strays"):
            getattr(self, name).extend(getattr(other, name))
        self.recovery = max(self.recovery, other.recovery)


@dataclass(frozen=True)
class Judge:
    """Looks at a product that is quiet again. `excused`: error codes that the scenario brings about on purpose."""

    product: Product
    material: Material
    witness: Witness
    excused: frozenset[str] = frozenset()

    def verdict(self, submitted: list[Submitted], faults: list[datetime]) -> Verdict:
        """Read the tables and the folder."""
        with self.product.database.read() as session:
            jobs = session.scalars(select(Job)).all()
            lines = session.scalars(select(JobLog).order_by(JobLog.number)).all()
        verdict = Verdict(faults=len(faults), jobs=len(jobs), recovery=longest_recovery(list(lines), faults))
        known = {job.id for job in jobs}
        verdict.lost += [
            f"{job.output} was accepted and is gone" for job in submitted if job.id and job.id not in known
        ]
        by_output = {job.output: job for job in submitted}
        ends: defaultdict[str, int] = defaultdict(int)
        for line in lines:
            ends[line.job_id] += line.message.startswith("Succeeded")
        for job in jobs:
            before = len(verdict.breaches)
            self._check_state(job, by_output[job.output], verdict)
            self._check_files(job, by_output[job.output], verdict)
            if ends[job.id] != (job.state == JobState.SUCCEEDED):
                verdict.twice.append(f"{_name(job)} has {ends[job.id]} ends in its log")
            verdict.expected += len(verdict.breaches) == before
        self._check_strays(verdict, by_output)
        return verdict

    def _check_state(self, job: Job, sent: Submitted, verdict: Verdict) -> None:
        if not JobState(job.state).is_final:
            verdict.lost.append(f"{_name(job)} has not ended, phase {job.phase}, lease {job.lease_until}")
        elif job.state not in sent.endings and job.error_code not in self.excused:
            verdict.wrong.append(
                f"{_name(job)} where {' or '.join(sorted(sent.endings))} was expected: {job.error_message}"
            )

    def _check_files(self, job: Job, sent: Submitted, verdict: Verdict) -> None:
        folder = self.product.workspace.folder
        result, rejects = folder / job.output, folder / self.product.workspace.rejects_name(job.output)
        if job.state != JobState.SUCCEEDED:
            verdict.wrong += [f"{_name(job)} left {path.name}" for path in (result, rejects) if path.exists()]
            return
        if self.witness.seen.get(job.id) != self.witness.sight(job):
            verdict.twice.append(f"{_name(job)}: its file changed after its success")
        found = tuple(digest(path) if path.exists() else None for path in (result, rejects))
        if found != self.material.expected[sent.kind.name]:
            verdict.wrong.append(f"{_name(job)}: its files are not what they have to be")
        elif (stamp(result), stamp(rejects) if rejects.exists() else None) != (job.result_stamp, job.rejects_stamp):
            verdict.wrong.append(f"{_name(job)}: the row's stamps are not the files'")

    def _check_strays(self, verdict: Verdict, by_output: dict[str, Submitted]) -> None:
        workspace = self.product.workspace
        verdict.strays += [f"folder of attempt {attempt} of {job}" for job, attempt in workspace.attempt_folders()]
        processes = self.product.processes
        verdict.strays += [f"engine {process.pid}" for process in processes.engines]
        verdict.strays += [f"fetch {process.pid}" for process in processes.fetches]
        names = {path.name for path in self.material.folder.glob("*.csv")} | set(by_output)
        names |= {workspace.rejects_name(output) for output in by_output} | {".rowmill"}
        verdict.strays += [f"file {path.name}" for path in workspace.folder.iterdir() if path.name not in names]


def longest_recovery(lines: list[JobLog], faults: list[datetime]) -> float:
    """Seconds from a fault until every job that it hit has begun again or ended; if it hit none, until the next line
    in any log."""
    return max((_recovery(lines, fault) for fault in faults), default=0.0)


def _recovery(lines: list[JobLog], fault: datetime) -> float:
    running: dict[str, int] = {}
    again: dict[str, datetime] = {}
    following: datetime | None = None
    for line in lines:
        begins = line.message.startswith("Attempt ")
        if line.at <= fault:
            if begins:
                running[line.job_id] = line.attempt
            elif _is_end(line):
                running.pop(line.job_id, None)
            continue
        following = following or line.at
        if line.level == "error":
            running.pop(line.job_id, None)  # what follows was asked for by hand
        if begins and line.attempt == running.get(line.job_id, -2) + 1:
            again.setdefault(line.job_id, line.at)
    ends = list(again.values()) or ([following] if following else [])
    return max(((end - fault).total_seconds() for end in ends), default=0.0)


def _is_end(line: JobLog) -> bool:
    return line.message.startswith(("Succeeded", "Cancelled")) or line.level == "error"


def _name(job: Job) -> str:
    return f"{job.output} ({job.state}, attempt {job.attempt})"
