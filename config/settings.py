"""The settings: read once from the environment, typed, refused at start with a sentence that a person can act on."""

from __future__ import annotations

import logging
import os
import secrets
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, ValidationError, field_validator, model_validator
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from project.errors import SettingsError
from project.least import LEAST_MEMORY_MB

ROOT = Path(__file__).resolve().parent.parent
_HIDDEN = {"secret_key", "database_url", "redis_url", "enrich_proxy"}
_YES_OR_NO = "true or false"
_MEGABYTES = "a whole number of megabytes, 0 or more"


Port = Annotated[int, Field(ge=1, le=65535)]


class Settings(BaseSettings):
    """Each setting is the environment variable of its name in capitals; `.env.example` explains them.

    A field's description completes "NAME has to be …".
    """

    model_config = SettingsConfigDict(
        frozen=True, env_file=ROOT / ".env", env_ignore_empty=True, extra="ignore", hide_input_in_errors=True
    )

    environment: Literal["production", "development"] = Field("production", description="production or development")
    host: str = Field("127.0.0.1", min_length=1, description="an address to listen on, such as 127.0.0.1 or 0.0.0.0")
    port: int = Field(8000, ge=1, le=65535, description="a whole number from 1 to 65535")
    data_dir: Path = Field(Path("data"), description="a folder that can be written")
    state_dir: Path = Field(Path(".state"), description="a folder that can be written")
    database_url: str = Field("", description="empty, or an address that begins with sqlite:/// or postgresql://")
    redis_url: str = Field("", description="empty, or an address that begins with redis:// or rediss://")
    secret_key: str = Field("", description="empty, or at least 16 characters that nobody can guess")
    trusted_hosts: Annotated[tuple[str, ...], NoDecode] = Field(
        ("127.0.0.1", "localhost", "[::1]"), description="host names separated by commas, or *"
    )
    proxy_count: int = Field(0, ge=0, le=10, description="a whole number from 0 to 10")
    upload_max_mb: int = Field(0, ge=0, description=_MEGABYTES)
    upload_quota_mb: int = Field(0, ge=0, description=_MEGABYTES)
    upload_expiry_hours: float = Field(24, gt=0, description="a number of hours, more than 0")
    inspect_automatically: bool = Field(True, description=_YES_OR_NO)
    engine_memory_mb: int = Field(
        0,
        ge=0,
        description=f"0, or a whole number of megabytes from {LEAST_MEMORY_MB}, the least that an engine can work in",
    )
    engine_spill_mb: int = Field(0, ge=0, description=_MEGABYTES)
    engine_output_mb: int = Field(0, ge=0, description=_MEGABYTES)
    engine_wall_seconds: float = Field(86400, ge=0, description="a number of seconds, 0 or more")
    engine_stall_seconds: float = Field(120, ge=0, description="a number of seconds, 0 or more")
    views_mb: int = Field(0, ge=0, description=_MEGABYTES)
    enrich_allow_hosts: Annotated[tuple[str, ...], NoDecode] = Field(
        (), description="empty, or host names, addresses or networks separated by commas"
    )
    enrich_ports: Annotated[tuple[Port, ...], NoDecode] = Field(
        (80, 443), min_length=1, description="whole numbers from 1 to 65535 separated by commas"
    )
    enrich_proxy: str = Field("", description="empty, or an address that begins with http:// or https://")
    enrich_response_mb: int = Field(64, ge=1, description="a whole number of megabytes, 1 or more")
    enrich_timeout_seconds: float = Field(120, ge=1, le=3600, description="a number of seconds from 1 to 3600")
    worker_concurrency: int = Field(2, ge=1, le=256, description="a whole number from 1 to 256")
    web_threads: int = Field(8, ge=1, le=256, description="a whole number from 1 to 256")
    lease_seconds: float = Field(30, ge=1, le=3600, description="a number of seconds from 1 to 3600")
    sweep_seconds: float = Field(10, ge=0.1, le=3600, description="a number of seconds from 0.1 to 3600")
    max_attempts: int = Field(3, ge=1, le=100, description="a whole number from 1 to 100")
    trash_hours: float = Field(24, ge=0, le=87600, description="a number of hours from 0 to 87600")
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field("INFO", description="DEBUG, INFO, WARNING or ERROR")
    debug_toolbar: bool = Field(False, description=_YES_OR_NO)

    @classmethod
    def load(cls, **values: Any) -> Settings:
        """Read the environment (and `.env` beside the code), make the folders. Raises SettingsError."""
        try:
            settings = cls(**values)
        except ValidationError as error:
            raise SettingsError(" ".join(_sentence(detail) for detail in error.errors())) from None
        for name in ("data_dir", "state_dir"):
            _make_writable(name.upper(), getattr(settings, name))
        return settings

    @property
    def database(self) -> str:
        """The database's address; without one, SQLite in the state folder."""
        return self.database_url or f"sqlite:///{self.state_dir / 'rowmill.db'}"

    @property
    def broker(self) -> str:
        """Redis's address; without one, the usual place. (`./run up` brings a Redis and sets REDIS_URL.)"""
        return self.redis_url or "redis://127.0.0.1:6379/0"

    @property
    def is_development(self) -> bool:
        """Whether helpers for developers, which would endanger others, are allowed."""
        return self.environment == "development"

    def session_key(self) -> str:
        """The key that signs sessions and forms; without one set, made once and kept in the state folder."""
        return self.secret_key or _kept_key(self.state_dir / "secret_key")

    @field_validator("data_dir", "state_dir")
    @classmethod
    def _absolute(cls, value: Path) -> Path:
        return (ROOT / value.expanduser()).absolute()

    @field_validator("log_level", mode="before")
    @classmethod
    def _capitals(cls, value: Any) -> Any:
        return value.upper() if isinstance(value, str) else value

    @field_validator("trusted_hosts", "enrich_allow_hosts", "enrich_ports", mode="before")
    @classmethod
    def _separated(cls, value: Any) -> Any:
        if not isinstance(value, str):
            return value
        return tuple(part.strip().lower() for part in value.split(",") if part.strip())

    @field_validator("database_url")
    @classmethod
    def _known_database(cls, value: str) -> str:
        if value and not value.startswith(("sqlite:///", "postgresql://", "postgresql+psycopg://")):
            raise ValueError("another database")
        return value

    @field_validator("enrich_proxy")
    @classmethod
    def _known_proxy(cls, value: str) -> str:
        if value and not value.startswith(("http://", "https://")):
            raise ValueError("another kind of proxy")
        return value

    @field_validator("redis_url")
    @classmethod
    def _known_broker(cls, value: str) -> str:
        if value and not value.startswith(("redis://", "rediss://")):
            raise ValueError("another broker")
        return value

    @field_validator("secret_key")
    @classmethod
    def _long_enough(cls, value: str) -> str:
        if value and len(value) < 16:
            raise ValueError("too short")
        return value

    @field_validator("engine_memory_mb")
    @classmethod
    def _large_enough(cls, value: int) -> int:
        if 0 < value < LEAST_MEMORY_MB:
            raise ValueError("too small")
        return value

    @model_validator(mode="after")
    def _helpers_in_development_only(self) -> Settings:
        if self.debug_toolbar and not self.is_development:
            raise ValueError(
                "DEBUG_TOOLBAR is on, but ENVIRONMENT is not development: "
                "the toolbar shows secrets to everyone who can reach the pages, so Rowmill does not start."
            )
        return self


def load() -> Settings:
    """The settings of this process. Raises SettingsError."""
    return Settings.load()


def _sentence(error: ErrorDetails) -> str:
    if not error["loc"]:
        return error["msg"].removeprefix("Value error, ")
    field = str(error["loc"][0])
    meant = Settings.model_fields[field].description
    # The values of some settings hold passwords, which have no place on a screen or in a log.
    given = "" if field in _HIDDEN else f"“{os.environ.get(field.upper(), error.get('input'))}” and "
    return f"{field.upper()} is {given}has to be {meant}." if given else f"{field.upper()} has to be {meant}."


def _make_writable(name: str, folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise SettingsError(f"{name} is “{folder}”, which cannot be made a folder: {error.strerror}.") from error
    if not os.access(folder, os.W_OK | os.X_OK):
        raise SettingsError(f"{name} is “{folder}”, which may not be written: change its owner or permissions.")


def _kept_key(path: Path) -> str:
    """The key in that file, made at the first call; of several processes that start at once, one makes it."""
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    try:
        return path.read_text().strip()
    except FileNotFoundError:
        pass
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as stream:
        stream.write(secrets.token_hex(32))
    try:
        os.link(draft, path)
    except FileExistsError:
        logging.getLogger(__name__).debug("another process made the key")
    finally:
        draft.unlink()
    return path.read_text().strip()
