"""The home page over HTTP: scheduling, looking up, and the first visit."""

import re
from html import unescape

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from project.assembly import Services
from project.engine.dialect import DialectChoice
from project.files.workspace import Workspace
from project.recipes.service import BUILT_IN


def schedule(client: FlaskClient, **fields: str) -> TestResponse:
    form = {"input_file": "example_input.csv", "output_file": "out.csv", "recipe": BUILT_IN[0].slug, **fields}
    return client.post("/schedule", data={"csrf_token": token(client), **form})


def token(client: FlaskClient) -> str:
    found = re.search(r'name="csrf_token" value="([^"]+)"', client.get("/").text)
    assert found
    return found.group(1)


def error_beside(page: TestResponse, field: str) -> str:
    """The sentence that stands beside a field; the field is marked as wrong."""
    assert re.search(rf'id="{field}"[^>]*aria-invalid="true"', page.text), f"{field} is not marked"
    found = re.search(rf'id="{field}-error">(.*?)</p>', page.text, re.DOTALL)
    assert found
    return unescape(re.sub(r"<[^>]+>", "", found.group(1)))


def test_the_first_visit_offers_the_example_with_one_click(client: FlaskClient) -> None:
    assert "Try it with" in client.get("/").text
    answer = client.post("/example", data={"csrf_token": token(client)})
    assert answer.status_code == 303
    page = client.get(answer.location)
    assert "example_output.csv" in page.text
    assert "Try it with" not in client.get("/").text


def test_without_the_example_the_first_visit_says_what_to_do(client: FlaskClient, workspace: Workspace) -> None:
    (workspace.folder / "example_input.csv").unlink()
    assert "Put a CSV file into the workspace folder" in client.get("/").text


def test_the_input_field_completes_on_the_files_of_the_workspace(client: FlaskClient, workspace: Workspace) -> None:
    (workspace.folder / 'b"<.csv').write_text("a\n")
    page = client.get("/").text
    assert '<option value="example_input.csv">' in page
    assert '<option value="b&#34;&lt;.csv">' in page


def test_the_first_built_in_recipe_is_offered_first(client: FlaskClient) -> None:
    options = re.findall(r'<option value="([^"]*)"[^>]*>', client.get("/").text.split('id="recipe"')[1])
    assert options[:3] == ["total-plays-per-song-and-day", "clean-copy", "custom"]


def test_a_submission_leads_to_the_page_that_shows_its_id(client: FlaskClient) -> None:
    answer = schedule(client)
    assert answer.status_code == 303
    job_id = answer.location.removeprefix("/jobs/")
    page = client.get(answer.location).text
    assert f'id="job-id">{job_id}<' in page
    assert re.search(rf'name="process_id" value="{job_id}"', page)


@pytest.mark.parametrize(
    ("fields", "field", "status", "words"),
    [
        ({"input_file": "missing.csv"}, "input_file", 422, "There is no file “missing.csv”"),
        ({"input_file": "../secret"}, "input_file", 422, "has a “/” in it"),
        ({"input_file": ""}, "input_file", 422, "is empty"),
        ({"output_file": ".hidden"}, "output_file", 422, "begins with a dot"),
        ({"output_file": "example_input.csv"}, "output_file", 422, "The output is the input"),
        ({"recipe": "unheard-of"}, "recipe", 422, "no recipe called “unheard-of”"),
        ({"recipe": "custom", "recipe_json": "{"}, "recipe_json", 422, "not JSON"),
        ({"recipe": "clean-copy", "recipe_json": "{}"}, "recipe", 422, "another one is chosen"),
        ({"delimiter": ";;"}, "delimiter", 422, "one character"),
        ({"skip_rows": "-3"}, "skip_rows", 422, "whole number"),
    ],
)
def test_an_error_stands_beside_its_field_and_keeps_what_was_typed(
    client: FlaskClient, fields: dict[str, str], field: str, status: int, words: str
) -> None:
    page = schedule(client, **{"output_file": "kept.csv", **fields})
    assert page.status_code == status
    assert words in error_beside(page, field)
    for name, typed in {"input_file": "example_input.csv", "output_file": "kept.csv", **fields}.items():
        if name not in ("recipe", "recipe_json"):
            assert f'value="{typed}"' in page.text
    assert fields.get("recipe_json", "") in page.text


def test_a_recipe_that_does_not_fit_the_file_names_the_missing_column(
    client: FlaskClient, workspace: Workspace
) -> None:
    (workspace.folder / "other.csv").write_text("a,b\n1,2\n")
    page = schedule(client, input_file="other.csv")
    assert page.status_code == 422
    assert "no column “Song”" in error_beside(page, "recipe")


def test_an_output_that_another_job_writes_is_a_conflict_that_names_it(client: FlaskClient) -> None:
    job_id = schedule(client).location.removeprefix("/jobs/")
    page = schedule(client)
    assert page.status_code == 409
    assert job_id in error_beside(page, "output_file")


def test_a_file_without_a_byte_is_told_beside_the_form(client: FlaskClient, workspace: Workspace) -> None:
    (workspace.folder / "empty.csv").write_bytes(b"")
    page = schedule(client, input_file="empty.csv")
    assert page.status_code == 422
    assert "empty" in page.text


def test_a_dialect_set_by_hand_is_the_jobs(client: FlaskClient, workspace: Workspace) -> None:
    (workspace.folder / "semicolons.csv").write_text("note\nSong;Date;Number of Plays\na;2020-01-01;1\n")
    answer = schedule(client, input_file="semicolons.csv", delimiter="semicolon", skip_rows="1", encoding="utf-8")
    assert answer.status_code == 303
    again = client.get(f"/?job={answer.location.removeprefix('/jobs/')}").text
    for typed in ("semicolons.csv", "semicolon", "utf-8"):
        assert f'value="{typed}"' in again


def test_a_custom_recipe_runs(client: FlaskClient) -> None:
    recipe = '{"steps": [{"operation": "sort", "by": ["Song"]}]}'
    answer = schedule(client, recipe="custom", recipe_json=recipe)
    assert answer.status_code == 303
    assert "Sort by Song." in client.get(answer.location).text


def test_the_address_of_a_form_that_was_wrong_leads_back_to_the_form(client: FlaskClient) -> None:
    answer = client.get("/schedule")
    assert (answer.status_code, answer.location) == (303, "/")


def test_the_look_up_leads_to_the_job(client: FlaskClient) -> None:
    where = schedule(client).location
    job_id = where.removeprefix("/jobs/")
    answer = client.get("/download", query_string={"process_id": f" {job_id} "})
    assert (answer.status_code, answer.location) == (303, where)


@pytest.mark.parametrize("typed", ["", "abc", '"><script>', "00000000-0000-4000-8000-000000000000"])
def test_an_unknown_id_is_a_friendly_page_that_keeps_what_was_typed(client: FlaskClient, typed: str) -> None:
    page = client.get("/download", query_string={"process_id": typed})
    assert page.status_code == 404
    assert "No job has the ID" in error_beside(page, "process_id")
    assert f'value="{typed.replace(chr(34), "&#34;").replace(">", "&gt;").replace("<", "&lt;")}"' in page.text


def test_a_foreign_form_schedules_nothing(client: FlaskClient) -> None:
    answer = client.post("/schedule", data={"input_file": "example_input.csv", "output_file": "out.csv"})
    assert answer.status_code == 400
    assert "Nothing has run yet" in client.get("/").text


def test_a_reading_that_is_kept_for_the_file_is_filled_in_and_named(
    client: FlaskClient, services: Services, workspace: Workspace
) -> None:
    (workspace.folder / "semi.csv").write_text("a;b\n1;2\n")
    services.catalogue.refresh()
    file = services.catalogue.named("semi.csv")
    assert file
    services.catalogue.keep_reading(file.id, DialectChoice(delimiter=";", quote="", skip_rows=0))
    text = client.get("/?input=semi.csv").text
    assert "is read as was kept for it by hand: <strong>semicolon, no quoting, 0 lines skipped</strong>" in text
    assert f'href="/files/{file.id}/reading"' in text
    assert 'name="delimiter" type="text" value="semicolon"' in text and 'name="quote" type="text" value="none"' in text
    assert "kept for it" not in client.get("/?input=example_input.csv").text
    assert "kept for it" not in client.get("/?input=%00").text


def test_what_the_form_has_no_place_for_holds_if_the_form_is_left_empty(
    client: FlaskClient, services: Services, workspace: Workspace
) -> None:
    (workspace.folder / "names.csv").write_text("1;2\n3;4\n")
    services.catalogue.refresh()
    choice = DialectChoice(delimiter=";", header=False, names=("Song", "n"))
    file = services.catalogue.named("names.csv")
    assert file
    services.catalogue.keep_reading(file.id, choice)
    assert 'name="delimiter" type="text" value=""' in client.get("/?input=names.csv").text
    answer = schedule(client, input_file="names.csv", recipe="clean-copy")
    assert services.jobs.get(answer.location.rpartition("/")[2]).choice == choice
