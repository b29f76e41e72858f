"""SMTP submission (RFC 5321, RFC 6409): the one choke point through which every mail leaves.

smtplib is used command by command, because its ``sendmail`` hides where it failed, and the
meaning of a failure depends on exactly that: before the final dot nothing was accepted, after
it only the server's answer tells.
"""

import smtplib
import socket
import time
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Lock
from types import TracebackType

from connector.email.esmtp import (
    check_address,
    data_form,
    mail_parameters,
    recipient_parameters,
)
from connector.email.security import (
    Secret,
    Security,
    connection_advice,
    is_loopback,
    require_protection,
    reveal,
    tls_context,
)
from domain.errors import DeliveryUnknown, PeerRefused, PeerUnavailable
from domain.ids import Address
from domain.mail import Acceptance, Envelope

# RFC 5321 section 4.5.3.2.6: cutting this wait short makes duplicates.
FINAL_ANSWER_SECONDS = 600.0
# Servers close idle connections after about five minutes (RFC 5321 section 4.5.3.2.7).
CONNECTION_SECONDS = 240.0
# A time-out counts for one write, so a large message on a slow line is written in pieces.
BLOCK_OCTETS = 65_536
# The server wants another login or a stronger one (RFC 4954 section 6): no letter's fault, so
# no letter may be parked for it.
_LOGIN_CODES = frozenset({530, 534, 535, 538})

_SIZE_CODES = (523, 552)
"""The message itself is too large (RFC 1870 section 6.1)."""


class SmtpTransport:
    """MailTransport over one SMTP account; safe to share between threads.

    ``timeout`` is the wait for each answer but the last, ``final_timeout`` the wait for the
    answer to the final dot, both in seconds. ``redirect_all`` sends everything to one address
    instead (rehearsal); the message itself is not touched, so signatures stay valid.
    """

    def __init__(
        self,
        host: str,
        port: int,
        *,
        security: Security = "starttls",
        username: str = "",
        password: Secret = "",
        ca_file: Path | None = None,
        timeout: float = 60.0,
        final_timeout: float = FINAL_ANSWER_SECONDS,
        max_age: float = CONNECTION_SECONDS,
        local_name: str = "",
        redirect_all: Address | None = None,
        allow_plaintext: bool = False,
    ) -> None:
        require_protection(host, security, allow_plaintext=allow_plaintext)
        self._host = host
        self._port = port
        self._security = security
        self._tls = None if security == "none" else tls_context(ca_file)
        self._username = username
        self._password = password
        self._timeout = timeout
        self._final_timeout = final_timeout
        self._max_age = max_age
        # smtplib would ask the name service for our own name, which can take seconds.
        self._local_name = local_name or ("localhost" if is_loopback(host) else None)
        self._redirect_all = redirect_all
        self._peer = f"SMTP server {host}:{port}"
        self._lock = Lock()
        self._connection: smtplib.SMTP | None = None
        self._opened = 0.0

    def __repr__(self) -> str:
        return f"SmtpTransport({self._host!r}, {self._port}, security={self._security!r})"

    def __enter__(self) -> "SmtpTransport":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def send(self, envelope: Envelope, message: bytes) -> Acceptance:
        """Hand over one whole RFC 5322 message (CRLF line ends) to the mail server.

        Blind copies travel in the same transaction; one that is refused is named in the
        acceptance. Raises ``PeerRefused`` when the recipient or the message is refused for
        good, ``PeerUnavailable`` when nothing was accepted and it may be tried later (a refused
        login included) and ``DeliveryUnknown`` when no answer came after the final dot.
        """
        data = data_form(self._peer, message)
        for address in (envelope.sender, envelope.recipient, *envelope.blind_copies):
            check_address(self._peer, address)
        with self._lock:
            try:
                return self._transact(envelope, data)
            except PeerRefused:
                self._reset()
                raise
            except BaseException:
                self._drop()
                raise

    def check(self) -> None:
        """Connect and log in without sending anything; raises as ``send`` does."""
        with self._lock, self._before_the_dot():
            self._drop()
            self._ready()

    def close(self) -> None:
        """Say goodbye and release the connection; sending again opens a new one."""
        with self._lock:
            if self._connection is not None:
                with suppress(OSError, smtplib.SMTPException):
                    self._connection.quit()
            self._drop()

    def _transact(self, envelope: Envelope, data: bytes) -> Acceptance:
        with self._before_the_dot():
            connection = self._ready()
            self._mail(connection, envelope, data)
            refused = self._recipients(connection, envelope)
            self._answer(connection.docmd("DATA"), wanted=354)
            for start in range(0, len(data), BLOCK_OCTETS):
                connection.send(data[start : start + BLOCK_OCTETS])
            connection.send(b".\r\n")
        try:
            return Acceptance(answer=self._final_answer(connection), refused=refused)
        except DeliveryUnknown as error:
            if not refused:
                raise
            detail = f"{error.detail}; our blind copy was refused, so its absence proves nothing"
            raise DeliveryUnknown(self._peer, detail) from error

    def _mail(self, connection: smtplib.SMTP, envelope: Envelope, data: bytes) -> None:
        utf8 = not "".join([envelope.sender, *self._receivers(envelope)]).isascii()
        parameters = mail_parameters(
            self._peer,
            connection.esmtp_features,
            size=len(data),
            eight_bit=not data.isascii(),
            utf8=utf8,
            envelope_id=envelope.envelope_id,
        )
        connection.command_encoding = "utf-8" if utf8 else "ascii"
        code, text = connection.docmd("MAIL", _words(f"FROM:<{envelope.sender}>", parameters))
        if code // 100 == 5 and code not in _SIZE_CODES:
            # The sender is our own account: no recipient is to blame, and the letter waits.
            detail = f"our own sender address is not accepted ({code} {_readable(text)})"
            raise PeerUnavailable(self._peer, detail)
        self._answer((code, text))

    def _recipients(self, connection: smtplib.SMTP, envelope: Envelope) -> tuple[Address, ...]:
        main, *copies = self._receivers(envelope)
        offered = connection.esmtp_features
        parameters = recipient_parameters(offered, envelope.recipient, report=True)
        self._answer(connection.docmd("RCPT", _words(f"TO:<{main}>", parameters)))
        refused = []
        for copy in copies:
            parameters = recipient_parameters(offered, copy, report=False)
            code, _ = connection.docmd("RCPT", _words(f"TO:<{copy}>", parameters))
            if code // 100 != 2:
                refused.append(copy)
        return tuple(refused)

    def _receivers(self, envelope: Envelope) -> list[Address]:
        """Return the envelope recipients, the main one first and nobody twice."""
        if self._redirect_all is not None:
            return [self._redirect_all]
        return list(dict.fromkeys((envelope.recipient, *envelope.blind_copies)))

    def _final_answer(self, connection: smtplib.SMTP) -> str:
        _socket(connection).settimeout(self._final_timeout)
        try:
            code, text = connection.getreply()
        except (OSError, smtplib.SMTPException) as error:
            raise DeliveryUnknown(self._peer, f"no answer to the final dot ({error})") from error
        if code // 100 not in (2, 4, 5):
            raise DeliveryUnknown(self._peer, f"unreadable answer to the final dot ({code})")
        self._answer((code, text))
        _socket(connection).settimeout(self._timeout)
        return f"{code} {_readable(text)}"

    def _answer(self, answer: tuple[int, bytes], *, wanted: int = 250) -> None:
        """Raise what a reply means unless it is a yes (RFC 5321 section 4.2.1)."""
        code, text = answer
        if code == wanted or (wanted == 250 and code // 100 == 2):
            return
        if code // 100 == 5 and code not in _LOGIN_CODES:
            raise PeerRefused(self._peer, str(code), _readable(text))
        raise PeerUnavailable(self._peer, f"it answered {code} {_readable(text)}")

    def _ready(self) -> smtplib.SMTP:
        """Return a connection that answers, logged in and without an open transaction."""
        if self._connection is not None:
            if time.monotonic() - self._opened < self._max_age and self._answers(self._connection):
                return self._connection
            self._drop()
        self._connection = self._connect()
        self._opened = time.monotonic()
        return self._connection

    def _answers(self, connection: smtplib.SMTP) -> bool:
        try:
            return connection.rset()[0] == 250
        except (OSError, smtplib.SMTPException):
            return False

    def _connect(self) -> smtplib.SMTP:
        if self._security == "tls":
            connection: smtplib.SMTP = smtplib.SMTP_SSL(
                self._host, self._port, self._local_name, timeout=self._timeout, context=self._tls
            )
        else:
            connection = smtplib.SMTP(
                self._host, self._port, self._local_name, timeout=self._timeout
            )
        try:
            # The dot is a small write of its own; without this it would wait for an ACK.
            _socket(connection).setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            connection.ehlo_or_helo_if_needed()
            if self._security == "starttls":
                connection.starttls(context=self._tls)
                connection.ehlo_or_helo_if_needed()
            self._log_in(connection)
        except BaseException:
            connection.close()
            raise
        return connection

    def _log_in(self, connection: smtplib.SMTP) -> None:
        if not self._username:
            return
        password = reveal(self._password)
        if "PLAIN" not in connection.esmtp_features.get("auth", "").upper().split():
            connection.login(self._username, password)
            return
        # smtplib's own PLAIN cannot carry a password with Vietnamese letters (RFC 4616: UTF-8).
        token = b64encode(f"\0{self._username}\0{password}".encode()).decode()
        code, text = connection.docmd("AUTH", f"PLAIN {token}")
        if code != 235:
            raise smtplib.SMTPAuthenticationError(code, text)

    @contextmanager
    def _before_the_dot(self) -> Iterator[None]:
        """Translate every failure that happens while the server cannot have accepted anything."""
        try:
            yield
        except smtplib.SMTPAuthenticationError as error:
            raise PeerUnavailable(
                self._peer,
                f"login refused with {error.smtp_code}; check the account's user name and password",
            ) from error
        except smtplib.SMTPNotSupportedError as error:
            raise PeerUnavailable(
                self._peer, f"{error}; check port, security and login of the account"
            ) from error
        except smtplib.SMTPResponseException as error:
            raise PeerUnavailable(
                self._peer, f"it answered {error.smtp_code} {_readable(error.smtp_error)}"
            ) from error
        except (smtplib.SMTPException, OSError, UnicodeError) as error:
            raise PeerUnavailable(self._peer, connection_advice(error)) from error

    def _reset(self) -> None:
        """End a refused transaction so that nothing of it reaches the next one."""
        if self._connection is not None and not self._answers(self._connection):
            self._drop()

    def _drop(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()


def _socket(connection: smtplib.SMTP) -> socket.socket:
    if connection.sock is None:
        raise smtplib.SMTPServerDisconnected("connection is closed")
    return connection.sock


def _words(first: str, parameters: list[str]) -> str:
    return " ".join([first, *parameters])


def _readable(text: bytes | str) -> str:
    plain = text.decode("utf-8", "replace") if isinstance(text, bytes) else text
    return " ".join(plain.split())
