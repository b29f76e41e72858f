"""Settings for every test."""

import os
from collections.abc import Iterator

import pytest
import structlog
from hypothesis import settings

from tests.servers.fixtures import (
    dovecot,
    dovecot_of_the_worker,
    new_account,
    postfix,
    postfix_of_the_worker,
    postgresql,
    postgresql_of_the_worker,
    s3,
    s3_of_the_worker,
)

__all__ = [
    "dovecot",
    "dovecot_of_the_worker",
    "new_account",
    "postfix",
    "postfix_of_the_worker",
    "postgresql",
    "postgresql_of_the_worker",
    "s3",
    "s3_of_the_worker",
]

# Time is measured in bench/, never asserted in a test. In CI the examples are the same each time,
# so that a change is judged by what it changed; elsewhere new ones are tried.
settings.register_profile("dondoc", deadline=None, derandomize=bool(os.environ.get("CI")))
settings.load_profile("dondoc")


@pytest.fixture(autouse=True)
def _logs_as_before() -> Iterator[None]:
    """Undo what a command run in this process decided about logs, for the tests after it."""
    yield
    structlog.reset_defaults()
