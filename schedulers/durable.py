"""The durable engine: DBOS Transact keeps what is queued, waited for and under way in a database.

It drives, and remembers nothing that counts: what is due stands in the ledger, and what an engine's
database still holds after a crash is looked at there again before anything is done. So the
database may be lost, and a batch may run twice. Names of dispatches are all that it is given.

What it is: docs.dbos.dev, "Queues & Concurrency" and "Workflow Recovery". A worker's unfinished
work is taken over by ``take_over``, because only a paid service does so by itself.
"""

import threading
import time
import uuid
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import ParamSpec, TypeVar

import structlog
from dbos import DBOS, SetEnqueueOptions, SetWorkflowID, WorkflowStatus
from dbos import error as dbos_error
from sqlalchemy import Engine as Database
from sqlalchemy.exc import SQLAlchemyError

from domain.errors import StoreFailed
from schedulers.dbos_frame import BATCH, Unrecorded, forget, give_back, set_up, take_back
from schedulers.engine import Batch, BatchFailed, BatchWork, Work
from schedulers.loop import LoopEngine, system_now
from schedulers.outside import Outside, Overdue
from schedulers.ticks import Ticks

log = structlog.get_logger(__name__)

T = TypeVar("T")
P = ParamSpec("P")

_IDLE_SECONDS, _BUSY_SECONDS = 0.5, 0.1
"""How often queues are looked at: each look costs a statement or two."""

_STOP_NOTICED_SECONDS = 0.1
_CALL_SECONDS = 4.0
"""Longest wait for news of others, when one has to say meanwhile that one lives, and for the end of
the library, which may wait for a database that is away."""
_STUCK_SECONDS = 60.0
"""A queue in which nothing is under way or ends for so long is given up for this once."""
_UNRECORDED_SECONDS = 5.0
"""How long a batch may stand as under way before it has begun here, or after it has ended here."""
_ELSEWHERE_SECONDS = 1800.0
"""Longest wait for batches in the hands of other daemons of which none begins or ends: longer than
any of them waits for the servers of a door until that rests."""
_PATIENCE_SECONDS = 30.0
"""Longest wait for one answer of the library, which waits itself for ever for its database: so long
SQLite waits for whoever has locked a file."""

_WAITS = "waits"
_UNDER_WAY = ["ENQUEUED", "PENDING", "DELAYED"]
_KEPT = timedelta(days=1)
_SWEPT_SECONDS = 3600.0
"""How long what has ended is kept, and how often what is older is forgotten."""


_FAILURES = (SQLAlchemyError, dbos_error.DBOSException, Overdue)
"""What a call of the library may end with where its database fails."""


class _Stuck(Exception):
    """Nobody begins what was handed out: something that cannot end keeps its queue full."""


class DurableEngine:
    """An engine over a database of its own; see ``Engine``. One at a time in a process.

    ``worker`` is the stable name of this daemon, ``daemons`` tells how many share the
    queues, this one included. ``stop_seconds`` is how long what is under way may take to end.
    ``put_aside`` is given what the library made of the database at the start, and tells whether it
    has put that aside, so that the next one begins empty.
    """

    def __init__(
        self,
        database: Database,
        *,
        worker: str,
        daemons: Callable[[], int] = lambda: 1,
        stop_seconds: float = 60.0,
        now: Callable[[], datetime] = system_now,
        put_aside: Callable[[SQLAlchemyError], bool] | None = None,
    ) -> None:
        self._database = database
        self._put_aside = put_aside
        self._worker = worker
        self._daemons = daemons
        self._stop_seconds = stop_seconds
        self._now = now
        self._loop = LoopEngine(now)
        self._ticks = Ticks(self._failed)
        self._under_way = threading.Condition()
        self._in_hand: list[str] = []
        self._unrecorded = Unrecorded(_UNRECORDED_SECONDS)
        self._broken: BaseException | None = None
        self._works: dict[str, Work] = {}
        self._queues: dict[str, tuple[int, BatchWork]] = {}
        self._handed: list[str] = []
        self._swept = time.monotonic()
        self._handing, self._news = Outside(), Outside()
        self._launched = False

    def every(self, name: str, seconds: float, work: Work) -> None:
        """Register work; see ``Engine``."""
        self._works[name] = work
        self._loop.every(name, seconds, partial(self._tick, name))

    def when_woken(self, name: str, work: Work) -> None:
        """Register work; see ``Engine``."""
        self._loop.when_woken(name, work)

    def queue(self, name: str, concurrency: int, work: BatchWork) -> None:
        """Register a queue; see ``Engine``. To be called before ``run``."""
        self._queues[name] = concurrency, work
        self._loop.queue(name, concurrency, work)

    def run(self) -> bool:
        """Run until stopped; see ``Engine``."""
        if self._loop.stopping or not self._works:
            return True
        self._launch()
        # The calling thread stays free: it counts the time while the work in hand waits.
        thread = threading.Thread(target=self._looped, name="engine-loop", daemon=True)
        thread.start()
        while thread.is_alive() and not self._loop.stopping:
            thread.join(_STOP_NOTICED_SECONDS)
        end = time.monotonic() + self._stop_seconds
        thread.join(self._stop_seconds)
        landed = self._landed(max(0.0, end - time.monotonic()))
        if self._broken is not None:
            raise self._broken
        if landed and not thread.is_alive():
            return True
        log.warning("engine_stop_overdue", seconds=self._stop_seconds)
        return False

    def _looped(self) -> None:
        try:
            self._loop.run()
        except BaseException as error:  # noqa: BLE001 - raised again by the thread that waits
            self._broken = error

    def _launch(self) -> None:
        error = self._begun()
        if error is not None:
            DBOS.destroy(destroy_registry=True)
            if self._put_aside is not None and self._put_aside(error):
                error = self._begun()
        if error is not None:
            cause = str(getattr(error, "orig", error)).strip().partition("\n")[0]
            raise StoreFailed(
                f"the engine's database {self._database.url.render_as_string()} cannot be made "
                f"ready: {cause}; its user must be allowed to make a schema there and to write it"
            ) from error

    def _begun(self) -> SQLAlchemyError | None:
        """Begin with the database as it is; return what the library could not do there."""
        set_up(self._database, self._worker)
        self._tick_flow, self._batch_flow, self._wait_flow = self._flows()
        # Also after a launch that failed there is something to release.
        self._launched = True
        try:
            DBOS.launch()
            for name in self._queues:
                self._look_at(name, _IDLE_SECONDS)
            DBOS.register_queue(_WAITS, polling_interval_sec=1.0, on_conflict="always_update")
        except SQLAlchemyError as error:
            return error
        return None

    def _flows(
        self,
    ) -> tuple[Callable[[str], int], Callable[[str, list[str]], int | None], Callable[[str], int]]:
        @DBOS.workflow(name="tick")
        def tick(name: str) -> int:
            if self._ticks.await_end(str(DBOS.workflow_id)):
                return 1
            # It was under way in a daemon that died, so it is overdue in this one.
            self._loop.hasten(name)
            return 0

        @DBOS.workflow(name=BATCH)
        def batch(queue: str, items: list[str]) -> int | None:
            name = str(DBOS.workflow_id)
            with self._under_way:
                self._in_hand.append(name)
            try:
                return self._done(queue, items)
            finally:
                with self._under_way:
                    self._in_hand.remove(name)
                    self._under_way.notify_all()

        @DBOS.workflow(name="wait")
        def wait(name: str) -> int:
            self._loop.hasten(name)
            return 1

        return tick, batch, wait

    def _look_at(self, name: str, seconds: float) -> None:
        """Have every daemon look at a queue so often, and take no more than its share of it."""
        concurrency, _ = self._queues[name]
        # Without a share of its own, the first one to look would take all.
        share = max(1, -(-concurrency // max(1, self._daemons())))
        DBOS.register_queue(
            name,
            global_concurrency=concurrency,
            worker_concurrency=share,
            polling_interval_sec=seconds,
            on_conflict="always_update",
        )

    def _tick(self, name: str) -> None:
        self._sweep()
        flow, record = f"{name} {self._worker} {uuid.uuid4()}", partial(self._tick_flow, name)
        self._ticks.run(flow, record, self._works[name], _PATIENCE_SECONDS)

    def _failed(self, error: BaseException) -> None:
        log.warning("engine_store_failed", error=type(error).__name__)

    def _done(self, queue: str, items: list[str]) -> int | None:
        """Do a batch; None when it failed."""
        if self._loop.stopping:
            return 0
        try:
            return self._queues[queue][1](items)
        except Exception as error:
            log.exception("batch_failed", queue=queue, error=type(error).__name__)
            return None

    def hand_out(self, batches: Mapping[str, Sequence[Batch]]) -> int:
        """Enqueue batches and wait for them; see ``Engine``.

        Where the engine's database fails, this daemon does them itself: the ledger knows better
        than any queue what was done.
        """
        try:
            return self._handed_out(batches)
        except _FAILURES as error:
            self._failed(error)
            # What is in hand here need not be begun twice.
            self._landed(self._stop_seconds)
        except _Stuck:
            log.warning("engine_queue_stuck", queues=sorted(batches))
        return self._loop.hand_out(batches)

    def _handed_out(self, batches: Mapping[str, Sequence[Batch]]) -> int:
        names = [name for name, some in batches.items() if some]
        if not self._in_hand:
            self._call(take_back, self._worker)
        if self._handed:
            # An earlier one failed, and nobody waits for what is left of it.
            self._call(DBOS.cancel_workflows, self._handed)
            self._handed = []
        for name in names:
            self._call(self._look_at, name, _BUSY_SECONDS)
        try:
            handing = uuid.uuid4()
            for name in names:
                for number, batch in enumerate(batches[name]):
                    self._handed.append(f"{handing} {name} {number}")
                    self._call(self._enqueued, self._handed[-1], name, batch)
            count = self._counted(self._handed)
            self._handed = []
            return count
        finally:
            for name in names:
                self._call(self._look_at, name, _IDLE_SECONDS)

    def _enqueued(self, workflow: str, queue: str, batch: Batch) -> None:
        with SetWorkflowID(workflow):
            DBOS.enqueue_workflow(queue, self._batch_flow, queue, list(batch))

    def _counted(self, ids: list[str]) -> int:
        """Wait until all have ended, and return the sum of their counts."""
        waiting, counts = set(ids), list[int | None]()
        before, moved = set[tuple[object, ...]](), time.monotonic()
        while waiting:
            found = self._call(DBOS.list_workflows, workflow_ids=sorted(waiting), load_input=False)
            known = {one.workflow_id for one in found}
            # What the database has lost nobody will end; the ledger decides at the next turn.
            counts += [None for lost in waiting if lost not in known]
            waiting &= known
            for one in found:
                if one.status not in _UNDER_WAY:
                    waiting.discard(one.workflow_id)
                    counts.append(0 if one.status == "CANCELLED" else one.output)
            if self._loop.stopping:
                queued = [one.workflow_id for one in found if one.status == "ENQUEUED"]
                if queued:
                    self._call(DBOS.cancel_workflows, queued)
                ours = [one for one in found if one.executor_id == self._worker]
                waiting &= {one.workflow_id for one in ours if one.status == "PENDING"}
            state: set[tuple[object, ...]] = {
                (one.workflow_id, one.status, one.executor_id) for one in found
            }
            if state != before or waiting & set(self._in_hand):
                before, moved = state, time.monotonic()
            elif waiting and time.monotonic() - moved > self._patience(found):
                self._call(DBOS.cancel_workflows, sorted(waiting))
                raise _Stuck
            if waiting:
                time.sleep(_BUSY_SECONDS)
        if None in counts:
            raise BatchFailed
        return sum(count or 0 for count in counts)

    def _patience(self, found: Sequence[WorkflowStatus]) -> float:
        """Return how long to wait where nothing gets on: what ended here was not written down."""
        holders = [one.executor_id for one in found if one.status == "PENDING"]
        if any(holder != self._worker for holder in holders):
            return _ELSEWHERE_SECONDS
        return _UNRECORDED_SECONDS if len(holders) == len(found) else _STUCK_SECONDS

    def take_over(self, living: Collection[str]) -> int:
        """Give back to its queue what was under way elsewhere; see ``Engine``.

        Whatever its daemon was called: what nobody ends would keep its queue full. So would what
        ended here and was not written down: whoever handed it out waits for this daemon to end it.
        """
        try:
            given = self._news.call(_CALL_SECONDS, give_back, living)
            self._news.call(_CALL_SECONDS, self._unrecorded.end, self._worker, self._in_hand)
            return given
        except Overdue:
            return 0

    def not_later(self, name: str, at: datetime) -> None:
        """Have it run at an instant; see ``Engine``."""
        try:
            self._call(self._wait_for, name, at)
        except _FAILURES as error:
            # The next regular turn looks at what is waited for, too.
            self._failed(error)

    def _wait_for(self, name: str, at: datetime) -> None:
        seconds = max(0.0, (at - self._now()).total_seconds())
        with (
            SetWorkflowID(f"{name} at {at.isoformat()}"),
            SetEnqueueOptions(delay_seconds=seconds),
        ):
            DBOS.enqueue_workflow(_WAITS, self._wait_flow, name)

    def hasten(self, name: str) -> None:
        """Run it soon; see ``Engine``."""
        self._loop.hasten(name)

    def wake(self) -> None:
        """Run what waits for it; see ``Engine``."""
        self._loop.wake()

    def stop(self) -> None:
        """Stop after the work in hand; see ``Engine``."""
        self._loop.stop()

    def close(self) -> None:
        """Release everything; see ``Engine``. The database stays open."""
        self.stop()
        self._loop.close()
        if self._launched:
            self._launched = False
            # Its threads may wait for a database that says nothing; they keep no process alive.
            with suppress(Overdue):
                Outside().call(_CALL_SECONDS, DBOS.destroy, destroy_registry=True)

    def _call(self, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        return self._handing.call(_PATIENCE_SECONDS, call, *args, **kwargs)

    def _landed(self, seconds: float) -> bool:
        """Wait so long for batches to end; tell whether all have."""
        with self._under_way:
            return self._under_way.wait_for(lambda: not self._in_hand, seconds)

    def _sweep(self) -> None:
        """Forget what ended long ago, once an hour."""
        if time.monotonic() - self._swept < _SWEPT_SECONDS:
            return
        self._swept = time.monotonic()
        try:
            self._news.call(_PATIENCE_SECONDS, forget, datetime.now(UTC) - _KEPT)
        except _FAILURES as error:
            self._failed(error)
