"""A world for each test; at its end the rows must be those that the events make."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.services.revoking_parts import SECOND, send, versions
from tests.integration.services.service_parts import RULES
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


@pytest.fixture
def both(world: World) -> World:
    """A world with two campaigns whose directives D1 and D2 went out to everybody."""
    world.change(campaigns={RULES.id: RULES, SECOND.id: SECOND})
    send(world, "D1")
    send(world, "D2", code_number="513")
    world.turn()
    assert versions(world) == {"nq47": 1, "b": 1}
    return world


@pytest.fixture
def taken(world: World) -> World:
    """A world whose one directive D1 went out to everybody."""
    send(world, "D1")
    world.turn()
    return world
