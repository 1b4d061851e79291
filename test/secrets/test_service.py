"""Secrets: what is kept, what is shown, and who gets one."""

from __future__ import annotations

import logging

import pytest
from sqlalchemy import text

from project.database import Database
from project.errors import ConflictError, FailureError, InvalidInputError, NotFoundError
from project.secrets.service import Secrets

VALUE = "Bearer tok-4711-abc"


@pytest.fixture
def secrets(database: Database) -> Secrets:
    return Secrets(database, lambda: "the key of this installation")


def test_one_is_stored_listed_without_its_value_opened_for_its_host_and_deleted(secrets: Secrets) -> None:
    view = secrets.add(" songs ", "API.example.com", "", VALUE)
    assert (view.name, view.host, view.header) == ("songs", "api.example.com", "Authorization")
    assert secrets.list() == (view,) and VALUE not in repr(view)
    opened = secrets.open("songs", "api.example.com")
    assert opened.value == VALUE and VALUE not in repr(opened)
    secrets.delete("songs")
    assert secrets.list() == ()
    with pytest.raises(NotFoundError, match="no secret “songs”"):
        secrets.delete("songs")


def test_it_lies_encrypted_in_the_table_and_is_not_logged(
    secrets: Secrets, database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    secrets.add("songs", "api.example.com", "X-Api-Key", VALUE)
    with database.read() as session:
        rows = str(session.execute(text("SELECT * FROM secrets")).all())
    assert "api.example.com" in rows and "4711" not in rows
    assert "4711" not in "\n".join(str(vars(record)) for record in caplog.records)


def test_it_goes_to_its_own_host_only(secrets: Secrets) -> None:
    secrets.add("songs", "api.example.com", "", VALUE)
    with pytest.raises(FailureError, match="is for api.example.com, and is sent nowhere else: evil.example.com"):
        secrets.open("songs", "evil.example.com")


def test_with_another_key_it_is_a_sentence(secrets: Secrets, database: Database) -> None:
    secrets.add("songs", "api.example.com", "", VALUE)
    with pytest.raises(FailureError, match="SECRET_KEY.* has changed since it was stored.") as caught:
        Secrets(database, lambda: "another key of the installation").open("songs", "api.example.com")
    assert caught.value.code == "secret"


def test_a_name_is_taken_once(secrets: Secrets) -> None:
    secrets.add("songs", "api.example.com", "", VALUE)
    with pytest.raises(ConflictError, match="a secret “songs” already"):
        secrets.add("songs", "other.example.com", "", "other")
    assert secrets.open("songs", "api.example.com").value == VALUE


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", ""),
        ("name", "a/b"),
        ("name", "x" * 101),
        ("host", "https://api.example.com"),
        ("host", "api.example.com/users"),
        ("host", "api.example.com:8080"),
        ("host", ""),
        ("header", "Host"),
        ("header", "X Key"),
        ("header", "Content-Length"),
        ("value", ""),
        ("value", "a\r\nX-Other: b-4711"),
        ("value", "tök-4711"),
        ("value", "4711" * 3000),
    ],
)
def test_what_cannot_be_used_is_refused_without_telling_the_value(secrets: Secrets, field: str, value: str) -> None:
    good = {"name": "songs", "host": "api.example.com", "header": "Authorization", "value": "tok-4711"}
    with pytest.raises(InvalidInputError) as caught:
        secrets.add(**{**good, field: value})
    assert caught.value.field == field and "4711" not in caught.value.message
    assert secrets.list() == ()


@pytest.mark.parametrize("host", ["127.0.0.1", "2001:db8::1", "localhost", "api.internal"])
def test_hosts_are_names_or_addresses(secrets: Secrets, host: str) -> None:
    assert secrets.add("songs", host, "", VALUE).host == host
