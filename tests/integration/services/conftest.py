"""A world for each test; at its end the rows must be those that the events make."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.services.service_world import World


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(output=tmp_path / "result")
    yield made
    assert made.consistent() == []


@pytest.fixture
def begun(world: World) -> World:
    """A world in which the directive went out to everybody."""
    return world.began()
