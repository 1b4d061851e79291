"""Errors as pages; the API's are problem documents."""

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.exc import OperationalError

from project import errors
from project.page.errors import form_status_of, status_of


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (errors.InvalidInputError("?"), 422),
        (errors.MissingColumnError("a", ("b",)), 422),
        (errors.NotFoundError("?"), 404),
        (errors.ConflictError("?"), 409),
        (errors.UnavailableError("?"), 503),
        (errors.DamagedInputError("?"), 422),
        (errors.RowmillError("?"), 500),
    ],
)
def test_each_kind_of_error_has_its_status(error: errors.RowmillError, status: int) -> None:
    assert status_of(error) == status


def test_a_form_that_names_what_is_not_there_is_itself_there() -> None:
    assert form_status_of(errors.NotFoundError("?")) == 422
    assert form_status_of(errors.ConflictError("?")) == 409


def test_an_unknown_address_is_a_page_with_the_look_up(client: FlaskClient) -> None:
    page = client.get("/nothing/here")
    assert page.status_code == 404
    assert page.mimetype == "text/html"
    assert 'name="process_id"' in page.text


def test_the_apis_unknown_addresses_are_problems(client: FlaskClient) -> None:
    answer = client.get("/api/nothing")
    assert answer.status_code == 404
    assert answer.mimetype == "application/problem+json"


def test_a_wrong_method_says_which_are_right(client: FlaskClient) -> None:
    page = client.post("/jobs")
    assert page.status_code == 405
    assert "GET" in page.headers["Allow"]


def test_a_fault_of_ours_is_a_page_that_says_nothing_of_its_inside(app: Flask) -> None:
    @app.get("/fault")
    def fault() -> str:
        raise RuntimeError("a secret detail")

    page = app.test_client().get("/fault")
    assert page.status_code == 500
    assert "has been logged" in page.text
    assert "secret detail" not in page.text


def test_a_service_that_does_not_answer_is_named(app: Flask) -> None:
    @app.get("/away")
    def away() -> str:
        raise errors.UnavailableError("The database does not answer.")

    page = app.test_client().get("/away")
    assert page.status_code == 503
    assert "The database does not answer." in page.text


def test_a_database_that_is_away_is_a_page_too(app: Flask) -> None:
    @app.get("/database")
    def database() -> str:
        raise OperationalError("SELECT 1", {}, Exception("gone"))

    page = app.test_client().get("/database")
    assert page.status_code in (500, 503)
    assert "SELECT" not in page.text
