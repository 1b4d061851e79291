"""The page of uploads, its plain form, and a file in one request."""

from __future__ import annotations

import io
import re

import pytest

from project.files.uploads.upload import IfExists, Wish
from project.files.uploads.views import upload_page


def send(client, token, *files, **fields):
    """A form with files: pairs of a name and the content."""
    data = {"csrf_token": token, "if_exists": "keep-both", **fields}
    return client.post("/upload", data={**data, "file": [(io.BytesIO(content), name) for name, content in files]})


def test_a_plain_form_brings_files_into_the_workspace(client, token, workspace):
    content = b"a,b\r\n" * 200_000 + b"--boundary\r\n"
    answer = send(client, token, ("one.csv", content), ("<b>\u202etwo.csv", b""))
    assert answer.status_code == 303
    assert (workspace.folder / "one.csv").read_bytes() == content
    page = client.get(answer.location).text
    assert "in the workspace" in page and "the file is empty" in page
    assert "&lt;b&gt;" in page and "<b>" not in page and "\u202e" not in page


def test_without_its_token_or_a_file_a_form_brings_nothing(client, token, workspace):
    assert send(client, "", ("one.csv", b"a")).status_code == 400
    assert "No file was chosen" in send(client, token, ("", b"")).text
    assert not (workspace.folder / "one.csv").exists()
    assert list(workspace.uploads.glob("*/")) == []


@pytest.mark.parametrize(
    "name, status, words", [(".x", 422, "begins with a dot"), ("example_input.csv", 409, "already")]
)
def test_a_form_with_a_name_that_cannot_be_is_shown_again_with_a_sentence(client, token, name, status, words):
    answer = send(client, token, (name, b"a\n" * 1000), if_exists="fail")
    assert answer.status_code == status and words in answer.text


def test_a_form_that_is_cut_leaves_nothing(client, token, workspace):
    body = (
        f'--x\r\nContent-Disposition: form-data; name="csrf_token"\r\n\r\n{token}\r\n'
        '--x\r\nContent-Disposition: form-data; name="file"; filename="cut.csv"\r\n\r\na,b\n1,2\n'
    )
    form = {"Content-Type": "multipart/form-data; boundary=x"}
    answer = client.post("/upload", input_stream=io.BytesIO(body.encode()), content_length=9999, headers=form)
    assert answer.status_code == 422
    assert client.post("/upload", data=body, headers=form).status_code == 422
    assert not (workspace.folder / "cut.csv").exists()
    assert list(workspace.uploads.glob("*/")) == []


def test_curl_brings_a_file_with_one_request(client, workspace):
    answer = client.put("/upload/one.csv", data=b"a\n1\n")
    assert (answer.status_code, answer.get_json()) == (201, {"file": "one.csv", "bytes": 4})
    assert (workspace.folder / "one.csv").read_bytes() == b"a\n1\n"
    assert client.put("/upload/one.csv", data=b"x").status_code == 409
    assert client.put("/upload/one.csv?if_exists=keep-both", data=b"x").get_json()["file"] == "one (2).csv"
    assert client.put("/upload/one.csv?if_exists=replace", data=b"y").get_json()["file"] == "one.csv"
    assert (workspace.folder / "one.csv").read_bytes() == b"y"


def test_a_foreign_page_can_put_nothing(client):
    assert client.put("/upload/one.csv", data=b"x", headers={"Origin": "http://evil.example"}).status_code == 403


def test_what_is_unfinished_is_listed_and_can_be_discarded(client, app, token):
    store = app.extensions["rowmill.uploads"]
    upload = store.create(Wish("<i>half.csv", 1_000_000))
    store.append(upload.id, 0, [b"x" * 250_000])
    page = client.get("/upload").text
    assert "&lt;i&gt;half.csv" in page
    assert re.search(r"250 kB</span> of <span[^>]*>1.0 MB", page)
    assert client.post(f"/upload/{upload.id}/discard").status_code == 400
    assert client.post(f"/upload/{upload.id}/discard", data={"csrf_token": token}).status_code == 303
    assert "half.csv" not in client.get("/upload").text


def test_what_a_form_may_ask_for_is_what_the_store_knows(client):
    page = client.get("/upload").text
    options = re.findall(r'<option value="([^"]+)"', page)
    assert sorted(options) == sorted(IfExists)
    assert upload_page.url_prefix + "/" in page


def test_a_file_that_has_come_is_one_click_from_its_job(client):
    assert re.search(r'name="input_file" type="text" value="a b.csv"', client.get("/?input=a+b.csv").text)


PDF = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"


def test_what_holds_no_rows_is_told_when_it_has_come(client, token):
    remark = "This is a PDF document, not a CSV file."
    answer = client.put("/upload/paper.csv", data=PDF)
    assert answer.get_json() == {"file": "paper.csv", "bytes": len(PDF), "remark": remark}
    done = client.get(send(client, token, ("two.csv", PDF), ("rows.csv", b"a\n1\n")).location).text
    assert done.count(remark) == 1
    cut = client.put("/upload/cut.csv", data=b"PK\x03\x04cut")
    assert (cut.status_code, cut.get_json()["remark"]) == (
        201,
        "The file is cut or corrupt: compressed data ends at byte 7.",
    )
