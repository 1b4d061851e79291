"""Hours in words."""

from __future__ import annotations

import pytest

from project.files.spans import in_words


@pytest.mark.parametrize(
    "hours, words",
    [
        (24.0, "24 hours"),
        (1.0, "1 hour"),
        (1.5, "1.5 hours"),
        (0.5, "30 minutes"),
        (1 / 60, "1 minute"),
        (0, "a moment"),
    ],
)
def test_hours_are_told_as_people_say_them(hours, words):
    assert in_words(hours) == words
