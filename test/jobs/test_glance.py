"""Many who watch the same job are answered from one rendering, for a moment, and never with what is no longer so."""

from __future__ import annotations

import re

import pytest

from project.jobs.glance import Glances, Sight
from project.jobs.states import JobState
from project.recipes.built_in import BUILT_IN


@pytest.fixture
def job(services):
    return services.jobs.submit("example_input.csv", "out.csv", BUILT_IN[0].recipe)


class Page:
    """Counts how often it was rendered."""

    def __init__(self) -> None:
        self.times = 0

    def __call__(self) -> str:
        self.times += 1
        return str(self.times)


def test_the_same_sight_is_rendered_once_for_all(job):
    glances, page = Glances(seconds=60), Page()
    assert [glances.of(Sight(job, None, ""), page) for _ in range(3)] == ["1", "1", "1"]


def test_what_has_changed_is_rendered_at_once(job):
    glances, page = Glances(seconds=60), Page()
    for seen in (job, job.model_copy(update={"cancel_requested": True}), job.model_copy(update={"attempt": 1})):
        glances.of(Sight(seen, None, ""), page)
    glances.of(Sight(job, None, "/mill"), page)
    assert page.times == 4


def test_a_rendering_is_soon_too_old(job):
    glances, page = Glances(seconds=0), Page()
    assert [glances.of(Sight(job, None, ""), page) for _ in range(2)] == ["1", "2"]


def test_what_lies_on_disk_is_looked_at_anew(job):
    glances, page = Glances(seconds=60), Page()
    ended = job.model_copy(update={"state": JobState.SUCCEEDED})
    assert [glances.of(Sight(ended, None, ""), page) for _ in range(2)] == ["1", "2"]


def test_a_change_is_seen_in_the_next_answer_and_the_poll_needs_no_session(client, services, job):
    first = client.get(f"/jobs/{job.id}?live=1")
    assert (
        "csrf" not in first.text and "Set-Cookie" not in first.headers and "Cookie" not in first.headers.get("Vary", "")
    )
    services.jobs.cancel(job.id)
    assert 'data-state="cancelled"' in client.get(f"/jobs/{job.id}?live=1").text


def test_the_buttons_send_the_form_that_has_the_token(client, job):
    page = client.get(f"/jobs/{job.id}").text
    form = re.search(
        r'<form method="post" id="([^"]+)" hidden><input type="hidden" name="csrf_token" value="([^"]+)">', page
    )
    button = re.search(r'<button class="button" id="cancel" form="([^"]+)" formaction="([^"]+)">', page)
    assert form[1] == button[1]
    assert client.post(button[2], data={"csrf_token": form[2]}).status_code == 303
