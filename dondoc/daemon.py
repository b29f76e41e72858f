"""The daemon: one turn after the other, and mail as it comes, until it is told to stop."""

import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from threading import Timer
from types import FrameType

import structlog

from domain.ports import Clock
from dondoc import bootstrap, bootstrap_engine
from dondoc.app import App
from dondoc.configurations import Configurations
from dondoc.memory import few_arenas
from dondoc.rendering import rendered_apart
from dondoc.services.asked_mailbox import asked
from dondoc.services.crew import Crew, at_the_desk
from dondoc.services.handing_out import HandingOut
from dondoc.services.mail_life import MailMetrics, Watches, mail_lives
from dondoc.services.next_look import next_look
from dondoc.services.put_back import check_mark
from dondoc.services.sign_of_life import SignOfLife, WatchedEvidence
from dondoc.services.transmit import recover
from dondoc.services.turn import mail_turn, turn
from dondoc.settings.loaded import LoadedSet
from dondoc.watching_files import FileWatch
from schedulers.engine import Engine

log = structlog.get_logger(__name__)

_SIGNALS = (signal.SIGTERM, signal.SIGINT)

_RELEASE_SECONDS = 10.0
"""How long connections and locks may take to be given back after the work has ended."""


def serve(first: LoadedSet, worker: str | None = None) -> None:
    """Serve until a signal ends it; ``worker`` is its name where several share the store.

    The configuration is watched: a changed set is checked and comes into force between two turns,
    or is refused; SIGHUP has that done at once. A second signal to end ends the process at once,
    and so does what has not ended in ``schedule.stop_seconds`` after the first: both are as safe
    as a kill. Raises ``ConfigError`` where the set that it is to start with is not sound.
    """
    few_arenas()
    settings = first.sound()
    clock, pause = bootstrap.SystemClock(), timedelta(seconds=settings.schedule.poll_seconds)
    with (
        _released_in_time() as releasing,
        bootstrap.daemon_lock(settings, worker) as lock,
        SignOfLife(bootstrap.sign_file(settings, worker), clock.now, pause) as sign,
        bootstrap.open_app(settings, clock, create=True, worker=worker) as opened,
        ExitStack() as stack,
        closing(bootstrap_engine.durable_engine(settings, opened, worker, stack)) as engine,
        Watches(engine.wake) as watches,
    ):

        def told() -> None:
            if sign.say():
                metrics.write(at_once=True)

        def noting(app: App) -> App:
            return asked(app, clock.now, told)

        def changed(app: App) -> None:
            watches.watch(app.inboxes)
            if app.ahead is not None:
                app.ahead.use(app.phrases)

        watched = WatchedEvidence(opened.evidence, sign.at_work)
        app = replace(opened, evidence=watched, render=rendered_apart)
        configurations = Configurations(
            first,
            settings,
            noting(app),
            clock,
            rewire=partial(bootstrap.rewired, clock=clock, dress=noting),
            changed=changed,
        )
        stack.callback(configurations.close)
        stopping = stack.enter_context(_told_by_signals(engine, configurations))
        began = clock.now()
        sign.tell_of(lambda: mail_lives(configurations.app.inboxes, began))
        metrics = MailMetrics(
            bootstrap.metrics_file(settings, worker),
            lambda: configurations.app.inboxes,
            lambda: configurations.refused,
        )
        daemon = _Daemon(
            configurations, engine, clock, pause, lock.confirm, sign, metrics, stopping
        )
        daemon.register()
        app, interrupted = configurations.app, 0
        if worker is None:
            # One of several must wait for the desk, so its first turn does it.
            check_mark(app, clock.now())
            interrupted = recover(app, clock.now())
        if app.mail is not None and app.mail.redirected is not None:
            log.warning("mail_redirected")
        log.info(
            "daemon_started",
            campaigns=len(app.campaigns),
            interrupted=interrupted,
            worker=worker,
            configuration=configurations.digest,
        )
        watches.watch(app.inboxes)
        hasten = partial(engine.hasten, "turn")
        with (
            FileWatch(configurations.look, hasten),
            Crew(app.workers, engine, _end_at_once),
        ):
            ended = engine.run()
        releasing()
        log.info("daemon_stopped")
        if not ended:
            # Threads that wait for a server would keep the process.
            _end_at_once()


@dataclass(frozen=True, slots=True)
class _Daemon:
    """What one daemon does again and again. ``confirm`` makes sure that the store is its own."""

    configurations: Configurations
    engine: Engine
    clock: Clock
    pause: timedelta
    confirm: Callable[[], None]
    sign: SignOfLife
    metrics: MailMetrics
    stopping: Callable[[], bool]

    def register(self) -> None:
        """Tell the engine what there is to do."""
        using = self.configurations.using
        handing_out = HandingOut(using, self.engine, self.clock.now, self._paused)
        self.engine.every("turn", self.pause.total_seconds(), partial(self._turn, handing_out))
        self.engine.when_woken("mail", self._mail_arrived)

    def _turn(self, handing_out: HandingOut) -> None:
        self.confirm()
        now = self.clock.now
        with self.sign.turn():
            self.configurations.take_changes()
            with (
                self.configurations.using() as held,
                at_the_desk(held.app.workers, self._paused) as ours,
            ):
                if not ours or self.configurations.elsewhere():
                    return
                done = turn(held.app, now(), clock=now, pause=self._paused, hand_over=handing_out)
                at = next_look(held.app, now(), self.pause)
        if at is not None:
            self.engine.not_later("turn", at)
        self.metrics.write()
        log.debug("turn_done", taken=done.taken, read=done.read, done=done.done)

    def _mail_arrived(self) -> None:
        self.confirm()
        with (
            self.sign.between(),
            self.configurations.using() as held,
            at_the_desk(held.app.workers, self._paused) as ours,
        ):
            if not ours or self.configurations.elsewhere():
                return
            done = mail_turn(held.app, self.clock.now(), pause=self._paused)
        self.metrics.write()
        log.debug("mail_turn_done", taken=done.taken, read=done.read)

    def _paused(self) -> bool:
        self.sign.at_work()
        return self.stopping()


def _end_at_once() -> None:
    sys.stderr.flush()
    os._exit(1)


@contextmanager
def _released_in_time() -> Iterator[Callable[[], None]]:
    """Yield what is to be called when the work has ended: leaving then takes so long only.

    A database that says nothing would be waited for without end, to say good-bye to it.
    """
    timer = Timer(_RELEASE_SECONDS, _end_at_once)
    timer.daemon = True
    try:
        yield timer.start
    finally:
        timer.cancel()


@contextmanager
def _told_by_signals(
    engine: Engine, configurations: Configurations
) -> Iterator[Callable[[], bool]]:
    """Stop the engine at the first signal; yield what tells the work in hand of it.

    SIGHUP has the configuration judged.
    """
    told: list[int] = []

    def heard(number: int, _frame: FrameType | None) -> None:
        # Nothing here waits for a lock: the signal may have interrupted whoever holds it.
        if told:
            os._exit(128 + number)
        told.append(number)
        engine.stop()

    def judged(_number: int, _frame: FrameType | None) -> None:
        configurations.ask()

    before = {number: signal.getsignal(number) for number in (*_SIGNALS, signal.SIGHUP)}
    for number in _SIGNALS:
        signal.signal(number, heard)
    signal.signal(signal.SIGHUP, judged)
    try:
        yield lambda: bool(told)
    finally:
        _restore(before)


def _restore(handlers: dict[signal.Signals, "signal._HANDLER"]) -> None:
    for number, handler in handlers.items():
        signal.signal(number, handler)
