"""A person uploads views of posts and enriches them with users: tried, started, and no call is made twice."""

from __future__ import annotations

from collections.abc import Callable
from test.apis.people import USERS
from test.apis.server import Api
from typing import Any

import pytest

from config.settings import Settings
from project.files.workspace import Workspace

sync_api = pytest.importorskip("playwright.sync_api")
expect = sync_api.expect
expect.set_options(timeout=40_000)

ROWS = [(post, (post * 7) % 12 + 1, post * 31) for post in range(1, 61)]
VIEWS = "post_id,user_id,views\n" + "".join(f"{post},{user},{views}\n" for post, user, views in ROWS)
NAMES = {user["id"]: user["name"] for user in USERS}
LEFT_OUT = sum(user not in NAMES for _, user, _ in ROWS)


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """The same, but for this machine's own API, and without inspections, which would come in between."""
    return settings.model_copy(update={"enrich_allow_hosts": ("127.0.0.1",), "inspect_automatically": False})


@pytest.fixture
def page(open_page: Callable[..., Any], start_worker: Callable[[], object]) -> Any:
    """The page of the file, once it is uploaded."""
    start_worker()
    page = open_page("/upload")
    file = {"name": "views.csv", "mimeType": "text/csv", "buffer": VIEWS.encode()}
    page.locator("input[type=file]").set_input_files(file)
    page.locator("#uploads .upload").get_by_role("link", name="Open it").click()
    return page


def fill_in(page: Any, address: str, *, key: str = "", output: str) -> None:
    """From the file's page to the form, filled in."""
    page.goto("/files/named?name=views.csv")
    page.get_by_role("link", name="Enrich").click()
    page.get_by_label("The API’s address").fill(address)
    page.get_by_label("Column to match").select_option("user_id")
    if key:
        page.get_by_label("Key in the response").fill(key)
    page.get_by_label("Output file").fill(output)


def start(page: Any) -> None:
    """To the end of the job."""
    page.get_by_role("button", name="Start").click()
    expect(page.locator("#result")).to_contain_text("address.geo.lat")
    expect(page.locator("#account")).to_contain_text("The ledger balances")


@pytest.mark.timeout(300)
def test_a_file_gets_the_columns_of_an_api_and_the_original_stays(page: Any, api: Api, workspace: Workspace) -> None:
    fill_in(page, f"{api.url}/users", key="id", output="with users.csv")
    page.get_by_role("button", name="Try it").click()
    expect(page.locator("#trial")).to_contain_text(f"{len(ROWS) - LEFT_OUT} of {len(ROWS)}")
    expect(page.locator("#sample")).to_contain_text("address.geo.lat")
    start(page)
    head, *rows = (workspace.folder / "with users.csv").read_text().splitlines()
    names = head.split(",")
    assert names[:3] == ["post_id", "user_id", "views"] and names.count("company.slogan") == 1
    for line, (post, user, views) in zip(rows, ROWS, strict=True):
        values = line.split(",")
        assert values[:3] == [str(post), str(user), str(views)]
        assert values[names.index("name")] == NAMES.get(user, "")
    assert (workspace.folder / "views.csv").read_text() == VIEWS
    assert api.hits["/users"] == 1, "the trial's answer counts for the job"

    fill_in(page, f"{api.url}/users/{{user_id}}", output="one by one.csv")
    start(page)
    assert {api.hits[f"/users/{user}"] for user in range(1, 13)} == {1}
    page.get_by_role("link", name="The rows without a match as a file").click()
    expect(page.get_by_label("Keep only them, and bring in nothing")).to_be_checked()
    expect(page.get_by_label("Output file")).to_have_value("views without a match.csv")
