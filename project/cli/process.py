"""`./run process`: send a file through the running product, watch the job, print its ledger.

Exits with 0 if the job succeeded, 1 if it failed or was cancelled, 2 if it could not be asked for.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from contextlib import suppress

from config.settings import load
from project.cli.arguments import FAILED, INTERRUPTED, caller_path, run
from project.cli.client import Client, RemoteJob, base_address
from project.cli.report import ending, progress_line
from project.errors import InvalidInputError, UnavailableError

FIRST_PAUSE = 0.1
LONGEST_PAUSE = 1.0
SECONDS_BETWEEN_LINES = 5.0
# The web server may be started again while the worker goes on with the job.
SECONDS_WITHOUT_ANSWER = 60.0


def main(arguments: list[str]) -> int:
    """Run one job as the arguments say. Raises RowmillError if it cannot be asked for."""
    options = _parser().parse_args(arguments)
    client = Client(base_address(options.url, load()))
    order: dict[str, object] = {"input": options.input, "output": options.output}
    if options.recipe is not None:
        order["recipe"] = recipe(options.recipe)
    job = client.submit(order)
    print(f"Job {job.id}", file=sys.stderr)
    try:
        job = watch(client, job)
    except (KeyboardInterrupt, UnavailableError) as error:
        print(f"\nThe job goes on without us: ./run status {job.id}", file=sys.stderr)
        return INTERRUPTED if isinstance(error, KeyboardInterrupt) else FAILED
    print(json.dumps(job.document, indent=2) if options.json else "\n".join(ending(job)))
    return 0 if job.state == "succeeded" else FAILED


def recipe(value: str) -> object:
    """A recipe file's content, or the name as it was given. Raises InvalidInputError for a file that is not JSON."""
    path = caller_path(value)
    if not path.is_file():
        if value.endswith(".json"):
            raise InvalidInputError(f"There is no recipe file {value}.")
        return value
    try:
        return json.loads(path.read_bytes())
    except ValueError as error:
        raise InvalidInputError(f"The recipe file {value} is not JSON: {error}.") from error


def watch(client: Client, job: RemoteJob) -> RemoteJob:
    """Wait for the end and show the progress. Raises UnavailableError when nothing answers for a minute."""
    pause, heard = FIRST_PAUSE, time.monotonic()
    shown = _Shown()
    while not job.is_final:
        shown.show(job)
        time.sleep(pause)
        pause = min(pause * 1.5, LONGEST_PAUSE)
        if time.monotonic() - heard > SECONDS_WITHOUT_ANSWER:
            raise UnavailableError("Rowmill does not answer any more.")
        with suppress(UnavailableError):
            job, heard = client.job(job.id), time.monotonic()
    shown.close()
    return job


class _Shown:
    """The progress on standard error: a bar that moves on a terminal, else a line every few seconds."""

    def __init__(self) -> None:
        self._terminal = sys.stderr.isatty()
        self._next = time.monotonic() + SECONDS_BETWEEN_LINES

    def show(self, job: RemoteJob) -> None:
        if self._terminal:
            sys.stderr.write(f"\r\x1b[2K{progress_line(job)}")
            sys.stderr.flush()
        elif time.monotonic() >= self._next:
            self._next = time.monotonic() + SECONDS_BETWEEN_LINES
            print(progress_line(job), file=sys.stderr)

    def close(self) -> None:
        if self._terminal:
            sys.stderr.write("\r\x1b[2K")
            sys.stderr.flush()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="./run process", description="Send a file through the running Rowmill.")
    parser.add_argument("input", metavar="INPUT", help="the name of a file in the workspace")
    parser.add_argument("output", metavar="OUTPUT", help="the name of the result in the workspace")
    parser.add_argument("--recipe", metavar="NAME|FILE", help="a built-in recipe, or a file with one as JSON")
    parser.add_argument("--json", action="store_true", help="print the finished job as JSON")
    parser.add_argument("--url", help="where Rowmill runs (ROWMILL_URL, else HOST and PORT of the settings)")
    return parser


if __name__ == "__main__":
    sys.exit(run(main))
