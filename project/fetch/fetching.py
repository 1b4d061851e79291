"""One fetch from its plan to a whole table of answers, or to the event that says why not."""

from __future__ import annotations

import asyncio
import time
from contextlib import ExitStack

from project.engine.events import Failed
from project.errors import RowmillError
from project.fetch.calls import ApiDown
from project.fetch.events import Fetched, Paused
from project.fetch.journal import Journal
from project.fetch.listing import ListFetch
from project.fetch.outages import Outages
from project.fetch.plan import FetchPlan, Secret
from project.fetch.telling import Telling
from project.fetch.values import ValuesFetch

_HOUR = 3600.0


def fetch(plan: FetchPlan, secret: Secret | None, telling: Telling) -> Fetched | Paused | Failed:
    """Carry out the plan; the last event."""
    outages = Outages(plan.journals, plan.step.api.url)
    earlier = outages.read()
    try:
        fetched = asyncio.run(_fetch(plan.model_copy(update={"outages": earlier}), secret, telling))
        outages.forget()
        return fetched
    except ApiDown as error:
        outages.count(0 if telling.made else earlier)
        telling.tell()
        return Paused(seconds=error.seconds, reason=error.sentence)
    except RowmillError as error:
        telling.tell()
        return Failed(code=error.code, message=error.message)


async def _fetch(plan: FetchPlan, secret: Secret | None, telling: Telling) -> Fetched:
    url = plan.step.api.url
    with ExitStack() as stack:
        journal = stack.enter_context(Journal(plan.journals, url))
        since = _since(plan, journal)
        writing = stack.enter_context(Journal(plan.journals, url))
        if plan.step.api.is_list:
            return await ListFetch(plan, journal, writing, telling, since).run(secret)
        return await ValuesFetch(plan, journal, writing, telling, since).run(secret)


def _since(plan: FetchPlan, journal: Journal) -> float:
    """Answers that are older than this are asked for again; whatever an attempt of this job was given is not."""
    hours = plan.step.refresh_older_than_hours
    return 0.0 if hours is None else journal.began(plan.job_id, time.time()) - hours * _HOUR
