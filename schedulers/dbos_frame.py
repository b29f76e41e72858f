"""What DBOS is given: a plain form for what it keeps, our log for what it says, an end to both."""

import json
import logging
import time
from collections.abc import Collection
from datetime import datetime

import structlog
from dbos import DBOS, Serializer
from sqlalchemy import Engine as Database

log = structlog.get_logger(__name__)

_SILENT_SECONDS = 60.0
"""A database that is away would fill the log: each queue says so at each look."""


BATCH = "batch"
"""The name of the workflow that does one."""

_VERSION = "1"
"""Of what is kept in the engine's database. Work of another version would be left lying."""

FORGOTTEN = 500
"""Finished pieces of work that are forgotten at one time."""


class PlainJson(Serializer):
    """Keeps arguments and results as JSON: reading a database must never run what lies in it."""

    def serialize(self, data: object) -> str:
        """Return a value as JSON text; an error as its type."""
        return json.dumps(data, default=lambda value: type(value).__name__)

    def deserialize(cls, serialized_data: str) -> object:  # noqa: N805 - named so by the library
        """Return the value of a JSON text."""
        return json.loads(serialized_data)

    def name(self) -> str:
        """Return the name under which the database knows the form."""
        return "dondoc_json"


class _Forwarded(logging.Handler):
    """What the library logs, as lines of our own log: each place in it speaks once a minute."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self._spoke: dict[tuple[str, int], float] = {}

    def emit(self, record: logging.LogRecord) -> None:
        place, now = (record.pathname, record.lineno), time.monotonic()
        if now - self._spoke.get(place, -_SILENT_SECONDS) < _SILENT_SECONDS:
            return
        self._spoke[place] = now
        tell = log.error if record.levelno >= logging.ERROR else log.warning
        # Of a traceback the last line has the reason.
        first, *others = record.getMessage().strip().splitlines() or [""]
        tell("engine_says", said=" ".join([first, *others[-1:]]))


def forward_its_log() -> None:
    """Have the library log through ours, and only what is a warning at least."""
    library = logging.getLogger("dbos")
    library.propagate = False
    library.setLevel(logging.WARNING)
    if not any(isinstance(handler, _Forwarded) for handler in library.handlers):
        # It writes to standard error by itself where nothing else takes what it logs.
        library.addHandler(_Forwarded())


def set_up(database: Database, worker: str) -> None:
    """Make the library's one instance in this process, over a database; it is not launched yet."""
    forward_its_log()
    DBOS(
        config={
            "name": "dondoc",
            "system_database_url": database.url.render_as_string(hide_password=True),
            "system_database_engine": database,
            "application_version": _VERSION,
            "executor_id": worker,
            "serializer": PlainJson(),
            "enable_otlp": False,
            "log_level": "WARNING",
            "use_listen_notify": False,
            "notification_listener_polling_interval_sec": 0.5,
        }
    )


def forget(before: datetime) -> int:
    """Delete what ended before an instant, a part of it at a time; return how much it was."""
    forgotten = 0
    while True:
        old = DBOS.list_workflows(
            status=["SUCCESS", "ERROR", "CANCELLED", "MAX_RECOVERY_ATTEMPTS_EXCEEDED"],
            completed_before=before.isoformat(),
            limit=FORGOTTEN,
            load_input=False,
            load_output=False,
        )
        if old:
            DBOS.delete_workflows([one.workflow_id for one in old])
        forgotten += len(old)
        if len(old) < FORGOTTEN:
            return forgotten


def give_back(living: Collection[str]) -> int:
    """Give what is under way in all daemons but these back to its queue; return how much it was."""
    under_way = DBOS.list_workflows(status="PENDING", load_input=False, load_output=False)
    left = [one for one in under_way if one.executor_id not in living]
    for queue in {one.queue_name for one in left}:
        ids = [one.workflow_id for one in left if one.queue_name == queue]
        DBOS.resume_workflows(ids, queue_name=queue)
    if left:
        names = sorted({str(one.executor_id) for one in left})
        log.warning("work_taken_over", workers=names, pieces=len(left))
    return len(left)


def take_back(worker: str) -> None:
    """End what a daemon is said to have under way and has not: it would keep its queue full.

    It ended there and was not written down, as on a full disk. What is just about to begin may be
    hit: the ledger has it due at the next turn.
    """
    left = DBOS.list_workflows(
        status="PENDING", executor_id=worker, name=BATCH, load_input=False, load_output=False
    )
    if left:
        DBOS.cancel_workflows([one.workflow_id for one in left])


class Unrecorded:
    """Batches that a daemon is said to have under way and has not, for longer than ``seconds``.

    They ended there and that was not written down, because the database refused it.
    """

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._since: dict[str, float] = {}

    def end(self, worker: str, in_hand: Collection[str]) -> None:
        """End those of a daemon that were found at looks so far apart; it has ``in_hand``."""
        found = DBOS.list_workflows(
            status="PENDING", executor_id=worker, name=BATCH, load_input=False, load_output=False
        )
        now = time.monotonic()
        # What it has in hand by now has begun since, and may end after this look.
        idle = [one.workflow_id for one in found if one.workflow_id not in in_hand]
        self._since = {name: self._since.get(name, now) for name in idle}
        over = [name for name, since in self._since.items() if now - since > self._seconds]
        if over:
            DBOS.cancel_workflows(over)
            log.warning("batches_not_recorded", pieces=len(over))
