"""Opening what the commands work on: the settings, and the store with its doors."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dondoc.app import App
    from dondoc.settings.records import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """One command's work: the settings, the application, and the instant it works at."""

    settings: "Settings"
    app: "App"
    now: datetime


@contextmanager
def opened(
    config: Path,
    *,
    read_only: bool = False,
    may_lack_store: bool = False,
    at: datetime | None = None,
) -> Iterator[Session]:
    """Open the store that a configuration names; ``at`` takes the place of the present instant.

    ``may_lack_store`` does with an empty one in memory where there is none yet.

    Nothing connects before it is used. Raises ``ConfigError`` and ``StoreFailed``.
    """
    # Loading these takes longer than most commands' work; `--help` must not wait for them.
    from dondoc.settings.load import load_settings  # noqa: PLC0415

    settings = load_settings(config)
    with opened_by(settings, read_only=read_only, may_lack_store=may_lack_store, at=at) as session:
        yield session


@contextmanager
def opened_by(
    settings: "Settings",
    *,
    read_only: bool = False,
    may_lack_store: bool = False,
    at: datetime | None = None,
) -> Iterator[Session]:
    """Open the store of settings that were read already; see ``opened``."""
    from dondoc.bootstrap import SystemClock, open_app  # noqa: PLC0415

    clock = SystemClock()
    with open_app(settings, clock, read_only=read_only, may_lack_store=may_lack_store) as app:
        yield Session(settings=settings, app=app, now=at or clock.now())
