"""Recipes by name, slug, JSON text and JSON object."""

from __future__ import annotations

import json

import pytest

from project.errors import InvalidInputError
from project.operations.recipe import Recipe
from project.recipes.service import BUILT_IN, choose, find, name_of


def test_nothing_means_the_first_built_in_recipe():
    assert choose(None) == choose("") == choose("  ") == BUILT_IN[0].recipe
    assert BUILT_IN[0].slug == "total-plays-per-song-and-day"


@pytest.mark.parametrize("built_in", BUILT_IN, ids=lambda built_in: built_in.slug)
def test_a_built_in_recipe_is_found_by_name_and_slug_and_says_what_it_does(built_in):
    assert find(built_in.slug) == find(f" {built_in.name.upper()} ") == choose(built_in.name) == built_in.recipe
    assert name_of(built_in.recipe) == built_in.name
    assert all(sentence.endswith(".") for sentence in built_in.recipe.sentences())
    assert Recipe.parse(built_in.recipe.to_json()) == built_in.recipe


def test_json_is_taken_as_text_and_as_an_object():
    own = {"steps": [{"operation": "sort", "by": ["Song"]}]}
    assert choose(own) == choose(json.dumps(own)) == Recipe.parse(own)
    assert name_of(choose(own)) is None
    assert choose({"steps": []}) == find("clean-copy")


@pytest.mark.parametrize("value", ["nope", "{", "[]", '{"steps": 3}', {"stepps": []}])
def test_what_is_no_recipe_is_refused_with_a_sentence(value):
    with pytest.raises(InvalidInputError) as caught:
        choose(value)
    assert caught.value.field == "recipe" and len(caught.value.message) > 20
