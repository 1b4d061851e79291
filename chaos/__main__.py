"""`./run chaos`: plays the scenarios, prints the table, and fails if anything was lost, wrong, twice or left over."""

from __future__ import annotations

import argparse
import os
import random
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from chaos import report
from chaos.arena import hold
from chaos.material import prepare
from chaos.postgresql import Server
from chaos.scenario import Scenario
from chaos.scenarios import SCENARIOS
from chaos.verdict import Verdict


def main(arguments: list[str]) -> int:
    """Play; returns 1 after any breach."""
    options = _parser().parse_args(arguments)
    # Whoever ends the harness ends its products with it.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    chosen = [scenario for scenario in SCENARIOS if not options.scenario or scenario.name in options.scenario]
    folder = Path(tempfile.mkdtemp(prefix="rowmill-chaos-"))
    folder.chmod(0o755)
    # Compiled code outlives a run: it does not depend on what is broken.
    os.environ.setdefault("NUMBA_CACHE_DIR", str(Path(tempfile.gettempdir()) / "rowmill-chaos-numba"))
    _say(f"Seed {options.seed}, database {options.database}, in {folder}")
    with _database(options.database, folder) as server:
        verdicts = _play(chosen, options.faults, options.seed, folder, server)
    print(f"Seed {options.seed}, {options.database}:\n\n{report.table(verdicts)}", flush=True)
    breaches = [f"{name}: {breach}" for name, verdict in verdicts.items() for breach in verdict.breaches]
    for breach in breaches:
        print(breach)
    if breaches:
        print(f"What was left is in {folder}.")
    else:
        shutil.rmtree(folder, ignore_errors=True)
    return int(bool(breaches))


def _play(
    chosen: list[type[Scenario]], faults: int, seed: int, folder: Path, server: Server | None
) -> dict[str, Verdict]:
    verdicts: dict[str, Verdict] = {}
    able = []
    for kind in chosen:
        reason = kind(server).why_not()
        if reason:
            _say(f"{kind.name} is left out: {reason}")
        else:
            able.append(kind)
    kinds = {job.name: job for scenario in able for job in (*scenario.kinds, *scenario.more_kinds)}
    material = prepare(folder / "material", kinds.values())
    for number, kind in enumerate(able):
        verdicts[kind.name] = Verdict()
        left = faults // len(able) + (number < faults % len(able))
        while left > 0:
            count = min(left, kind.a_round)
            round_seed = random.Random(f"{seed} {kind.name} {left}").getrandbits(32)
            began = time.monotonic()
            verdict = hold(kind(server), count, round_seed, folder / f"{kind.name}-{left}", material)
            verdicts[kind.name].add(verdict)
            words = f"{verdict.faults} faults, {verdict.jobs} jobs, {time.monotonic() - began:.0f} s"
            _say(f"{kind.name}: {words}, {verdict.breaches or 'whole'}")
            for note in verdict.notes:
                _say(f"  {note}")
            left -= count
    return verdicts


@contextmanager
def _database(name: str, folder: Path) -> Iterator[Server | None]:
    if name == "sqlite":
        yield None
        return
    with Server(folder / "postgresql") as server:
        yield server


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="./run chaos", description=__doc__)
    parser.add_argument("--faults", type=int, default=60, help="how many in all, spread over the scenarios (60)")
    parser.add_argument("--seed", type=int, default=0, help="another seed strikes at other moments (0)")
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    parser.add_argument("scenario", nargs="*", metavar="SCENARIO", help="; ".join(kind.name for kind in SCENARIOS))
    return parser


def _say(sentence: str) -> None:
    print(sentence, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
