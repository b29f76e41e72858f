"""Notice that the files of a configuration were changed, and that nobody is at it any more.

A look costs a few calls to the file system. A change counts when two looks find the same: an
editor, or a copy of many files, is given the time to end.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event, Thread

import structlog

from dondoc.settings.set_files import Footprint

log = structlog.get_logger(__name__)

LOOK_SECONDS = 1.0


class QuietFiles:
    """Tells when files differ from those that were judged last, and have become quiet.

    ``footprint`` shows what there is now. ``ask`` has them judged whether they changed or not.
    """

    def __init__(self, footprint: Callable[[], Footprint], judged: Footprint) -> None:
        self._footprint = footprint
        self._judged = judged
        self._seen: Footprint | None = None
        self._ready = False
        self._asked = self._answering = False

    def ask(self) -> None:
        """Have the files judged at the next look; may be called from a signal handler."""
        self._asked = True

    @property
    def ready(self) -> bool:
        """Whether there is something to judge."""
        return self._ready or self._asked

    def look(self) -> bool:
        """Look at the files, and tell whether there is something to judge; at intervals."""
        found = self._footprint()
        changed = found != self._judged
        self._ready = changed and found == self._seen
        self._seen = found if changed else None
        return self.ready

    @contextmanager
    def judging(self) -> Iterator[None]:
        """Have the block judge the files: who asks meanwhile asks for another time.

        What was asked for stays so until ``judged`` is called.
        """
        self._answering, self._asked = self._asked, False
        try:
            yield
        finally:
            self._asked = self._asked or self._answering
            self._answering = False

    def judged(self, footprint: Callable[[], Footprint], found: Footprint) -> None:
        """Note that what ``found`` shows was judged; look at what ``footprint`` shows from now."""
        self._footprint, self._judged = footprint, found
        self._seen, self._ready, self._answering = None, False, False


class FileWatch:
    """Looks again and again in a thread of its own, and calls ``told`` when there is something."""

    def __init__(
        self, look: Callable[[], bool], told: Callable[[], object], *, seconds: float = LOOK_SECONDS
    ) -> None:
        self._look = look
        self._told = told
        self._seconds = seconds
        self._ended = Event()

    def __enter__(self) -> "FileWatch":
        self._thread = Thread(target=self._run, name="configuration", daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join(self._seconds)

    def _run(self) -> None:
        while not self._ended.wait(self._seconds):
            try:
                if self._look():
                    self._told()
            except Exception as error:
                # A file system that fails is no reason to end the watch.
                log.exception("job_failed", job="configuration", error=type(error).__name__)
