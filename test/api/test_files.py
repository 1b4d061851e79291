"""The JSON interface of files: listing, names, the trash, and every error as a problem document."""

from __future__ import annotations

import os

import pytest

NAME = "example_input.csv"
FILE = {
    "id": str,
    "name": str,
    "size": int,
    "modified": str,
    "origin": str,
    "job": type(None),
    "source": type(None),
    "rows": type(None),
    "columns": type(None),
    "rejects": type(None),
    "dialect": type(None),
    "inspected_at": type(None),
    "changed_since": bool,
    "added_at": str,
    "used_at": type(None),
    "deleted_at": type(None),
}


@pytest.fixture(autouse=True)
def _every_list_is_a_new_one(monkeypatch):
    monkeypatch.setattr("project.files.catalogue._EVERY_SECONDS", -1)


@pytest.fixture
def address(client):
    """That of the workspace's one file."""
    return "/api/v1/files/" + client.get("/api/v1/files").get_json()["files"][0]["id"]


def names(answer):
    return [file["name"] for file in answer.get_json()["files"]]


def check_problem(answer, status, code, field=None):
    body = answer.get_json(force=True)
    assert (answer.status_code, body["code"], body.get("field")) == (status, code, field), answer.text
    assert answer.content_type == "application/problem+json"
    return body["detail"]


def test_a_file_has_exactly_these_names(client, address):
    body = client.get("/api/v1/files").get_json()
    assert (body["total"], body["offset"]) == (1, 0)
    assert {name: type(value) for name, value in body["files"][0].items()} == FILE
    inspection = {"state": "none", "job": None, "reason": None}
    assert client.get(address).get_json() == {**body["files"][0], "inspection": inspection}


def test_files_are_searched_filtered_in_order_and_in_pages(client, workspace):
    for number in range(5):
        (workspace.folder / f"{number}.csv").write_bytes(b"x" * number)
        os.utime(workspace.folder / f"{number}.csv", (number, number))
    assert names(client.get("/api/v1/files"))[:3] == [NAME, "4.csv", "3.csv"]
    assert names(client.get("/api/v1/files?sort=size&limit=2&offset=1")) == ["1.csv", "2.csv"]
    assert names(client.get("/api/v1/files?search=EXAMPLE")) == [NAME]
    assert names(client.get("/api/v1/files?origin=uploaded")) == []
    assert names(client.get("/api/v1/files?deleted=true")) == []


@pytest.mark.parametrize("query", ["sort=x", "limit=0", "limit=201", "offset=-1", "offset=x", "origin=x", "deleted=x"])
def test_a_parameter_that_makes_no_sense_is_a_problem_that_names_it(client, query):
    check_problem(client.get(f"/api/v1/files?{query}"), 422, "invalid_input", query.split("=")[0])


def test_a_file_is_renamed_deleted_and_taken_back(client, address):
    assert client.post(f"{address}/rename", json={"name": "new.csv"}).get_json()["name"] == "new.csv"
    assert client.post(f"{address}/delete", json={}).get_json()["deleted_at"]
    assert names(client.get("/api/v1/files")) == []
    assert names(client.get("/api/v1/files?deleted=true")) == ["new.csv"]
    assert client.post(f"{address}/undelete", json={}).get_json()["deleted_at"] is None
    assert names(client.get("/api/v1/files")) == ["new.csv"]


def test_a_deleted_file_is_removed_for_good(client, address):
    check_problem(client.post(f"{address}/purge", json={}), 409, "conflict")
    client.post(f"{address}/delete", json={})
    assert client.post(f"{address}/purge", json={}).status_code == 200
    check_problem(client.get(address), 404, "not_found")


def test_what_cannot_be_done_is_a_problem(client, address, workspace):
    (workspace.folder / "taken.csv").write_text("x")
    check_problem(client.post(f"{address}/rename", json={"name": "taken.csv"}), 409, "conflict", "name")
    check_problem(client.post(f"{address}/rename", json={"name": "a/b"}), 422, "invalid_input", "name")
    for body in ({}, {"name": 3}, []):
        check_problem(client.post(f"{address}/rename", json=body), 422, "invalid_input", "name")
    check_problem(client.post("/api/v1/files/nonsense/delete", json={}), 404, "not_found")


def test_what_a_job_uses_is_a_conflict_that_names_the_job(client, address):
    job = client.post("/api/v1/jobs", json={"input": NAME, "output": "out.csv"}).get_json()["id"]
    assert job in check_problem(client.post(f"{address}/delete", json={}), 409, "conflict")


@pytest.mark.parametrize("act", ["rename", "delete", "undelete", "purge"])
def test_what_a_form_on_a_foreign_page_can_send_is_refused(client, address, act):
    for content_type in (None, "text/plain", "application/x-www-form-urlencoded"):
        answer = client.post(f"{address}/{act}", data="{}", content_type=content_type)
        check_problem(answer, 415, "unsupported_media_type")


def test_a_reading_is_shown_kept_and_given_up(client, address, workspace):
    (workspace.folder / NAME).write_text("a;b\n1,5;2\n3;4,5\n")
    shown = client.get(f"{address}/reading").get_json()
    assert shown["found"]["dialect"]["delimiter"] == ";"
    assert shown["found"]["delimiters"][0] == {
        "delimiter": ";", "fields": 2, "fitting": 3, "records": 3, "mixed": 0, "cells": 6,
    }  # fmt: skip
    assert (shown["fault"], shown["kept"]) == (None, None)
    choice = {"delimiter": ",", "header": False}
    assert client.put(f"{address}/reading", json=choice).get_json()["kept"] == choice
    job = client.post("/api/v1/jobs", json={"input": NAME, "output": "o.csv", "recipe": "clean-copy"}).get_json()
    assert client.application.extensions["rowmill.jobs"].get(job["id"]).choice.delimiter == ","
    order = {"input": NAME, "output": "p.csv", "recipe": "clean-copy", "dialect": {}}
    found = client.post("/api/v1/jobs", json=order).get_json()
    assert client.application.extensions["rowmill.jobs"].get(found["id"]).choice.is_empty
    assert client.put(f"{address}/reading", json={}).get_json()["kept"] is None


def test_a_reading_that_cannot_be_is_a_problem(client, address, workspace):
    for body, field in (({"delimiter": "ab"}, "delimiter"), ({"colour": "red"}, "colour"), ([], None)):
        check_problem(client.put(f"{address}/reading", json=body), 422, "invalid_input", field)
    check_problem(client.put(f"{address}/reading", json={"encoding": "klingon"}), 422, "invalid_input", "dialect")
    assert client.put(f"{address}/reading", data="{}").status_code == 415
    (workspace.folder / NAME).write_bytes(b"GIF89a\0\0")
    assert client.get(f"{address}/reading").get_json()["fault"] == "This is a GIF image, not a CSV file."
    check_problem(client.put(f"{address}/reading", json={"delimiter": ";"}), 422, "not_csv")
    check_problem(client.get("/api/v1/files/x/reading"), 404, "not_found")
