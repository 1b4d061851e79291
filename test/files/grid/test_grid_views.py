"""The grid's pages and its JSON, as a browser and a program get them."""

from __future__ import annotations

import csv
import html
import io
import json
import os
import re
from urllib.parse import urlencode

import openpyxl
import polars as pl
import pytest

from project.engine.viewing.gate import locked
from project.engine.viewing.state import LOCK_FILE, STATE_FILE, load_state, save

FOUL = "<script>alert(1)</script>"
LONG = "é" + "x" * 1_000_000
TEXT = (
    f"Song,Plays,<b>Note\n{FOUL},10,\n\u202egpj.exe,9,\"\"\n{LONG},,plain\n"
    + "".join(f"Song {n % 5},{n},n{n}\n" for n in range(200))
)  # fmt: skip


@pytest.fixture
def file(inspected):
    return inspected("plays.csv", TEXT)[0].id


@pytest.fixture
def ask(client, file):
    """The rows' page, once they are there."""

    def ask(path="", follow=True, **arguments):
        address = f"/files/{file}{path}" + ("?" + urlencode(arguments, doseq=True) if arguments else "")
        while "Refresh" in (answer := client.get(address, follow_redirects=follow)).headers:
            pass
        return answer

    return ask


def shown(answer) -> list[list[str]]:
    """The table's rows as texts, with the number of each first."""
    rows = re.findall(r"<tr data-number.*?</tr>", answer.text, re.DOTALL)
    cells = [re.findall(r"<t[hd].*?</t[hd]>", row, re.DOTALL) for row in rows]
    return [[html.unescape(re.sub(r"<[^>]+>", "", cell)) for cell in row] for row in cells]


def where(**condition) -> str:
    return json.dumps(condition)


def test_a_page_has_a_table_with_numbers_shapes_and_the_total(ask):
    answer = ask(rows=50)
    rows = shown(answer)
    assert len(rows) == 50 and rows[3] == ["4", "Song 0", "0", "n0"]
    assert "1</span> to <span data-to>50</span>" in answer.text and ">203</span>" in answer.text
    assert re.findall(r'<span title="[^"]*">(\w+)</span>', answer.text) == ["text", "integer", "text"]
    assert 'rel="next"' in answer.text and 'rel="prev"' not in answer.text


def test_text_of_strangers_is_text(ask):
    answer = ask()
    assert FOUL not in answer.text and "<b>Note" not in answer.text and "\u202e" not in answer.text
    assert html.escape(FOUL) in answer.text and "[U+202E]" in answer.text
    assert re.findall(r"missing|empty", " ".join(cell for row in shown(answer)[:3] for cell in row)) == [
        "missing",
        "empty",
        "missing",
    ]


def test_a_long_text_is_cut_and_has_an_address(ask):
    answer = ask()
    assert len(answer.data) < 300_000
    (address,) = re.findall(r'class="grid-more" href="/files/[^/]+([^"]+)"', answer.text)
    whole = ask(html.unescape(address))
    assert whole.text == LONG and whole.mimetype == "text/plain"
    assert whole.headers["X-Content-Type-Options"] == "nosniff"
    assert "1,000,001 characters" in answer.text


def test_what_is_not_there_is_refused(ask):
    for path, status in {
        "/cell?row=1&column=1": 200,
        "/cell?row=1&column=3": 404,
        "/cell?row=204&column=1": 404,
        "/cell?row=1&column=4": 404,
        "/cell?row=x&column=1": 422,
        "/cell": 404,
        "?row=0": 422,
        "?sort=nothing": 422,
        "?columns=4": 422,
        "?where=x": 422,
    }.items():
        answer = ask(path)
        assert answer.status_code == status, path
        assert path.startswith("/cell") or ('role="alert"' in answer.text and "<table" in answer.text), path


def test_rows_are_reached_by_their_number_and_behind_the_end_is_the_last_page(ask):
    assert shown(ask(row="101"))[0][0] == "101"
    assert [row[0] for row in shown(ask(row="1,000,000"))] == ["201", "202", "203"]


def test_conditions_orders_and_columns_are_in_the_address(ask):
    answer = ask(where=where(column="Plays", test="between", value=[10, 30]), sort=["Song", "-Plays"], columns="2,1")
    rows = shown(answer)
    assert rows[0] == ["1", "10", FOUL] and rows[1:3] == [["34", "30", "Song 0"], ["29", "25", "Song 0"]]
    assert len(rows) == 22 and "Plays is between 10 and 30" in answer.text
    assert 'aria-sort="ascending"' in answer.text and "↓2" in answer.text
    assert "rows that meet the conditions, of 203" in answer.text


def test_first_rows_are_shown_before_they_are_counted(ask, workspace):
    arguments = {"where": where(column="Plays", test="ge", value=0), "rows": 50}
    assert "<td" in ask(**arguments).text
    (folder,) = workspace.inspections.glob("*/*/views/*")
    # The process that makes the view has come as far as its head, and is still at it.
    making = locked(folder / LOCK_FILE)
    state = load_state(folder).model_copy(update={"total": None, "parts": (), "is_whole": False})
    save(folder / STATE_FILE, state.model_dump_json())
    page = ask(**arguments)
    assert len(shown(page)) == 50 and "they are being counted, among 203 rows" in page.text
    assert '<noscript><meta http-equiv="refresh"' in page.text
    (address,) = re.findall(r'data-counting="([^"]+)"', page.text)
    os.close(making)
    path = html.unescape(address).partition("/files/")[2].partition("?")
    while "data-counting" in (part := ask("?" + path[2])).text:
        pass
    assert 'data-total="202"' in part.text and ">202</span>" in part.text and "<table" not in part.text
    assert '<noscript><meta http-equiv="refresh"' not in ask(**arguments).text


def test_the_form_adds_a_condition_to_those_that_are_there(ask):
    first = where(column="Plays", test="ge", value=1)
    answer = ask(add="Song", test="not-contains", value="Song", where=first, sort="Plays", row="7", follow=False)
    assert answer.status_code == 303
    there = ask("?" + answer.location.partition("?")[2])
    assert [row[0] for row in shown(there)] == ["2", "1"]
    assert there.text.count("Remove the condition") == 2


def test_what_is_wrong_with_a_condition_stands_beside_it(ask):
    for typed, sentence in (
        ({"add": "Plays", "test": "gt", "value": "many"}, "“Plays” holds numbers, and “many” is none."),
        ({"add": "?", "test": "gt", "value": "many"}, "has no column “?”"),
    ):
        answer = ask(**typed)
        assert answer.status_code == 422 and sentence in html.unescape(answer.text)
        assert "<table" in answer.text
    assert "aria-invalid" in ask(add="Plays", test="gt", value="many").text


def test_columns_are_picked_by_a_form(ask):
    answer = ask("/pick", column=["1", "3"], sort="Plays", follow=False)
    assert answer.status_code == 303 and "columns=1,3" in answer.location.replace("%2C", ",")


def test_nothing_meets_and_no_rows_are_said(ask, client, inspected):
    assert "No row meets this condition" in ask(where=where(column="Song", test="eq", value="?")).text
    empty = inspected("empty.csv", "a,b\n")[0].id
    assert "The file has no rows" in client.get(f"/files/{empty}").text


def test_a_wide_file_shows_its_first_columns(client, inspected):
    names = [f"c{number}" for number in range(300)]
    file = inspected("wide.csv", ",".join(names) + "\n" + ",".join(names) + "\n")[0].id
    answer = client.get(f"/files/{file}")
    assert answer.text.count("<td") == 30 and "30 of 300" in answer.text
    assert client.get(f"/files/{file}?columns=1-300").text.count("<td") == 300


def test_the_view_is_a_job_of_the_same_rows(ask, client, file, services, workspace):
    asked = {
        "where": where(column="Song", test="starts_with", value="Song", **{"not": False}),
        "sort": ["-Plays", "Song"],
    }
    answer = ask(**asked, rows=500)
    fields = dict(
        re.findall(r'<input type="hidden" name="(input_file|recipe\w*|csrf_token)" value="([^"]*)"', answer.text)
    )
    fields = {name: html.unescape(value) for name, value in fields.items()}
    job = client.post("/schedule", data={**fields, "output_file": "view.csv"}).location.split("/")[-1]
    services.supervisor().run(job)
    written = list(csv.reader((workspace.folder / "view.csv").open()))[1:]
    assert len(written) == 200 and written == [row[1:] for row in shown(answer)]
    link = html.unescape(re.findall(r'href="(/\?input=[^"]+recipe_json[^"]+)"', answer.text)[0])
    assert html.escape(fields["recipe_json"], quote=False) in client.get(link).text.replace("&#34;", '"')


SORTED = {"where": where(column="Plays", test="lt", value=3), "sort": ["-Plays", "Song"], "columns": "2,1"}


@pytest.fixture
def take(ask):
    """What comes of a download, once it is there."""

    def take(**arguments):
        while (answer := ask("/view", **arguments)).status_code == 202:
            assert "Preparing a download" in answer.text and answer.headers["Refresh"]
        return answer

    return take


def test_a_view_is_taken_away_in_any_format(take, ask):
    expected = [["2", "Song 2"], ["1", "Song 1"], ["0", "Song 0"]]
    assert [row[1:] for row in shown(ask(**SORTED))] == expected
    answer = take(format="csv", **SORTED)
    assert answer.headers["Content-Disposition"] == 'attachment; filename="plays (view).csv"'
    assert list(csv.reader(answer.text.splitlines())) == [["Plays", "Song"], *expected]
    answer = take(format="jsonl", **SORTED)
    assert [json.loads(line) for line in answer.text.splitlines()] == [
        {"Plays": plays, "Song": song} for plays, song in expected
    ]
    assert pl.read_parquet(io.BytesIO(take(format="parquet", **SORTED).data)).rows() == [tuple(row) for row in expected]
    sheet = openpyxl.load_workbook(io.BytesIO(take(format="xlsx", **SORTED).data)).worksheets[0]
    assert [[str(value) for value in row] for row in sheet.iter_rows(values_only=True)] == [
        ["Plays", "Song"],
        *expected,
    ]
    assert take(format="nothing").status_code == take(format="csv", columns="9").status_code == 422


def test_a_view_that_is_longer_than_its_head_is_taken_away_in_its_order(inspected, client):
    count = 5000
    file, _ = inspected("many.csv", "n,t\n" + "".join(f"{n * 7919 % count},t{n}\n" for n in range(count)))
    address = f"/files/{file.id}/view?format=csv&sort=n"
    while (answer := client.get(address)).status_code == 202:
        pass
    assert [line.split(",")[0] for line in answer.text.splitlines()[1:]] == [str(n) for n in range(count)]
    program = client.get(f"/api/v1/files/{file.id}/rows?format=csv&sort=n")
    assert program.data == answer.data
    columns = client.get(f"/api/v1/files/{file.id}/rows?format=csv&columns=[%22t%22]")
    while columns.status_code == 503:
        columns = client.get(f"/api/v1/files/{file.id}/rows?format=csv&columns=[%22t%22]")
    assert columns.text.splitlines()[:3] == ["t", "t0", "t1"]


def test_a_program_gets_rows(client, file, inspected):
    address = f"/api/v1/files/{file}/rows"
    found = client.get(address, query_string={"limit": 3, "columns": '["Plays","Song"]'}).get_json()
    assert found["columns"][0] == {"name": "Plays", "shape": "integer", "compared_as_numbers": True}
    assert (found["total"], found["offset"], found["state"]) == (203, 0, "ready")
    assert found["rows"][1] == {"row": 2, "cells": ["9", "\u202egpj.exe"]}
    long = found["rows"][2]["cells"][1]
    assert (long["length"], len(long["text"])) == (1_000_001, 10_000) and client.get(long["href"]).text == LONG
    assert client.get(address, query_string={"offset": 203}).get_json()["rows"] == []
    asked = {"where": f'[{where(column="Plays", test="gt", value=196)}]', "sort": "-Plays", "columns": '["Plays"]'}
    answer = client.get(address, query_string=asked)
    while answer.status_code == 202:
        answer = client.get(address, query_string=asked)
    assert [row["cells"] for row in answer.get_json()["rows"]] == [["199"], ["198"], ["197"]]


def test_a_program_is_told_what_is_wrong(client, file):
    for query in ('columns="Song"', 'columns=["?"]', "columns=[", "offset=x", "limit=201", "sort=?", "where=[]x"):
        answer = client.get(f"/api/v1/files/{file}/rows?{query}")
        assert answer.status_code == 422 and answer.get_json()["detail"], query


def test_of_a_file_that_was_not_inspected_the_first_rows_are_there(client, workspace):
    (workspace.folder / "new.csv").write_text(f"a,b\n1,{FOUL}\nodd\n")
    file = next(it["id"] for it in client.get("/api/v1/files").get_json()["files"] if it["name"] == "new.csv")
    page = client.get(f"/files/{file}").text
    assert "First rows" in page and html.escape(FOUL) in page and "1 field where 2 were expected" in page
    assert "data-grid" not in page and FOUL not in page
    assert client.get(f"/files/{file}/view?format=jsonl").status_code == 409
    assert client.get(f"/files/{file}/cell?row=1&column=1").status_code == 409
    answer = client.get(f"/api/v1/files/{file}/rows")
    assert (answer.status_code, answer.get_json()["code"]) == (409, "not_inspected")


@pytest.mark.parametrize("damage", [b"", b"{}", b"\0" * 100], ids=["empty", "another", "zeros"])
@pytest.mark.parametrize("tab", ["", "/columns"])
def test_a_damaged_profile_is_told_with_what_to_do(client, inspected, damage, tab):
    file, inspection = inspected("plays.csv", "a,b\n1,2\n")
    inspection.profile.write_bytes(damage)
    answer = client.get(f"/files/{file.id}{tab}")
    assert answer.status_code == 422
    assert "choose “Inspect again” on its page “How it is read”" in answer.text
    assert "Inspect again" in client.get(f"/files/{file.id}/reading").text
