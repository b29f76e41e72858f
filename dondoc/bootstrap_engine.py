"""The part of ``bootstrap`` that wires the durable engine, which only the daemon has to load."""

from contextlib import ExitStack
from functools import partial
from pathlib import Path

from connector.store.engine_database import engine_database, engine_file, put_aside
from dondoc.app import App
from dondoc.bootstrap import database_server
from dondoc.settings.records import Settings
from schedulers.durable import DurableEngine

_FILE = "engine.sqlite"
_ALONE = "alone"
"""How the engine's database names a daemon that has no name: always alike, over all starts."""


def durable_engine(
    settings: Settings, app: App, worker: str | None, stack: ExitStack
) -> DurableEngine:
    """Return the engine of the daemon, over a file of its own or a part of the ledger's database.

    ``worker`` is its name among several. Raises ``StoreFailed`` when the file cannot be made, and
    ``Conflict`` when another program holds it.
    """
    database = settings.store.database
    name = worker or _ALONE
    aside: partial[bool] | None = None
    if isinstance(database, Path):
        file = settings.store.folder / _FILE
        store = engine_file(file)
        aside = partial(put_aside, file, store)
    else:
        store = engine_database(database_server(database), worker=name)
    stack.callback(store.dispose)
    return DurableEngine(
        store,
        worker=name,
        daemons=lambda: len(app.workers.alive()),
        stop_seconds=settings.schedule.stop_seconds,
        put_aside=aside,
    )
