"""One of many: who may do a thing now, by a lease in the database."""

from __future__ import annotations

from sqlalchemy import delete, or_, update
from sqlalchemy.exc import IntegrityError

from project.database import Database
from project.database.clock import now
from project.jobs.models import Lease


def lead(database: Database, name: str, holder: str, seconds: float) -> bool:
    """Take or renew the lease of that name; whether `holder` has it now."""
    # A lease that ends later than any can is from before the clock was put back.
    free = or_(Lease.holder == holder, Lease.until < now(), Lease.until > now(2 * max(seconds, 1)))
    query = update(Lease).where(Lease.name == name, free).values(holder=holder, until=now(seconds))
    with database.write() as session:
        if session.execute(query.returning(Lease.name)).all():
            return True
    try:
        with database.write() as session:
            session.add(Lease(name=name, holder=holder, until=now(seconds)))
        return True
    except IntegrityError:
        return False


def resign(database: Database, name: str, holder: str) -> None:
    """Let another one lead at once."""
    with database.write() as session:
        session.execute(delete(Lease).where(Lease.name == name, Lease.holder == holder))
