"""`./run status`: a job of the running product, by its ID. Exits with 1 if it failed or was cancelled."""

from __future__ import annotations

import argparse
import json
import sys

from config.settings import load
from project.cli.arguments import FAILED, run
from project.cli.client import Client, base_address
from project.cli.report import ending


def main(arguments: list[str]) -> int:
    """Print one job. Raises RowmillError if the product or the job cannot be found."""
    parser = argparse.ArgumentParser(prog="./run status", description="Show a job of the running Rowmill.")
    parser.add_argument("id", metavar="ID", help="the job's ID")
    parser.add_argument("--json", action="store_true", help="print it as JSON")
    parser.add_argument("--url", help="where Rowmill runs (ROWMILL_URL, else HOST and PORT of the settings)")
    options = parser.parse_args(arguments)
    job = Client(base_address(options.url, load())).job(options.id)
    if options.json:
        print(json.dumps(job.document, indent=2))
    else:
        print("\n".join([f"{job.id}  {job.state}  {job.input} -> {job.output}", *ending(job)]))
    return FAILED if job.is_final and job.state != "succeeded" else 0


if __name__ == "__main__":
    sys.exit(run(main))
