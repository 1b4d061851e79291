"""Rates and the time left."""

from __future__ import annotations

import pytest

from project.jobs.pace import Pace


def test_nothing_is_told_before_there_is_something_to_tell():
    pace = Pace()
    assert pace.rows_per_second() is None and pace.seconds_left() is None
    pace.add(0.0, 0, 0.0)
    pace.add(0.5, 900, 0.5)
    assert pace.rows_per_second() is None and pace.seconds_left() is None


def test_a_steady_pace():
    pace = Pace()
    for second in range(6):
        pace.add(float(second), 100 * second, 0.1 * second)
    assert pace.rows_per_second() == 100
    assert pace.seconds_left() == pytest.approx(5)


def test_only_the_last_seconds_count():
    pace = Pace()
    for second in range(100):
        pace.add(float(second), min(second, 50) * 10, second / 100)
    assert pace.rows_per_second() is None


def test_a_second_reading_of_the_file_is_no_step_back():
    pace = Pace()
    for second, rows in enumerate((0, 100, 200, 0, 100, 200)):
        pace.add(float(second), rows, second / 10)
    assert pace.rows_per_second() == 80
