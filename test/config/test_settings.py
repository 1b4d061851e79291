"""Settings: typed, documented, and refused with a sentence."""

from __future__ import annotations

import os
import re
import stat
from pathlib import Path

import pytest

from config.settings import ROOT, Settings
from project.errors import SettingsError


@pytest.fixture
def load(monkeypatch, tmp_path):
    """Settings from these variables alone."""
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.setenv("DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("STATE_DIR", str(tmp_path / "state"))

    def load(**variables: str) -> Settings:
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        return Settings.load(_env_file=None)

    return load


def documented() -> dict[str, str]:
    """The variables of the first part of .env.example, which is about Rowmill itself."""
    text = (ROOT / ".env.example").read_text().partition("\n# Docker")[0]
    return dict(re.findall(r"^([A-Z_]+)=(.*)$", text, flags=re.MULTILINE))


def test_every_setting_is_in_the_example_and_the_other_way_round():
    assert sorted(documented()) == sorted(name.upper() for name in Settings.model_fields)


def test_the_example_holds_the_defaults(load, monkeypatch):
    by_default = load()
    monkeypatch.delenv("DATA_DIR")
    monkeypatch.delenv("STATE_DIR")
    example = Settings(_env_file=ROOT / ".env.example")
    assert example == by_default.model_copy(update={"data_dir": ROOT / "data", "state_dir": ROOT / ".state"})


def test_the_defaults_are_safe(load):
    settings = load()
    assert settings.environment == "production" and not settings.debug_toolbar
    assert settings.host == "127.0.0.1" and "localhost" in settings.trusted_hosts
    assert settings.database == f"sqlite:///{settings.state_dir / 'rowmill.db'}"


def test_an_empty_variable_means_the_default(load):
    assert load(PORT="", TRUSTED_HOSTS="").port == 8000


def test_hosts_are_separated_by_commas(load):
    assert load(TRUSTED_HOSTS="a.example, B.example,").trusted_hosts == ("a.example", "b.example")


@pytest.mark.parametrize(
    "name, value, sentence",
    [
        ("PORT", "abc", "PORT is “abc” and has to be a whole number from 1 to 65535."),
        ("PORT", "0", "PORT is “0” and"),
        ("ENVIRONMENT", "staging", "has to be production or development"),
        ("DATABASE_URL", "mysql://me:hunter2@x/y", "DATABASE_URL has to be empty, or an address that begins with"),
        ("REDIS_URL", "http://me:hunter2@x", "REDIS_URL has to be empty, or an address that begins with redis://"),
        ("SECRET_KEY", "hunter2", "SECRET_KEY has to be empty, or at least 16 characters"),
        (
            "ENGINE_MEMORY_MB",
            "255",
            "has to be 0, or a whole number of megabytes from 256, the least that an engine can work in.",
        ),
        ("LOG_LEVEL", "loud", "DEBUG, INFO, WARNING or ERROR"),
        ("MAX_ATTEMPTS", "0", "MAX_ATTEMPTS is “0”"),
        ("DEBUG_TOOLBAR", "true", "ENVIRONMENT is not development"),
    ],
)
def test_a_bad_value_is_refused_with_a_sentence_that_tells_no_secret(load, name, value, sentence):
    with pytest.raises(SettingsError) as caught:
        load(**{name: value})
    assert sentence in caught.value.message
    assert "hunter2" not in caught.value.message


def test_all_bad_values_are_told_at_once(load):
    with pytest.raises(SettingsError, match="PORT.*WEB_THREADS"):
        load(PORT="x", WEB_THREADS="y")


@pytest.mark.parametrize("name", ["DATA_DIR", "STATE_DIR"])
def test_a_folder_that_cannot_be_made_is_refused(load, name, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(SettingsError, match=f"{name} is .* cannot be made a folder"):
        load(**{name: str(tmp_path / "file" / "folder")})


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_may_not_be_written_is_refused(load, tmp_path):
    (tmp_path / "locked").mkdir(mode=0o500)
    with pytest.raises(SettingsError, match="may not be written"):
        load(DATA_DIR=str(tmp_path / "locked"))


def test_a_key_is_made_once_and_only_its_owner_can_read_it(load):
    settings = load()
    key = settings.session_key()
    assert len(key) == 64 and load().session_key() == key
    path = settings.state_dir / "secret_key"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [each.name for each in Path(settings.state_dir).iterdir()] == ["secret_key"]


def test_the_key_of_the_environment_wins(load):
    assert load(SECRET_KEY="0123456789abcdef").session_key() == "0123456789abcdef"
