"""A file and another one, their pages, and buttons that are pressed with the token of the page that they are on."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from project.assembly import Services
from project.files.workspace import Workspace

VIEWS = "user_id,views\n1,10\n2,20\n 1,30\n9,\n"
USERS = "id,name,<b>mail</b>\n1,Ada,a@x\n2,Bob,\n"
URL = "https://api.example.com/users"


@pytest.fixture
def page_of(client: FlaskClient, workspace: Workspace, services: Services) -> Callable[[str], str]:
    """The address of the page of a file, by its name."""
    (workspace.folder / "views.csv").write_text(VIEWS)
    (workspace.folder / "users.csv").write_text(USERS)
    services.catalogue.refresh()

    def address(name: str) -> str:
        file = services.catalogue.named(name)
        assert file
        return f"/files/{file.id}"

    return address


@pytest.fixture
def press(client: FlaskClient) -> Callable[..., TestResponse]:
    """Sends the form at an address as the page that has it would."""

    def press(page: str, address: str | None = None, **fields: Any) -> TestResponse:
        found = re.search(r'name="csrf_token" value="([^"]+)"', client.get(page).text)
        assert found, f"{page} has no form"
        return client.post(address or page, data={"csrf_token": found[1], **fields})

    return press


@pytest.fixture
def error_beside() -> Callable[[TestResponse, str], str]:
    """The sentence that stands beside a field."""

    def beside(page: TestResponse, field: str) -> str:
        found = re.search(rf'id="{field}-error">(.*?)</p>', page.text, re.DOTALL)
        assert found, f"nothing stands beside {field}"
        return unescape(re.sub(r"<[^>]+>", "", found[1])).strip()

    return beside
