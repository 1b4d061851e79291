"""The JSON interface of secrets."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient

SONGS = {"name": "songs", "host": "api.example.com", "value": "Bearer tok-4711-abc"}


def test_a_value_goes_in_and_never_out(client: FlaskClient, caplog: pytest.LogCaptureFixture) -> None:
    stored = client.post("/api/v1/secrets", json=SONGS)
    listed = client.get("/api/v1/secrets")
    assert stored.status_code == 201 and listed.get_json() == {"secrets": [stored.get_json()]}
    assert list(stored.get_json()) == ["name", "host", "header", "created_at"]
    again = client.post("/api/v1/secrets", json=SONGS)
    assert again.status_code == 409 and again.get_json(force=True)["code"] == "conflict"
    deleted = client.post("/api/v1/secrets/songs/delete", json={})
    assert deleted.get_json() == {"deleted": "songs"}
    assert client.get("/api/v1/secrets").get_json() == {"secrets": []}
    assert client.post("/api/v1/secrets/songs/delete", json={}).status_code == 404
    said = "".join(answer.text for answer in (stored, listed, again, deleted))
    assert "4711" not in said and "4711" not in "\n".join(str(vars(record)) for record in caplog.records)


@pytest.mark.parametrize(
    "change", [{"value": None}, {"value": ["4711"]}, {"value": "a\n4711"}, {"extra": "4711"}, {"host": "http://4711"}]
)
def test_what_cannot_be_used_is_a_problem_that_tells_no_value(client: FlaskClient, change: dict[str, object]) -> None:
    answer = client.post("/api/v1/secrets", json={**SONGS, **change})
    assert answer.status_code == 400 or answer.status_code == 422
    assert "4711" not in answer.text
    assert client.get("/api/v1/secrets").get_json() == {"secrets": []}


def test_a_form_of_another_site_can_do_nothing(client: FlaskClient) -> None:
    assert client.post("/api/v1/secrets", data=SONGS).status_code == 415
    assert client.post("/api/v1/secrets/songs/delete", data={}).status_code == 415
