"""A set of configuration that somebody works by, from the first thing to the last."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import TypeAlias

from domain.ids import SetDigest
from dondoc.app import App


@dataclass(frozen=True, slots=True, kw_only=True)
class InForce:
    """The application of a set, and the set's digest."""

    app: App
    digest: SetDigest


Using: TypeAlias = Callable[[], AbstractContextManager[InForce]]
"""Holds the set in force while its block runs."""


def always(app: App, digest: str = "") -> Using:
    """Return what holds one and the same set, where it cannot change."""

    @contextmanager
    def using() -> Iterator[InForce]:
        yield InForce(app=app, digest=SetDigest(digest))

    return using
