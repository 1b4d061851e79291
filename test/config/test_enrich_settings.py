"""The settings of enrichments: what a fetch may reach and use."""

from __future__ import annotations

import pytest

from config.settings import Settings
from project.assembly import assemble
from project.errors import SettingsError


def load(monkeypatch: pytest.MonkeyPatch, tmp_path: object, **values: str) -> Settings:
    for name, value in values.items():
        monkeypatch.setenv(name, value)
    return Settings.load(_env_file=None, data_dir=f"{tmp_path}/data", state_dir=f"{tmp_path}/state")


def test_they_become_the_limits_of_a_fetch(monkeypatch: pytest.MonkeyPatch, tmp_path: object) -> None:
    settings = load(
        monkeypatch,
        tmp_path,
        ENRICH_ALLOW_HOSTS="API.internal, 10.1.2.0/24",
        ENRICH_PORTS="443,8443",
        ENRICH_PROXY="http://egress:3128",
        ENRICH_RESPONSE_MB="7",
        ENRICH_TIMEOUT_SECONDS="20",
    )
    services = assemble(settings)
    limits = services.fetch_limits
    services.database.close()
    assert limits.allow_hosts == ("api.internal", "10.1.2.0/24") and limits.ports == (443, 8443)
    assert (limits.proxy, limits.response_mb) == ("http://egress:3128", 7)
    assert (limits.connect_seconds, limits.read_seconds, limits.total_seconds) == (10, 20, 20)


def test_without_any_only_public_hosts_are_reached(monkeypatch: pytest.MonkeyPatch, tmp_path: object) -> None:
    settings = load(monkeypatch, tmp_path)
    assert (settings.enrich_allow_hosts, settings.enrich_ports, settings.enrich_proxy) == ((), (80, 443), "")


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("ENRICH_PORTS", "80,x", "whole numbers from 1 to 65535"),
        ("ENRICH_PORTS", "70000", "whole numbers from 1 to 65535"),
        ("ENRICH_PORTS", ",", "whole numbers from 1 to 65535"),
        ("ENRICH_PROXY", "socks5://me:pass4711@proxy", "http:// or https://"),
        ("ENRICH_RESPONSE_MB", "0", "1 or more"),
        ("ENRICH_TIMEOUT_SECONDS", "0", "from 1 to 3600"),
    ],
)
def test_what_cannot_be_used_stops_the_start_with_a_sentence(
    monkeypatch: pytest.MonkeyPatch, tmp_path: object, name: str, value: str, says: str
) -> None:
    with pytest.raises(SettingsError, match=f"{name} .*{says}") as caught:
        load(monkeypatch, tmp_path, **{name: value})
    assert "pass4711" not in caught.value.message
