"""The assembled application: what every answer carries, what is refused, what it does not start with."""

from __future__ import annotations

import subprocess
import sys

import pytest

from config.settings import ROOT
from project.app import create_app
from project.errors import SettingsError
from project.guard import is_trusted
from project.recipes.built_in import BUILT_IN


@pytest.mark.parametrize("address", ["/", "/jobs", "/up", "/api/v1/jobs", "/nothing", "/api/v1/nothing"])
def test_every_answer_carries_the_security_headers(client, address):
    headers = client.get(address).headers
    policy = headers["Content-Security-Policy"]
    for rule in ("default-src 'self'", "frame-ancestors 'none'", "form-action 'self'", "base-uri 'none'"):
        assert rule in policy
    assert "unsafe" not in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] and headers["Cross-Origin-Opener-Policy"]


@pytest.mark.parametrize("address", ["/", "/api/v1/jobs", "/up", "/css/app.css"])
def test_a_host_that_is_not_trusted_is_refused_with_a_sentence(client, address):
    answer = client.get(address, headers={"Host": "evil.example"})
    assert answer.status_code == 400 and "TRUSTED_HOSTS" in answer.text


@pytest.mark.parametrize(
    "host, trusted, expected",
    [
        ("localhost", ("localhost",), True),
        ("LOCALHOST:8000", ("localhost",), True),
        ("[::1]:8000", ("[::1]",), True),
        ("[::1]", ("[::1]",), True),
        ("localhost.evil.example", ("localhost",), False),
        ("evil.example:80", ("localhost",), False),
        ("a.example.com", (".example.com",), True),
        ("example.com", (".example.com",), True),
        ("badexample.com", (".example.com",), False),
        ("", ("localhost",), False),
        ("anything", ("*",), True),
    ],
)
def test_hosts_are_compared_without_their_port(host, trusted, expected):
    assert is_trusted(host, trusted) is expected


def test_a_form_without_its_token_is_refused(client):
    values = {"input_file": "example_input.csv", "output_file": "out.csv", "recipe": "clean-copy"}
    assert client.post("/schedule", data=values).status_code == 400
    assert client.get("/api/v1/jobs").get_json()["jobs"] == []


def test_the_session_cookie_is_out_of_reach_for_scripts_and_foreign_pages(client):
    cookie = client.get("/").headers.get("Set-Cookie", "")
    assert "HttpOnly" in cookie and "SameSite=Lax" in cookie


def test_two_products_on_one_host_keep_their_sessions_apart(settings):
    for port in (8000, 8001):
        client = create_app(settings.model_copy(update={"port": port})).test_client()
        assert client.get("/").headers["Set-Cookie"].startswith(f"rowmill_{port}=")


def test_what_asks_again_and_again_is_logged_for_debugging_only(client, app, caplog):
    job = app.extensions["rowmill.jobs"].submit("example_input.csv", "out.csv", BUILT_IN[0].recipe)
    caplog.set_level("DEBUG", "project.requests")
    caplog.clear()
    found, missed = f"/download?process_id={job.id}", "/download?process_id=x"
    for address in ("/up", f"/jobs/{job.id}?live=1", found, f"/jobs/{job.id}", "/?live=1", missed):
        client.get(address)
    told = [record.levelname for record in caplog.records if record.name == "project.requests"]
    assert told == ["DEBUG", "DEBUG", "DEBUG", "INFO", "INFO", "INFO"]


@pytest.mark.parametrize("module", ["project.app", "project.worker", "project.engine.__main__"])
def test_what_waits_for_work_carries_no_library_of_the_engines(module):
    """Each process would start later and be larger; the engine itself loads them when it comes to work."""
    heavy = {"charset_normalizer", "duckdb", "numba", "numpy", "polars", "pyarrow"}
    code = f"import sys, {module}; print(*sorted({heavy} & set(sys.modules)))"
    loaded = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert loaded.stdout.split() == []


def test_a_debugger_outside_development_is_a_refusal_to_start(settings, monkeypatch):
    monkeypatch.setenv("FLASK_DEBUG", "1")
    with pytest.raises(SettingsError, match="FLASK_DEBUG"):
        create_app(settings)
    create_app(settings.model_copy(update={"environment": "development"}))


def test_the_toolbar_is_there_in_development_only(settings, client):
    developing = settings.model_copy(update={"environment": "development", "debug_toolbar": True})
    assert "flDebug" in create_app(developing).test_client().get("/").text
    assert "flDebug" not in client.get("/").text


def test_proxies_are_believed_only_as_far_as_they_were_counted(settings):
    headers = {"X-Forwarded-Host": "localhost", "Host": "inner.example"}
    assert create_app(settings).test_client().get("/up", headers=headers).status_code == 400
    behind_one = create_app(settings.model_copy(update={"proxy_count": 1}))
    assert behind_one.test_client().get("/up", headers=headers).status_code == 200


def test_an_unknown_page_is_a_page(client):
    answer = client.get("/nothing")
    assert answer.status_code == 404 and answer.content_type.startswith("text/html")
