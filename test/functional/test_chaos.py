"""A short seeded run of the harness: what it breaks mends itself, and it would tell if it did not."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections import Counter
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from pathlib import Path
from types import SimpleNamespace
from urllib.request import urlopen

import pytest

from chaos import __main__ as chaos
from chaos.api import CountingApi
from chaos.material import ENRICHED, JOINED, prepare
from chaos.processes import Processes
from chaos.report import table
from chaos.scenarios import SCENARIOS, disk
from chaos.scenarios.stages import KillStages
from chaos.verdict import Verdict, longest_recovery
from config.settings import ROOT
from project.jobs.models import JobLog

pytestmark = pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="finds processes in /proc")


@pytest.mark.timeout(400)
def test_what_is_killed_at_the_worst_moments_mends_itself(capsys):
    # Two scenarios that meet most of the machinery; `./run chaos` plays them all.
    assert chaos.main(["--faults", "4", "--seed", "7", "kill-at-publish", "kill-worker"]) == 0
    assert "| all" in capsys.readouterr().out


def test_every_scenario_is_documented():
    document = (ROOT / "docs" / "reliability.md").read_text(encoding="utf-8")
    assert [kind.name for kind in SCENARIOS if kind.name not in document] == []


@pytest.mark.parametrize("phase", disk.WRITES + disk.POINTS, ids=lambda phase: phase.name)
def test_every_phase_that_meets_a_full_disk_has_its_fault_point(phase):
    passes = f'faults.point("{phase.point}")'
    assert sum(passes in path.read_text(encoding="utf-8") for path in (ROOT / "project").rglob("*.py")) == 1


def test_a_fetch_that_was_forked_is_found_by_the_folder_it_works_in(tmp_path):
    state, workspace = tmp_path / "state", tmp_path / "workspace"
    workspace.mkdir()
    command = [sys.executable, "-c", "input()", "project.fetch.nursery"]
    with subprocess.Popen(command, cwd=workspace, env={}, stdin=subprocess.PIPE) as fetch:
        found = Processes.of(state, workspace).fetches
        fetch.communicate(b"\n")
    assert [each.pid for each in found] == [fetch.pid]


def test_the_engine_and_plain_python_agree_about_matches(tmp_path):
    kinds = [replace(kind, input="small.csv") for kind in (ENRICHED, JOINED)]
    assert len(set(prepare(tmp_path, kinds).expected.values())) == len(kinds)


def test_who_asks_an_api_that_is_held_is_counted_when_it_goes_on(wait_until):
    with CountingApi() as api:
        path = "/1/Song%200007"
        answers = []
        before = threading.active_count()
        asking = threading.Thread(target=lambda: answers.append(urlopen(api.url + path, timeout=20).read()))
        with api.held():
            asking.start()
            wait_until(lambda: threading.active_count() > before + 1)
            assert (api.hits.total(), answers) == (0, [])
        asking.join(20)
        assert api.hits == {path: 1}
        assert answers == [b'{"title": "The title of Song 0007", "rating": 7.10}']


@pytest.mark.parametrize(("hits", "killed", "breaches"), [(2, 0, 2), (1, 0, 0), (2, 1, 1)])
def test_an_answer_that_is_asked_for_again_is_a_breach(hits, killed, breaches):
    scenario, arena = KillStages(), SimpleNamespace(notes=[])
    scenario._api = SimpleNamespace(hits=Counter({"/1/a": hits, "/1/b": 1}))
    scenario._stored, scenario._fetches_killed = {"/1/a": 1}, killed
    assert len(scenario.breaches(arena)) == breaches


def test_all_but_so_much_of_a_disk_can_be_taken(tmp_path, monkeypatch):
    filler = tmp_path / ".filler"
    monkeypatch.setattr(disk, "_free", lambda folder: 3_000_000 - filler.stat().st_size)
    with disk._full(tmp_path, 1_200_000):
        assert filler.stat().st_size == 1_800_000
    assert list(tmp_path.iterdir()) == []


def test_a_breach_is_counted():
    verdict = Verdict(faults=1, jobs=2, expected=1, lost=["a.csv (running, attempt 1) has not ended"], recovery=3.25)
    total = Verdict()
    total.add(verdict)
    assert total.breaches == verdict.lost
    assert table({"kill-web": total}).splitlines()[-1].split() == "| all | 1 | 2 | 1 | 0 | 1 | 0 | 0 | 3.2 s |".split()


def test_recovery_is_counted_until_all_that_was_hit_has_begun_again():
    start = datetime(2026, 1, 1, tzinfo=timezone.utc)

    def line(seconds, job, attempt, message="Attempt started"):
        at = start + timedelta(seconds=seconds)
        return JobLog(job_id=job, at=at, attempt=attempt, level="info", message=message)

    lines = [line(0, "a", 1), line(1, "b", 1), line(3, "c", 1), line(4, "a", 2), line(9, "b", 2)]
    assert longest_recovery(lines, [start + timedelta(seconds=2)]) == 7
    assert longest_recovery(lines[:3], [start + timedelta(seconds=2)]) == 1
    assert longest_recovery(lines, []) == 0


def test_what_failed_and_was_tried_again_by_hand_is_not_waited_for():
    start = datetime(2026, 1, 1, tzinfo=timezone.utc)
    told = [
        (0, 1, "info", "Attempt 1 started"),
        (3, 1, "error", "The disk is full."),
        (90, 2, "info", "Attempt 2 started"),
    ]
    lines = [
        JobLog(job_id="a", at=start + timedelta(seconds=at), attempt=attempt, level=level, message=message)
        for at, attempt, level, message in told
    ]
    assert longest_recovery(lines, [start + timedelta(seconds=1)]) == 2


def test_the_run_that_is_documented_had_no_breach():
    document = (ROOT / "docs" / "reliability.md").read_text(encoding="utf-8")
    rows = [line.split("|") for line in document.splitlines() if line.startswith("| all ")]
    assert len(rows) == 2, "one table a database"
    assert all(cell.strip() == "0" for row in rows for cell in row[5:9])
