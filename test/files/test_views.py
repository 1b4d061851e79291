"""The list of files and what is done there, over HTTP, without JavaScript."""

from __future__ import annotations

import os
import re
from html import unescape
from urllib.parse import quote

import pytest

from project.files.listing import Listing
from project.files.view import Birth, FileFacts, Origin

NAME = "example_input.csv"
UNKNOWN = "00000000-0000-4000-8000-000000000000"
FOUL = ['<script>alert("1")<script>', "'\"><img src=x onerror=alert(1)>.csv", "a\u202egpj.csv", "{{ 7*7 }}.csv", "-rf"]


@pytest.fixture(autouse=True)
def _every_list_is_a_new_one(monkeypatch):
    monkeypatch.setattr("project.files.catalogue._EVERY_SECONDS", -1)


@pytest.fixture
def catalogue(app):
    return app.extensions["rowmill.catalogue"]


@pytest.fixture
def id_of(catalogue):
    """The ID of a file in the folder."""

    def id_of(name=NAME):
        return next(file.id for file in catalogue.page(Listing()).files if file.name == name)

    return id_of


def text_of(html):
    """What is read on the page."""
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]*>", "", html)))


def token_in(html):
    return re.search(r'name="csrf_token" value="([^"]+)"', html)[1]


@pytest.fixture
def post(client):
    """Press a button of the list."""

    def post(path, **form):
        form["csrf_token"] = token_in(client.get("/files?rename=" + path.split("/")[2]).text + client.get("/").text)
        return client.post(path, data=form)

    return post


def test_the_list_tells_what_is_known_of_each_file(client, catalogue, workspace):
    (workspace.folder / "out.csv").write_text("a\n" * 1500)
    job = "11111111-0000-4000-8000-000000000000"
    facts = FileFacts(rows=100_000_000, columns=3, rejects=12, dialect="utf-8, semicolon")
    catalogue.note_birth("out.csv", Birth(origin=Origin.RESULT, job_id=job, source=NAME, facts=facts))
    page = client.get("/files")
    text = text_of(page.text)
    assert page.status_code == 200
    for words in ("out.csv", "100,000,000", "12", "3.0 kB", "utf-8, semicolon", f"Result of job 11111111 on {NAME}"):
        assert words in text
    assert f'href="/jobs/{job}"' in page.text
    assert "Found in the folder" in text and "1 to 2 of 2" in text


def test_the_navigation_leads_there(client):
    assert '<a href="/files" aria-current="page">Files</a>' in client.get("/files").text
    assert '<a href="/files">Files</a>' in client.get("/").text


def test_an_empty_workspace_says_what_to_do(client, workspace):
    (workspace.folder / NAME).unlink()
    text = text_of(client.get("/files").text)
    assert "The workspace is empty" in text and str(workspace.folder) in text
    assert "No file has nix in its name" in text_of(client.get("/files?q=nix").text)
    assert "Nothing is deleted" in text_of(client.get("/files?show=deleted").text)
    assert "There is no such file" in text_of(client.get("/files?show=result").text)


def test_the_state_of_the_list_is_in_the_address(client, workspace):
    for number in range(120):
        (workspace.folder / f"{number:03}.csv").write_text("x" * number)
    html = client.get("/files?q=csv&sort=name&page=2").text
    names = re.findall(r'<bdi class="name"[^>]*>([^<]+)</bdi>', html)
    assert names == [f"{number:03}.csv" for number in range(50, 100)]
    links = [unescape(link) for link in re.findall(r'href="(/files\?[^"#]*)"', html)]
    assert "/files?q=csv&sort=name&page=3" in links and "/files?q=csv&sort=name" in links
    assert "/files?q=csv&sort=-name" in links and "/files?q=csv&sort=-size" in links
    assert 'aria-sort="ascending"' in html and 'value="csv"' in html
    assert "Go to the first one" in client.get("/files?page=9").text


@pytest.mark.parametrize("query", ["sort=colour", "sort=--size", "page=0", "page=x", "page=" + "9" * 30, "show=mine"])
def test_an_address_that_makes_no_sense_is_refused_with_a_sentence(client, query):
    answer = client.get(f"/files?{query}")
    assert answer.status_code == 422
    assert "has to be" in answer.text or "cannot be shown" in answer.text


def test_a_file_is_renamed_with_a_form_in_its_row(client, post, id_of, workspace):
    id = id_of()
    assert 'value="example_input.csv"' in client.get(f"/files?rename={id}").text
    answer = post(f"/files/{id}/rename?sort=name&q=csv", name="new name.csv")
    assert answer.status_code == 303
    assert answer.location == f"/files?q=csv&sort=name&done=renamed&file={id}"
    assert "The file is called new name.csv now." in text_of(client.get(answer.location).text)
    assert os.path.exists(workspace.folder / "new name.csv")


def test_a_wrong_name_keeps_what_was_typed_and_says_what_is_wrong_beside_it(post, id_of, workspace):
    (workspace.folder / "taken.csv").write_text("x")
    for typed, status, words in (("a/b", 422, "has a “/” in it"), ("taken.csv", 409, "There is a file “taken.csv”")):
        answer = post(f"/files/{id_of()}/rename", name=typed)
        assert answer.status_code == status
        assert f'value="{typed}"' in answer.text and 'aria-describedby="name-error"' in answer.text
        assert words in text_of(answer.text)


def test_a_file_is_deleted_and_taken_back(client, post, id_of, workspace):
    id = id_of()
    answer = post(f"/files/{id}/delete")
    assert answer.status_code == 303
    html = client.get(answer.location).text
    assert f"{NAME} is deleted." in text_of(html) and f'action="/files/{id}/undelete"' in html
    assert not os.path.exists(workspace.folder / NAME)
    assert "Take back" in client.get("/files?show=deleted").text
    back = post(f"/files/{id}/undelete")
    assert back.status_code == 303
    assert f"{NAME} is back." in text_of(client.get(back.location).text)
    assert os.path.exists(workspace.folder / NAME)
    # The address of the deletion, opened again, offers nothing that was done since.
    assert "is deleted" not in client.get(answer.location).text


def test_a_deleted_file_is_removed_for_good(client, post, id_of, workspace):
    id = id_of()
    post(f"/files/{id}/delete")
    assert post(f"/files/{id}/purge?show=deleted").status_code == 303
    assert os.listdir(workspace.trash) == []
    assert "Nothing is deleted" in client.get("/files?show=deleted").text


def test_what_a_job_reads_or_writes_stays(client, app, post, id_of):
    job = client.post("/api/v1/jobs", json={"input": NAME, "output": "out.csv"}).get_json()["id"]
    id = id_of()
    html = client.get("/files").text
    assert f"A job reads it: {job[:8]}" in text_of(html) and f"/files/{id}/delete" not in html
    answer = post(f"/files/{id}/delete")
    assert answer.status_code == 409
    assert f"The job {job} reads “{NAME}” and has not ended" in text_of(answer.text)
    assert post(f"/files/{id}/rename", name="x.csv").status_code == 409
    client.post(f"/api/v1/jobs/{job}/cancel", json={})
    assert post(f"/files/{id}/delete").status_code == 303


@pytest.mark.parametrize("act", ["rename", "delete", "undelete", "purge"])
def test_nothing_is_done_without_a_token(client, id_of, workspace, act):
    assert client.post(f"/files/{id_of()}/{act}", data={"name": "x.csv"}).status_code == 400
    assert os.path.exists(workspace.folder / NAME)


@pytest.mark.parametrize("act", ["rename", "delete", "undelete", "purge"])
def test_a_file_that_is_not_there_is_not_found(post, act):
    for id in (UNKNOWN, "nonsense"):
        answer = post(f"/files/{id}/{act}", name="x.csv")
        assert answer.status_code == 404 and "There is no such file any more" in answer.text


def test_a_download_is_the_file_byte_by_byte(client, id_of, workspace):
    address = f"/files/{id_of()}/download"
    answer = client.get(address)
    assert answer.data == (workspace.folder / NAME).read_bytes()
    assert answer.content_type == "text/csv; charset=utf-8"
    assert answer.headers["Content-Disposition"] == f"attachment; filename={NAME}"
    part = client.get(address, headers={"Range": "bytes=5-8"})
    assert (part.status_code, part.data) == (206, b"Date")
    assert client.get(address, headers={"If-None-Match": answer.headers["ETag"]}).status_code == 304
    assert client.get(address, headers={"Range": "bytes=9999-"}).status_code == 416
    assert client.get(f"/files/{UNKNOWN}/download").status_code == 404


@pytest.mark.parametrize("name", FOUL)
def test_a_name_is_text_whatever_is_in_it(client, id_of, workspace, name):
    (workspace.folder / name).write_text("<html>")
    id = id_of(name)
    for address in ("/files", f"/files?rename={id}", f"/files?q={quote(name)}", f"/?input={quote(name)}"):
        html = client.get(address).text
        assert "<script>alert" not in html and "<img" not in html and "49.csv" not in html
        assert "\u202e" not in re.sub(r'value="[^"]*"', "", html)
    answer = client.get(f"/files/{id}/download")
    disposition = answer.headers["Content-Disposition"]
    assert disposition.startswith("attachment; ") and "\r" not in disposition and disposition.isascii()
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_a_download_of_other_kinds_is_never_a_page(client, id_of, workspace):
    (workspace.folder / "page.html").write_text("<script>1</script>")
    answer = client.get(f"/files/{id_of('page.html')}/download")
    assert answer.content_type == "application/octet-stream"


def test_a_deleted_file_is_no_download(client, post, id_of):
    id = id_of()
    post(f"/files/{id}/delete")
    assert client.get(f"/files/{id}/download").status_code == 404


def test_a_link_fills_the_form_of_the_home_page(client):
    assert f'href="/?input={NAME}"' in client.get("/files").text
    html = client.get(f"/?input={NAME}").text
    assert re.search(rf'id="input_file"[^>]*value="{NAME}"', html)
