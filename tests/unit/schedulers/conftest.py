"""The usual round: begun, and with its first letters on their way."""

import pytest

from tests.unit.domain.round_story import Story
from tests.unit.domain.small_district import START


@pytest.fixture
def story() -> Story:
    return Story().begin()


@pytest.fixture
def sent(story: Story) -> Story:
    story.run(START)
    return story
