"""How a view is made: what is there when, what an end in the middle leaves, and who stops for whom."""

from __future__ import annotations

import os
import time

import polars as pl
import pytest

from project.engine.viewing import gate, spreading
from project.engine.viewing import work as working
from project.engine.viewing.__main__ import main
from project.engine.viewing.gate import Gate, locked
from project.engine.viewing.state import ASKED_FILE, HEAD_FILE, LOCK_FILE, WISH_FILE, load_state
from project.engine.viewing.work import UnwantedError, work

TEXT = "a,b\n" + "".join(f"{n * 7919 % 300},{n}\n" for n in range(300))
BY = [{"column": "a", "compare": "number"}]
WHERE = [{"column": "a", "test": "ge", "value": 10}]

pytestmark = pytest.mark.usefixtures("small_parts")


@pytest.mark.parametrize("asked", [{"by": BY}, {"where": WHERE}], ids=["order", "conditions"])
def test_the_first_rows_are_there_before_the_others(inspect, tmp_path, monkeypatch, asked):
    plan = inspect(TEXT).plan(tmp_path, **asked)
    monkeypatch.setattr(working.ViewWork, "_make_parts", lambda *_: 1 / 0)
    stepped_back = []
    with pytest.raises(ZeroDivisionError):
        work(plan, lambda: stepped_back.append(load_state(plan.folder).head))
    assert stepped_back == [10]
    state = load_state(plan.folder)
    assert state.stretches(0, 10) and state.total in (290, 300)
    assert state.stretches(5, 10) is None and not state.is_whole


@pytest.mark.parametrize("asked", [{"by": BY}, {"where": WHERE}], ids=["order", "conditions"])
def test_what_a_death_leaves_behind_is_taken_or_made_anew(inspect, view, tmp_path, monkeypatch, asked):
    source = inspect(TEXT)
    plan, calls = source.plan(tmp_path / "killed", **asked), []

    def die(*arguments):
        calls.append(arguments)
        if len(calls) == 3:
            raise SystemExit
        save(*arguments)

    save = working.save
    for _ in range(4):
        calls.clear()
        monkeypatch.setattr(working, "save", die)
        with pytest.raises(SystemExit):
            work(plan)
        monkeypatch.setattr(working, "save", save)
    (plan.folder / "part-00000.parquet.new").write_bytes(b"half")
    work(plan)
    whole = view(source, **asked)
    assert type(whole)(plan).numbers(0, 300) == whole.numbers(0, 300)
    assert not [path for path in plan.folder.iterdir() if path.name.startswith("spread") or path.suffix == ".new"]


def test_the_part_that_is_wished_for_is_sorted_first(inspect, tmp_path, monkeypatch):
    plan, order = inspect(TEXT).plan(tmp_path, by=BY), []
    (plan.folder / WISH_FILE).write_text("7")
    sort_part = spreading.sort_part
    monkeypatch.setattr(working, "sort_part", lambda *it: order.append(it[1]) or sort_part(*it))
    work(plan)
    assert order[:2] == [7, 8] and sorted(order) == list(range(len(order)))


def test_nobody_who_looks_ends_it(inspect, tmp_path):
    plan = inspect(TEXT).plan(tmp_path, by=BY)
    os.utime(plan.folder / ASKED_FILE, (0, time.time() - 61))
    work(plan)
    assert not load_state(plan.folder).is_whole
    (plan.folder / ASKED_FILE).unlink()
    work(plan)
    assert not load_state(plan.folder).is_whole


def test_a_page_is_there_before_the_rest_of_the_first_rows_is_found(inspect, tmp_path, monkeypatch):
    source = inspect("n\n" + "".join(f"{number % 5}\n" for number in range(200)))
    plan = source.plan(tmp_path, where=[{"column": "n", "test": "eq", "value": "0"}])
    heads, kept = [], working.save

    def look(path, text):
        kept(path, text)
        state = load_state(plan.folder)
        if state.head:
            heads.append((state.head, pl.scan_parquet(plan.folder / HEAD_FILE, glob=False).collect().height))

    monkeypatch.setattr(working, "save", look)
    work(plan)
    assert heads[0] == (3, 3) and heads[1] == (10, 10)
    assert load_state(plan.folder).total == 40


def test_one_that_is_at_it_is_left_alone(inspect, tmp_path, monkeypatch):
    monkeypatch.setattr(working, "_LOCK_SECONDS", 0.0)
    plan = inspect(TEXT).plan(tmp_path, by=BY)
    held = locked(plan.folder / LOCK_FILE)
    work(plan)
    assert load_state(plan.folder) is None
    os.close(held)
    work(plan)
    assert load_state(plan.folder).is_whole


def test_a_disk_limit_is_told_and_another_run_may_do_it(inspect, tmp_path):
    plan = inspect("a\n" + "".join(f"{n * n:040}{n}\n" for n in range(30_000))).plan(tmp_path, by=[{"column": "a"}])
    work(plan.model_copy(update={"disk_mb": 0}))
    assert "VIEWS_MB" in load_state(plan.folder).failure
    work(plan)
    assert load_state(plan.folder).failure == ""


def test_only_a_few_pass_the_gate_at_once_and_the_others_say_that_they_wait(tmp_path, monkeypatch):
    monkeypatch.setattr(gate, "AT_ONCE", 1)
    waits = []

    def wait():
        waits.append(first.is_waited_for)
        if len(waits) == 2:
            raise UnwantedError

    first, second = Gate(tmp_path, "parts"), Gate(tmp_path, "parts")
    with first.passed(wait):
        with pytest.raises(UnwantedError), second.passed(wait):
            pytest.fail("it passed")
    assert waits == [True, True]
    with second.passed(wait), Gate(tmp_path, "head").passed(wait):
        assert len(waits) == 2


def test_the_program_wants_one_plan(capsys):
    assert main([]) == 2
    assert "PLAN" in capsys.readouterr().err
