"""The pages of one file."""

from __future__ import annotations

import pytest


@pytest.fixture
def file(client, workspace):
    (workspace.folder / "<b>plays.csv").write_text("Song,Plays\nUmbrella,3\n")
    files = client.get("/api/v1/files").get_json()["files"]
    return next(file["id"] for file in files if "plays" in file["name"])


@pytest.mark.parametrize("tab", ["", "/columns", "/reading"])
def test_each_page_says_which_file_it_is_and_which_page(client, file, tab):
    answer = client.get(f"/files/{file}{tab}")
    assert answer.status_code == 200
    assert "&lt;b&gt;plays.csv" in answer.text and "<b>plays" not in answer.text
    assert f'href="/files/{file}{tab}" aria-current="page"' in answer.text


def test_the_list_leads_to_it(client, file):
    assert f'href="/files/{file}"' in client.get("/files").text


def test_who_knows_only_its_name_is_led_to_it(client, file):
    answer = client.get("/files/named?name=<b>plays.csv")
    assert (answer.status_code, answer.headers["Location"]) == (303, f"/files/{file}")
    assert client.get("/files/named?name=gone.csv").status_code == 404
    assert client.get("/files/named").status_code == 404


@pytest.mark.parametrize("id", ["x", "00000000-0000-0000-0000-000000000000"])
def test_what_is_no_file_is_not_found(client, id):
    assert client.get(f"/files/{id}").status_code == 404
