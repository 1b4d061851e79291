"""A real tus client against the real web server: cut off and killed in the middle, and the same bytes at the end."""

from __future__ import annotations

import hashlib
import http.client
import os
import random
import re
import signal
import socket
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import pytest
import requests
from tusclient.client import TusClient
from tusclient.exceptions import TusCommunicationError

from config.settings import ROOT, Settings
from project.files.workspace import Workspace

MB = 1024 * 1024
CUTS = 20
KILL_EVERY = 5

pytestmark = pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="reads memory in /proc")


class Server:
    """Gunicorn as the product starts it, on a port that stays the same when it is killed and started again."""

    def __init__(self, settings: Settings, wait_until: Callable[..., None]) -> None:
        lists = {"trusted_hosts", "enrich_allow_hosts", "enrich_ports"}
        values = {name.upper(): str(value) for name, value in settings.model_dump(exclude=lists).items()}
        self._environment = {**os.environ, **values}
        self._wait_until = wait_until
        self.address = f"http://127.0.0.1:{settings.port}"
        self.start()

    def start(self) -> None:
        command = [sys.executable, "-m", "gunicorn", "--config", "python:config.gunicorn", "project.app:create_app()"]
        self._process = subprocess.Popen(command, cwd=ROOT, env=self._environment, start_new_session=True)
        self._wait_until(self._answers)

    def kill(self) -> None:
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()

    def memory_mb(self) -> float:
        """The most that the process that serves has ever had."""
        children = Path(f"/proc/{self._process.pid}/task/{self._process.pid}/children").read_text().split()
        status = Path(f"/proc/{children[0]}/status").read_text()
        return int(re.search(r"VmHWM:\s+(\d+)", status)[1]) / 1024  # type: ignore[index]

    def _answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.address}/up", timeout=2):
                return True
        except urllib.error.HTTPError:
            return True
        except OSError:
            return False


class Cutter:
    """Between client and server: calls what cuts when so many bytes have gone through."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.address = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self._rest = 0
        self._cut: Callable[[], None] | None = None
        threading.Thread(target=self._accept, daemon=True).start()

    def after(self, count: int, cut: Callable[[], None]) -> None:
        self._rest, self._cut = count, cut

    def close(self) -> None:
        self._listener.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client = self._listener.accept()[0]
                threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        with suppress(OSError), client, socket.create_connection(("127.0.0.1", self._port)) as server:
            threading.Thread(target=_pump, args=(server, client), daemon=True).start()
            try:
                self._forward(client, server)
            finally:
                # A socket that another thread reads from says nothing to its other end when it is closed.
                for end in (client, server):
                    with suppress(OSError):
                        end.shutdown(socket.SHUT_RDWR)

    def _forward(self, client: socket.socket, server: socket.socket) -> None:
        while block := client.recv(65536):
            if self._cut and len(block) >= self._rest:
                server.sendall(block[: self._rest])
                cut, self._cut = self._cut, None
                cut()
                return
            server.sendall(block)
            self._rest -= len(block) if self._cut else 0


def _pump(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while block := source.recv(65536):
            target.sendall(block)
    with suppress(OSError):
        target.shutdown(socket.SHUT_RDWR)


@pytest.fixture
def server(settings: Settings, wait_until: Callable[..., None]) -> Iterator[Server]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = Server(settings.model_copy(update={"port": port}), wait_until)
    yield server
    server.kill()


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """A file that no part of looks like another; TEST_UPLOAD_MB makes it larger."""
    path, chance = tmp_path / "source.csv", random.Random(5)
    with path.open("wb") as stream:
        for _ in range(int(os.environ.get("TEST_UPLOAD_MB", "50"))):
            stream.write(chance.randbytes(MB))
    return path


def test_a_cut_upload_goes_on_and_ends_with_the_same_bytes(
    server: Server, source: Path, workspace: Workspace, wait_until: Callable[..., None]
) -> None:
    cutter = Cutter(int(server.address.rpartition(":")[2]))
    begun = TusClient(f"{cutter.address}/uploads").uploader(
        str(source), chunk_size=8 * MB, metadata={"filename": "cut.csv"}, retries=0
    )
    url = begun.create_url()
    size, offset, cuts = source.stat().st_size, 0, 0
    points = sorted(random.Random(7).sample(range(size), CUTS))
    for number, point in enumerate(points):
        is_kill = number % KILL_EVERY == KILL_EVERY - 1
        uploader = resumed(cutter, url, source, wait_until)
        assert uploader.offset >= offset and not (workspace.folder / "cut.csv").exists()
        offset = uploader.offset
        cutter.after(max(1, point - offset), server.kill if is_kill else lambda: None)
        with pytest.raises((TusCommunicationError, requests.RequestException)):
            uploader.upload()
        cuts += 1
        if is_kill:
            server.start()
    assert cuts == CUTS and offset > 0
    resumed(cutter, url, source, wait_until).upload()
    cutter.close()
    assert digest(workspace.folder / "cut.csv") == digest(source)


def resumed(cutter: Cutter, url: str, source: Path, wait_until: Callable[..., None]) -> Any:
    """An uploader that knows the address alone, as after a restart of the client's machine."""
    found = []

    def ask() -> bool:
        with suppress(TusCommunicationError, requests.RequestException):
            # It asks for the offset at once; meanwhile the server may still be busy noticing the cut.
            found.append(TusClient(f"{cutter.address}/uploads").uploader(str(source), url=url, chunk_size=8 * MB))
        return bool(found)

    wait_until(ask)
    return found[0]


def digest(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def test_checksums_of_a_real_client_are_held(server: Server, source: Path, workspace: Workspace) -> None:
    client = TusClient(f"{server.address}/uploads")
    client.uploader(str(source), chunk_size=8 * MB, metadata={"filename": "sum.csv"}, upload_checksum=True).upload()
    assert digest(workspace.folder / "sum.csv") == digest(source)


def test_the_web_servers_memory_does_not_grow_with_the_file(server: Server, source: Path, workspace: Workspace) -> None:
    host = server.address.removeprefix("http://")
    page = requests.get(f"{server.address}/upload", timeout=20)
    token = re.search(r'name="csrf_token" value="([^"]+)"', page.text)[1]  # type: ignore[index]
    small = server.memory_mb()
    head = (
        f'--x\r\nContent-Disposition: form-data; name="csrf_token"\r\n\r\n{token}\r\n'
        '--x\r\nContent-Disposition: form-data; name="file"; filename="form.csv"\r\n\r\n'
    ).encode()
    length = len(head) + source.stat().st_size + len(b"\r\n--x--\r\n")
    with closing(http.client.HTTPConnection(host, timeout=60)) as connection, source.open("rb") as stream:
        connection.request("PUT", "/upload/put.csv", body=stream)
        assert connection.getresponse().read()
        stream.seek(0)
        cookie = "; ".join(f"{name}={value}" for name, value in page.cookies.items())
        headers = {"Content-Type": "multipart/form-data; boundary=x", "Content-Length": str(length), "Cookie": cookie}
        connection.request("POST", "/upload", body=pieces(head, stream), headers=headers)
        assert connection.getresponse().status == 303
    for name in ("put.csv", "form.csv"):
        assert digest(workspace.folder / name) == digest(source)
    assert server.memory_mb() - small < 25


def pieces(head: bytes, stream: Any) -> Iterator[bytes]:
    yield head
    while block := stream.read(MB):
        yield block
    yield b"\r\n--x--\r\n"
