"""SMTP submission (RFC 5321, RFC 6409): the one choke point through which every mail leaves."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import BoundedSemaphore, Lock
from types import TracebackType

from connector.email.esmtp import check_address
from connector.email.security import (
    AccessToken,
    Secret,
    Security,
    require_protection,
    tls_context,
)
from connector.email.smtp_session import (
    Account,
    ConnectionEnded,
    SmtpSession,
    before_the_dot,
)
from connector.email.wire import DataForms
from domain.content import Content
from domain.errors import PeerRefused
from domain.hosts import is_loopback
from domain.ids import Address
from domain.mail import Acceptance, Envelope

# RFC 5321 section 4.5.3.2.6: cutting this wait short makes duplicates.
FINAL_ANSWER_SECONDS = 600.0
# Servers close idle connections after about five minutes (RFC 5321 section 4.5.3.2.7).
CONNECTION_SECONDS = 240.0


class SmtpTransport:
    """MailTransport over one SMTP account; safe to share between threads.

    At most ``connections`` are open at the same time, each used by one thread and kept for the
    next letter until it is ``max_age`` seconds old. ``token`` logs in by OAuth 2.0 instead of the
    password. ``timeout`` is the wait for each answer but the last, ``final_timeout`` the wait for
    the answer to the final dot, both in seconds. ``redirect_all`` sends everything to one address
    instead (rehearsal), without blind copies; the message itself is not touched, so signatures
    stay valid.
    """

    def __init__(
        self,
        host: str,
        port: int,
        *,
        security: Security = "starttls",
        username: str = "",
        password: Secret = "",
        token: AccessToken | None = None,
        ca_file: Path | None = None,
        connections: int = 1,
        timeout: float = 60.0,
        final_timeout: float = FINAL_ANSWER_SECONDS,
        max_age: float = CONNECTION_SECONDS,
        local_name: str = "",
        redirect_all: Address | None = None,
        allow_plaintext: bool = False,
    ) -> None:
        require_protection(host, security, allow_plaintext=allow_plaintext)
        self._account = Account(
            host=host,
            port=port,
            implicit=security == "tls",
            tls=None if security == "none" else tls_context(ca_file),
            # smtplib would ask the name service for our own name, which can take seconds.
            local_name=local_name or ("localhost" if is_loopback(host) else None),
            username=username,
            password=password,
            token=token,
            timeout=timeout,
            final_timeout=final_timeout,
        )
        self._max_age = max_age
        self._redirect_all = redirect_all
        self._forms = DataForms(self._account.peer)
        self._free = BoundedSemaphore(connections)
        self._lock = Lock()
        self._idle: list[SmtpSession] = []

    def __repr__(self) -> str:
        return f"SmtpTransport({self._account.host!r}, {self._account.port})"

    def __enter__(self) -> "SmtpTransport":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def send(self, envelope: Envelope, message: Content) -> Acceptance:
        """Hand over one whole RFC 5322 message (CRLF line ends) to the mail server.

        Blind copies travel in the same transaction; one that is refused is named in the
        acceptance. Raises ``PeerRefused`` when the recipient or the message is refused for
        good, ``PeerUnavailable`` when nothing was accepted and it may be tried later (a refused
        login included) and ``DeliveryUnknown`` when no answer came after the final dot.
        """
        data = self._forms.of(message)
        for address in (envelope.sender, envelope.recipient, *envelope.blind_copies):
            check_address(self._account.peer, address)
        receivers = self._receivers(envelope)
        while True:
            # Ends: a new connection is never one that had ended.
            with suppress(ConnectionEnded), self._session() as session:
                return session.send(envelope, receivers, data)

    def check(self) -> None:
        """Connect and log in without sending anything; raises as ``send`` does."""
        with self._free, before_the_dot(self._account.peer):
            SmtpSession(self._account).quit()

    def close(self) -> None:
        """Say goodbye and release the connections; sending again opens new ones."""
        while (session := self._take()) is not None:
            session.quit()

    def _receivers(self, envelope: Envelope) -> list[Address]:
        """Return the envelope recipients, the main one first and nobody twice."""
        if self._redirect_all is not None:
            return [self._redirect_all]
        return list(dict.fromkeys((envelope.recipient, *envelope.blind_copies)))

    @contextmanager
    def _session(self) -> Iterator[SmtpSession]:
        """Lend a connection, and keep it for the next letter unless it failed."""
        with self._free:
            with before_the_dot(self._account.peer):
                session = self._kept() or SmtpSession(self._account)
            try:
                yield session
            except PeerRefused:
                # The refused transaction is ended, so that nothing of it reaches the next one.
                if session.answers():
                    self._keep(session)
                else:
                    session.close()
                raise
            except BaseException:
                session.close()
                raise
            self._keep(session)

    def _kept(self) -> SmtpSession | None:
        while (session := self._take()) is not None:
            if session.age < self._max_age:
                return session
            session.close()
        return None

    def _take(self) -> SmtpSession | None:
        with self._lock:
            return self._idle.pop() if self._idle else None

    def _keep(self, session: SmtpSession) -> None:
        with self._lock:
            self._idle.append(session)
