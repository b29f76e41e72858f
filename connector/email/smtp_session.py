"""One connection to a mail server, and the transactions on it (RFC 5321 section 3.3).

smtplib is used command by command, because its ``sendmail`` hides where it failed, and the
meaning of a failure depends on exactly that: before the final dot nothing was accepted, after
it only the server's answer tells.
"""

import smtplib
import socket
import ssl
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from connector.email.esmtp import mail_parameters, recipient_parameters
from connector.email.security import AccessToken, Secret, connection_advice
from connector.email.smtp_login import log_in
from connector.email.wire import Data
from domain.errors import DeliveryUnknown, PeerRefused, PeerUnavailable
from domain.ids import Address
from domain.mail import Acceptance, Envelope

# A time-out counts for one write, so a large message on a slow line is written in pieces.
BLOCK_OCTETS = 256 * 1024
# The server wants another login or a stronger one (RFC 4954 section 6): no letter's fault, so
# no letter may be parked for it.
_LOGIN_CODES = frozenset({530, 534, 535, 538})

_SIZE_CODES = (523, 552)
"""The message itself is too large (RFC 1870 section 6.1)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """How a server is reached and logged in to; ``tls`` is None for plain text.

    ``implicit`` is TLS from the first octet. Waits are in seconds: ``timeout`` for each answer but
    the last, ``final_timeout`` for the one to the final dot.
    """

    host: str
    port: int
    implicit: bool
    tls: ssl.SSLContext | None
    local_name: str | None
    username: str
    password: Secret
    token: AccessToken | None
    timeout: float
    final_timeout: float

    @property
    def peer(self) -> str:
        """Return the server's name in errors."""
        return f"SMTP server {self.host}:{self.port}"


class SmtpSession:
    """A connection that is logged in; used by one thread at a time."""

    def __init__(self, account: Account) -> None:
        self._account = account
        self._peer = account.peer
        self._connection = _connected(account)
        self._opened = time.monotonic()

    @property
    def age(self) -> float:
        """Seconds since it was opened."""
        return time.monotonic() - self._opened

    def answers(self) -> bool:
        """Tell whether the server is still there; an open transaction is ended."""
        try:
            return self._connection.rset()[0] == 250
        except (OSError, smtplib.SMTPException):
            return False

    def send(self, envelope: Envelope, receivers: Sequence[Address], data: Data) -> Acceptance:
        """Make one transaction to the receivers, the main one first; raises as the port says."""
        connection = self._connection
        with before_the_dot(self._peer):
            self._mail(envelope, receivers, data)
            refused = self._recipients(envelope, receivers)
            self._answer(connection.docmd("DATA"), wanted=354)
            self._write(data)
        try:
            return Acceptance(answer=self._final_answer(), refused=refused)
        except DeliveryUnknown as error:
            if not refused:
                raise
            detail = f"{error.detail}; our blind copy was refused, so its absence proves nothing"
            raise DeliveryUnknown(self._peer, detail) from error

    def quit(self) -> None:
        """Say goodbye and close."""
        with suppress(OSError, smtplib.SMTPException):
            self._connection.quit()
        self.close()

    def close(self) -> None:
        """Close without a word."""
        self._connection.close()

    def _mail(self, envelope: Envelope, receivers: Sequence[Address], data: Data) -> None:
        connection = self._connection
        utf8 = not "".join([envelope.sender, *receivers]).isascii()
        parameters = mail_parameters(
            self._peer,
            connection.esmtp_features,
            size=data.size,
            eight_bit=data.eight_bit,
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

    def _recipients(self, envelope: Envelope, receivers: Sequence[Address]) -> tuple[Address, ...]:
        connection = self._connection
        main, *copies = receivers
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

    def _write(self, data: Data) -> None:
        """Write the message and the final dot as they are: no line of it is looked at again."""
        for octets in data.blocks:
            view = memoryview(octets)
            for start in range(0, len(view), BLOCK_OCTETS):
                self._connection.send(view[start : start + BLOCK_OCTETS])
        self._connection.send(b".\r\n")

    def _final_answer(self) -> str:
        connection = self._connection
        _socket(connection).settimeout(self._account.final_timeout)
        try:
            code, text = connection.getreply()
        except (OSError, smtplib.SMTPException) as error:
            raise DeliveryUnknown(self._peer, f"no answer to the final dot ({error})") from error
        finally:
            # A connection on which reading failed is closed by now.
            if connection.sock is not None:
                connection.sock.settimeout(self._account.timeout)
        if code // 100 not in (2, 4, 5):
            raise DeliveryUnknown(self._peer, f"unreadable answer to the final dot ({code})")
        self._answer((code, text))
        return f"{code} {_readable(text)}"

    def _answer(self, answer: tuple[int, bytes], *, wanted: int = 250) -> None:
        """Raise what a reply means unless it is a yes (RFC 5321 section 4.2.1)."""
        code, text = answer
        if code == wanted or (wanted == 250 and code // 100 == 2):
            return
        if code // 100 == 5 and code not in _LOGIN_CODES:
            raise PeerRefused(self._peer, str(code), _readable(text))
        raise PeerUnavailable(self._peer, f"it answered {code} {_readable(text)}")


@contextmanager
def before_the_dot(peer: str) -> Iterator[None]:
    """Translate every failure that happens while the server cannot have accepted anything."""
    try:
        yield
    except smtplib.SMTPAuthenticationError as error:
        raise PeerUnavailable(peer, _login_refused(error)) from error
    except smtplib.SMTPNotSupportedError as error:
        raise PeerUnavailable(
            peer, f"{error}; check port, security and login of the account"
        ) from error
    except smtplib.SMTPResponseException as error:
        raise PeerUnavailable(
            peer, f"it answered {error.smtp_code} {_readable(error.smtp_error)}"
        ) from error
    except (smtplib.SMTPException, OSError, UnicodeError) as error:
        raise PeerUnavailable(peer, connection_advice(error)) from error


def _login_refused(error: smtplib.SMTPAuthenticationError) -> str:
    text = _readable(error.smtp_error)
    if text.startswith("token refused"):
        advice = "give the account the right to send, or log in anew (dondoc mail login)"
        return f"login refused with {error.smtp_code} ({text}); {advice}"
    return f"login refused with {error.smtp_code}; check the account's user name and password"


def _connected(account: Account) -> smtplib.SMTP:
    connection = _greeted(account)
    try:
        # The dot is a small write of its own; without this it would wait for an ACK.
        _socket(connection).setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection.ehlo_or_helo_if_needed()
        if account.tls is not None and not account.implicit:
            connection.starttls(context=account.tls)
            connection.ehlo_or_helo_if_needed()
        if account.username:
            log_in(connection, account.username, account.password, account.token)
    except BaseException:
        connection.close()
        raise
    return connection


def _greeted(account: Account) -> smtplib.SMTP:
    place = (account.host, account.port, account.local_name)
    if account.implicit:
        return smtplib.SMTP_SSL(*place, timeout=account.timeout, context=account.tls)
    return smtplib.SMTP(*place, timeout=account.timeout)


def _socket(connection: smtplib.SMTP) -> socket.socket:
    if connection.sock is None:
        raise smtplib.SMTPServerDisconnected("connection is closed")
    return connection.sock


def _words(first: str, parameters: list[str]) -> str:
    return " ".join([first, *parameters])


def _readable(text: bytes | str) -> str:
    plain = text.decode("utf-8", "replace") if isinstance(text, bytes) else text
    return " ".join(plain.split())
