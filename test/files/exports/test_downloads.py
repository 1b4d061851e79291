"""The pages and the interface hand out rows in other formats: of files and of results."""

from __future__ import annotations

import io
import json
import sys

import openpyxl
import polars as pl
import pytest
from flask import Flask
from flask.testing import FlaskClient

from project.engine.plan import DATA_FILE, PROFILE_FILE
from project.files.exports.store import Exports
from project.files.view import Birth, FileFacts, FileView, Origin
from project.files.workspace import Workspace

ROWS = pl.DataFrame({"song": ["=a", None, ""], "plays": ["007", "1", "2"]})


@pytest.fixture
def file(app: Flask, workspace: Workspace) -> FileView:
    """A file that counts as inspected."""
    (workspace.folder / "plays.csv").write_text('song,plays\n=a,007\n,1\n"",2\n')
    catalogue = app.extensions["rowmill.catalogue"]
    catalogue.refresh()
    app.extensions["rowmill.exports"] = Exports(app.extensions["rowmill.workspace"], patience=60)
    found: FileView = catalogue.note_birth("plays.csv", Birth(origin=Origin.UPLOADED))
    place = app.extensions["rowmill.inspections"].place(found)
    place.mkdir(parents=True)
    ROWS.with_columns(pl.int_range(pl.len()).alias("\0record")).write_parquet(place / DATA_FILE)
    profile = {"rows": 3, "columns": [{"name": "song"}, {"name": "plays"}]}
    (place / PROFILE_FILE).write_text(json.dumps(profile))
    return found


def test_a_file_in_each_format(client: FlaskClient, file: FileView) -> None:
    for prefix in ("", "/api/v1"):
        address = f"{prefix}/files/{file.id}/download"
        answers = {
            name: client.get(address, query_string={"format": name}) for name in ("csv", "parquet", "jsonl", "xlsx")
        }
        assert {answer.status_code for answer in answers.values()} == {200}
        assert answers["csv"].data == b'song,plays\n=a,007\n,1\n"",2\n'
        assert pl.read_parquet(io.BytesIO(answers["parquet"].data)).equals(ROWS)
        assert [json.loads(line) for line in answers["jsonl"].data.splitlines()] == ROWS.to_dicts()
        assert openpyxl.load_workbook(io.BytesIO(answers["xlsx"].data)).active["A2"].value == "=a"
        for name, answer in answers.items():
            assert f"filename=plays.{name}" in answer.headers["Content-Disposition"]
            assert int(answer.headers["Content-Length"]) == len(answer.data)
        assert client.get(address).data.startswith(b"song,plays\n=a,007")
        safe = client.get(address, query_string={"format": "csv", "safe": "1"})
        assert safe.data == b'song,plays\n\'=a,007\n,1\n"",2\n'


def test_a_download_can_be_gone_on_with(client: FlaskClient, file: FileView) -> None:
    address = f"/files/{file.id}/download?format=jsonl"
    whole = client.get(address)
    part = client.get(address, headers={"Range": "bytes=10-", "If-Range": whole.headers["ETag"]})
    assert (part.status_code, part.data) == (206, whole.data[10:])


def test_what_cannot_be_had_is_told(client: FlaskClient, file: FileView, workspace: Workspace) -> None:
    answer = client.get(f"/api/v1/files/{file.id}/download?format=doc")
    assert (answer.status_code, answer.get_json()["detail"]) == (
        422,
        "“format” has to be one of csv, parquet, jsonl, xlsx.",
    )
    assert client.get(f"/api/v1/files/{file.id}/download?format=csv&safe=maybe").status_code == 422
    assert client.get(f"/api/v1/files/{file.id}/download?format=jsonl&safe=1").status_code == 422
    (workspace.folder / "other.csv").write_text("a\n1\n")
    other = client.application.extensions["rowmill.catalogue"].note_birth("other.csv", Birth(origin=Origin.FOUND))
    answer = client.get(f"/api/v1/files/{other.id}/download?format=parquet")
    assert (answer.status_code, answer.get_json()["code"]) == (409, "conflict")
    assert "has not been inspected yet" in answer.get_json()["detail"]


def test_a_result_needs_no_inspection(app: Flask, client: FlaskClient, workspace: Workspace) -> None:
    (workspace.folder / "out.csv").write_text("a;b,c\n1,2\n")
    app.extensions["rowmill.exports"] = Exports(app.extensions["rowmill.workspace"], patience=60)
    birth = Birth(origin=Origin.RESULT, job_id="x", facts=FileFacts(rows=1, columns=2))
    file = app.extensions["rowmill.catalogue"].note_birth("out.csv", birth)
    assert client.get(f"/files/{file.id}/download?format=jsonl").data == b'{"a;b":"1","c":"2"}\n'


def test_who_has_to_wait_is_told_so(app: Flask, client: FlaskClient, file: FileView) -> None:
    app.extensions["rowmill.exports"] = Exports(
        app.extensions["rowmill.workspace"], patience=0, command=(sys.executable, "-c", "import time; time.sleep(60)")
    )
    page = client.get(f"/files/{file.id}/download?format=parquet")
    assert (page.status_code, page.headers["Refresh"]) == (202, "2")
    assert "is being written as Parquet" in page.text
    answer = client.get(f"/api/v1/files/{file.id}/download?format=parquet")
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "2")
    assert answer.get_json()["code"] == "being_prepared"
    for conversion in app.extensions["rowmill.exports"]._begun.values():
        conversion.process.kill()
        conversion.process.wait()


def test_the_menu_is_there_once_the_rows_are_known(app: Flask, client: FlaskClient, file: FileView) -> None:
    page = client.get(f"/files/{file.id}/reading").text
    assert f"/files/{file.id}/download?format=parquet" in page
    assert 'name="format" value="xlsx"' in page
    app.extensions["rowmill.catalogue"].note_facts(file.id, file.stamp, FileFacts(rows=2_000_000, columns=2))
    page = client.get(f"/files/{file.id}/reading").text
    assert 'name="format" value="xlsx"' not in page
    assert "There are 2,000,000 rows, but a sheet of Excel holds 1,048,575 below its header." in page
