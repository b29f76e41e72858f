"""The axis as a whole: in a thread for tests and the demo, in the foreground for trials."""

import signal
import sqlite3
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import FrameType
from typing import Self

from starlette.types import Scope

from domain.errors import ConfigError, PeerUnavailable, Problem, StoreFailed
from dondoc.simulators.eoffice.documents import Documents
from dondoc.simulators.eoffice.envelope import Refusal
from dondoc.simulators.eoffice.server import Server, listen
from dondoc.simulators.eoffice.state import State
from dondoc.simulators.eoffice.units import Agency, Units
from dondoc.simulators.lgsp.app import Application
from dondoc.simulators.lgsp.faults import Faults
from dondoc.simulators.lgsp.operations import Operations
from dondoc.simulators.lgsp.tokens import Account, Tokens

MAX_BODY = 256 * 1024 * 1024  # bytes
LIFE = timedelta(minutes=30)


def system_clock() -> datetime:
    """Return the present instant in UTC."""
    return datetime.now(UTC)


class Axis:
    """The provincial axis on a loopback port, with the exchange's state in a folder.

    A running `dondoc.simulators.eoffice.Exchange` may share the folder: what goes in by one
    protocol comes out by the other.
    """

    def __init__(
        self,
        state: Path,
        systems: Mapping[str, str],
        accounts: Sequence[Account],
        agencies: Sequence[Agency] = (),
        port: int = 0,
        *,
        host: str = "127.0.0.1",
        now: Callable[[], datetime] = system_clock,
        token_life: timedelta = LIFE,
        reserialise: bool = False,
        as_base64: bool = False,
        max_body: int = MAX_BODY,
    ) -> None:
        """Describe an axis; nothing is opened before `start`.

        ``systems`` maps each SystemId to its SecretKey; each also is a unit of the same code.
        ``port`` 0 takes a free one, which stays the same over stop and start. ``as_base64``
        chooses between the two shapes of ``edxml``. Raises ConfigError for what is blank.
        """
        _check(systems, accounts, agencies)
        self.faults = Faults()
        self.tokens = Tokens(now, token_life)
        self._folder = state
        self._systems = dict(systems)
        self._accounts = {account.username: account for account in accounts}
        self._agencies = _with_own_units(systems, agencies)
        self._address = (host, port)
        self._now = now
        self._reserialise = reserialise
        self._as_base64 = as_base64
        self._max_body = max_body
        self._state: State | None = None
        self._server: Server | None = None

    @property
    def url(self) -> str:
        """Base address of the axis, without ``/v1`` and slash; known once started."""
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
            self._state = self._opened()
            application = self._application(self._state)
        except BaseException:
            listener.close()
            self.stop()
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

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self.stop()

    def _disconnect(self, scope: Scope) -> None:
        if self._server is not None:
            self._server.disconnect(scope)

    def _opened(self) -> State:
        try:
            return State(self._folder)
        except (OSError, sqlite3.Error) as error:
            raise StoreFailed(f"state folder of the simulated axis: {error}") from error

    def _application(self, state: State) -> Application:
        units = Units(state, self._now)
        try:
            units.seed(self._agencies)
        except Refusal as error:
            raise _wrong("--agencies", error.text, "give each code to one unit") from error
        operations = Operations(
            state,
            units,
            self._now,
            reserialised=self._reserialise,
            as_base64=self._as_base64,
        )
        return Application(
            operations=operations.table(),
            accounts=self._accounts,
            secrets=self._systems,
            tokens=self.tokens,
            faults=self.faults,
            disconnect=self._disconnect,
            redeliver=Documents(state).redeliver,
            max_body=self._max_body,
        )


def serve(
    axis: Axis,
    *,
    faults: Iterable[str] = (),
    started: Callable[[str], None] = lambda _url: None,
) -> None:
    """Run an axis in the foreground until SIGINT or SIGTERM; call from the main thread.

    ``faults`` are texts ``NAME`` or ``NAME:N``; ``started`` is given the address once it listens.
    Raises as `Axis.start`, and ConfigError for an unknown fault.
    """
    try:
        axis.faults.arm_all(faults)
    except ValueError as error:
        raise _wrong("--fault", str(error), "correct it") from error
    ended = threading.Event()

    def end(_number: int, _frame: FrameType | None) -> None:
        ended.set()

    before = {number: signal.signal(number, end) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        with axis:
            started(axis.url)
            ended.wait()
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _with_own_units(systems: Mapping[str, str], agencies: Sequence[Agency]) -> list[Agency]:
    given = {code for agency in agencies for code in (agency.code, agency.old_code)}
    return [*(Agency(code=name, system=name) for name in systems if name not in given), *agencies]


def _check(
    systems: Mapping[str, str], accounts: Sequence[Account], agencies: Sequence[Agency]
) -> None:
    for system, secret in systems.items():
        if not system.strip() or not secret:
            raise _wrong("--system", f"system {system!r} is incomplete", "give an id and a secret")
    if not accounts or not all(account.username and account.password for account in accounts):
        raise _wrong("--username", "nobody can log in", "give --username and --password")
    for agency in agencies:
        if not agency.code.strip():
            raise _wrong("--agencies", "a unit without code", "give every unit its code")


def _wrong(place: str, what: str, advice: str) -> ConfigError:
    return ConfigError((Problem(file=place, line=0, column=0, what=what, advice=advice),))
