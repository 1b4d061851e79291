"""A job to start from."""

from datetime import datetime, timezone

import pytest

from project.jobs.states import JobState
from project.jobs.view import JobView
from project.operations.recipe import Recipe


@pytest.fixture
def finished() -> JobView:
    now = datetime.now(timezone.utc)
    recipe = Recipe.parse({"steps": [{"operation": "sort", "by": ["Song"]}]})
    return JobView(
        id="0b8f2f0e-6a52-4d0e-9d8b-0c5a2f6f2a11",
        state=JobState.FAILED,
        attempt=1,
        input="a.csv",
        output="b.csv",
        recipe=recipe,
        created_at=now,
        updated_at=now,
    )
