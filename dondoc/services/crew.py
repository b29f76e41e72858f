"""A daemon among several: it says that it lives, and has the work of dead ones taken over."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event, Thread

import structlog

from domain.errors import Conflict, Fenced, StoreFailed
from domain.ports import Workers
from schedulers.engine import Engine

log = structlog.get_logger(__name__)

BEAT_SECONDS = 5.0
_DESK = "desk"
_DESK_SECONDS = 0.5


class Crew:
    """Beats in a thread of its own while its block runs; ``fenced`` is called once others took this
    daemon for dead, and must end the process: what it does from then on nobody records.
    """

    def __init__(
        self,
        workers: Workers,
        engine: Engine,
        fenced: Callable[[], object],
        *,
        beat_seconds: float | None = None,
    ) -> None:
        self._workers = workers
        self._engine = engine
        self._fenced = fenced
        self._beat_seconds = BEAT_SECONDS if beat_seconds is None else beat_seconds
        self._ended = Event()

    def __enter__(self) -> "Crew":
        self._thread = Thread(target=self._run, name="crew", daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join(self._beat_seconds)

    def _run(self) -> None:
        while not self._ended.wait(self._beat_seconds):
            try:
                self._beat()
            except Fenced:
                log.error("worker_fenced", worker=self._workers.own)
                self._fenced()
                return
            except (StoreFailed, Conflict) as error:
                log.warning("worker_not_heard", error=str(error))
            except Exception as error:
                # Who says nothing more is taken for dead, so no error may end this.
                log.exception("job_failed", job="crew", error=type(error).__name__)

    def _beat(self) -> None:
        self._workers.beat()
        dead = self._workers.bury()
        for name in dead:
            log.warning("worker_dead", worker=name)
        # Each time, not once: whoever buried one may have died before its work was taken over.
        living = {life.partition(".")[0] for life in self._workers.alive()}
        if self._engine.take_over(living) or dead:
            self._engine.hasten("turn")


@contextmanager
def at_the_desk(workers: Workers, pause: Callable[[], bool]) -> Iterator[bool]:
    """Wait until no other daemon takes in, reads or decides, and keep them off in the block.

    Yields false when ``pause`` ended the waiting.
    """
    stop = Event()
    while not (taken := workers.take(_DESK)):
        if pause():
            break
        stop.wait(_DESK_SECONDS)
    try:
        yield taken
    finally:
        if taken:
            workers.leave(_DESK)
