"""A product of the harness's own: its folders, its ports, its database, all gone at the end."""

from __future__ import annotations

import http.client
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from chaos.material import MEMORY_MB, Material
from chaos.processes import Processes
from config.settings import ROOT
from project.cli.parts import worker
from project.database import Database
from project.files.workspace import Workspace

START_SECONDS = 120.0
STOP_SECONDS = 40.0
LEASE_SECONDS = 3.0
SWEEP_SECONDS = 1.0


class Product:
    """`./run up` with leases so short that recovery is seen soon."""

    def __init__(self, folder: Path, material: Material, variables: Mapping[str, str], database_url: str = "") -> None:
        self.folder = folder
        self.state = folder / "state"
        self.faults = folder / "faults"
        for path in (self.state, self.faults, folder / "data", folder / "log"):
            path.mkdir(parents=True, exist_ok=True)
        self.workspace = Workspace(folder / "data")
        self.database = Database(database_url or f"sqlite:///{self.state / 'rowmill.db'}")
        self.port = free_port()
        self.log = folder / "log" / "product.log"
        self._variables = variables
        self._database_url = database_url
        self._process: subprocess.Popen[bytes] | None = None
        self._workers: list[subprocess.Popen[bytes]] = []
        for path in material.folder.glob("*.csv"):
            shutil.copy(path, self.workspace.folder)

    @property
    def processes(self) -> Processes:
        """What runs of it now."""
        return Processes.of(self.state, self.workspace.folder)

    def start(self) -> None:
        """Start it and wait until it is ready."""
        begin = self.log.stat().st_size if self.log.exists() else 0
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "project.cli.up"],
                stdout=log,
                stderr=log,
                cwd=ROOT,
                env={**os.environ, **self._environment()},
                start_new_session=True,
            )
        if not wait_for(lambda: b"Rowmill is ready" in self.log.read_bytes()[begin:], START_SECONDS):
            raise TimeoutError(f"The product did not start:\n{self.log.read_text(errors='replace')[-3000:]}")

    def start_worker(self) -> None:
        """Start another worker beside the product's own, and wait until it has its processes."""
        part = worker((self.state / "redis-address").read_text().strip())
        before = len(self.processes.children)
        with self.log.open("ab") as log:
            environment = {**os.environ, **self._environment(), **part.environment}
            self._workers.append(
                subprocess.Popen(
                    part.command, stdout=log, stderr=log, cwd=ROOT, env=environment, start_new_session=True
                )
            )
        wait_for(lambda: len(self.processes.children) > before, START_SECONDS)

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to what a person would end with Ctrl-C."""
        assert self._process is not None
        self._process.send_signal(number)

    def wait(self) -> bool:
        """Wait for its end; whether it came in time."""
        assert self._process is not None
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            return False
        return True

    def stop(self) -> int:
        """End it; how many processes it left behind, which are ended too."""
        for beside in self._workers:
            beside.terminate()
        for beside in self._workers:
            beside.wait(STOP_SECONDS)
        if self._process is not None and self._process.poll() is None:
            self.signal(signal.SIGTERM)
            self.wait()
        wait_for(lambda: not self.processes.all, 5)
        left = self.processes.all
        for process in left:
            process.send(signal.SIGKILL)
        self.database.close()
        return len(left)

    def ask(self, path: str, body: dict[str, Any] | None = None) -> tuple[int, dict[str, Any]]:
        """(status, answer) of the interface for programs; status 0: no answer came."""
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}{path}",
            data=None if body is None else json.dumps(body).encode(),
            headers={"Content-Type": "application/json"},
        )
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as error:
            return error.code, {}
        except (OSError, http.client.HTTPException, ValueError):
            return 0, {}

    def arm(self, point: str, action: str) -> None:
        """Let the next process that passes the fault point do that: kill or stop itself, or find the disk full."""
        (self.faults / point).write_text(action)

    def _environment(self) -> dict[str, str]:
        settings = {
            "ENVIRONMENT": "production",
            "PORT": self.port,
            "HOST": "127.0.0.1",
            "DATA_DIR": self.workspace.folder,
            "STATE_DIR": self.state,
            "DATABASE_URL": self._database_url,
            "REDIS_URL": "",
            "ENGINE_MEMORY_MB": MEMORY_MB,
            "LEASE_SECONDS": LEASE_SECONDS,
            "SWEEP_SECONDS": SWEEP_SECONDS,
            "MAX_ATTEMPTS": 50,
            "ROWMILL_FAULTS": self.faults,
        }
        return {name: str(value) for name, value in settings.items()} | dict(self._variables)


def free_port() -> int:
    """A port on which nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def wait_for(condition: Callable[[], object], seconds: float) -> bool:
    """Whether the condition came to hold in time."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True
