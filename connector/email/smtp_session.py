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
from connector.email.smtp_group import GO_AHEAD, Answer, CommandGroup
from connector.email.smtp_login import log_in
from connector.email.wire import Data, write_all
from domain.errors import DeliveryUnknown, PeerRefused, PeerUnavailable
from domain.ids import Address
from domain.mail import Acceptance, Envelope

# The server wants another login or a stronger one (RFC 4954 section 6): no letter's fault, so
# no letter may be parked for it.
_LOGIN_CODES = frozenset({530, 534, 535, 538})

_SIZE_CODES = (523, 552)
"""The message itself is too large (RFC 1870 section 6.1)."""

_CLOSING = 421
"""The server closes the connection (RFC 5321 section 3.8), as it does when that was idle."""


class ConnectionEnded(Exception):
    """The server had given up a connection that was used before; no octet of a letter has left."""


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
        self._used = False

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
        """Make one transaction to the receivers, the main one first; raises as the port says.

        A connection that carried a letter before is not asked first whether it is still there:
        ``ConnectionEnded`` is raised when it turns out that it is not, before any letter is at
        stake.
        """
        with before_the_dot(self._peer):
            if envelope.unless_reported and "dsn" in self._connection.esmtp_features:
                receivers = receivers[:1]
            commands = self._commands(envelope, receivers, data)
            with self._group(commands) as group:
                self._sender(self._first_answer(group))
                self._answer(group.answer())
                _, *copies = receivers
                refused = tuple(copy for copy in copies if group.answer()[0] // 100 != 2)
                self._answer(group.answer(), wanted=GO_AHEAD)
            write_all(_socket(self._connection), data)
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

    def _commands(
        self, envelope: Envelope, receivers: Sequence[Address], data: Data
    ) -> Sequence[str]:
        """Return the commands of one transaction, DATA last."""
        offered = self._connection.esmtp_features
        utf8 = not "".join([envelope.sender, *receivers]).isascii()
        of_mail = mail_parameters(
            self._peer,
            offered,
            size=data.size,
            eight_bit=data.eight_bit,
            utf8=utf8,
            envelope_id=envelope.envelope_id,
        )
        self._connection.command_encoding = "utf-8" if utf8 else "ascii"
        main, *copies = receivers
        reporting = recipient_parameters(offered, envelope.recipient, report=True)
        return [
            _words(f"MAIL FROM:<{envelope.sender}>", of_mail),
            _words(f"RCPT TO:<{main}>", reporting),
            *(
                _words(f"RCPT TO:<{copy}>", recipient_parameters(offered, copy, report=False))
                for copy in copies
            ),
            "DATA",
        ]

    def _group(self, commands: Sequence[str]) -> CommandGroup:
        with self._told_if_ended():
            return CommandGroup(self._connection, commands)

    def _first_answer(self, group: CommandGroup) -> Answer:
        with self._told_if_ended():
            answer = group.answer()
        if self._used and answer[0] == _CLOSING:
            raise ConnectionEnded
        self._used = True
        return answer

    @contextmanager
    def _told_if_ended(self) -> Iterator[None]:
        try:
            yield
        except smtplib.SMTPServerDisconnected as error:
            # A server that is silent has not gone, and would be waited for once more.
            if self._used and not isinstance(error.__context__, TimeoutError):
                raise ConnectionEnded from error
            raise

    def _sender(self, answer: Answer) -> None:
        code, text = answer
        if code // 100 == 5 and code not in _SIZE_CODES:
            # The sender is our own account: no recipient is to blame, and the letter waits.
            detail = f"our own sender address is not accepted ({code} {_readable(text)})"
            raise PeerUnavailable(self._peer, detail)
        self._answer(answer)

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

    def _answer(self, answer: Answer, *, wanted: int = 250) -> None:
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
