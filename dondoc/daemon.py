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
from dondoc.memory import few_arenas
from dondoc.services.asked_mailbox import asked
from dondoc.services.crew import Crew, at_the_desk
from dondoc.services.handing_out import HandingOut
from dondoc.services.mail_life import MailMetrics, mail_lives, watching
from dondoc.services.next_look import next_look
from dondoc.services.put_back import check_mark
from dondoc.services.sign_of_life import SignOfLife, WatchedEvidence
from dondoc.services.transmit import recover
from dondoc.services.turn import mail_turn, turn
from dondoc.settings.records import Settings
from schedulers.engine import Engine

log = structlog.get_logger(__name__)

_SIGNALS = (signal.SIGTERM, signal.SIGINT)

_RELEASE_SECONDS = 10.0
"""How long connections and locks may take to be given back after the work has ended."""


def serve(settings: Settings, worker: str | None = None) -> None:
    """Serve until a signal ends it; ``worker`` is its name where several share the store.

    A second signal ends the process at once, and so does what has not ended in
    ``schedule.stop_seconds`` after the first: both are as safe as a kill.
    """
    few_arenas()
    clock, pause = bootstrap.SystemClock(), timedelta(seconds=settings.schedule.poll_seconds)
    with (
        _released_in_time() as releasing,
        bootstrap.daemon_lock(settings, worker) as lock,
        SignOfLife(bootstrap.sign_file(settings, worker), clock.now, pause) as sign,
        bootstrap.open_app(settings, clock, create=True, worker=worker) as opened,
        ExitStack() as stack,
        closing(bootstrap_engine.durable_engine(settings, opened, worker, stack)) as engine,
        _stopped_by_signals(engine) as stopping,
    ):
        for problem in settings.warnings:
            log.warning("configuration_warning", problem=str(problem))
        sign.tell_of(partial(mail_lives, opened.inboxes, clock.now()))
        metrics = MailMetrics(bootstrap.metrics_file(settings, worker), opened.inboxes)

        def told() -> None:
            if sign.say():
                metrics.write(at_once=True)

        app = replace(opened, evidence=WatchedEvidence(opened.evidence, sign.at_work))
        app = asked(app, clock.now, told)
        daemon = _Daemon(app, engine, clock, pause, lock.confirm, sign, metrics, stopping)
        daemon.register()
        interrupted = 0
        if worker is None:
            # One of several must wait for the desk, so its first turn does it.
            check_mark(app, clock.now())
            interrupted = recover(app, clock.now())
        if app.mail is not None and app.mail.redirected is not None:
            log.warning("mail_redirected")
        log.info(
            "daemon_started", campaigns=len(app.campaigns), interrupted=interrupted, worker=worker
        )
        with watching(app.inboxes, engine.wake), Crew(app.workers, engine, _end_at_once):
            ended = engine.run()
        releasing()
        log.info("daemon_stopped")
        if not ended:
            # Threads that wait for a server would keep the process.
            _end_at_once()


@dataclass(frozen=True, slots=True)
class _Daemon:
    """What one daemon does again and again. ``confirm`` makes sure that the store is its own."""

    app: App
    engine: Engine
    clock: Clock
    pause: timedelta
    confirm: Callable[[], None]
    sign: SignOfLife
    metrics: MailMetrics
    stopping: Callable[[], bool]

    def register(self) -> None:
        """Tell the engine what there is to do."""
        handing_out = HandingOut(self.app, self.engine, self.clock.now, self._paused)
        self.engine.every("turn", self.pause.total_seconds(), partial(self._turn, handing_out))
        self.engine.when_woken("mail", self._mail_arrived)

    def _turn(self, handing_out: HandingOut) -> None:
        self.confirm()
        now = self.clock.now
        with self.sign.turn(), at_the_desk(self.app.workers, self._paused) as ours:
            if not ours:
                return
            done = turn(self.app, now(), clock=now, pause=self._paused, hand_over=handing_out)
            at = next_look(self.app, now(), self.pause)
        if at is not None:
            self.engine.not_later("turn", at)
        self.metrics.write()
        log.debug("turn_done", taken=done.taken, read=done.read, done=done.done)

    def _mail_arrived(self) -> None:
        self.confirm()
        with self.sign.between(), at_the_desk(self.app.workers, self._paused) as ours:
            if not ours:
                return
            done = mail_turn(self.app, self.clock.now(), pause=self._paused)
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
def _stopped_by_signals(engine: Engine) -> Iterator[Callable[[], bool]]:
    """Stop the engine at the first signal; yield what tells the work in hand of it."""
    told: list[int] = []

    def heard(number: int, _frame: FrameType | None) -> None:
        # Nothing here waits for a lock: the signal may have interrupted whoever holds it.
        if told:
            os._exit(128 + number)
        told.append(number)
        engine.stop()

    before = {number: signal.getsignal(number) for number in _SIGNALS}
    for number in _SIGNALS:
        signal.signal(number, heard)
    try:
        yield lambda: bool(told)
    finally:
        _restore(before)


def _restore(handlers: dict[signal.Signals, "signal._HANDLER"]) -> None:
    for number, handler in handlers.items():
        signal.signal(number, handler)
