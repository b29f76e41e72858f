"""Hand what is due to its servers within one turn, by mail over several connections at once.

Each sending is committed as attempt and outcome on its own, whoever makes it: after a kill in the
middle of several, each of them is looked for as after the kill of one.

What is recorded has the instant of the turn. A turn may be long, so a clock is asked before each
letter whether the quiet hours have begun and how many letters left in the last minute.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from threading import Lock, Thread

import structlog

from domain.campaign import Channel
from domain.errors import DuplicateEvent
from domain.ids import DispatchId
from domain.intents import Probe, Transmit
from domain.state import AssignmentState, DispatchState, RecallState
from domain.status import DispatchStatus
from domain.waiting import wait_is_over
from dondoc.app import App
from dondoc.services.guarding import guarded_intent
from dondoc.services.restored import Doubt, doubt_of, may_be_repeated, may_have_left
from dondoc.services.restored_letters import send_unless_left
from dondoc.services.transmit import DoorSign, probe, transmit
from schedulers.transmissions import stopped

log = structlog.get_logger(__name__)

_FAILURES_IN_A_ROW = 3
"""After as many sendings put off one after the other, a door rests until the next turn."""

LETTERS_A_CONNECTION = 2
"""One is on its way while another is recorded: else connections would wait for the disk."""

_FOR: Mapping[type[Transmit | Probe], frozenset[DispatchStatus]] = {
    Transmit: frozenset({DispatchStatus.PLANNED, DispatchStatus.DEFERRED}),
    Probe: frozenset({DispatchStatus.UNCERTAIN}),
}
"""The statuses in which an intent to hand a dispatch over still holds."""


class Resting:
    """Doors that put everything off: the rest of the queue waits instead of failing one by one.
    So does a door whose account may send no more in this minute, and one in its quiet hours.
    """

    def __init__(self) -> None:
        self._failures: dict[Channel, int] = {}
        self._full: set[Channel] = set()
        self._lock = Lock()

    def rests(self, channel: Channel) -> bool:
        """Tell whether a door takes nothing more in this turn."""
        return channel in self._full or self._failures.get(channel, 0) >= _FAILURES_IN_A_ROW

    def note(self, channel: Channel, sign: DoorSign) -> None:
        """Count what a sending showed of its door."""
        with self._lock:
            match sign:
                case DoorSign.FAILED:
                    self._failures[channel] = self._failures.get(channel, 0) + 1
                case DoorSign.ANSWERED:
                    self._failures[channel] = 0
                case DoorSign.NOTHING:
                    pass

    def held(self, channel: Channel) -> bool:
        """Let a door rest for its rate or its quiet hours; tell whether it did so before."""
        with self._lock:
            before = channel in self._full
            self._full.add(channel)
            return before


def hand_over_all(
    app: App,
    intents: Sequence[Transmit | Probe],
    channels: Mapping[DispatchId, Channel],
    resting: Resting,
    now: datetime,
    clock: Callable[[], datetime],
    pause: Callable[[], bool],
) -> int:
    """Hand over what is due, each door in order, and return how many were handed over.

    ``channels`` tells by which door a dispatch goes, ``clock`` the present instant. Raises what no
    other sending would be spared.
    """
    doubt = doubt_of(app)

    def work(intent: Transmit | Probe) -> int:
        def handed() -> int:
            return hand_over(app, intent, resting, now, clock, doubt)

        return guarded_intent(app, intent, now, handed) or 0

    connections = app.mail.connections if app.mail else 1
    workers = connections * LETTERS_A_CONNECTION
    mail = [i for i in intents if channels.get(i.dispatch) is Channel.EMAIL]
    others = [i for i in intents if channels.get(i.dispatch) is not Channel.EMAIL]
    if connections == 1 or len(mail) < 2:
        return Sendings(intents, work, pause).run_by(1)
    if not others:
        return Sendings(mail, work, pause).run_by(min(workers, len(mail)))
    letters = Sendings(mail, work, pause)
    with letters.beside(min(workers, len(mail))):
        done = Sendings(others, work, lambda: pause() or letters.error is not None).run_by(1)
    return done + letters.done


def hand_over(
    app: App,
    intent: Transmit | Probe,
    resting: Resting,
    now: datetime,
    clock: Callable[[], datetime],
    doubt: Doubt | None = None,
) -> int:
    """Hand over one dispatch if that is still due and its door takes it; return how many went.

    ``doubt`` tells what may have left before a restored store knew of it.
    """
    dispatch = app.ledger.get(DispatchState, (intent.dispatch,))
    if dispatch is None or resting.rests(dispatch.channel):
        return 0
    try:
        return _handed(app, intent, dispatch, resting, now, clock, doubt)
    except DuplicateEvent as duplicate:
        # Another daemon was given it too, and was faster: this one has not sent it. The outcome of
        # one that it sent does not collide, see ``transmit``.
        log.info("attempt_made_elsewhere", dispatch=dispatch.dispatch, key=duplicate.source_key)
        return 0


def _handed(
    app: App,
    intent: Transmit | Probe,
    dispatch: DispatchState,
    resting: Resting,
    now: datetime,
    clock: Callable[[], datetime],
    doubt: Doubt | None,
) -> int:
    # A person, or an intent before this one, may have decided it since the picture was taken.
    if dispatch.status not in _FOR[type(intent)] or not _is_due(dispatch, now):
        return 0
    unwanted = _is_stopped(app, dispatch)
    if unwanted and isinstance(intent, Transmit):
        log.info("sending_stopped", dispatch=dispatch.dispatch)
        return 0
    if dispatch.channel is Channel.EMAIL and _mail_waits(app, intent, resting, clock):
        return 0
    if isinstance(intent, Probe):
        sign = probe(
            app,
            dispatch,
            now,
            # Whether it has left is worth knowing, also of what must not be sent again.
            repeat=intent.repeat and not unwanted,
            tell=intent.tell,
            may_be_repeated=may_be_repeated(app, dispatch, doubt),
        )
    elif may_have_left(dispatch, doubt):
        sign = send_unless_left(app, dispatch, now)
    else:
        sign = transmit(app, dispatch, now)
    resting.note(dispatch.channel, sign)
    return 1


def _is_stopped(app: App, dispatch: DispatchState) -> bool:
    """Tell whether an answer or a person made it needless since the picture was taken."""
    key = (dispatch.campaign, dispatch.round, dispatch.office)
    letter = app.ledger.get(DispatchState, (dispatch.part_of,)) if dispatch.part_of else None
    return stopped(
        dispatch,
        (letter or dispatch).kind,
        app.ledger.get(AssignmentState, key),
        app.ledger.select(RecallState, campaign=dispatch.campaign),
    )


def _may_send(intent: Transmit | Probe) -> bool:
    """Tell whether something may leave: what only looks for evidence disturbs nobody."""
    return isinstance(intent, Transmit) or intent.repeat


def _mail_waits(
    app: App, intent: Transmit | Probe, resting: Resting, clock: Callable[[], datetime]
) -> bool:
    if app.mail is None:
        return False
    until = app.mail.quiet.until(clock()) if app.mail.quiet and _may_send(intent) else None
    if until is not None:
        if not resting.held(Channel.EMAIL):
            log.info("mail_quiet_hours", until=until.isoformat())
        return True
    if app.mail.pace.take(clock):
        return False
    if not resting.held(Channel.EMAIL):
        log.info("mail_rate_reached", per_minute=app.mail.pace.per_minute)
    return True


def _is_due(dispatch: DispatchState, now: datetime) -> bool:
    return dispatch.due_at is not None and wait_is_over(dispatch.due_at, now)


class Sendings:
    """Sendings that several threads take one by one, in order, until all or one of them ends it."""

    def __init__(
        self,
        intents: Iterable[Transmit | Probe],
        work: Callable[[Transmit | Probe], int],
        pause: Callable[[], bool],
    ) -> None:
        self._waiting = iter(intents)
        self._work = work
        self._pause = pause
        self._lock = Lock()
        self.done = 0
        self._ended = False
        self.error: Exception | None = None
        """What ended it early, for the thread that waits."""

    def run_by(self, workers: int) -> int:
        """Do everything with so many threads, this one among them; return how many were done."""
        with self.beside(workers - 1):
            self._run()
        return self.done

    @contextmanager
    def beside(self, workers: int) -> Iterator[None]:
        """Have so many threads work beside the block; end when they have, and raise what ended it.

        When the block raises, what is under way is the last. The threads end with the process: a
        second signal ends that at once, which is safe.
        """
        threads: list[Thread] = []
        try:
            for _ in range(workers):
                thread = Thread(target=self._run, name="mail", daemon=True)
                thread.start()
                threads.append(thread)
            yield
            _join(threads)
        except Exception:
            self._ended = True
            _join(threads)
            raise
        except BaseException:
            # The process ends: nothing more is begun, and nobody waits for a slow server.
            self._ended = True
            raise
        if self.error is not None:
            raise self.error

    def _run(self) -> None:
        try:
            while (intent := self._next()) is not None:
                done = self._work(intent)
                with self._lock:
                    self.done += done
        except Exception as error:  # noqa: BLE001 - raised again by whoever waits
            self.error = self.error or error
        finally:
            # Nothing is left, or something ended it: either holds for every thread.
            self._ended = True

    def _next(self) -> Transmit | Probe | None:
        with self._lock:
            if self._ended or self._pause():
                return None
            return next(self._waiting, None)


def _join(threads: Iterable[Thread]) -> None:
    for thread in threads:
        thread.join()
