"""The tus protocol over HTTP: what each request is answered with."""

from __future__ import annotations

import base64
import hashlib
from urllib.parse import unquote

import pytest

from project.app import create_app

TUS = {"Tus-Resumable": "1.0.0"}
BYTES = {**TUS, "Content-Type": "application/offset+octet-stream"}


def coded(text):
    return base64.b64encode(text.encode()).decode()


def create(client, name="new.csv", length=10, **headers):
    metadata = {"Upload-Metadata": f"filename {coded(name)}", "Upload-Length": str(length)}
    return client.post("/uploads", headers={**TUS, **metadata, **headers})


def patch(client, address, offset, content, **headers):
    return client.patch(address, data=content, headers={**BYTES, "Upload-Offset": str(offset), **headers})


def test_the_server_says_what_it_can(client):
    answer = client.options("/uploads")
    assert answer.status_code == 204
    assert answer.headers["Tus-Version"] == "1.0.0"
    assert answer.headers["Tus-Extension"] == "creation,creation-with-upload,termination,checksum,expiration"
    assert answer.headers["Tus-Checksum-Algorithm"] == "sha1,sha256,md5"
    assert int(answer.headers["Tus-Max-Size"]) > 0


def test_an_upload_in_two_requests_becomes_a_file(client, workspace):
    created = create(client)
    assert created.status_code == 201 and created.headers["Upload-Expires"].endswith("GMT")
    first = patch(client, created.location, 0, b"a,b\n")
    assert (first.status_code, first.headers["Upload-Offset"]) == (204, "4")
    assert first.headers["Tus-Resumable"] == "1.0.0" and "Upload-Expires" in first.headers
    seen = client.head(created.location, headers=TUS)
    assert (seen.headers["Upload-Offset"], seen.headers["Upload-Length"]) == ("4", "10")
    assert seen.headers["Cache-Control"] == "no-store"
    assert seen.headers["Upload-Metadata"] == f"filename {coded('new.csv')}"
    last = patch(client, created.location, 4, b"1,2\n3\n")
    assert (last.status_code, last.headers["Rowmill-File"]) == (204, "new.csv")
    assert (workspace.folder / "new.csv").read_bytes() == b"a,b\n1,2\n3\n"
    assert client.head(created.location, headers=TUS).headers["Upload-Offset"] == "10"


def test_the_first_bytes_may_come_with_the_creation(client, workspace):
    metadata = {"Upload-Metadata": f"filename {coded('Ü <b>.csv')}", "Upload-Length": "4"}
    answer = client.post("/uploads", data=b"a\n1\n", headers={**BYTES, **metadata})
    assert (answer.status_code, answer.headers["Upload-Offset"]) == (201, "4")
    assert answer.headers["Rowmill-File"] == "%C3%9C%20%3Cb%3E.csv"
    assert (workspace.folder / "Ü <b>.csv").exists()


@pytest.mark.parametrize(
    "headers, status, words",
    [
        ({"Upload-Length": "x"}, 422, "Upload-Length"),
        ({"Upload-Length": "-1"}, 422, "Upload-Length"),
        ({"Upload-Length": "9" * 18}, 507, "disk has no room"),
        ({"Upload-Metadata": ""}, 422, "no name"),
        ({"Upload-Metadata": "filename !"}, 422, "base64"),
        ({"Upload-Metadata": f"filename {coded('../x')}"}, 422, "has a “/” in it"),
        ({"Upload-Metadata": f"filename {coded('example_input.csv')}"}, 409, "keep both, or replace"),
        ({"Upload-Metadata": f"filename {coded('x')},if_exists {coded('perhaps')}"}, 422, "keep-both"),
        ({"Tus-Resumable": "0.2.2"}, 412, "tus 1.0.0"),
    ],
)
def test_a_creation_that_cannot_be_is_refused_with_a_sentence(client, headers, status, words):
    answer = create(client, **headers)
    assert answer.status_code == status
    assert words in (answer.get_json()["detail"] if answer.is_json else answer.text)
    assert answer.headers["Tus-Resumable"] == "1.0.0"


def test_what_is_wrong_with_a_patch_has_a_number_of_its_own(client):
    address = create(client).location
    digest = base64.b64encode(hashlib.sha1(b"other").digest()).decode()
    assert patch(client, address, 3, b"x").status_code == 409
    assert patch(client, address, 0, b"x", **{"Upload-Checksum": f"sha1 {digest}"}).status_code == 460
    assert patch(client, address, 0, b"x", **{"Upload-Checksum": "crc32 AAAA"}).status_code == 422
    assert patch(client, address, 0, b"x" * 11).status_code == 413
    assert patch(client, address, 0, b"x", **{"Content-Type": "text/plain"}).status_code == 415
    assert patch(client, address, 0, b"x", **{"Tus-Resumable": "2.0.0"}).status_code == 412
    assert patch(client, "/uploads/" + "0" * 32, 0, b"x").status_code == 404
    assert client.head(address, headers=TUS).headers["Upload-Offset"] == "0"


def test_an_upload_is_taken_back(client, workspace):
    address = create(client).location
    patch(client, address, 0, b"123")
    assert client.delete(address, headers=TUS).status_code == 204
    assert client.head(address, headers=TUS).status_code == 404


def test_other_methods_may_hide_in_a_post(client):
    address = create(client).location
    override = {**BYTES, "X-HTTP-Method-Override": "PATCH", "Upload-Offset": "0"}
    assert client.post(address, data=b"123", headers=override).headers["Upload-Offset"] == "3"
    assert client.post(address, headers={**TUS, "X-HTTP-Method-Override": "DELETE"}).status_code == 204
    assert client.post(address, headers=TUS).status_code == 405


@pytest.mark.parametrize(
    "headers, status",
    [
        ({"Origin": "http://localhost"}, 201),
        ({"Origin": "http://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-origin", "Origin": "http://localhost"}, 201),
    ],
)
def test_only_own_pages_and_programs_are_let_in(client, headers, status):
    assert create(client, **headers).status_code == status


def test_a_foreign_form_cannot_begin_an_upload(client):
    answer = client.post("/uploads", data={"file": "x"})
    assert answer.status_code == 412


def test_a_taken_name_is_dealt_with_as_asked(client, workspace):
    for choice, expected in (("keep-both", "example_input%20%282%29.csv"), ("replace", "example_input.csv")):
        metadata = f"filename {coded('example_input.csv')},if_exists {coded(choice)}"
        address = create(client, length=2, **{"Upload-Metadata": metadata}).location
        assert patch(client, address, 0, b"a\n").headers["Rowmill-File"] == expected


def test_so_many_at_once_that_pages_have_no_thread_left_are_put_off(settings):
    app = create_app(settings.model_copy(update={"web_threads": 2}))
    first, second = create(app.test_client()).location, create(app.test_client(), "other.csv").location
    answers = []

    class Slow:
        """A body that another request comes in the middle of."""

        def read(self, _):
            answers.append(patch(app.test_client(), second, 0, b"x"))
            return b"1"

    headers = {**BYTES, "Upload-Offset": "0"}
    body = {"wsgi.input": Slow(), "CONTENT_LENGTH": "1"}
    assert app.test_client().patch(first, headers=headers, environ_overrides=body).status_code == 204
    assert answers[0].status_code == 503 and "try again" in answers[0].get_json()["detail"]


def test_what_holds_no_rows_is_told_with_its_last_byte(client):
    created = create(client)
    assert "Rowmill-Remark" not in patch(client, created.location, 0, b"GIF8").headers
    last = patch(client, created.location, 4, b"9a\0\0\0\0")
    assert unquote(last.headers["Rowmill-Remark"]) == "This is a GIF image, not a CSV file."


def test_a_remark_with_any_letters_goes_into_a_header(client):
    created = create(client)
    text = b'[{"a": 1}]'
    last = patch(client, created.location, 0, text.ljust(8))
    remark = unquote(last.headers["Rowmill-Remark"])
    assert last.status_code == 204 and "“jq -c .[]”" in remark
    # Headers go out in Latin-1, where there are no such quotes.
    assert last.headers["Rowmill-Remark"].isascii()
    assert client.head(created.location, headers=TUS).headers["Rowmill-Remark"] == last.headers["Rowmill-Remark"]
