"""Fixtures of the real servers: one of each for a worker, started when a test first asks for it.

Tests share the servers and not the accounts: each makes its own with ``new_account``. A test that
stops or kills a server leaves the starting to the next one's fixture.
"""

from collections.abc import Callable, Iterator
from itertools import count

import pytest

from tests.servers.dovecot import Dovecot
from tests.servers.postfix import Postfix
from tests.servers.postgresql import Postgresql
from tests.servers.s3 import S3

_numbers = count(1)


@pytest.fixture(scope="session")
def dovecot_of_the_worker() -> Iterator[Dovecot]:
    with Dovecot() as server:
        yield server


@pytest.fixture(scope="session")
def postfix_of_the_worker(dovecot_of_the_worker: Dovecot) -> Iterator[Postfix]:
    with Postfix(dovecot_of_the_worker) as server:
        yield server


@pytest.fixture(scope="session")
def postgresql_of_the_worker() -> Iterator[Postgresql]:
    with Postgresql() as server:
        yield server


@pytest.fixture(scope="session")
def s3_of_the_worker() -> Iterator[S3]:
    with S3() as server:
        yield server


@pytest.fixture
def s3(s3_of_the_worker: S3) -> S3:
    """Return a running S3-compatible store, in which each test makes buckets of its own."""
    if not s3_of_the_worker.process.running:
        s3_of_the_worker.start()
    return s3_of_the_worker


@pytest.fixture
def postgresql(postgresql_of_the_worker: Postgresql) -> Postgresql:
    """Return a running PostgreSQL, of which each test takes databases of its own."""
    if not postgresql_of_the_worker.process.running:
        postgresql_of_the_worker.start()
    return postgresql_of_the_worker


@pytest.fixture
def dovecot(dovecot_of_the_worker: Dovecot) -> Dovecot:
    """Return a running Dovecot without promises about what lies in accounts of other tests."""
    if not dovecot_of_the_worker.process.running:
        dovecot_of_the_worker.start()
    return dovecot_of_the_worker


@pytest.fixture
def postfix(postfix_of_the_worker: Postfix, dovecot: Dovecot) -> Postfix:
    """Return a running Postfix before ``dovecot``, which treats every address as usual."""
    if not postfix_of_the_worker.process.running:
        postfix_of_the_worker.start()
    postfix_of_the_worker.policy.forget()
    return postfix_of_the_worker


@pytest.fixture
def new_account(dovecot: Dovecot) -> Callable[[], str]:
    """Return what makes a new account of ``dovecot`` and gives its address."""
    return lambda: dovecot.add(f"hopthu{next(_numbers)}@donvi.example")
