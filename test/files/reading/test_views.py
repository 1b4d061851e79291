"""The page of how a file is read: any reading shown at once, one kept, and what then holds."""

from __future__ import annotations

import io
import re
import zipfile

import polars as pl
import pytest
import xlsxwriter

from project.engine.dialect import DialectChoice
from project.files.view import FileFacts
from project.operations.recipe import Recipe

TEXT = 'Song;Plays\nUmbrella;3\nClocks;;9\n;""\n<b>x</b>;a\u202eb\x07\n'


@pytest.fixture
def add(client, workspace, services):
    """Puts a file into the folder; returns the address of its reading."""

    def add(data=TEXT, name="plays.csv"):
        (workspace.folder / name).write_bytes(data if isinstance(data, bytes) else data.encode())
        services.catalogue.refresh()
        files = client.get("/api/v1/files").get_json()["files"]
        return next(f"/files/{file['id']}/reading" for file in files if file["name"] == name)

    return add


@pytest.fixture
def post(client):
    """Presses a button, with the token of the page that it is on."""

    def post(page, address="", **fields):
        token = re.search(r'name="csrf_token" value="([^"]+)"', client.get(page).text)[1]
        return client.post(page + address, data={"csrf_token": token, **fields})

    return post


def kept_choice(services, address):
    return services.catalogue.get(address.split("/")[2]).choice


def test_the_guess_stands_in_the_controls_with_what_speaks_for_it(client, add):
    text = client.get(add()).text
    assert "Found: semicolon" in text and "Found: UTF-8" in text and "Found: line 1" in text
    assert "semicolon: 4 of 5 sampled records have 2 fields" in text
    assert "comma, tab, pipe: in none of them" in text
    assert "Nothing is set by hand" in text


def test_rows_are_shown_with_what_becomes_of_them_and_as_text(client, add):
    text = client.get(add()).text
    assert "3 fields where 2 were expected" in text
    assert "&lt;b&gt;x&lt;/b&gt;" in text and "<b>x" not in text
    assert '<span class="missing">missing</span>' in text and '<span class="missing">empty text</span>' in text
    assert "[U+202E]" in text and "[U+0007]" in text


def test_the_address_says_which_reading_is_shown(client, add):
    address = add()
    for part in (address, f"{address}/head"):
        text = client.get(part, query_string={"delimiter": "comma", "quote": "none", "header": "no"}).text
        assert "UTF-8, comma, no quoting, no header" in text
        assert "Song;Plays" in text and "column_1" in text
    assert 'value="#" selected' in client.get(address, query_string={"comment": "#"}).text


def test_any_other_character_is_typed_beside_the_options(client, add):
    address = add("a^b\n1^2\n")
    text = client.get(address, query_string={"delimiter": "other", "delimiter_other": "^"}).text
    assert "“^”: all 2 sampled records have 2 fields" in text
    assert '<option value="other" selected>' in text
    assert 'name="delimiter_other" value="^"' in text


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"delimiter": "other", "delimiter_other": "ab"}, "Type one character"),
        ({"encoding": "other", "encoding_other": "klingon"}, "is no encoding that Rowmill knows"),
        ({"skip_rows": "x"}, "Type a whole number"),
        ({"delimiter": "comma", "quote": "other", "quote_other": ","}, "must be different characters"),
        ({"skip_rows": "1000"}, "nothing but blank lines"),
    ],
)
def test_a_reading_that_cannot_be_is_a_sentence_and_is_not_kept(client, add, post, services, fields, sentence):
    address = add()
    shown = client.get(address, query_string=fields)
    assert shown.status_code == 200 and sentence in shown.text
    refused = post(address, **fields)
    assert refused.status_code == 422
    assert "This reading is not kept" in refused.text and sentence in refused.text
    assert kept_choice(services, address).is_empty


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "The file is empty."),
        (b"\x7fELF\x02\x01\x01" + bytes(2000), "This is a program (ELF), not a CSV file."),
        (bytes(3000), "nothing but NUL bytes"),
        (b"\x1f\x8b\x08\0cut", "compressed data ends at byte"),
        (b"<!doctype html><p>x", "This is a page of HTML, not a CSV file."),
    ],
)
def test_what_is_no_csv_is_a_sentence(client, add, data, sentence):
    answer = client.get(add(data))
    assert answer.status_code == 200 and sentence in answer.text
    # Where no reading could help, none is offered.
    assert ("Keep this reading" in answer.text) == (b"\0\0" not in data)


def test_a_reading_that_is_kept_holds_for_every_job_on_the_file(client, add, post, services):
    address = add("a,b;c\n1,2;3\n")
    answer = post(address, delimiter="semicolon", encoding="", header="")
    assert answer.status_code == 303
    assert "Every job on this file reads it so" in client.get(answer.location).text
    assert 'value="semicolon" selected' in client.get(address).text
    assert kept_choice(services, address) == DialectChoice(delimiter=";")
    job = services.jobs.submit("plays.csv", "out.csv", Recipe())
    assert job.choice == DialectChoice(delimiter=";")
    own = services.jobs.submit("plays.csv", "other.csv", Recipe(), DialectChoice(delimiter=","))
    assert own.choice == DialectChoice(delimiter=",")
    assert post(address, "/reset").status_code == 303
    assert kept_choice(services, address).is_empty
    assert services.jobs.get(job.id).choice == DialectChoice(delimiter=";")


def test_the_log_of_a_job_says_that_a_kept_reading_was_used(add, post, services):
    post(add("a,b;c\n1,2;3\n"), delimiter="semicolon", header="no")
    job = services.jobs.submit("plays.csv", "out.csv", Recipe())
    said = [line.message for line in services.jobs.log(job.id)]
    assert said == ["Accepted and queued.", "Read as was kept for this file by hand: semicolon, no header."]


def test_a_kept_reading_throws_away_what_was_found_otherwise(add, post, services):
    address = add()
    id = address.split("/")[2]
    before = services.catalogue.get(id)
    services.catalogue.note_facts(id, before.stamp, FileFacts(rows=3, columns=2, rejects=1, dialect="UTF-8"))
    assert services.catalogue.get(id).facts.rows == 3
    post(address, comment="#")
    after = services.catalogue.get(id)
    assert after.facts == FileFacts() and after.inspected_at is None
    assert after.version != before.version
    post(address, "/reset")
    assert services.catalogue.get(id).version == before.version


def test_a_file_that_is_gone_or_unreadable_is_a_sentence(client, add, workspace, services):
    address = add()
    services.catalogue.delete(address.split("/")[2])
    assert "has been deleted" in client.get(f"{address}/head").text
    gone = add(name="gone.csv")
    (workspace.folder / "gone.csv").unlink()
    assert "is not in the workspace any more" in client.get(f"{gone}/head").text


def test_a_file_of_a_zip_is_chosen_from_a_list(client, add, post, services):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("one.csv", "a,b\n1,2\n")
        archive.writestr("<two>.csv", "c;d\n3;4\n")
    address = add(buffer.getvalue(), "both.zip")
    text = client.get(address).text
    assert "The zip holds 2 files" in text and '<option value="&lt;two&gt;.csv">&lt;two&gt;.csv</option>' in text
    assert post(address, member="<two>.csv").status_code == 303
    assert services.jobs.submit("both.zip", "out.csv", Recipe()).choice.member == "<two>.csv"
    assert "File in the zip" not in client.get(add()).text


def test_of_other_formats_what_can_be_set_is_offered(client, add, post, services):
    frame = pl.DataFrame({"Song": ["<b>x</b>", None], "Plays": ["3", ""]})
    buffer = io.BytesIO()
    frame.write_parquet(buffer)
    text = client.get(add(buffer.getvalue(), "plays.parquet")).text
    assert "Parquet, 2 columns" in text and "&lt;b&gt;x" in text and "empty text" in text
    assert 'id="decimal"' in text and 'id="header"' not in text and "What speaks for it" not in text
    address = add('{"Song": "x", "Plays": "3,5"}\n', "plays.jsonl")
    text = client.get(address).text
    assert "JSON lines, 2 columns" in text and "decimal comma (1 of the first ones)" in text
    book = io.BytesIO()
    with xlsxwriter.Workbook(book) as workbook:
        for name in ("One", "Two"):
            workbook.add_worksheet(name).write_row(0, 0, [f"in {name}"])
    address = add(book.getvalue(), "plays.xlsx")
    text = client.get(address).text
    assert "in One" in text and 'id="member"' in text and 'id="header"' in text and 'id="delimiter"' not in text
    assert "in Two" in client.get(address, query_string={"member": "Two"}).text
    assert post(address, member="Two").status_code == 303
    assert kept_choice(services, address) == DialectChoice(member="Two")


def test_what_a_program_has_set_is_not_lost_by_the_form(add, post, services):
    address = add("1;2\n3;4\n")
    names = DialectChoice(header=False, names=("Song", "Plays"))
    services.catalogue.keep_reading(address.split("/")[2], names)
    post(address, header="no", comment="#")
    assert kept_choice(services, address) == DialectChoice(header=False, names=("Song", "Plays"), comment="#")


def test_nothing_is_kept_without_a_token(client, add, services):
    address = add()
    assert client.post(address, data={"delimiter": "comma"}).status_code == 400
    assert kept_choice(services, address).is_empty
