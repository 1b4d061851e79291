"""Pauses grow from one fetch to the next while an API is down, and begin anew when it has answered."""

from __future__ import annotations

import io
import os
import time
from pathlib import Path
from test.apis.server import Api
from test.fetch.callers import limits

import pytest

from project.fetch.events import Fetched, Paused
from project.fetch.fetching import fetch
from project.fetch.outages import Outages
from project.fetch.plan import FetchPlan
from project.fetch.telling import Telling
from project.operations.enrich import Enrich

URL = "https://api.example/users"


def test_outages_are_counted_until_they_are_forgotten(tmp_path: Path) -> None:
    outages = Outages(tmp_path, URL)
    assert outages.read() == 0
    outages.count(outages.read())
    outages.count(outages.read())
    assert Outages(tmp_path, f"{URL}/7?x=1").read() == 2
    assert Outages(tmp_path, "https://other.example/users").read() == 0
    outages.forget()
    outages.forget()
    assert outages.read() == 0


def test_old_ones_and_damaged_ones_count_nothing(tmp_path: Path) -> None:
    outages = Outages(tmp_path, URL)
    outages.count(4)
    (path,) = tmp_path.iterdir()
    os.utime(path, (time.time() - 4000, time.time() - 4000))
    assert outages.read() == 0
    path.write_text("many")
    assert outages.read() == 0


@pytest.mark.parametrize("is_list", [True, False])
def test_the_pauses_of_fetches_grow(api: Api, tmp_path: Path, is_list: bool) -> None:
    def fetched(number: int) -> Fetched | Paused:
        folder = tmp_path / f"attempt-{number}"
        folder.mkdir()
        (folder / "keys.csv").write_text("id\n1\n2\n")
        url = f"{api.url}/users" if is_list else f"{api.url}/users/{{id}}"
        step = {"operation": "enrich", "api": {"url": url}, "column": "id", "key": "id" if is_list else ""}
        plan = FetchPlan(
            job_id="job",
            attempt=number,
            folder=folder,
            step=Enrich.model_validate(step),
            keys=None if is_list else folder / "keys.csv",
            journals=tmp_path,
            limits=limits(tries=1),
        )
        event = fetch(plan, None, Telling(io.StringIO()))
        assert isinstance(event, Fetched | Paused)
        return event

    api.status = 503
    first, second = fetched(1), fetched(2)
    assert isinstance(first, Paused) and isinstance(second, Paused)
    assert (round(first.seconds), round(second.seconds)) == (30, 60)
    api.status = None
    assert isinstance(fetched(3), Fetched)
    assert not list(tmp_path.glob("*.outages"))
