"""Run the whole job once, a year in about a minute, on a folder that a kill does not spoil."""

import time as stopwatch
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import TypeVar

from domain.errors import NotAllowed
from domain.ids import Address
from dondoc.app import App
from dondoc.bootstrap import daemon_lock, open_app
from dondoc.demo.acting import Acting
from dondoc.demo.agenda import Agenda
from dondoc.demo.clock import DemoClock
from dondoc.demo.configuration import MAIN, MARK, write_example, write_main
from dondoc.demo.followed import FollowedResult, count_followed
from dondoc.demo.offices import Offices
from dondoc.demo.operator import attend
from dondoc.demo.post import OfficePost
from dondoc.demo.result import DemoResult, count
from dondoc.demo.story import FOLLOWING, SENDING, Story
from dondoc.demo.world import DAY, World, open_world, put_on_exchange, scripts_for
from dondoc.services.transmit import recover
from dondoc.services.turn import turn
from dondoc.settings.load import load_settings
from dondoc.settings.records import Settings
from schedulers.calendar import at_local, local_day

T = TypeVar("T")

_MORNING = time(8, 30)

ROUND = "2024"
MAILBOX = Address("nq47@huulung.example")

_UNSET_PORT = 9
"""The discard port: in the file only until the servers have ports of their own."""

_START = datetime(2024, 5, 7, 1, 0, tzinfo=UTC)

FOLLOWED = "follow"
"""Folder of the second story within the demo's."""


def run_demo(out: Path) -> DemoResult:
    """Run the demo in ``out``, or go on with what a killed run left there.

    The year in which Dondoc sends on the exchange itself comes first, then the weeks in which it
    follows what the e-office sent, in a folder within. Raises ``Conflict`` when another demo runs
    in the same folder, ``StoreFailed`` when the folder cannot be written and ``NotAllowed`` when
    it holds what no demo made.
    """
    began = stopwatch.monotonic()
    out = out.absolute()
    _refuse_foreign(out)
    result = _lived(out, SENDING, _counted)
    followed = _lived(out / FOLLOWED, FOLLOWING, _followed)
    return replace(result, follow=followed, seconds=round(stopwatch.monotonic() - began, 1))


def _counted(app: App, world: World, answered: Mapping[str, int]) -> DemoResult:
    return count(app, world, ROUND, answered)


def _followed(app: App, world: World, _: Mapping[str, int]) -> FollowedResult:
    return count_followed(app, world)


def _lived(out: Path, story: Story, count: Callable[[App, World, Mapping[str, int]], T]) -> T:
    """Let a story pass in its folder and return what it came to."""
    servers = out / "servers"
    servers.mkdir(parents=True, exist_ok=True)
    write_example(out, story.mode)
    settings = load_settings(
        write_main(
            out, exchange_url="http://127.0.0.1:9", smtp_port=_UNSET_PORT, imap_port=_UNSET_PORT
        )
    )
    settings.store.folder.mkdir(parents=True, exist_ok=True)
    clock = DemoClock(servers / "clock", _START)
    scripts = scripts_for(settings.directory, DAY)
    with (
        daemon_lock(settings),
        open_world(servers, settings.directory, scripts, MAILBOX, clock.now) as world,
    ):
        settings = _connected(out, world)
        with open_app(settings, clock, create=True) as app:
            year = _Year(app, settings, world, clock, servers, story)
            year.run()
            return count(app, world, year.answered())


def _refuse_foreign(out: Path) -> None:
    """Keep a demo from overwriting somebody's configuration or writing through a link."""
    if not out.exists():
        return
    if not out.is_dir():
        raise NotAllowed(f"{out} is no folder; name a new or empty one with --out")
    inside = list(out.iterdir())
    links = [path.name for path in inside if path.is_symlink()]
    main = out / MAIN
    ours = main.is_file() and main.read_text(encoding="utf-8", errors="replace").startswith(MARK)
    begun = (out / "servers").is_dir() and not main.exists()
    if links or (inside and not ours and not begun):
        raise NotAllowed(f"{out} holds what no demo made; name a new or empty folder with --out")


def _connected(out: Path, world: World) -> Settings:
    return load_settings(
        write_main(
            out,
            exchange_url=world.exchange.url,
            smtp_port=world.hub.smtp_port,
            imap_port=world.hub.imap_port,
        )
    )


class _Year:
    """Daemon, offices and officer taking turns on one clock."""

    def __init__(
        self,
        app: App,
        settings: Settings,
        world: World,
        clock: DemoClock,
        servers: Path,
        story: Story,
    ) -> None:
        self._app = app
        self._story = story
        self._world = world
        self._clock = clock
        scripts = scripts_for(settings.directory, DAY)
        self._agenda = Agenda(servers / "agenda.jsonl")
        self._post = OfficePost(world.hub, world.offices_client, clock.now)
        self._offices = Offices(
            settings.directory,
            scripts,
            self._agenda,
            self._post,
            settings.calendar,
            offline=story.offline,
        )
        self._acting = Acting(
            settings.directory,
            scripts,
            self._agenda,
            self._post,
            mailbox=MAILBOX,
            unit=settings.unit.organ_id,
        )

    def run(self) -> None:
        """Let the year pass."""
        recover(self._app, self._clock.now())
        self._offices.notice(self._clock.now())
        try:
            while self._clock.now() < self._story.end:
                self._step()
                self._clock.advance(self._next())
        finally:
            self._post.close()
            self._agenda.close()

    def answered(self) -> dict[str, int]:
        """Return how many statuses about their own documents the offices got, by code."""
        return self._offices.answered()

    def _step(self) -> None:
        now = self._clock.now()
        self._issue(now)
        acted = self._acting.act(now)
        self._world.hub.flush()
        done = turn(self._app, now)
        if attend(self._app, now):
            turn(self._app, now)
        self._world.hub.flush()
        if acted or done.done or done.taken:
            self._offices.notice(now)

    def _issue(self, now: datetime) -> None:
        for number, (at, document) in enumerate(self._story.documents):
            place = f"e-office {number}"
            if at <= now and place not in self._agenda.marks:
                put_on_exchange(self._world, document(at, self._app.directory))
                self._agenda.mark(place, 1)

    def _next(self) -> datetime:
        """Return the next instant at which anything happens: an act, a letter, a morning."""
        now = self._clock.now()
        morning = at_local(local_day(now) + timedelta(days=1), _MORNING)
        issued = (at for at, _ in self._story.documents)
        moments = [morning, self._agenda.following(), *issued]
        return min(at for at in moments if at is not None and at > now)
