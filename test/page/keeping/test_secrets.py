"""The page of secrets: stored, listed, deleted; the value never comes back."""

from __future__ import annotations

import re
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from project.assembly import Services

VALUE = "Bearer s3cret-of-ours"
SECRET = {"name": "weather", "host": "api.example.com", "header": "Authorization", "value": VALUE}


def press(client: FlaskClient, page: str, address: str, **fields: Any) -> TestResponse:
    found = re.search(r'name="csrf_token" value="([^"]+)"', client.get(page).text)
    assert found
    return client.post(address, data={"csrf_token": found[1], **fields})


def test_a_secret_is_stored_and_never_shown(client: FlaskClient, services: Services) -> None:
    answer = press(client, "/secrets", "/secrets", **SECRET)
    assert answer.location == "/secrets?added=weather"
    text = client.get(answer.location).text
    assert "Stored: " in text and "api.example.com" in text
    assert "s3cret" not in text
    assert services.secrets.open("weather", "api.example.com").value == VALUE


@pytest.mark.parametrize(
    ("field", "typed"),
    [("name", " "), ("host", "https://x/<y>"), ("header", "Host"), ("value", "two\nlines s3cret")],
)
def test_what_is_wrong_stands_beside_its_field_and_the_value_does_not_come_back(
    client: FlaskClient, services: Services, field: str, typed: str
) -> None:
    answer = press(client, "/secrets", "/secrets", **{**SECRET, field: typed})
    assert answer.status_code == 422
    assert f'id="{field}-error"' in answer.text
    assert "s3cret" not in answer.text and "<y>" not in answer.text
    assert services.secrets.list() == ()


def test_a_name_is_given_once(client: FlaskClient) -> None:
    press(client, "/secrets", "/secrets", **SECRET)
    answer = press(client, "/secrets", "/secrets", **SECRET)
    assert answer.status_code == 409
    assert 'id="name-error"' in answer.text


def test_deleting_asks_once_more(client: FlaskClient, services: Services) -> None:
    press(client, "/secrets", "/secrets", **SECRET)
    page = "/secrets/delete?name=weather"
    assert "Delete the secret “weather”?" in client.get(page).text
    answer = press(client, page, "/secrets/delete", name="weather")
    assert "Deleted: " in client.get(answer.location).text
    assert services.secrets.list() == ()
    assert client.get(page).status_code == 404
    assert press(client, "/secrets", "/secrets/delete", name="weather").status_code == 404


def test_the_page_is_reached_from_everywhere(client: FlaskClient) -> None:
    assert 'href="/secrets"' in client.get("/jobs").text
