"""The exchange as a whole: in a thread for tests and the demo, in the foreground for trials."""

import signal
import sqlite3
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import FrameType
from typing import Self

from starlette.types import Scope

from domain.errors import ConfigError, PeerUnavailable, Problem, StoreFailed
from dondoc.simulators.eoffice.app import Application
from dondoc.simulators.eoffice.documents import Documents
from dondoc.simulators.eoffice.envelope import Refusal
from dondoc.simulators.eoffice.faults import Faults
from dondoc.simulators.eoffice.operations import Operations
from dondoc.simulators.eoffice.server import Server, listen
from dondoc.simulators.eoffice.state import State
from dondoc.simulators.eoffice.units import Agency, Units

MAX_BODY = 256 * 1024 * 1024  # bytes


def system_clock() -> datetime:
    """Return the present instant in UTC."""
    return datetime.now(UTC)


class Exchange:
    """A document exchange on a loopback port, with its state in a folder.

    It can be started again on the same folder, by this or another object, also after a kill.
    """

    def __init__(
        self,
        state: Path,
        systems: Mapping[str, str],
        agencies: Sequence[Agency] = (),
        port: int = 0,
        *,
        host: str = "127.0.0.1",
        now: Callable[[], datetime] = system_clock,
        reserialise: bool = False,
        window: timedelta | None = None,
        max_body: int = MAX_BODY,
    ) -> None:
        """Describe an exchange; nothing is opened before `start`.

        ``systems`` maps the id of each connecting centre to its secret; each also is a unit of
        the same code. ``port`` 0 takes a free one, which stays the same over stop and start.
        ``now`` returns an aware instant. ``window`` refuses older timestamps.
        Raises ConfigError for a blank secret or an agency of an unknown system.
        """
        _check(systems, agencies)
        self.faults = Faults()
        self._folder = state
        self._systems = dict(systems)
        self._agencies = _with_own_units(systems, agencies)
        self._address = (host, port)
        self._now = now
        self._reserialise = reserialise
        self._window = window
        self._max_body = max_body
        self._state: State | None = None
        self._server: Server | None = None

    @property
    def url(self) -> str:
        """Base address of the exchange, without a slash at its end; known once started."""
        host, port = self._address
        return f"http://{host}:{port}"

    def start(self) -> None:
        """Open the state folder and answer requests from now on, in a thread of its own.

        Raises PeerUnavailable if the port is taken, StoreFailed for the folder, ConfigError if
        the agencies contradict each other or the folder.
        """
        if self._server is not None:
            return
        try:
            listener = listen(self._address)
        except OSError as error:
            raise PeerUnavailable(f"port {self._address[1]}", str(error)) from error
        self._address = (self._address[0], listener.getsockname()[1])
        try:
            self._state, application = self._opened()
        except BaseException:
            listener.close()
            raise
        self._server = Server(application, listener)
        try:
            self._server.start()
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Finish open requests, close the port and the folder; nothing if it is not running."""
        server, self._server = self._server, None
        state, self._state = self._state, None
        if server is not None:
            server.stop()
        if state is not None:
            state.close()

    def register(self, agency: Agency) -> None:
        """Add or change a unit of a running exchange; its lock is left as it is."""
        self._units().seed([agency])

    def lock(self, code: str, *, locked: bool = True) -> None:
        """Lock or unlock a unit of a running exchange. Raises ValueError for an unknown code."""
        unit = self._units().find(code)
        if unit is None:
            raise ValueError(f"no unit has the code {code!r}")
        self._units().set_flag(unit, locked=locked)

    def held(self) -> Counter[tuple[str, str]]:
        """Count what lies at each receiver, by the receiver's code and the file's DocumentId."""
        if self._state is None:
            raise ValueError("the exchange is not running; start it first")
        return Documents(self._state).held()

    def redeliver(self, doc_id: str) -> None:
        """Let a document wait at its receivers once more, under another docId there."""
        if self._state is None:
            raise ValueError("the exchange is not running; start it first")
        Documents(self._state).redeliver(doc_id)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self.stop()

    def _units(self) -> Units:
        if self._state is None:
            raise ValueError("the exchange is not running; start it first")
        return Units(self._state, self._now)

    def _disconnect(self, scope: Scope) -> None:
        if self._server is not None:
            self._server.disconnect(scope)

    def _opened(self) -> tuple[State, Application]:
        try:
            state = State(self._folder)
        except (OSError, sqlite3.Error) as error:
            raise StoreFailed(f"state folder of the simulated exchange: {error}") from error
        try:
            return state, self._application(state)
        except Refusal as error:
            state.close()
            raise _wrong("--agencies", error.text, "give each code to one unit") from error

    def _application(self, state: State) -> Application:
        units = Units(state, self._now)
        units.seed(self._agencies)
        documents = Documents(state)
        operations = Operations(documents, units, self._now, reserialised=self._reserialise)
        return Application(
            operations=operations.table(),
            secrets=self._systems,
            now=self._now,
            faults=self.faults,
            disconnect=self._disconnect,
            redeliver=documents.redeliver,
            max_body=self._max_body,
            window=self._window,
        )


def serve(
    state: Path,
    systems: Mapping[str, str],
    agencies: Sequence[Agency] = (),
    port: int = 8086,
    *,
    host: str = "127.0.0.1",
    reserialise: bool = False,
    window: timedelta | None = None,
    max_body: int = MAX_BODY,
    faults: Iterable[str] = (),
    started: Callable[[str], None] = lambda _url: None,
) -> None:
    """Run an exchange in the foreground until SIGINT or SIGTERM; call from the main thread.

    ``faults`` are texts ``NAME`` or ``NAME:N``; ``started`` is given the address once it listens.
    Raises as `Exchange` and its `start`, and ConfigError for an unknown fault.
    """
    exchange = Exchange(
        state,
        systems,
        agencies,
        port,
        host=host,
        reserialise=reserialise,
        window=window,
        max_body=max_body,
    )
    try:
        exchange.faults.arm_all(faults)
    except ValueError as error:
        raise _wrong("--fault", str(error), "correct it") from error
    ended = threading.Event()

    def end(_number: int, _frame: FrameType | None) -> None:
        ended.set()

    before = {number: signal.signal(number, end) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        with exchange:
            started(exchange.url)
            ended.wait()
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _with_own_units(systems: Mapping[str, str], agencies: Sequence[Agency]) -> list[Agency]:
    given = {code for agency in agencies for code in (agency.code, agency.old_code)}
    own = [Agency(code=name, system=name) for name in systems if name not in given]
    owned = (
        replace(agency, system=agency.code)
        if not agency.system and agency.code in systems
        else agency
        for agency in agencies
    )
    return [*own, *owned]


def _check(systems: Mapping[str, str], agencies: Sequence[Agency]) -> None:
    for system, secret in systems.items():
        if not system.strip() or not secret:
            raise _wrong("--system", f"system {system!r} is incomplete", "give an id and a secret")
    for agency in agencies:
        if not agency.code.strip():
            raise _wrong("--agencies", "a unit without code", "give every unit its code")
        if agency.system and agency.system not in systems:
            what = f"unit {agency.code} belongs to the unknown system {agency.system!r}"
            raise _wrong("--agencies", what, "name it with --system and --secret")


def _wrong(place: str, what: str, advice: str) -> ConfigError:
    return ConfigError((Problem(file=place, line=0, column=0, what=what, advice=advice),))
