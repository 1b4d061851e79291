"""The pages of an enrichment and of a join over HTTP: forms, their faults, and the jobs that come of them."""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from project.assembly import Services
from project.engine.dialect import DialectChoice
from project.jobs.view import JobView
from project.operations.recipe import Recipe

URL = "https://api.example.com/users"
LIST = {"url": URL, "column": "user_id", "key": "id", "output": "out.csv"}
PAIR = {"other": "users.csv", "left": ["user_id", ""], "right": ["id", ""], "output": "out.csv"}
Press = Callable[..., TestResponse]
PageOf = Callable[[str], str]


def job_at(services: Services, answer: TestResponse) -> JobView:
    assert answer.status_code == 303, answer.text
    return services.jobs.get(urlsplit(answer.location).path.rpartition("/")[2])


def selected(text: str, id: str) -> str:
    found = re.search(rf'id="{id}".*?<option value="([^"]*)" selected', text, re.DOTALL)
    assert found
    return found[1]


def test_a_files_page_leads_to_both_forms(client: FlaskClient, page_of: PageOf) -> None:
    text = client.get(page_of("views.csv")).text
    assert f'href="{page_of("views.csv")}/enrich"' in text
    assert f'href="{page_of("views.csv")}/join"' in text


def test_the_first_column_is_preselected_and_the_example_names_it(client: FlaskClient, page_of: PageOf) -> None:
    text = client.get(page_of("views.csv") + "/enrich").text
    assert selected(text, "column") == "user_id"
    assert "https://api.example.com/users/{user_id}" in text
    assert 'value="views enriched.csv"' in text
    assert text.count('<details class="disclosure">') == 4, "nothing that is folded away is open"


@pytest.mark.parametrize("do", ["try", "start"])
def test_an_enrichment_is_tried_or_started(services: Services, page_of: PageOf, press: Press, do: str) -> None:
    page = page_of("views.csv") + "/enrich"
    answer = press(page, **LIST, do=do)
    job = job_at(services, answer)
    assert (job.is_trial, job.input) == (do == "try", "views.csv")
    assert job.recipe.to_json()["steps"] == [
        {"operation": "enrich", "api": {"url": URL}, "column": "user_id", "key": "id"}
    ]
    if do == "try":
        assert parse_qs(urlsplit(answer.location).query) == {"output": ["out.csv"]}
    else:
        assert job.output == "out.csv"


def test_what_is_wrong_stands_beside_its_field_and_what_was_typed_stays(
    services: Services, page_of: PageOf, press: Press, error_beside: Callable[[TestResponse, str], str]
) -> None:
    answer = press(page_of("views.csv") + "/enrich", **{**LIST, "key": ""}, price="<much>", prefix="u ")
    assert answer.status_code == 422
    assert error_beside(answer, "key").startswith("Name the field")
    assert error_beside(answer, "price") == "Type an amount such as 0.002."
    assert 'value="&lt;much&gt;"' in answer.text and f'value="{URL}"' in answer.text and 'value="u "' in answer.text
    assert "2 fields need another look" in answer.text
    assert answer.text.count('<details class="disclosure" open>') == 2, "the folds of the price and of the prefix"
    assert services.jobs.latest() == ()


@pytest.mark.parametrize("do", ["try", "start"])
def test_a_name_that_no_file_can_have_is_told_beside_the_output(
    page_of: PageOf, press: Press, error_beside: Callable[[TestResponse, str], str], do: str
) -> None:
    answer = press(page_of("views.csv") + "/enrich", **{**LIST, "output": "a/b.csv"}, do=do)
    assert answer.status_code == 422
    assert "has a “/” in it" in error_beside(answer, "output")


def test_a_secret_is_chosen_by_its_name_and_goes_to_its_own_host(
    services: Services, page_of: PageOf, press: Press, error_beside: Callable[[TestResponse, str], str]
) -> None:
    services.secrets.add("users", "api.example.com", "", "Bearer hidden")
    services.secrets.add("other", "example.org", "", "Bearer hidden")
    page = page_of("views.csv") + "/enrich"
    wrong = press(page, **LIST, secret="other")
    assert error_beside(wrong, "secret").startswith("This secret is for example.org")
    assert selected(wrong.text, "secret") == "other"
    assert "Bearer" not in wrong.text
    job = job_at(services, press(page, **LIST, secret="users"))
    assert job.recipe.to_json()["steps"][0]["api"]["secret"] == "users"


def test_a_secret_that_is_stored_beside_is_listed_without_losing_what_was_typed(
    services: Services, page_of: PageOf, press: Press
) -> None:
    services.secrets.add("users", "api.example.com", "", "Bearer hidden")
    answer = press(page_of("views.csv") + "/enrich", url=URL, headers="Accept: a/b", price="<much>", do="look")
    assert answer.status_code == 200
    assert '<option value="users">users (for api.example.com)</option>' in answer.text
    assert f'value="{URL}"' in answer.text and "Accept: a/b</textarea>" in answer.text
    assert 'value="&lt;much&gt;"' in answer.text and "field-error" not in answer.text
    assert services.jobs.latest() == ()


def test_a_join_asks_for_the_other_file_first(client: FlaskClient, page_of: PageOf) -> None:
    page = page_of("views.csv") + "/join"
    text = client.get(page).text
    assert '<option value="users.csv">' in text
    assert '<option value="views.csv">' not in text
    assert 'name="left"' not in text
    answer = client.get(page, query_string={"with": "gone.csv"})
    assert answer.status_code == 422 and "no file “gone.csv”" in answer.text


def test_then_for_the_columns_of_both_shown_as_text(client: FlaskClient, page_of: PageOf) -> None:
    text = client.get(page_of("views.csv") + "/join", query_string={"with": "users.csv"}).text
    assert text.count('name="left"') == text.count('name="right"') == 5
    assert "&lt;b&gt;mail&lt;/b&gt;" in text and "<b>mail" not in text
    same = client.get(page_of("users.csv") + "/join", query_string={"with": "users.csv"}).text
    assert re.search(r'name="left".*?<option value="id" selected', same, re.DOTALL), "the same name is preselected"


def test_very_many_columns_are_listed_once_a_side(client: FlaskClient, services: Services, page_of: PageOf) -> None:
    wide = ",".join(f"c{number}" for number in range(400))
    (services.workspace.folder / "wide.csv").write_text(f"{wide}\n{wide}\n")
    services.catalogue.refresh()
    text = client.get(page_of("wide.csv") + "/join", query_string={"with": "users.csv"}).text
    assert text.count('<option value="c399">') == 1
    assert text.count('list="left-columns"') == text.count('<select class="input mono" name="right"') == 5


def test_a_join_is_tried_or_started(services: Services, page_of: PageOf, press: Press) -> None:
    page = page_of("views.csv") + "/join"
    form = page + "?with=users.csv"
    trial = job_at(services, press(form, page, **PAIR, do="try"))
    assert trial.is_trial
    job = job_at(services, press(form, page, **PAIR, do="start", how="inner", bring="some", columns=["name"]))
    assert job.recipe.to_json()["steps"] == [
        {
            "operation": "join",
            "file": "users.csv",
            "on": [{"left": "user_id", "right": "id"}],
            "how": "inner",
            "columns": ["name"],
        }
    ]


def test_a_join_without_columns_to_compare_says_so(
    page_of: PageOf, press: Press, error_beside: Callable[[TestResponse, str], str]
) -> None:
    page = page_of("views.csv") + "/join"
    answer = press(page + "?with=users.csv", page, **{**PAIR, "left": "", "right": ""})
    assert answer.status_code == 422
    assert error_beside(answer, "pairs") == "Choose at least one pair of columns."


def test_a_file_that_cannot_be_read_says_why_and_leads_to_its_reading(
    client: FlaskClient, page_of: PageOf, services: Services
) -> None:
    (services.workspace.folder / "bad.csv").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 20)
    services.catalogue.refresh()
    text = client.get(page_of("bad.csv") + "/enrich").text
    assert f'href="{page_of("bad.csv")}/reading"' in text
    assert 'name="url"' not in text
    other = client.get(page_of("views.csv") + "/join", query_string={"with": "bad.csv"}).text
    assert f'href="{page_of("bad.csv")}/reading"' in other
    assert 'name="left"' not in other


def test_a_job_leads_back_to_its_form_filled_in(
    client: FlaskClient, services: Services, page_of: PageOf, press: Press
) -> None:
    job = job_at(services, press(page_of("views.csv") + "/enrich", **LIST, price="0.5", do="start"))
    answer = client.get(f"/jobs/{job.id}/change", query_string={"how": "anti"}, follow_redirects=True)
    assert answer.request.path == page_of("views.csv") + "/enrich"
    assert 'value="0.5"' in answer.text
    assert re.search(r'value="anti" checked', answer.text)
    assert 'value="views without a match.csv"' in answer.text


def test_a_job_that_calls_an_api_is_paused_and_resumed_on_its_page(
    client: FlaskClient, services: Services, page_of: PageOf, press: Press
) -> None:
    job = job_at(services, press(page_of("views.csv") + "/enrich", **LIST, do="start"))
    page = f"/jobs/{job.id}"
    assert 'id="pause"' in client.get(page).text
    press(page, f"{page}/pause")
    text = client.get(page).text
    assert 'id="paused"' in text and 'id="resume"' in text and 'id="pause"' not in text
    press(page, f"{page}/resume")
    assert 'id="pause"' in client.get(page).text


@pytest.mark.parametrize("steps", [[], [{"operation": "sort", "by": ["views"]}]])
def test_other_jobs_lead_to_the_form_of_recipes(
    client: FlaskClient, services: Services, page_of: PageOf, steps: list[dict[str, object]]
) -> None:
    page_of("views.csv")
    job = services.jobs.submit("views.csv", "o.csv", Recipe.parse({"steps": steps}))
    assert client.get(f"/jobs/{job.id}/change").location == f"/?job={job.id}"


def test_a_join_of_a_file_read_otherwise_leads_there_too(
    client: FlaskClient, services: Services, page_of: PageOf
) -> None:
    page_of("views.csv")
    step = {"operation": "join", "file": "users.csv", "on": [{"left": "user_id", "right": "id"}]}
    job = services.jobs.submit("views.csv", "o.csv", Recipe.parse({"steps": [step]}), DialectChoice(quote="'"))
    assert client.get(f"/jobs/{job.id}/change").location == f"/?job={job.id}"
