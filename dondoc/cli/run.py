"""`dondoc run`: the daemon."""

import logging
import signal
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import timedelta
from functools import partial
from types import FrameType
from typing import TYPE_CHECKING, Annotated

import typer

from dondoc.cli.options import DEFAULT_CONFIG, Config
from dondoc.cli.plan import print_plan

if TYPE_CHECKING:
    from dondoc.settings.records import Settings
    from schedulers.engine import Engine

_SIGNALS = (signal.SIGTERM, signal.SIGINT)


def run(
    context: typer.Context,
    config: Config = DEFAULT_CONFIG,
    dry_run: Annotated[
        bool,
        typer.Option("--dry-run", help="Print what would be sent now, as `dondoc plan`, and end."),
    ] = False,
) -> None:
    """Run the daemon: take in, distribute, follow, remind, compile and forward, until told to stop.

    Logs go to standard error, one JSON object a line. SIGTERM and SIGINT end it after the sending
    in hand; a second one ends it at once, which is safe too. One daemon at a time works on a store.

    Example: dondoc run --config /etc/dondoc/dondoc.yaml
    """
    if dry_run:
        print_plan(config)
        return
    from dondoc import logs  # noqa: PLC0415
    from dondoc.settings.load import load_settings  # noqa: PLC0415

    debug = context.find_root().params.get("debug")
    logs.configure(level=logging.DEBUG if debug else logging.INFO)
    _serve(load_settings(config))


def _serve(settings: "Settings") -> None:
    import structlog  # noqa: PLC0415

    from dondoc.bootstrap import (  # noqa: PLC0415
        SystemClock,
        daemon_lock,
        metrics_file,
        open_app,
        sign_file,
    )
    from dondoc.services.asked_mailbox import asked  # noqa: PLC0415
    from dondoc.services.mail_life import MailMetrics, mail_lives, watching  # noqa: PLC0415
    from dondoc.services.put_back import check_mark  # noqa: PLC0415
    from dondoc.services.sign_of_life import SignOfLife, WatchedEvidence  # noqa: PLC0415
    from dondoc.services.transmit import recover  # noqa: PLC0415
    from dondoc.services.turn import mail_turn, turn  # noqa: PLC0415
    from schedulers.engine import LoopEngine  # noqa: PLC0415

    log = structlog.get_logger(__name__)
    clock, pause = SystemClock(), timedelta(seconds=settings.schedule.poll_seconds)
    with (
        closing(LoopEngine()) as engine,
        daemon_lock(settings) as lock,
        SignOfLife(sign_file(settings), clock.now, pause) as sign,
        open_app(settings, clock, create=True) as opened,
        _stopped_by_signals(engine) as stopping,
    ):
        app = replace(opened, evidence=WatchedEvidence(opened.evidence, sign.at_work))
        for problem in settings.warnings:
            log.warning("configuration_warning", problem=str(problem))
        lives = partial(mail_lives, opened.inboxes, clock.now())
        sign.tell_of(lives)
        metrics = MailMetrics(metrics_file(settings), opened.inboxes)

        def told() -> None:
            sign.say()
            metrics.write(at_once=True)

        app = asked(app, clock.now, told)
        check_mark(app, clock.now())
        interrupted = recover(app, clock.now())
        if app.mail is not None and app.mail.redirected is not None:
            log.warning("mail_redirected")
        log.info("daemon_started", campaigns=len(app.campaigns), interrupted=interrupted)

        def paused() -> bool:
            sign.at_work()
            return stopping()

        def one_turn() -> None:
            lock.confirm()
            with sign.turn():
                done = turn(app, clock.now(), clock=clock.now, pause=paused)
            metrics.write()
            log.debug("turn_done", taken=done.taken, read=done.read, done=done.done)

        def mail_arrived() -> None:
            lock.confirm()
            with sign.between():
                done = mail_turn(app, clock.now(), pause=paused)
            metrics.write()
            log.debug("mail_turn_done", taken=done.taken, read=done.read)

        engine.every("turn", settings.schedule.poll_seconds, one_turn)
        engine.when_woken("mail", mail_arrived)
        with watching(app.inboxes, engine.wake):
            engine.run()
        log.info("daemon_stopped")


@contextmanager
def _stopped_by_signals(engine: "Engine") -> Iterator[Callable[[], bool]]:
    """Stop the engine at the first signal; yield what tells the work in hand of it."""
    told: list[int] = []

    def heard(number: int, _frame: FrameType | None) -> None:
        # Nothing here waits for a lock: the signal may have interrupted whoever holds it.
        _restore(before)
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
