"""Give what is due to the engine's queues, and hand over what the engine gives back.

A queue stands for an account: of a mail account's, as many batches are worked on at a time as it
may have connections, by all daemons together. A batch names dispatches and what was decided about
them; whoever gets it looks them up in the ledger, so that a batch that comes late, twice, or
after a crash does nothing that was done.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from itertools import count
from math import ceil
from threading import Lock
from typing import Any

import structlog

from domain.campaign import Channel
from domain.ids import DispatchId, SetDigest
from domain.intents import Probe, Transmit
from domain.state import DispatchState
from dondoc.app import App
from dondoc.in_force import Using
from dondoc.services.guarding import guarded_intent
from dondoc.services.handing_over import LETTERS_A_CONNECTION, Resting, Sendings, hand_over
from dondoc.services.restored import doubt_of
from schedulers.engine import Batch, Engine

log = structlog.get_logger(__name__)

_TURNS_KEPT = 3
"""Turns of which batches may still come, those of another daemon among them."""

_BATCH = 200
"""Sendings in one batch at most: a queue is looked at again between two."""


class HandingOut:
    """Hands over by the queues of an engine, with whatever other daemons share them.

    ``using`` holds the configuration in force, ``clock`` tells the present instant, ``pause``
    whether to stop after the letter in hand.
    """

    def __init__(
        self,
        using: Using,
        engine: Engine,
        clock: Callable[[], datetime],
        pause: Callable[[], bool],
    ) -> None:
        self._using = using
        self._engine = engine
        self._clock = clock
        self._pause = pause
        self._resting: dict[str, Resting] = {}
        self._handings = count(1)
        self._handing = 0  # the one that is waited for
        self._newest: dict[str, int] = {}
        self._lock = Lock()
        # These stay the same until a restart, whatever becomes of the configuration.
        with using() as held:
            app = held.app
        self._connections = app.mail.connections if app.mail else 1
        mail = app.mail.name if app.mail else "none"
        exchange = app.exchange.name if app.exchange else "none"
        self._queues = {Channel.EMAIL: f"mail:{mail}", Channel.EXCHANGE: f"exchange:{exchange}"}
        engine.queue(self._queues[Channel.EMAIL], self._connections, self._letters)
        engine.queue(self._queues[Channel.EXCHANGE], 1, self._packets)

    def __call__(
        self,
        intents: Sequence[Transmit | Probe],
        channels: Mapping[DispatchId, Channel],
        now: datetime,
    ) -> int:
        """Have intents carried out and return how many were handed over; ends with the last."""
        batches: dict[str, Sequence[Batch]] = {}
        with self._using() as held:
            handing = next(self._handings)
            begins = [held.app.workers.own, str(handing), now.isoformat(), held.digest]
        for channel, queue in self._queues.items():
            due = [one for one in intents if channels.get(one.dispatch) is channel]
            at_a_time = self._connections if channel is Channel.EMAIL else 1
            batches[queue] = _batches(due, at_a_time, begins)
        if not any(batches.values()):
            return 0
        self._handing = handing
        try:
            return self._engine.hand_out(batches)
        finally:
            self._handing = 0

    def _letters(self, batch: Batch) -> int:
        """Hand over letters over one connection: one is on its way while another is recorded.

        Where there is one connection only, so many are also begun at a time.
        """
        with self._using() as held:
            app = held.app
            mail = app.mail and replace(app.mail, line=Lock())
            if mail is not None and mail.pace.per_minute is not None:
                mail.pace.daemons = len(app.workers.alive())
            threads = LETTERS_A_CONNECTION if self._connections > 1 else 1
            return self._handed_over(replace(app, mail=mail), held.digest, batch, threads)

    def _packets(self, batch: Batch) -> int:
        with self._using() as held:
            return self._handed_over(held.app, held.digest, batch, 1)

    def _handed_over(self, app: App, digest: SetDigest, batch: Batch, threads: int) -> int:
        decided_by, handing, turn, by_set, *items = batch
        if by_set != digest:
            # A letter is not sent by a mix of two sets; the next turn decides by the one in force.
            log.info("batch_of_another_configuration", outdated=len(items), digest=by_set)
            return 0
        if decided_by not in app.workers.alive() or self._is_over(app, decided_by, int(handing)):
            # Its turn ended, perhaps with its daemon. The next one decides anew, and first of all
            # it finds out whether the ledger is an older one, in which more is due than should be
            # sent; what was decided before may be needless by now.
            log.info("engine_behind_ledger", outdated=len(items))
            return 0
        now = datetime.fromisoformat(turn)
        resting = self._resting_in(turn)
        doubt = doubt_of(app)
        given = [json.loads(item) for item in items]
        names = [told["dispatch"] for told in given]
        rows = {row.dispatch: row for row in app.ledger.select_any(DispatchState, dispatch=names)}
        intents = [_intent(rows[told["dispatch"]], told) for told in given if _due(rows, told)]
        if len(intents) < len(items):
            # The ledger is right: whatever the engine holds was decided before it moved on.
            log.info("engine_behind_ledger", outdated=len(items) - len(intents))

        def work(intent: Transmit | Probe) -> int:
            handed = partial(hand_over, app, intent, resting, now, self._clock, doubt)
            return guarded_intent(app, intent, now, handed) or 0

        return Sendings(intents, work, self._pause).run_by(min(threads, len(intents)) or 1)

    def _is_over(self, app: App, decided_by: str, handing: int) -> bool:
        """Tell whether nobody waits for a batch any more, as far as this daemon knows.

        Another one's handing out is over once a newer one of it was seen.
        """
        if decided_by == app.workers.own:
            return handing != self._handing
        with self._lock:
            newest = self._newest[decided_by] = max(handing, self._newest.get(decided_by, 0))
        return handing < newest

    def _resting_in(self, turn: str) -> Resting:
        """Return which doors rest; a turn that is new to this daemon tries them all again."""
        with self._lock:
            for over in list(self._resting)[:-_TURNS_KEPT]:
                del self._resting[over]
            return self._resting.setdefault(turn, Resting())


def _batches(
    intents: Sequence[Transmit | Probe], at_a_time: int, begins: Sequence[str]
) -> Sequence[Batch]:
    """Return batches of about the same size, so many or a multiple that fits.

    Each ``begins`` with the life of the daemon that decided, the number of its handing out, the
    instant of its turn, and the set of configuration that it decided by.
    """
    size = min(_BATCH, ceil(len(intents) / at_a_time)) or 1
    cuts = range(0, len(intents), size)
    return [[*begins, *map(_item, intents[at : at + size])] for at in cuts]


def _item(intent: Transmit | Probe) -> str:
    told: dict[str, str | bool] = {"dispatch": intent.dispatch}
    if isinstance(intent, Probe):
        told |= {"probe": True, "repeat": intent.repeat, "tell": intent.tell}
    return json.dumps(told)


def _due(rows: Mapping[DispatchId, DispatchState], told: Mapping[str, Any]) -> bool:
    """Tell whether what an item stands for is still to be done."""
    row = rows.get(told["dispatch"])
    return row is not None and row.due_at is not None


def _intent(dispatch: DispatchState, told: Mapping[str, Any]) -> Transmit | Probe:
    """Return what an item stands for."""
    why = "the engine's queue"
    if not told.get("probe"):
        return Transmit(about=dispatch.about, dispatch=dispatch.dispatch, why=why)
    return Probe(
        about=dispatch.about,
        dispatch=dispatch.dispatch,
        why=why,
        repeat=bool(told["repeat"]),
        tell=bool(told["tell"]),
    )
