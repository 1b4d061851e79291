"""The JSON interface of secrets: their values come in, and never go out."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, request

from project import current
from project.api.asking import check_is_json
from project.api.schemas import SecretSubmission, parsed, secret_json

secrets = Blueprint("api_secrets", __name__, url_prefix="/api/v1/secrets")


@secrets.get("")
def show_all() -> dict[str, Any]:
    """All of them, by their names, without their values."""
    return {"secrets": [secret_json(secret) for secret in current.secrets().list()]}


@secrets.post("")
def add() -> tuple[dict[str, Any], int]:
    """Store one: `{"name": "…", "host": "api.example.com", "header": "Authorization", "value": "Bearer …"}`."""
    check_is_json()
    wanted = parsed(SecretSubmission, request.get_json(), "“name”, “host” and “value”")
    return secret_json(current.secrets().add(wanted.name, wanted.host, wanted.header, wanted.value)), 201


@secrets.post("/<name>/delete")
def delete(name: str) -> dict[str, Any]:
    """Forget one; jobs that name it fail from then on."""
    check_is_json()
    current.secrets().delete(name)
    return {"deleted": name}
