"""Calls of a library that may never return: each in a thread of its own, waited for so long only.

The library waits for ever for a database that is locked or away. Its threads keep no process alive.
"""

from collections.abc import Callable
from concurrent.futures import Future
from threading import Lock, Thread
from typing import Any, ParamSpec, TypeVar

T = TypeVar("T")
P = ParamSpec("P")


class Overdue(Exception):
    """A call has not returned in time, or an earlier one has not yet; it goes on by itself."""


class Outside:
    """A way to call; may be used by several threads, and is closed while a call is overdue."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._overdue: set[Future[Any]] = set()  # whatever they return

    def call(self, seconds: float, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Return what a call returns or raise what it raises; raises ``Overdue``."""
        begun = self.begin(call, *args, **kwargs)
        if self.ended(begun, seconds):
            return begun.result()
        raise Overdue

    def begin(self, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Begin a call; raises ``Overdue`` where an earlier one is."""
        with self._lock:
            self._overdue = {one for one in self._overdue if not one.done()}
            if self._overdue:
                raise Overdue
        begun = Future[T]()

        def run() -> None:
            try:
                begun.set_result(call(*args, **kwargs))
            except BaseException as error:  # noqa: BLE001 - raised again by the thread that waits
                begun.set_exception(error)

        Thread(target=run, name="engine-call", daemon=True).start()
        return begun

    def ended(self, begun: Future[T], seconds: float) -> bool:
        """Wait so long for a call to end, however it ends; after that it is overdue."""
        try:
            begun.exception(seconds)
        except TimeoutError:
            with self._lock:
                self._overdue.add(begun)
            return begun.done()
        return True
