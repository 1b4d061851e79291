"""The breaker: which failures are the API's, and how long it stays open."""

from __future__ import annotations

import pytest

from project.fetch.breaker import Breaker
from project.fetch.calls import ApiDown
from project.fetch.setbacks import Setback

BUSY = Setback("It is busy.", status=503, is_host=True)
BROKEN = Setback("It broke.", status=500)


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_it_is_open_for_its_time() -> None:
    clock = Clock()
    breaker = Breaker(clock=clock)
    breaker.check()
    assert breaker.open("It is down.").seconds == 30
    clock.now = 10
    with pytest.raises(ApiDown, match="It is down.") as caught:
        breaker.check()
    assert caught.value.seconds == 20
    clock.now = 30
    breaker.check()


def test_outages_in_a_row_grow_up_to_a_limit_and_an_answer_ends_them() -> None:
    clock = Clock()
    breaker = Breaker(clock=clock)
    seconds = []
    for _ in range(7):
        seconds.append(breaker.open("It is down.").seconds)
        clock.now += seconds[-1]
    assert seconds == [30, 60, 120, 240, 480, 900, 900]
    breaker.answered()
    assert breaker.open("It is down.").seconds == 30


def test_several_calls_that_find_out_at_once_are_one_outage() -> None:
    breaker = Breaker(clock=Clock())
    assert [breaker.open("It is down.").seconds for _ in range(4)] == [30] * 4


def test_a_longer_pause_that_is_asked_for_holds() -> None:
    breaker = Breaker(clock=Clock())
    breaker.open("It is down.")
    assert breaker.open("It asks for more.", 500).seconds == 500
    assert breaker.open("It asks for a year.", 365 * 86_400).seconds == 86_400


def test_a_busy_host_that_answered_nobody_meanwhile_is_down() -> None:
    assert Breaker().given_up(BUSY, 0) is not None


def test_a_busy_host_that_answered_others_is_not() -> None:
    breaker = Breaker()
    breaker.answered()
    assert breaker.given_up(BUSY, 0) is None


def test_five_broken_answers_in_a_row_are_an_outage() -> None:
    breaker = Breaker()
    assert [breaker.given_up(BROKEN, 0) is not None for _ in range(5)] == [False] * 4 + [True]


def test_an_answer_in_between_begins_the_row_anew() -> None:
    breaker = Breaker()
    for _ in range(4):
        breaker.given_up(BROKEN, 0)
    breaker.answered()
    assert breaker.given_up(BROKEN, 0) is None
