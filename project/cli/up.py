"""`./run up`: the whole product on this machine, in one window, until Ctrl-C."""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import socket
import sys
from pathlib import Path

from alembic import command
from alembic.config import Config

from config.settings import ROOT, Settings, load
from project.cli import redis_server, state_lock
from project.cli.arguments import FAILED, run
from project.cli.client import local_address
from project.cli.console import Console
from project.cli.parts import web, worker
from project.cli.supervise import Supervisor
from project.errors import ConflictError, FailureError

EXAMPLE = ROOT / "data" / "example_input.csv"


def main(arguments: list[str]) -> int:
    """Run until a signal asks to stop. Raises RowmillError with a sentence if it cannot start."""
    argparse.ArgumentParser(prog="./run up", description="Start Rowmill on this machine.").parse_args(arguments)
    os.chdir(ROOT)
    settings = load()
    with state_lock.hold(settings.state_dir, local_address(settings)):
        _check_port(settings.host, settings.port)
        _welcome(settings.data_dir)
        if settings.redis_url:
            redis_server.check(settings.redis_url)
        return serve(settings)


def serve(settings: Settings) -> int:
    """Start the parts in their order, keep them running, and end them all whatever happens."""
    console = Console()
    supervisor = Supervisor(console)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: supervisor.ask_to_stop())
    try:
        if _start(supervisor, settings):
            console.print(f"Rowmill is ready: {local_address(settings)}")
            supervisor.watch()
        return 0
    except FailureError as error:
        print(error.message, file=sys.stderr)
        return FAILED
    finally:
        console.print("Stopping …")
        supervisor.stop()
        console.print("Stopped.")


def migrate(database_url: str) -> None:
    """Bring the database to the newest migration. Raises UnavailableError if it does not answer."""
    config = Config(ROOT / "alembic.ini")
    config.attributes["database_url"] = database_url
    command.upgrade(config, "head")


def _start(supervisor: Supervisor, settings: Settings) -> bool:
    redis_url = settings.redis_url
    if not redis_url:
        server = redis_server.prepare(settings.state_dir)
        redis_url = server.url
        if not supervisor.start([server.part()]):
            return False
    migrate(settings.database)
    return supervisor.start([worker(redis_url), web(redis_url, local_address(settings))])


def _check_port(host: str, port: int) -> None:
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as error:
        raise ConflictError(
            f"Rowmill cannot listen on {host}, port {port}: {error.strerror}. "
            f"Stop what uses it, or choose another one: PORT={port + 1} ./run up"
        ) from error


def _welcome(folder: Path) -> None:
    """A workspace without a file gets the example, so that there is something to try."""
    if EXAMPLE.is_file() and not any(not path.name.startswith(".") for path in folder.iterdir()):
        shutil.copy(EXAMPLE, folder)


if __name__ == "__main__":
    sys.exit(run(main))
