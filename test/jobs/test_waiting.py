"""The words for places in the queue."""

from __future__ import annotations

import pytest

from project.jobs.waiting import ordinal


@pytest.mark.parametrize(
    "number, word",
    [(1, "1st"), (2, "2nd"), (3, "3rd"), (4, "4th"), (11, "11th"), (12, "12th"), (113, "113th"), (1022, "1,022nd")],
)
def test_an_ordinal_reads_as_people_say_it(number, word):
    assert ordinal(number) == word
