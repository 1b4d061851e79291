"""The services as the settings ask for them."""

from __future__ import annotations

import pytest

from project.assembly import assemble


@pytest.mark.parametrize(("memory_mb", "is_thrifty"), [(256, True), (1000, False)])
def test_engines_with_little_memory_give_back_at_once_what_is_free(settings, memory_mb, is_thrifty):
    services = assemble(settings.model_copy(update={"engine_memory_mb": memory_mb}))
    assert ("_RJEM_MALLOC_CONF" in services.engine_variables) is is_thrifty
