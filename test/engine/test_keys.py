"""The recipe that gives each key of a match once, with its rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from project.engine.keys import first_match, keys_recipe
from project.operations.recipe import Recipe

if TYPE_CHECKING:
    from conftest import Engine

FILTER = {"operation": "filter", "where": [{"column": "x", "test": "not_missing"}]}
ENRICH = {"operation": "enrich", "api": {"url": "https://api.example.com/users/{user id}"}, "column": "user id"}
JOIN = {"operation": "join", "file": "b.csv", "on": [{"left": "rows", "right": "a"}, {"left": "rows", "right": "b"}]}


def test_it_has_the_steps_before_and_what_they_allow() -> None:
    recipe = Recipe.parse({"steps": [FILTER, ENRICH, JOIN], "max_rejects": 3})
    found = keys_recipe(recipe, first_match(recipe))
    assert found == Recipe.parse(
        {
            "steps": [
                FILTER,
                {"operation": "aggregate", "group_by": ["user id"], "measures": [{"function": "count", "as": "rows"}]},
            ],
            "max_rejects": 3,
        }
    )


def test_a_key_may_have_any_name_and_be_matched_twice() -> None:
    recipe = Recipe.parse({"steps": [JOIN]})
    step = keys_recipe(recipe, 0).to_json()["steps"][0]
    assert (step["group_by"], step["measures"]) == (["rows"], [{"function": "count", "as": "rows_"}])


def test_its_result_has_each_key_once(engine: Engine) -> None:
    steps = keys_recipe(Recipe.parse({"steps": [FILTER, ENRICH]}), 1).to_json()["steps"]
    ran = engine('user id,x\n7,a\n7,b\n,c\n"",d\n8,\n', *steps)
    assert sorted(ran.rows) == [["", "1"], ["", "1"], ["7", "2"]]


def test_other_steps_have_no_keys() -> None:
    recipe = Recipe.parse({"steps": [FILTER]})
    with pytest.raises(ValueError, match="Step 1 matches no rows"):
        keys_recipe(recipe, 0)
    with pytest.raises(ValueError, match="no step that matches"):
        first_match(recipe)
