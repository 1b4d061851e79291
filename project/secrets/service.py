"""What can be done with secrets: store, list without their values, delete, and open one for the API that it is for."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from project.database import Database
from project.errors import ConflictError, FailureError, InvalidInputError, NotFoundError
from project.fetch.plan import Secret
from project.secrets import checks
from project.secrets.models import StoredSecret
from project.secrets.seal import BrokenSealError, seal, unseal

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class SecretView:
    """All of a secret that is ever shown."""

    name: str
    host: str
    header: str
    created_at: datetime


class Secrets:
    """`key` is the installation's: whoever has the database alone cannot read what is in it."""

    def __init__(self, database: Database, key: Callable[[], str]) -> None:
        self._database = database
        self._key = key

    def list(self) -> tuple[SecretView, ...]:
        """All of them, by their names."""
        with self._database.read() as session:
            return tuple(_view_of(row) for row in session.scalars(select(StoredSecret).order_by(StoredSecret.name)))

    def add(self, name: str, host: str, header: str, value: str) -> SecretView:
        """Store one. Raises InvalidInputError, or ConflictError if there is one of that name."""
        secret = StoredSecret(
            name=checks.name(name),
            host=checks.host(host),
            header=checks.header(header),
            value=seal(self._key(), checks.value(value)),
        )
        try:
            with self._database.write() as session:
                session.add(secret)
                session.flush()
                session.refresh(secret)
                view = _view_of(secret)
        except IntegrityError:
            raise ConflictError(
                f"There is a secret “{checks.name(name)}” already: delete it first, or choose another name.",
                field="name",
            ) from None
        log.info("secret stored", extra={"secret": view.name, "host": view.host})
        return view

    def delete(self, name: str) -> None:
        """Forget it; jobs that name it fail from then on. Raises NotFoundError."""
        with self._database.write() as session:
            query = delete(StoredSecret).where(StoredSecret.name == name).returning(StoredSecret.name)
            if not session.execute(query).all():
                raise _unknown(name)
        log.info("secret deleted", extra={"secret": name})

    def open(self, name: str, host: str) -> Secret:
        """With its value, for the fetch that calls that host. Raises FailureError."""
        try:
            with self._database.read() as session:
                found = checked(session, name, host)
                header, sealed = found.header, found.value
            return Secret(host=host, header=header, value=unseal(self._key(), sealed))
        except InvalidInputError as error:
            raise FailureError(error.message, code="secret") from None
        except BrokenSealError:
            raise FailureError(
                f"The secret “{name}” cannot be read any more: the key of this installation (SECRET_KEY) has changed "
                "since it was stored. Delete the secret and store it again.",
                code="secret",
            ) from None


def checked(session: Session, name: str, host: str) -> StoredSecret:
    """The secret of that name. Raises InvalidInputError if there is none, or if it is for another host."""
    secret = session.get(StoredSecret, name)
    if secret is None:
        raise InvalidInputError(f"There is no secret “{name}”: store it, or correct the name.", field="recipe")
    if secret.host != host:
        raise InvalidInputError(
            f"The secret “{name}” is for {secret.host}, and is sent nowhere else: {host} does not get it.",
            field="recipe",
        )
    return secret


def _view_of(secret: StoredSecret) -> SecretView:
    return SecretView(secret.name, secret.host, secret.header, secret.created_at)


def _unknown(name: str) -> NotFoundError:
    return NotFoundError(f"There is no secret “{name[:100]}”.", field="name")
